// By the file that is replaced as a whole: a crash leaves the old list or the new one.
#include "cli/paused_list.hpp"

#include "connectors/files/kept_file.hpp"

#include <fmt/format.h>

#include <memory>
#include <sstream>

namespace millrace {
namespace {

result<std::unique_ptr<kept_text::hold>> hold(const std::string& path) {
  MILLRACE_TRY(std::unique_ptr<kept_text::hold> held, files::make_kept_file(path)->try_hold());
  if (!held)
    return failure(errc::held, fmt::format("{} is being changed by another process", path),
                   "Try again", retry::later);
  return held;
}

result<std::set<std::string>> names_in(const kept_text::hold& held) {
  MILLRACE_TRY(const std::optional<std::string> text, held.read());
  std::set<std::string> names;
  std::istringstream lines(text.value_or(std::string()));
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) names.insert(line);
  return names;
}

}  // namespace

result<std::set<std::string>> paused_list::read() const {
  MILLRACE_TRY(const auto held, hold(path_));
  return names_in(*held);
}

result<void> paused_list::set(const std::string& pipeline, bool paused) const {
  MILLRACE_TRY(const auto held, hold(path_));
  MILLRACE_TRY(std::set<std::string> names, names_in(*held));
  if (paused) {
    names.insert(pipeline);
  } else {
    names.erase(pipeline);
  }
  return held->replace(fmt::format("{}\n", fmt::join(names, "\n")));
}

}  // namespace millrace
