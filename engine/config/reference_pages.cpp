// Markdown, written so that a change of one option changes one line.
#include "engine/config/reference_pages.hpp"

#include "engine/config/options.hpp"
#include "engine/error.hpp"

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr std::string_view options_head =
    R"(<!-- Made from engine/config/options.cpp: edit the table there, then run the unit test with MILLRACE_UPDATE_DOCS=1. -->
# Configuration reference

A configuration is TOML. `conf/millrace.example.toml` is one that works.

`-c PATH` may be given several times and takes folders: every `*.toml` in a folder is read, in order of
name, so that each tenant can have a file of its own. Hidden files are left out. A table stands in one file
only. `millrace validate --offline` names every fault at once, each with file, line and column; nothing
runs until there is none.

**Names** of sources, warehouses and pipelines hold letters, digits, `_` and `-`, 64 at most.
**Durations** are texts with a unit: `"250ms"`, `"90s"`, `"15m"`, `"3h"`, `"1d"`.
**Sizes** are texts in bytes, or with a unit: `"64KiB"`, `"512MiB"`, `"1GiB"`.

**Variables**: `${NAME}` in a text stands for the environment variable NAME, which must be set. `$${` stands
for `${` itself.

**Secrets** are given as one of

| form | the secret is |
| --- | --- |
| `"text ${NAME}"` | the text, with its variables replaced |
| `{ env = "NAME" }` | the environment variable |
| `{ file = "/path" }` | the file's content, without one line break at its end |
| `{ command = ["program", "argument"] }` | what the program prints, without one line break at its end |

A command is started without a shell and without input; it has 30 seconds, must end with status 0, and may print
64 KiB. A file that others than its owner may read is used, and reported. No secret appears in a message, a log
or a page.
)";

std::string_view word_of(option_kind kind) {
  switch (kind) {
    case option_kind::text:
    case option_kind::choice:
      return "text";
    case option_kind::secret:
      return "secret";
    case option_kind::number:
      return "number";
    case option_kind::size:
      return "size";
    case option_kind::duration:
      return "duration";
    case option_kind::url:
      return "address";
    case option_kind::texts:
      return "list of texts";
    case option_kind::table:
      return "table";
  }
  return "text";
}

std::string type_of(const option& o) {
  if (o.kind == option_kind::choice) {
    std::string words;
    for (const std::string& word : words_of(o.choices))
      words += fmt::format("{}`\"{}\"`", words.empty() ? "" : " or ", word);
    return words;
  }
  std::string type{word_of(o.kind)};
  if (!o.unit.empty()) type += fmt::format(" of {}", o.unit);
  if (!o.low.empty()) type += fmt::format(", {} to {}", o.low, o.high);
  return type;
}

std::string row_of(const option& o) {
  const std::string fallback = o.needed             ? "needed"
                               : o.fallback.empty() ? "none"
                                                    : fmt::format("`{}`", o.fallback);
  return fmt::format("| `{}` | {} | {} | {} | `{}` |\n", o.key, type_of(o), fallback, o.text,
                     o.example);
}

}  // namespace

std::string options_page() {
  std::string page{options_head};
  std::string_view section;
  for (const option& o : option_table()) {
    if (o.section != section) {
      section = o.section;
      page += fmt::format(
          "\n## [{}]\n\n| key | type | default | meaning | example |\n"
          "| --- | --- | --- | --- | --- |\n",
          section);
    }
    page += row_of(o);
  }
  return page;
}

std::string errors_page() {
  std::string page =
      "<!-- Made from engine/error_codes.def: edit the table there, then run the unit test with "
      "MILLRACE_UPDATE_DOCS=1. -->\n"
      "# Errors\n\n"
      "Every error that millrace tells of has one of these codes: in messages, in summaries "
      "(`error.code`) and in\nlogs. Codes and numbers are stable. The exit code is that of a "
      "command which failed for this reason alone;\nwhere some collections or pipelines succeeded "
      "it is 3 (partial), and after a signal 130 or 143.\n\n"
      "| number | code | exit code | meaning |\n| --- | --- | --- | --- |\n";
#define MILLRACE_ERROR(number, name, exit_code, text) \
  page += fmt::format("| {} | `{}` | {} | {} |\n", number, #name, exit_code, text);
#include "engine/error_codes.def"
#undef MILLRACE_ERROR
  return page;
}

}  // namespace millrace
