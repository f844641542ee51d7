// Trials cost a statement each, so that what was learned is used: cells that were refused in one
// row are the first to be suspected in the next.
#include "engine/model/refusals.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace millrace {
namespace {

using columns = std::vector<std::size_t>;
using row_list = std::vector<std::uint32_t>;

/// Cells that are refused, by row; of a whole row none is named.
struct refused_cells {
  std::unordered_map<std::uint32_t, std::set<std::size_t>> cells;
  std::set<std::uint32_t> rows;

  explicit refused_cells(const std::vector<refusal>& refused) {
    for (const refusal& one : refused)
      add(one);
  }
  void add(const refusal& one) {
    if (one.column)
      cells[one.row].insert(*one.column);
    else
      rows.insert(one.row);
  }
  [[nodiscard]] bool has(std::uint32_t row, std::size_t column) const {
    const auto found = cells.find(row);
    return found != cells.end() && found->second.contains(column);
  }
};

/// An empty batch of the same table.
batch like(const batch& rows) {
  batch out;
  out.table = rows.table;
  out.columns.resize(rows.columns.size());
  out.received_at = rows.received_at;
  return out;
}

/// Adds a row; cells of which `drops` says so are NULL.
template <class Drops>
void add_row(batch& to, const batch& from, std::uint32_t row, const Drops& drops) {
  for (std::size_t c = 0; c < from.columns.size(); ++c) {
    if (from.columns[c].is_null(row) || drops(c))
      to.columns[c].append_null();
    else
      to.columns[c].append(from.columns[c].value(row));
  }
  ++to.rows;
}

class search {
 public:
  search(const batch& rows, const refusal_trial& trial, refusal_depth depth,
         std::vector<refusal>& found)
      : rows_(rows), trial_(trial), depth_(depth), found_(found), known_(found) {}

  result<void> among(row_list which) {
    std::erase_if(which, [this](std::uint32_t row) { return known_.rows.contains(row); });
    if (which.empty()) return {};
    MILLRACE_TRY(const std::optional<error> why, refused(which));
    if (!why) return {};
    if (which.size() == 1) return in_row(which.front(), *why);
    const auto middle = which.begin() + static_cast<std::ptrdiff_t>(which.size() / 2);
    MILLRACE_CHECK(among({which.begin(), middle}));
    return among({middle, which.end()});
  }

 private:
  /// The warehouse's word, if it is about values.
  static result<std::optional<error>> judged(const result<void>& tried) {
    if (tried) return std::optional<error>();
    if (tried.error().code != errc::warehouse_value) return failure(tried.error());
    return std::optional<error>(tried.error());
  }

  [[nodiscard]] result<std::optional<error>> refused(const row_list& which) const {
    batch some = like(rows_);
    for (const std::uint32_t row : which)
      add_row(some, rows_, row, [&](std::size_t c) { return known_.has(row, c); });
    return judged(trial_(some));
  }

  /// The row with NULL in all cells of `all` but those of `kept`.
  [[nodiscard]] result<std::optional<error>> refused(std::uint32_t row, const columns& all,
                                                     const columns& kept) const {
    batch one = like(rows_);
    add_row(one, rows_, row, [&](std::size_t c) {
      return known_.has(row, c) || (std::find(all.begin(), all.end(), c) != all.end() &&
                                    std::find(kept.begin(), kept.end(), c) == kept.end());
    });
    return judged(trial_(one));
  }

  result<void> in_row(std::uint32_t row, const error& why) {
    if (++refused_rows_ > refused_rows_max) {
      error too_many = why;
      too_many.message = "too many rows of one batch are refused: " + too_many.message;
      too_many.advice =
          "Look at the table in the warehouse: its columns, or rules that it has, do not fit what "
          "the source has; or exclude the field";
      return failure(too_many.with("record", std::string(key_of(row))));
    }
    columns suspects(often_.begin(), often_.end());
    std::erase_if(suspects, [&](std::size_t c) { return !may_drop(row, c); });
    MILLRACE_TRY(std::vector<refusal> cells, in_cells(row, suspects));
    if (cells.empty() && depth_ == refusal_depth::cells) {
      columns all;
      for (std::size_t c = 0; c < rows_.columns.size(); ++c)
        if (may_drop(row, c)) all.push_back(c);
      MILLRACE_TRY(cells, in_cells(row, all));
    }
    // Nothing that can be left out helps.
    if (cells.empty()) cells.push_back({row, {}, why.message});
    for (refusal& one : cells) {
      if (one.column) often_.insert(*one.column);
      known_.add(one);
      found_.push_back(std::move(one));
    }
    return {};
  }

  /// The refused ones of these cells; none: leaving all of those out that are refused is not
  /// enough.
  result<std::vector<refusal>> in_cells(std::uint32_t row, const columns& all) const {
    std::vector<refusal> cells;
    if (all.empty()) return cells;
    MILLRACE_TRY(const std::optional<error> others, refused(row, all, {}));
    if (others) return cells;
    MILLRACE_CHECK(among_cells(row, all, all, cells));
    columns good = all;
    std::erase_if(good, [&](std::size_t c) {
      return std::any_of(cells.begin(), cells.end(),
                         [c](const refusal& one) { return one.column == c; });
    });
    MILLRACE_TRY(const std::optional<error> still, refused(row, all, good));
    if (still) cells.clear();
    return cells;
  }

  result<void> among_cells(std::uint32_t row, const columns& all, const columns& some,
                           std::vector<refusal>& cells) const {
    MILLRACE_TRY(const std::optional<error> why, refused(row, all, some));
    if (!why) return {};
    if (some.size() == 1) {
      cells.push_back({row, some.front(), why->message});
      return {};
    }
    const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
    MILLRACE_CHECK(among_cells(row, all, {some.begin(), middle}, cells));
    return among_cells(row, all, {middle, some.end()}, cells);
  }

  /// Without its key a row is none, and without its version it would be overwritten by older ones.
  [[nodiscard]] bool may_drop(std::uint32_t row, std::size_t c) const {
    const table_schema& table = *rows_.table;
    return c != table.key && c != table.version && !rows_.columns[c].is_null(row) &&
           !known_.has(row, c);
  }
  [[nodiscard]] std::string_view key_of(std::uint32_t row) const {
    return rows_.columns[rows_.table->key].value(row);
  }

  const batch& rows_;
  const refusal_trial& trial_;
  refusal_depth depth_;
  std::vector<refusal>& found_;
  refused_cells known_;
  std::set<std::size_t> often_;  ///< columns of which cells were refused
  std::size_t refused_rows_ = 0;
};

}  // namespace

bool loses_row(const refusal& one, value_policy policy) {
  return !one.column || policy == value_policy::quarantine;
}

batch without(const batch& rows, const std::vector<std::uint32_t>& which,
              const std::vector<refusal>& refused, value_policy policy) {
  refused_cells known({});
  for (const refusal& one : refused)
    known.add(loses_row(one, policy) ? refusal{one.row, {}, {}} : one);
  batch out = like(rows);
  for (const std::uint32_t row : which)
    if (!known.rows.contains(row))
      add_row(out, rows, row, [&](std::size_t c) { return known.has(row, c); });
  return out;
}

result<void> find_refusals(const batch& rows, const std::vector<std::uint32_t>& which,
                           const refusal_trial& trial, refusal_depth depth,
                           std::vector<refusal>& known) {
  return search(rows, trial, depth, known).among(which);
}

}  // namespace millrace
