// A text in a file: who may read it, who holds it, and what a crash leaves.
#include "connectors/files/kept_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace millrace {
namespace {

namespace fs = std::filesystem;

struct scratch {
  fs::path folder;
  scratch() {
    std::string pattern = (fs::temp_directory_path() / "millrace-kept-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~scratch() { fs::remove_all(folder); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
};

mode_t mode_of(const fs::path& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777U;
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

TEST_CASE("nothing, then a text, then another one") {
  const scratch s;
  const fs::path path = s.folder / "deep" / "er" / "a.token";
  const auto kept = files::make_kept_file(path.string());
  CHECK(kept->place() == path.string());
  CHECK_FALSE(fs::exists(s.folder / "deep"));
  const auto hold = kept->try_hold().value();
  REQUIRE(hold);
  CHECK(hold->read().value() == std::nullopt);
  for (const char* text : {"one", "a longer one", ""}) {
    REQUIRE(hold->replace(text));
    CHECK(hold->read().value() == text);
    CHECK(mode_of(path) == 0600U);
  }
  CHECK(mode_of(s.folder / "deep") == 0700U);
  CHECK(mode_of(s.folder / "deep" / "er") == 0700U);
}

TEST_CASE("one holder at a time") {
  const scratch s;
  const std::string path = (s.folder / "a.token").string();
  auto first = files::make_kept_file(path)->try_hold().value();
  REQUIRE(first);
  CHECK(files::make_kept_file(path)->try_hold().value() == nullptr);
  REQUIRE(first->replace("x"));
  CHECK(files::make_kept_file(path)->try_hold().value() == nullptr);
  first.reset();
  CHECK(files::make_kept_file(path)->try_hold().value() != nullptr);
}

TEST_CASE("a file that others may read, and what a crash left, become the owner's") {
  const scratch s;
  const fs::path path = s.folder / "a.token";
  const fs::path beside = s.folder / "a.token.new";
  const fs::path elsewhere = s.folder / "elsewhere";
  write(path, "old");
  write(elsewhere, "precious");
  fs::permissions(path, fs::perms::all);
  fs::create_symlink(elsewhere, beside);
  const auto hold = files::make_kept_file(path.string())->try_hold().value();
  CHECK(hold->read().value() == "old");
  REQUIRE(hold->replace("new"));
  CHECK(mode_of(path) == 0600U);
  CHECK_FALSE(fs::exists(fs::symlink_status(beside)));
  std::ifstream in(elsewhere);
  std::string text;
  in >> text;
  CHECK(text == "precious");
}

TEST_CASE("what is in the way is told") {
  const scratch s;
  write(s.folder / "file", "x");
  const auto no_folder = files::make_kept_file((s.folder / "file" / "a").string())->try_hold();
  REQUIRE_FALSE(no_folder);
  CHECK(no_folder.error().code == errc::storage);
  CHECK_FALSE(no_folder.error().advice.empty());

  fs::create_directory(s.folder / "folder");
  const auto hold = files::make_kept_file((s.folder / "folder").string())->try_hold().value();
  REQUIRE(hold);
  CHECK_FALSE(hold->read());
  CHECK_FALSE(hold->replace("x"));
  CHECK_FALSE(fs::exists(s.folder / "folder.new"));

  write(s.folder / "large", std::string(100'000, 'x'));
  CHECK_FALSE(files::make_kept_file((s.folder / "large").string())->try_hold().value()->read());
}

}  // namespace
}  // namespace millrace
