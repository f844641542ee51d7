// Values that a warehouse does not take: what becomes of them, and how they are found (I9).
#pragma once

#include "engine/error.hpp"
#include "engine/model/batch.hpp"
#include "engine/model/value_policy.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// A cell that is not taken, or a whole row.
struct refusal {
  std::uint32_t row = 0;              ///< of the batch
  std::optional<std::size_t> column;  ///< none: no single cell is to blame, or the key is
  std::string why;                    ///< one sentence without a final full stop
};

/// Which refusals of a row keep it from being written.
bool loses_row(const refusal& one, value_policy policy);

/// The rows of `which` without what is refused: cells are NULL, rows that cannot be written are
/// left out. In their order.
batch without(const batch& rows, const std::vector<std::uint32_t>& which,
              const std::vector<refusal>& refused, value_policy policy);

/// Offers rows to the warehouse and takes them back: nothing stays, whatever the answer.
using refusal_trial = std::function<result<void>(const batch& rows)>;

/// Beyond so many rows of one batch the table is at fault rather than the values.
inline constexpr std::size_t refused_rows_max = 100;

/// Whether single cells of a row are tried: where a trial can be taken back.
enum class refusal_depth : std::uint8_t { rows, cells };

/// Finds out by trials what of the rows in `which` a warehouse refuses with `warehouse_value`,
/// beside what is known: halves of the rows first, then halves of a row's cells. Adds it to
/// `known`. Fails with the warehouse's word where a trial fails otherwise, and where too many rows
/// are refused; the error names the record.
result<void> find_refusals(const batch& rows, const std::vector<std::uint32_t>& which,
                           const refusal_trial& trial, refusal_depth depth,
                           std::vector<refusal>& known);

}  // namespace millrace
