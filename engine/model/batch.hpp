// Columnar batches: the ends of cells, and their bytes. What transformers make and writers merge.
#pragma once

#include "engine/model/cell_bytes.hpp"
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

/// One column of a batch: cells as canonical text (types.hpp), or NULL.
/// A column holds less than 2 GiB; `batch_builder` ends a batch long before.
class column {
 public:
  void append(std::string_view value) {
    bytes_.append(value);
    end_cell(0);
  }
  void append_null() { end_cell(null_mark); }
  /// An empty value is NULL. At least `cell_bytes::step` bytes can be read where the value begins.
  void append_padded_or_null(std::string_view value) {
    bytes_.append_padded(value);
    end_cell(value.empty() ? null_mark : 0);
  }
  /// In-place writing: append to `open_cell()`, then close it. For decoders that unescape.
  cell_bytes& open_cell() { return bytes_; }
  void close_cell() { end_cell(0); }
  /// Drops what was written to the open cell (back to the last closed one).
  void drop_open_cell() { bytes_.cut(open_begin()); }
  /// Where the open cell begins within `open_cell()`.
  [[nodiscard]] std::size_t open_begin() const { return place(ends_.back()); }

  [[nodiscard]] std::size_t size() const { return ends_.size() - 1; }
  [[nodiscard]] bool is_null(std::size_t row) const { return (ends_[row + 1] & null_mark) != 0; }
  [[nodiscard]] std::string_view value(std::size_t row) const {
    const std::uint32_t begin = place(ends_[row]);
    return {bytes_.data() + begin, place(ends_[row + 1]) - begin};
  }
  /// The bytes of all cells, one after the other.
  [[nodiscard]] std::string_view all_bytes() const { return bytes_.view(); }
  /// Forgets every cell from `row` on.
  void truncate(std::size_t row);
  [[nodiscard]] std::size_t bytes() const { return bytes_.size() + size() * sizeof(std::uint32_t); }
  void reserve(std::size_t rows, std::size_t bytes);

 private:
  /// In the end of a cell: it is NULL. One place to write to for each cell is faster than two.
  static constexpr std::uint32_t null_mark = std::uint32_t{1} << 31U;
  static constexpr std::uint32_t place(std::uint32_t end) { return end & ~null_mark; }

  void end_cell(std::uint32_t mark) {
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()) | mark);
  }

  std::vector<std::uint32_t> ends_{0};
  cell_bytes bytes_;
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
