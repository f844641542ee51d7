// Files and folders become tables. A fault never stops the reading: the user hears of all of them
// at once.
#include "engine/config/load.hpp"

#include "engine/config/configuration_reader.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>
#include <set>
#include <string_view>

namespace millrace {
namespace {

/// The parser quotes what it read; long numbers may be secrets that lack their quotes (I16).
std::string without_numbers(std::string_view text) {
  constexpr std::size_t digits_shown = 6;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
      ++end;
    if (end - i > digits_shown) {
      out += "...";
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

class file_loader {
 public:
  file_loader(const config_environment& world, loaded_configuration& out)
      : world_(world), reader_(world, faults_, out.notices, out.config) {}

  void load_path(const std::string& path) {
    if (!world_.is_folder(path)) return load_file(path);
    const auto files = world_.list_folder(path);
    if (!files) return give_up(files.error());
    if (files->empty())
      return give_up({errc::config_unreadable,
                      fmt::format("the folder {} holds no *.toml file", path),
                      "Give a file, or a folder with files",
                      retry::never,
                      {},
                      {}});
    for (const std::string& file : *files)
      load_file(file);
  }

  std::vector<error> finish() {
    reader_.finish(whole_);
    return faults_.take();
  }

 private:
  void load_file(const std::string& path) {
    const std::string normal = std::filesystem::path(path).lexically_normal().string();
    if (!read_.insert(normal).second) return;  // given twice
    faults_.begin_file(path);
    const auto text = world_.read_file(path);
    if (!text) return give_up(text.error());
    try {
      const toml::table root = toml::parse(*text, path);
      reader_.read(path, root);
    } catch (const toml::parse_error& fault) {
      whole_ = false;
      const auto at = fault.source().begin;
      faults_.add({path, at.line, at.column}, errc::config_syntax,
                  {without_numbers(fault.description())},
                  "This is not valid TOML: correct the line");
    }
  }

  void give_up(const error& why) {
    whole_ = false;
    faults_.add(why);
  }

  const config_environment& world_;
  fault_list faults_;
  configuration_reader reader_;
  std::set<std::string> read_;
  bool whole_ = true;
};

}  // namespace

loaded_configuration load_configuration(const std::vector<std::string>& paths,
                                        const config_environment& world) {
  loaded_configuration out;
  file_loader loader(world, out);
  for (const std::string& path : paths)
    loader.load_path(path);
  out.faults = loader.finish();
  return out;
}

}  // namespace millrace
