// Columnar batches: validity bitmaps, offsets and bytes. What transformers make and writers merge.
#pragma once

#include "engine/model/table.hpp"
#include "engine/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// One column of a batch: cells as canonical text (types.hpp), NULL by a cleared bit.
/// A column holds less than 4 GiB; `batch_builder` ends a batch long before.
class column {
 public:
  void append(std::string_view value) {
    bytes_.append(value);
    end_cell(true);
  }
  void append_null() { end_cell(false); }
  /// In-place writing: append to `open_cell()`, then close it. For decoders that unescape.
  std::string& open_cell() { return bytes_; }
  void close_cell() { end_cell(true); }
  /// Drops what was written to the open cell (back to the last closed one).
  void drop_open_cell() { bytes_.resize(offsets_.back()); }
  /// Where the open cell begins within `open_cell()`.
  [[nodiscard]] std::size_t open_begin() const { return offsets_.back(); }

  [[nodiscard]] std::size_t size() const { return offsets_.size() - 1; }
  [[nodiscard]] bool is_null(std::size_t row) const {
    return ((validity_[row / 64] >> (row % 64)) & 1U) == 0;
  }
  [[nodiscard]] std::string_view value(std::size_t row) const {
    return {bytes_.data() + offsets_[row], offsets_[row + 1] - offsets_[row]};
  }
  /// The bytes of all cells, one after the other.
  [[nodiscard]] std::string_view all_bytes() const { return bytes_; }
  /// Forgets every cell from `row` on.
  void truncate(std::size_t row);
  [[nodiscard]] std::size_t bytes() const { return bytes_.size() + size() * sizeof(std::uint32_t); }
  void reserve(std::size_t rows, std::size_t bytes);

 private:
  void end_cell(bool valid) {
    const std::size_t row = offsets_.size() - 1;
    if (row % 64 == 0) validity_.push_back(0);
    if (valid) validity_.back() |= std::uint64_t{1} << (row % 64);
    offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }

  std::vector<std::uint64_t> validity_;
  std::vector<std::uint32_t> offsets_{0};
  std::string bytes_;
};

/// Rows of one table. Immutable once built; shared between actors as `batch_ptr`.
struct batch {
  table_ptr table;
  std::vector<column> columns;  ///< one per `table->columns`
  std::size_t rows = 0;
  time_point received_at{};    ///< when the page reached millrace
  std::uint64_t adjusted = 0;  ///< cells changed by a stated policy: NUL removed, UTF-8 mended (I9)

  [[nodiscard]] std::size_t bytes() const;
};
using batch_ptr = std::shared_ptr<const batch>;

/// Where a batch ends. Rows and bytes, whichever comes first.
struct batch_limits {
  std::size_t rows = 2000;
  std::size_t bytes = std::size_t{2} << 20U;
};

/// Collects rows into batches. A decoder writes the cells of a row in any order, then ends the row;
/// cells it did not write become NULL, or what the column falls back to. Full batches wait in
/// `take_ready()`.
class batch_builder {
 public:
  /// From a value to what is kept of it.
  using hash_function = std::function<std::string(std::string_view)>;

  /// `hash`: for the table's hashed columns; must be there when there are any.
  batch_builder(table_ptr table, batch_limits limits, hash_function hash = {});

  [[nodiscard]] const table_schema& table() const { return *table_; }
  /// The column to write the current row's cell to. At most one cell per row: see `has_cell`.
  column& at(std::size_t index) { return current_.columns[index]; }
  [[nodiscard]] bool has_cell(std::size_t index) const {
    return current_.columns[index].size() > current_.rows;
  }
  void end_row();
  /// Forgets the cells of the row that was not ended.
  void drop_row();
  /// Counts a cell that a stated policy changed.
  void count_adjusted() { ++current_.adjusted; }
  /// Set by the transformer before it feeds a page.
  void set_received_at(time_point t) { current_.received_at = t; }
  [[nodiscard]] std::size_t rows_open() const { return current_.rows; }
  /// Memory of the rows that wait.
  [[nodiscard]] std::size_t bytes_open() const { return current_.bytes(); }

  /// Batches that are full, oldest first; empties the list.
  std::vector<batch_ptr> take_ready();
  /// The rows that wait, however few (may be none), as a last batch.
  batch_ptr take_rest();
  /// The rows that have ended, as a batch; the row that is being written goes on. Null: none has.
  batch_ptr take_ended();

 private:
  void start();
  void close();
  void pad(std::size_t index);
  void hash_row();
  table_ptr table_;
  batch_limits limits_;
  hash_function hash_;
  std::vector<std::size_t> hashed_;  ///< columns
  batch current_;
  std::vector<batch_ptr> ready_;
};

}  // namespace millrace
