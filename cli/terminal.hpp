// What is known of the terminal that a command writes to.
#pragma once

#include <cstddef>

namespace millrace {

/// At least two cells and three lines, so that one of each can stay free.
struct terminal_size {
  std::size_t width = 100;
  std::size_t height = 24;
};
/// Asked for each time, because people resize their windows.
terminal_size size_of_terminal(int descriptor);

/// Whether somebody looks on who can do more than print: a terminal that moves its cursor.
bool is_screen(int descriptor);
/// By NO_COLOR as well.
bool wants_color(int descriptor);

}  // namespace millrace
