// millrace-sandbox: the options, the ready file, and the end by a signal.
#include <CLI/CLI.hpp>

#include "json_out.hpp"
#include "self_bench.hpp"
#include <cstdio>
#include <exception>
#include <fstream>
#include <signal.h>
#include <string>
#include <sys/signalfd.h>
#include <unistd.h>

namespace {

using sandbox::org_options;

struct settings {
  std::string listen = "127.0.0.1:0";
  std::string base_url;
  std::string ready_file;
  std::vector<std::string> orgs;
  std::vector<std::string> sizes;
  std::vector<std::string> only;
  std::string gzip = "on";
  std::size_t link_bytes = 0;
  std::string clock;
  bool self_bench = false;
  org_options org;
};

void describe(CLI::App& app, settings& s) {
  app.add_option("--listen", s.listen, "address and port; port 0: any");
  app.add_option("--base-url", s.base_url, "where clients reach it, when that is elsewhere");
  app.add_option("--ready-file", s.ready_file, "written when the server listens");
  app.add_option("--org", s.orgs, "name of an org (again for more)");
  app.add_option("--seed", s.org.seed, "of all data");
  app.add_option("--scale", s.org.scale, "how many records")
      ->check(CLI::IsMember({"tiny", "small", "demo"}));
  app.add_option("--size", s.sizes, "Object=N: records of one object");
  app.add_option("--only", s.only, "the objects there are")->delimiter(',');
  app.add_option("--bulk-delay", s.org.bulk_delay_ms, "milliseconds until a Bulk job is complete");
  app.add_option("--page-rows", s.org.page_rows, "rows of a REST page");
  app.add_option("--latency", s.org.latency_ms, "milliseconds before each answer");
  app.add_option("--first-number", s.org.first_number, "of sessions, cursors and jobs");
  app.add_option("--link", s.link_bytes, "bytes that a connection carries in a second");
  app.add_option("--gzip", s.gzip, "on: bodies below 1 MB")
      ->check(CLI::IsMember({"on", "off", "all"}));
  app.add_option("--clock", s.clock, "the orgs' time, as 2026-01-01T00:00:00Z; it stands still");
  app.add_flag("--self-bench", s.self_bench, "measure and end");
}

std::vector<org_options> orgs_of(const settings& s) {
  org_options common = s.org;
  for (const std::string& size : s.sizes) {
    const std::size_t at = size.find('=');
    if (at == std::string::npos) throw std::invalid_argument("--size wants Object=N: " + size);
    common.sizes[size.substr(0, at)] = std::stoul(size.substr(at + 1));
  }
  common.only.insert(s.only.begin(), s.only.end());
  std::vector<org_options> out;
  for (const std::string& name : s.orgs.empty() ? std::vector<std::string>{"demo"} : s.orgs) {
    out.push_back(common);
    out.back().name = name;
  }
  return out;
}

sandbox::clocks clocks_of(const settings& s) {
  sandbox::clocks out = sandbox::real_clocks();
  if (s.clock.empty()) return out;
  const auto fixed = sandbox::parse_datetime(s.clock);
  if (!fixed) throw std::invalid_argument("--clock wants a time: " + s.clock);
  out.wall_ms = [at = *fixed] { return at; };
  return out;
}

sandbox::server_options server_of(const settings& s) {
  sandbox::server_options out;
  const std::size_t colon = s.listen.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument("--listen wants address:port");
  out.host = s.listen.substr(0, colon);
  out.port = static_cast<std::uint16_t>(std::stoul(s.listen.substr(colon + 1)));
  out.link_bytes = s.link_bytes;
  out.gzip = s.gzip == "off"   ? sandbox::gzip_mode::off
             : s.gzip == "all" ? sandbox::gzip_mode::all
                               : sandbox::gzip_mode::on;
  return out;
}

/// Whole or not at all: written beside and renamed.
void write_ready(const std::string& path, std::uint16_t port, const sandbox::api& all) {
  const std::string beside = path + ".new";
  {
    std::ofstream file(beside, std::ios::trunc);
    file << sandbox::json_object()
                .number("port", port)
                .text("base_url", all.base_url())
                .number("pid", ::getpid())
                .raw("orgs", all.describe_orgs())
                .done()
         << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + beside);
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0)
    throw std::runtime_error("cannot write " + path);
}

/// SIGTERM and SIGINT as something to wait for.
int ending_signals() {
  sigset_t ending{};
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  return ::signalfd(-1, &ending, SFD_CLOEXEC);
}

int run(const settings& s) {
  sandbox::server_options options = server_of(s);
  sandbox::api all(orgs_of(s), clocks_of(s));
  if (s.self_bench) return sandbox::run_self_bench(all, options);
  options.stop_fd = ending_signals();
  sandbox::server server(options, [&](const sandbox::request& r) { return all.answer(r); });
  const std::string here = "http://" + options.host + ":" + std::to_string(server.port());
  all.set_base_url(s.base_url.empty() ? here : s.base_url);
  std::printf("millrace-sandbox listening on %s\n", all.base_url().c_str());
  std::fflush(stdout);
  if (!s.ready_file.empty()) write_ready(s.ready_file, server.port(), all);
  server.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("An honest simulation of the Salesforce APIs, for tests and demonstrations");
  settings s;
  describe(app, s);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(s);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "millrace-sandbox: %s\n", e.what());
    return 1;
  }
}
