// The command `millrace`.
#include "cli/command_line.hpp"
#include "cli/signals.hpp"
#include "cli/verbs.hpp"

#include <clocale>
#include <cstdio>
#include <exception>
#include <sys/prctl.h>

namespace {

/// Secrets are in memory: no core file holds them, and no other process of the same user reads them
/// (I16). Against a user who is root nothing helps.
void keep_memory_private() {
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_private();
  // Before any thread: the ODBC driver manager converts texts by the locale.
  std::setlocale(LC_ALL, "C.UTF-8");
  millrace::block_signals();
  try {
    const millrace::parsed_command parsed = millrace::parse_command_line(argc, argv);
    return parsed.finished ? parsed.exit_code : millrace::run_command(parsed.asked);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "millrace: internal: %s; please report this\n", e.what());
    return 1;
  }
}
