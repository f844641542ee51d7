// Where the values come from is passed in; here is what is made of them.
#include "engine/config/substitution.hpp"

#include "engine/config/faults.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace {
namespace {

void cut_line_break(std::string& text) {
  if (!text.ends_with('\n')) return;
  text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.find_first_of("= ${}\t\r\n") == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

result<std::string> missing(error why) {
  why.code = errc::secret_missing;
  return failure(std::move(why));
}

}  // namespace

result<std::string> secret_of_variable(const std::string& name, const config_environment& world) {
  if (!is_variable_name(name))
    return failure(errc::config_invalid,
                   fmt::format("{} is no name of an environment variable", quoted(name)));
  auto value = world.variable(name);
  if (!value)
    return failure(errc::secret_missing,
                   fmt::format("the environment variable {} is not set", name),
                   fmt::format("Set {} for this process, or give the value in another way", name));
  return std::move(*value);
}

result<std::string> secret_of_file(const std::string& path, const config_environment& world) {
  auto text = world.read_file(path);
  if (!text) return missing(std::move(text.error()));
  cut_line_break(*text);
  return text;
}

result<std::string> secret_of_command(const std::vector<std::string>& command,
                                      const config_environment& world) {
  auto text = world.run_command(command);
  if (!text) return missing(std::move(text.error()));
  cut_line_break(*text);
  return text;
}

result<std::string> with_variables(const std::string& text, const config_environment& world) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t open = text.find("${"); open != std::string::npos; open = text.find("${", at)) {
    if (open > at && text[open - 1] == '$') {
      out.append(text, at, open - 1 - at);
      out += "${";
      at = open + 2;
      continue;
    }
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos)
      return failure(errc::config_invalid,
                     "a ${ is not closed; expected ${NAME}, or $${ for the two characters");
    MILLRACE_TRY(const std::string value,
                 secret_of_variable(text.substr(open + 2, close - open - 2), world));
    out.append(text, at, open - at);
    out += value;
    at = close + 1;
  }
  out.append(text, at);
  return out;
}

}  // namespace millrace
