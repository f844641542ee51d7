// The terminal and two variables of the environment.
#include "cli/terminal.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace millrace {

terminal_size size_of_terminal(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {std::max<std::size_t>(size.ws_col, 2), std::max<std::size_t>(size.ws_row, 3)};
}

bool is_screen(int descriptor) {
  const char* kind = std::getenv("TERM");
  return kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb" &&
         ::isatty(descriptor) == 1;
}

bool wants_color(int descriptor) {
  const char* off = std::getenv("NO_COLOR");
  return (off == nullptr || *off == '\0') && is_screen(descriptor);
}

}  // namespace millrace
