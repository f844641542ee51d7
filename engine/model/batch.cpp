// Building batches: padding of absent cells, and the limits where a batch ends.
#include "engine/model/batch.hpp"

#include <utility>

namespace millrace {

void column::truncate(std::size_t row) {
  if (row < size()) ends_.resize(row + 1);
  bytes_.cut(open_begin());
}

void column::reserve(std::size_t rows, std::size_t bytes) {
  ends_.reserve(rows + 1);
  bytes_.reserve(bytes);
}

std::size_t batch::bytes() const {
  std::size_t total = 0;
  for (const column& c : columns)
    total += c.bytes();
  return total;
}

batch_builder::batch_builder(table_ptr table, batch_limits limits, hash_function hash)
    : table_(std::move(table)), limits_(limits), hash_(std::move(hash)) {
  for (std::size_t i = 0; i < table_->columns.size(); ++i)
    if (table_->columns[i].hashed) hashed_.push_back(i);
  start();
}

void batch_builder::start() {
  const time_point received_at = current_.received_at;
  current_ = batch{};
  current_.received_at = received_at;
  current_.table = table_;
  current_.columns.resize(table_->columns.size());
}

void batch_builder::close() {
  ready_.push_back(std::make_shared<const batch>(std::move(current_)));
  start();
  // The next rows will be about as long: columns that grow step by step are copied at each step.
  const batch& full = *ready_.back();
  for (std::size_t i = 0; i < full.columns.size(); ++i) {
    const std::size_t bytes = full.columns[i].all_bytes().size();
    current_.columns[i].reserve(full.rows, bytes + bytes / 8 + cell_bytes::step);
  }
}

void batch_builder::pad(std::size_t index) {
  const std::string& fallback = table_->columns[index].fallback;
  if (fallback.empty()) {
    current_.columns[index].append_null();
  } else {
    current_.columns[index].append(fallback);
  }
}

/// The last row's values as they came never leave the builder.
void batch_builder::hash_row() {
  const std::size_t row = current_.rows - 1;
  for (const std::size_t i : hashed_) {
    column& c = current_.columns[i];
    if (c.is_null(row)) continue;
    // Without a function nothing is kept at all: better than what nobody wanted to be seen.
    std::string hash = hash_ ? hash_(c.value(row)) : std::string();
    c.truncate(row);
    if (hash.empty()) {
      c.append_null();
    } else {
      c.append(hash);
    }
  }
}

void batch_builder::end_row() {
  ++current_.rows;
  for (std::size_t i = 0; i < current_.columns.size(); ++i)
    if (current_.columns[i].size() < current_.rows) pad(i);
  if (!hashed_.empty()) hash_row();
  if (current_.rows >= limits_.rows) {
    close();
  } else if (current_.rows % 64 == 0 && current_.bytes() >= limits_.bytes) {
    close();  // looked at now and then only: adding up 60 columns for each row would cost more
  }
}

void batch_builder::drop_row() {
  for (column& c : current_.columns)
    c.truncate(current_.rows);
}

std::vector<batch_ptr> batch_builder::take_ready() {
  return std::exchange(ready_, {});
}

batch_ptr batch_builder::take_rest() {
  auto rest = std::make_shared<const batch>(std::move(current_));
  start();
  return rest;
}

batch_ptr batch_builder::take_ended() {
  if (current_.rows == 0) return nullptr;
  auto ended = std::make_shared<batch>(std::move(current_));
  start();
  for (std::size_t i = 0; i < ended->columns.size(); ++i) {
    column& from = ended->columns[i];
    column& to = current_.columns[i];
    if (from.size() > ended->rows) {
      if (from.is_null(ended->rows)) {
        to.append_null();
      } else {
        to.append(from.value(ended->rows));
      }
    }
    to.open_cell().append(from.open_cell().view().substr(from.open_begin()));
    from.truncate(ended->rows);
  }
  return ended;
}

}  // namespace millrace
