// Which changes of files are told of.
#include "cli/config_watch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdlib.h>

namespace millrace {
namespace {

namespace fs = std::filesystem;

struct folder {
  fs::path path;
  folder() {
    std::string name = (fs::temp_directory_path() / "millrace-watch-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~folder() { fs::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  void write(const char* name) const { std::ofstream(path / name) << "x\n"; }
  /// As editors and deployments do.
  void replace(const char* name) const {
    write("beside.new");
    fs::rename(path / "beside.new", path / name);
  }
};

class counter {
 public:
  std::function<void()> counting() {
    return [this] {
      const std::lock_guard lock(mutex_);
      ++count_;
      changed_.notify_all();
    };
  }
  bool comes_to(int wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return count_ >= wanted; });
  }
  int now() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

TEST_CASE("a file that is written or replaced is told of, once for what comes together") {
  const folder at;
  at.write("millrace.toml");
  counter told;
  const auto watch = config_watch::open({(at.path / "millrace.toml").string()}, told.counting());
  REQUIRE(watch);
  for (int i = 0; i < 50; ++i)
    at.write("millrace.toml");
  REQUIRE(told.comes_to(1));
  CHECK(told.now() < 50);
  const int before = told.now();
  at.replace("millrace.toml");
  CHECK(told.comes_to(before + 1));
}

TEST_CASE("files of a folder come and go, and a link is swapped") {
  const folder at;
  counter told;
  const auto watch = config_watch::open({at.path.string()}, told.counting());
  REQUIRE(watch);
  at.write("acme.toml");
  REQUIRE(told.comes_to(1));
  fs::remove(at.path / "acme.toml");
  REQUIRE(told.comes_to(2));
  fs::create_symlink("nowhere", at.path / "..data");
  REQUIRE(told.comes_to(3));
}

TEST_CASE("what is none of the configuration does not count") {
  const watched_folder whole{true, {}};
  CHECK(whole.concerns("acme.toml"));
  CHECK(whole.concerns("..data"));
  CHECK(!whole.concerns("state.json"));
  CHECK(!whole.concerns(".acme.toml"));
  CHECK(!whole.concerns("acme.toml.swp"));
  const watched_folder one{false, {"millrace.toml"}};
  CHECK(one.concerns("millrace.toml"));
  CHECK(one.concerns("..data"));
  CHECK(!one.concerns("other.toml"));
}

TEST_CASE("what is not there cannot be watched") {
  const auto watch = config_watch::open({"/no/such/folder/millrace.toml"}, [] {});
  REQUIRE(!watch);
  CHECK(watch.error().code == errc::config_unreadable);
}

}  // namespace
}  // namespace millrace
