// The real files, folders and variables of a configuration.
#include "engine/config/load.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>

namespace millrace {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, removed at the end.
class scratch {
 public:
  scratch() {
    std::string name = (fs::temp_directory_path() / "millrace-config-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }
  [[nodiscard]] std::string path() const { return path_.string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  fs::path path_;
};

TEST_CASE("files: content, byte for byte, or why not") {
  const scratch folder;
  const config_environment world = process_environment();
  std::string long_text;
  for (int i = 0; i < 100'000; ++i)
    long_text += std::to_string(i) + "\r\n";
  folder.write("a.toml", long_text);
  folder.write("empty.toml", "");
  CHECK(world.read_file(folder / "a.toml").value() == long_text);
  CHECK(world.read_file(folder / "empty.toml").value().empty());
  const auto absent = world.read_file(folder / "b.toml");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == errc::config_unreadable);
  CHECK(absent.error().message ==
        (folder / "b.toml") + " cannot be read: No such file or directory");
  CHECK(world.read_file(folder.path()).error().message.ends_with("it is a folder"));
  CHECK(world.read_file("/dev/zero").error().message.ends_with("it is too large"));
}

TEST_CASE("folders: *.toml, sorted, without hidden files") {
  const scratch folder;
  const config_environment world = process_environment();
  for (const char* name : {"b.toml", "a.toml", ".#a.toml", "a.toml.bak", "c.TOML", "toml"})
    folder.write(name, "");
  CHECK(world.is_folder(folder.path()));
  CHECK_FALSE(world.is_folder(folder / "a.toml"));
  CHECK_FALSE(world.is_folder(folder / "absent"));
  CHECK(world.list_folder(folder.path()).value() ==
        std::vector<std::string>{folder / "a.toml", folder / "b.toml"});
  CHECK(world.list_folder(folder / "absent").error().code == errc::config_unreadable);
}

TEST_CASE("variables") {
  const config_environment world = process_environment();
  CHECK_FALSE(world.variable("MILLRACE_TEST_ABSENT").has_value());
  REQUIRE(::setenv("MILLRACE_TEST_VARIABLE", "x", 1) == 0);
  CHECK(world.variable("MILLRACE_TEST_VARIABLE") == "x");
  ::unsetenv("MILLRACE_TEST_VARIABLE");
}

TEST_CASE("files that more people than their owner may read") {
  const scratch folder;
  folder.write("token", "swordfish");
  const config_environment world = process_environment();
  const auto with = [&](fs::perms rights) {
    fs::permissions(folder / "token", rights);
    return world.is_shared(folder / "token");
  };
  CHECK_FALSE(with(fs::perms{0600}));
  CHECK_FALSE(with(fs::perms{0400}));
  CHECK(with(fs::perms{0640}));
  CHECK(with(fs::perms{0604}));
  CHECK_FALSE(world.is_shared(folder / "absent"));
}

TEST_CASE("a whole configuration from a folder") {
  const scratch folder;
  folder.write("token", "swordfish\n");
  folder.write("1.toml",
               "[warehouse.main]\nodbc = { command = [\"printf\", \"Driver=SQLite3\"] }\n");
  folder.write("2.toml",
               "[source.a]\nlogin_url = \"https://a.my.salesforce.com\"\n"
               "auth = { flow = \"refresh_token\", client_id = \"i\", refresh_token = { file = \"" +
                   (folder / "token") +
                   "\" } }\n[pipeline.a]\nsource = \"a\"\nwarehouse = \"main\"\nschema = \"s\"\n");
  const auto loaded = load_configuration({folder.path()}, process_environment());
  for (const error& e : loaded.faults)
    FAIL_CHECK(e.message);
  CHECK(loaded.config.find_warehouse("main")->odbc.reveal() == "Driver=SQLite3");
  CHECK(loaded.config.find_source("a")->refresh_token.reveal() == "swordfish");
}

}  // namespace
}  // namespace millrace
