// The file of --summary is whole, or as it was.
#include "cli/summary_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace millrace {
namespace {

namespace fs = std::filesystem;

class folder {
 public:
  folder() : path_(fs::temp_directory_path() / ("millrace-summary-" + std::to_string(::getpid()))) {
    fs::create_directory(path_);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    std::error_code none;
    fs::remove_all(path_, none);
  }
  [[nodiscard]] std::string operator/(const char* name) const { return (path_ / name).string(); }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), {}));
  }

 private:
  fs::path path_;
};

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("it appears when it is whole, and nothing else stays") {
  const folder here;
  const std::string path = here / "run.json";
  std::ofstream(path) << "before";
  {
    auto file = summary_file::open(path);
    REQUIRE(file);
    CHECK(content(path) == "before");
    CHECK(file->write("after"));
  }
  CHECK(content(path) == "after");
  CHECK(here.files() == 1);
}

TEST_CASE("a run that never wrote it leaves what was there") {
  const folder here;
  const std::string path = here / "run.json";
  std::ofstream(path) << "before";
  { const auto file = summary_file::open(path); }
  CHECK(content(path) == "before");
  CHECK(here.files() == 1);
}

TEST_CASE("what cannot be written is found before the run") {
  const folder here;
  for (const std::string& path :
       {here / "no/such/folder.json", here / "", std::string("/proc/nothing/here")}) {
    const auto file = summary_file::open(path);
    REQUIRE_FALSE(file);
    CHECK(exit_code_of(file.error().code) == 2);
    CHECK(file.error().message.find(path) != std::string::npos);
  }
}

TEST_CASE("a device and a link stay what they are") {
  const folder here;
  {
    auto file = summary_file::open("/dev/null");
    REQUIRE(file);
    CHECK(file->write("text"));
  }
  CHECK(fs::is_character_file("/dev/null"));
  std::ofstream(here / "real.json") << "before";
  fs::create_symlink(here / "real.json", here / "link.json");
  {
    auto file = summary_file::open(here / "link.json");
    REQUIRE(file);
    CHECK(file->write("after"));
  }
  CHECK(fs::is_symlink(here / "link.json"));
  CHECK(content(here / "real.json") == "after");
}

}  // namespace
}  // namespace millrace
