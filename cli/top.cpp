// A screen of its own, which leaves the terminal as it was; the keyboard is read without echo.
#include "cli/top.hpp"

#include "cli/render_top.hpp"
#include "cli/signals.hpp"
#include "cli/status_server.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

namespace millrace {
namespace {

constexpr int between_looks_milliseconds = 1000;

void write_out(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// The terminal's other screen, without cursor and echo, while this lives.
class screen {
 public:
  screen() {
    if (::tcgetattr(STDIN_FILENO, &before_) == 0) {
      termios quiet = before_;
      quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      changed_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0;
    }
    write_out("\x1b[?1049h\x1b[?25l");
  }
  ~screen() {
    write_out("\x1b[?25h\x1b[?1049l");
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

/// Whether a key says that it is enough.
bool quit_key() {
  std::array<char, 64> keys{};
  const ssize_t count = ::read(STDIN_FILENO, keys.data(), keys.size());
  if (count <= 0) return true;  // nobody is there any more
  for (ssize_t i = 0; i < count; ++i)
    if (keys[static_cast<std::size_t>(i)] == 'q' || keys[static_cast<std::size_t>(i)] == 'Q')
      return true;
  return false;
}

/// Each line is cleared to its end: nothing flickers as it would if the whole screen were.
std::string painted(const std::string& text) {
  std::string out = "\x1b[H";
  for (const char c : text)
    out += c == '\n' ? std::string("\x1b[K\r\n") : std::string(1, c);
  return out + "\x1b[J";
}

}  // namespace

result<int> watch_daemon(const configuration& config) {
  if (!is_screen(STDOUT_FILENO))
    return failure(errc::usage, "`millrace top` needs a terminal to show itself in",
                   "`millrace status` prints the same, once");
  if (config.host.http.empty())
    return failure(errc::config_invalid, "the configuration says `http = \"off\"` in [host]",
                   "A host can only be asked where it serves");
  const int ended = ::eventfd(0, EFD_CLOEXEC);
  if (ended < 0) return failure(errc::internal, "no more descriptors", {});
  {
    const signal_watch signals([ended] { ::eventfd_write(ended, 1); });
    const screen own;
    for (bool on = true; on;) {
      const auto status = ask_status(config.host.http, {}, status_detail::brief);
      const terminal_size size = size_of_terminal(STDOUT_FILENO);
      // The last line stays free: a terminal that scrolls would spoil the picture.
      write_out(painted(
          status ? render_top(*status, size.width, size.height - 1, wants_color(STDOUT_FILENO))
                 : printable(status.error().message) + '\n'));
      std::array<pollfd, 2> both{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{ended, POLLIN, 0}};
      if (::poll(both.data(), both.size(), between_looks_milliseconds) <= 0) continue;
      on = both[1].revents == 0 && (both[0].revents == 0 || !quit_key());
    }
  }
  ::close(ended);
  return 0;
}

}  // namespace millrace
