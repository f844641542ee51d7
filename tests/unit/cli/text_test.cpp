// Numbers, durations, widths and columns for people.
#include "cli/text.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace millrace {
namespace {

TEST_CASE("numbers are grouped and counted") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(grouped(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
  CHECK(counted(1, "row", "rows") == "1 row");
  CHECK(counted(0, "row", "rows") == "0 rows");
  CHECK(counted(1200, "row", "rows") == "1,200 rows");
}

TEST_CASE("durations and bytes are short") {
  CHECK(spoken(milliseconds{0}) == "0.0s");
  CHECK(spoken(milliseconds{-5}) == "0.0s");
  CHECK(spoken(milliseconds{9'999}) == "9.9s");
  CHECK(spoken(milliseconds{12'345}) == "12s");
  CHECK(spoken(milliseconds{185'000}) == "3m 05s");
  CHECK(spoken(milliseconds{7'800'000}) == "2h 10m");
  CHECK(spoken_bytes(999) == "999 B");
  CHECK(spoken_bytes(12'345) == "12.3 kB");
  CHECK(spoken_bytes(12'345'678) == "12.3 MB");
  CHECK(spoken_bytes(12'345'678'901) == "12.3 GB");
}

TEST_CASE("nothing foreign can steer a terminal") {
  CHECK(printable("plain") == "plain");
  CHECK(printable("Größe 顧客 😀") == "Größe 顧客 😀");
  CHECK(printable("two\nlines\tand\r") == "two lines and ");
  CHECK(printable("\x1b[2Jgone\x07") == "?[2Jgone?");
  CHECK(printable("\xC2\x9B"
                  "31m") == "?31m");  // the control sequence introducer of eight bits
  CHECK(printable("\x7F") == "?");
  CHECK(printable("caf\xE9") == "caf\xEF\xBF\xBD");
}

TEST_CASE("widths are those of a terminal") {
  CHECK(width_of("") == 0);
  CHECK(width_of("leads") == 5);
  CHECK(width_of("Größe") == 5);
  CHECK(width_of("顧客") == 4);
  CHECK(width_of("e\xCC\x81") == 1);  // e and a combining accent
  CHECK(width_of("😀") == 2);
  CHECK(width_of("█░…") == 3);
  CHECK(width_of("\xE9\xE9") == 2);  // not UTF-8: a cell a byte
}

TEST_CASE("a fitted text has the width that was asked for") {
  CHECK(fitted("abc", 5) == "abc  ");
  CHECK(fitted("abc", 5, true) == "  abc");
  CHECK(fitted("abcdef", 5) == "abcd…");
  CHECK(fitted("abc", 0).empty());
  CHECK(fitted("abc", 1) == "…");
  CHECK(fitted("顧客名", 4) == "顧… ");  // half a letter cannot be shown
  for (const char* text : {"", "abcdefghij", "顧客名前住所", "o\xCC\x81o\xCC\x81o\xCC\x81", "😀😀😀"})
    for (std::size_t width = 0; width < 14; ++width) {
      CAPTURE(text);
      CAPTURE(width);
      CHECK(width_of(fitted(text, width)) == width);
      CHECK(width_of(fitted(text, width, true)) == width);
    }
}

TEST_CASE("colour is there when it is wanted") {
  CHECK(toned("x", tone::bad, false) == "x");
  CHECK(toned("x", tone::plain, true) == "x");
  CHECK(toned("x", tone::bad, true) == "\x1b[31mx\x1b[0m");
}

TEST_CASE("columns of a table stand under each other") {
  const std::string table = table_of(
      {{"outcome", "name", "rows"}, {"success", "顧客", "12"}, {"failure", "leads", "1,234"}},
      {false, false, true}, false);
  CHECK(table ==
        "outcome  name    rows\n"
        "success  顧客      12\n"
        "failure  leads  1,234\n");
  const std::string colored =
      table_of({{"outcome"}, {"success"}, {"failure"}, {"throttled"}}, {false}, true);
  CHECK(colored ==
        "\x1b[1moutcome\x1b[0m\nsuccess\n\x1b[31mfailure\x1b[0m\n\x1b[31mthrottled\x1b[0m\n");
  CHECK(table_of({{"a"}, {"two\nlines"}}, {false}, false) == "a\ntwo lines\n");
}

}  // namespace
}  // namespace millrace
