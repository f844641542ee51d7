// Any bytes as a name, as a text and as a cell of a file: read back by rules that are not those
// which wrote them, they are what they were, and nothing of the statement around them is theirs
// (I17).
#include "connectors/odbc/tab_text.hpp"
#include "engine/sql/dialect_file.hpp"
#include "engine/sql/names.hpp"
#include "tests/fuzz/checks.hpp"
#include "tests/unit/engine/sql/anatomy.hpp"

namespace {

using namespace millrace;
using fuzz::require;

/// What a statement can show of a text.
std::string shown(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return out;
}

void check_statement(const sql::dialect& d, std::string_view name, std::string_view text) {
  const sql::anatomy found =
      sql::dissect(d, "A " + sql::quoted(d, name) + " B " + sql::literal(d, text) + " C");
  require(!found.open, "every quote has its end");
  require(found.bones == "A ¤ B ¤ C", "the statement is what it was");
  require(found.names == std::vector<std::string>{sql::folded(d, name)}, "the name is what it was");
  require(found.texts == std::vector<std::string>{shown(text)}, "the text is what it was");
}

/// As LOAD DATA and COPY read it.
std::vector<std::optional<std::string>> cells_of(std::string_view line) {
  std::vector<std::optional<std::string>> cells(1, std::string());
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\t') {
      cells.emplace_back(std::string());
    } else if (line[at] == '\n') {
      require(at + 1 == line.size(), "a row ends once");
    } else if (line[at] != '\\') {
      *cells.back() += line[at];
    } else if (line[++at] == 'N') {
      cells.back().reset();
    } else {
      const char c = line[at];
      *cells.back() += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == '0' ? '\0' : c;
    }
  }
  return cells;
}

void check_cells(const std::string& first, const std::string& second) {
  std::string line;
  odbc::add_tab_cell(line, first);
  line += '\t';
  odbc::add_tab_cell(line, {});
  line += '\t';
  odbc::add_tab_cell(line, second);
  line += '\n';
  require(cells_of(line) == std::vector<std::optional<std::string>>{first, {}, second},
          "the cells are what they were");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  static const auto dialects = sql::load_dialects({});
  require(dialects.has_value(), "the dialects are there");
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(all.find('\n'), all.size());
  const std::string name(all.substr(0, cut));
  const std::string text(all.substr(std::min(cut + 1, all.size())));
  for (const sql::dialect& d : *dialects)
    check_statement(d, name, text);
  check_cells(name, text);
  return 0;
}
