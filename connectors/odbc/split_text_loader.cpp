// One text parameter holds the batch: cells and rows end in control characters that occur in no
// cell, and the server splits it. Nothing is escaped, so that encoding is copying
// (odbc-warehouses.md 3.1).
#include "connectors/odbc/loader.hpp"
#include "connectors/odbc/prepared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace millrace::odbc {
namespace {

/// What ends rows and cells and stands for NULL, in order of preference: the characters that were
/// made for it, then others that texts hold least. Tab and line ends are no candidates.
constexpr std::array<unsigned char, 24> candidates{0x1E, 0x1F, 0x1D, 0x1C, 0x01, 0x02, 0x03, 0x04,
                                                   0x05, 0x06, 0x07, 0x08, 0x0E, 0x0F, 0x10, 0x11,
                                                   0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19};

struct separators {
  char row_end = 0;
  char cell_end = 0;
  char null = 0;
};

/// Which control characters occur in the batch.
std::array<bool, 32> controls_of(const batch& rows) {
  std::array<bool, 32> seen{};
  for (const column& c : rows.columns)
    for (const char byte : c.all_bytes())
      if (static_cast<unsigned char>(byte) < 32) seen[static_cast<unsigned char>(byte)] = true;
  return seen;
}

bool holds(const batch& rows, char byte) {
  return std::any_of(rows.columns.begin(), rows.columns.end(), [&](const column& c) {
    return c.all_bytes().find(byte) != std::string_view::npos;
  });
}

std::optional<separators> choose(const batch& rows) {
  // Hardly a batch holds the first three: looking for them one by one is a fast search.
  constexpr separators usual{candidates[0], candidates[1], candidates[2]};
  if (!holds(rows, usual.row_end) && !holds(rows, usual.cell_end) && !holds(rows, usual.null))
    return usual;
  const std::array<bool, 32> seen = controls_of(rows);
  std::array<char, 3> chosen{};
  std::size_t count = 0;
  for (const unsigned char candidate : candidates) {
    if (seen[candidate]) continue;
    chosen[count++] = static_cast<char>(candidate);
    if (count == chosen.size()) return separators{chosen[0], chosen[1], chosen[2]};
  }
  return {};
}

/// Two hexadecimal digits: the dialect makes a literal of them.
std::string digits_of(char c) {
  return fmt::format("{:02x}", static_cast<unsigned char>(c));
}

struct split_statement {
  handle statement;
};

/// The texts of the executions that a batch takes.
struct split_texts final : packed_rows {
  struct piece {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  separators by;
  std::vector<piece> pieces;
};

/// Cells of `count` rows from `first` on.
split_texts::piece encode(const row_set& rows, std::size_t first, std::size_t count,
                          const separators& by) {
  const std::vector<column>& columns = rows.rows->columns;
  // Each cell takes its bytes, or one for NULL, and one for its end.
  std::size_t most = 2 * count * columns.size();
  for (const column& c : columns)
    most += c.all_bytes().size();
  split_texts::piece out{std::make_unique_for_overwrite<char[]>(most), 0};
  char* to = out.bytes.get();
  for (std::size_t i = first; i < first + count; ++i) {
    const std::uint32_t index = rows.which[i];
    for (const column& c : columns) {
      const std::string_view value = c.value(index);
      // A column without a single byte has no place to copy from.
      if (!value.empty()) std::memcpy(to, value.data(), value.size());
      to += value.size();
      if (c.is_null(index)) *to++ = by.null;
      *to++ = by.cell_end;
    }
    to[-1] = by.row_end;
  }
  // Rows are parted, not ended.
  out.size = static_cast<std::size_t>(to - out.bytes.get()) - (count > 0 ? 1 : 0);
  return out;
}

class split_text_loader final : public loader {
 public:
  split_text_loader(const sql::dialect& d, const sql::loader_rule& rule)
      : dialect_(d), rule_(rule) {}

  bool can_take(const batch& rows) const override { return choose(rows).has_value(); }

  std::unique_ptr<const packed_rows> pack(const row_set& rows) const override {
    const auto by = choose(*rows.rows);
    if (!by) return nullptr;
    auto out = std::make_unique<split_texts>();
    out->by = *by;
    for (std::size_t at = 0; at < rows.which.size(); at += rule_.rows)
      out->pieces.push_back(
          encode(rows, at, std::min(rule_.rows, rows.which.size() - at), out->by));
    return out;
  }

  result<std::uint64_t> send(connection& link, const row_set& rows, const statement_maker& make,
                             std::string_view doing) override {
    const auto* texts = dynamic_cast<const split_texts*>(rows.packed.get());
    if (texts == nullptr)
      return failure(errc::internal, "a batch that cannot be split was sent to be split");
    sql::source_shape shape;
    shape.row_end = digits_of(texts->by.row_end);
    shape.cell_end = digits_of(texts->by.cell_end);
    shape.null = digits_of(texts->by.null);
    const std::string text = make(shape);
    MILLRACE_TRY(split_statement * prepared, statements_.find(link, text, doing));
    const handle& statement = prepared->statement;
    std::vector<SQLLEN> lengths(rows.constants.size() + 1);
    MILLRACE_CHECK(bind_constants(link, statement, rows, lengths, doing));
    std::uint64_t written = 0;
    for (const split_texts::piece& piece : texts->pieces) {
      lengths.back() = static_cast<SQLLEN>(piece.size);
      MILLRACE_CHECK(bind_text(link, statement, rows.constants.size() + 1, piece.bytes.get(),
                               piece.size, &lengths.back(), doing));
      MILLRACE_CHECK(link.run(statement, doing));
      MILLRACE_TRY(const std::uint64_t count, rows_written(link, dialect_, statement, doing));
      SQLFreeStmt(statement.get(), SQL_CLOSE);
      written += count;
    }
    return written;
  }

  void forget() override { statements_.forget(); }

 private:
  const sql::dialect& dialect_;
  const sql::loader_rule& rule_;
  prepared_statements<split_statement> statements_;
};

}  // namespace

std::unique_ptr<loader> make_split_text_loader(const sql::dialect& d,
                                               const sql::loader_rule& rule) {
  return std::make_unique<split_text_loader>(d, rule);
}

}  // namespace millrace::odbc
