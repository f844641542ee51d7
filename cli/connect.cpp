// What needs the machine: random bytes, a browser, a socket, the network. The rules are the
// connector's.
#include "cli/connect.hpp"

#include "cli/callback_listener.hpp"
#include "cli/converse.hpp"
#include "cli/make_run.hpp"
#include "cli/make_source.hpp"
#include "cli/signals.hpp"
#include "cli/text.hpp"
#include "connectors/salesforce/authorization.hpp"
#include "engine/config/suggest.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <csignal>
#include <fcntl.h>
#include <iostream>
#include <spawn.h>
#include <sys/random.h>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace millrace {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes patience{10};
constexpr std::size_t random_bytes = 32;

result<std::string> random_text() {
  std::string bytes(random_bytes, '\0');
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return failure(errc::internal, "the system gives no random bytes");
  return bytes;
}

result<const source_settings*> find_connectable(const configuration& config,
                                                const std::string& name) {
  const source_settings* source = config.find_source(name);
  if (source == nullptr) {
    std::vector<std::string> names;
    for (const source_settings& s : config.sources)
      names.push_back(s.name);
    const std::string near = nearest_word(name, names);
    return failure(errc::usage,
                   fmt::format("there is no source '{}'{}", name,
                               near.empty() ? "" : fmt::format("; did you mean '{}'?", near)),
                   "Name a [source.NAME] of the configuration");
  }
  if (source->flow != source_settings::flow_kind::refresh_token)
    return failure(errc::usage,
                   fmt::format("the source '{}' logs in without a refresh token", name),
                   "Nothing has to be connected; `millrace validate` tries the login");
  return source;
}

/// Starts a browser if there is one, and does not wait for it: some stay until they are closed. It
/// gets none of our streams, and the signals that we take for ourselves.
void open_browser(const std::string& url) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0) return;
  if (posix_spawnattr_init(&attributes) == 0) {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
    sigset_t none;
    sigset_t broken_pipe;
    sigemptyset(&none);
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &broken_pipe);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string program = "xdg-open";
    std::string address = url;
    char* const arguments[] = {program.data(), address.data(), nullptr};
    pid_t child = 0;
    posix_spawnp(&child, program.c_str(), &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
}

void invite(const std::string& url, bool print_url) {
  if (!print_url) open_browser(url);
  std::cerr << (print_url ? "millrace: open this address in a browser"
                          : "millrace: go on in the browser; if none opened, open this address")
            << ", log in and allow the access:\n\n"
            << url
            << "\n\nmillrace: a browser on another machine ends at an address that it cannot "
               "reach; paste that address here\n";
}

void tell(const command& asked, const source_settings& source, const salesforce::connection& with) {
  if (asked.json()) {
    std::cout << json::serialize(json::object{{"source", source.name},
                                              {"org_id", with.org_id},
                                              {"user_id", with.user_id},
                                              {"username", with.username},
                                              {"token_store", source.token_store}})
              << '\n';
    return;
  }
  std::cout << fmt::format("{} is connected to the org {} as {}\n", source.name,
                           with.org_id.empty() ? "(not told)" : with.org_id,
                           printable(with.username.empty() ? with.user_id : with.username));
  std::cout << fmt::format("the refresh token is kept in {}\n", source.token_store);
}

}  // namespace

result<int> connect_source(const configuration& config, const command& asked) {
  MILLRACE_TRY(const source_settings* source, find_connectable(config, asked.source));
  const salesforce::settings how = make_settings(*source);
  MILLRACE_TRY(const auto listener, callback_listener::open(asked.port));
  MILLRACE_TRY(const std::string for_verifier, random_text());
  MILLRACE_TRY(const std::string for_state, random_text());
  const salesforce::authorization begun = salesforce::make_authorization(
      for_verifier, for_state, fmt::format("http://localhost:{}/OauthRedirect", listener->port()));
  const signal_watch signals([&listener] { listener->interrupt(); });
  invite(salesforce::authorize_url(how, begun), asked.print_url);
  const auto code = listener->wait(
      [&begun](std::string_view target) { return salesforce::read_callback(target, begun); }, true,
      patience);
  if (signals.received() != 0) return 128 + signals.received();
  MILLRACE_CHECK(code);
  http_limits limits;
  const host_settings host = make_host(config);
  limits.ca_file = host.ca_file;
  limits.user_agent = host.user_agent;
  MILLRACE_TRY(const auto http, http_loop::open(limits));
  const auto talk =
      salesforce::make_connect(how, make_token_store(*source), begun, *code, asked.force);
  MILLRACE_CHECK(converse(*talk, *http));
  tell(asked, *source, talk->result_connection());
  return 0;
}

}  // namespace millrace
