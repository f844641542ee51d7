// The command `millrace-sandbox`: simulated orgs on a loopback port.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "api.hpp"
#include "server.hpp"
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <unistd.h>

namespace {

namespace json = boost::json;

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}
std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct options {
  std::string listen = "127.0.0.1:0";
  std::string ready_file;
  std::vector<std::string> orgs;
  sandbox::org_options each;
  std::vector<std::string> sizes;
  bool gzip = true;
  bool self_bench = false;
};

/// Appears whole or not at all: others wait for it.
bool write_ready_file(const std::string& path, const std::string& base, std::uint16_t port,
                      const sandbox::api& orgs) {
  json::array list;
  for (const auto& o : orgs.orgs())
    list.push_back(json::object{{"name", o->options().name},
                                {"login_url", orgs.login_url(*o)},
                                {"client_id", "sandbox-client"},
                                {"client_secret", "sandbox-secret"},
                                {"refresh_token", "sandbox-refresh-" + o->options().name}});
  const std::string temporary = path + ".new";
  std::ofstream out(temporary, std::ios::trunc);
  out << json::serialize(
             json::object{{"port", port}, {"base_url", base}, {"pid", ::getpid()}, {"orgs", list}})
      << '\n';
  out.close();
  return out && std::rename(temporary.c_str(), path.c_str()) == 0;
}

/// How fast pages are made, without a network: MB/s of REST pages and of Bulk results.
void measure(const options& given) {
  sandbox::org_options each = given.each;
  each.name = "bench";
  if (!each.sizes.contains("Account")) each.sizes["Account"] = 200'000;
  sandbox::org o(each, wall_ms, steady_ms);
  const sandbox::table& rows = o.records(*o.find("Account"));
  std::vector<std::size_t> fields;
  for (std::size_t i = 0; i < rows.def().fields.size(); ++i)
    if (rows.def().fields[i].plain()) fields.push_back(i);
  for (const sandbox::form how : {sandbox::form::json, sandbox::form::csv}) {
    sandbox::renderer render(rows, fields, how, "62.0");
    std::string warm;
    for (std::uint32_t r = 0; r < sandbox::table::variants; ++r)
      render.append(warm, r);
    const std::int64_t begin = steady_ms();
    std::uint64_t bytes = 0;
    std::string page;
    for (std::uint32_t r = 0; r < rows.size(); ++r) {
      render.append(page, r);
      if (page.size() < (1U << 20U)) continue;
      bytes += page.size();
      page.clear();
    }
    const double seconds = static_cast<double>(steady_ms() - begin + 1) / 1000;
    std::cout << (how == sandbox::form::json ? "REST pages  " : "Bulk results") << "  "
              << static_cast<double>(bytes) / 1e6 / seconds << " MB/s, "
              << static_cast<double>(rows.size()) / seconds << " records/s\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  options given;
  CLI::App app{"Simulated Salesforce orgs on loopback, for tests and for trying millrace out."};
  app.add_option("--listen", given.listen, "ADDRESS:PORT; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--ready-file", given.ready_file,
                 "Written once the server listens: port, orgs, credentials");
  app.add_option("--org", given.orgs, "Name of an org; may be repeated");
  app.add_option("--seed", given.each.seed, "Seed of the data")->capture_default_str();
  app.add_option("--scale", given.each.scale, "tiny, small or demo")
      ->check(CLI::IsMember({"tiny", "small", "demo"}))
      ->capture_default_str();
  app.add_option("--size", given.sizes, "OBJECT=RECORDS; may be repeated");
  app.add_option("--bulk-delay", given.each.bulk_delay_ms,
                 "Milliseconds until a Bulk job is complete")
      ->capture_default_str();
  app.add_option("--page-rows", given.each.page_rows, "Records of a REST page")
      ->capture_default_str();
  app.add_option("--latency", given.each.latency_ms, "Milliseconds added to each answer")
      ->capture_default_str();
  app.add_flag("!--no-gzip", given.gzip, "Never compress");
  app.add_flag("--self-bench", given.self_bench, "Measure how fast pages are made, then exit");
  CLI11_PARSE(app, argc, argv);
  try {
    for (const std::string& text : given.sizes) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) throw std::runtime_error("--size takes OBJECT=RECORDS");
      given.each.sizes[text.substr(0, equals)] = std::stoul(text.substr(equals + 1));
    }
    if (given.self_bench) {
      measure(given);
      return 0;
    }
    if (given.orgs.empty()) given.orgs.emplace_back("demo");
    std::vector<std::unique_ptr<sandbox::org>> orgs;
    for (const std::string& name : given.orgs) {
      sandbox::org_options each = given.each;
      each.name = name;
      orgs.push_back(std::make_unique<sandbox::org>(each, wall_ms, steady_ms));
    }
    sandbox::api api(std::move(orgs), "");
    const std::size_t colon = given.listen.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error("--listen takes ADDRESS:PORT");
    sandbox::server server(
        given.listen.substr(0, colon),
        static_cast<std::uint16_t>(std::stoul(given.listen.substr(colon + 1))),
        [&api](const sandbox::request& r) { return api.handle(r); }, given.gzip);
    const std::string base =
        "http://" + given.listen.substr(0, colon) + ":" + std::to_string(server.port());
    api.set_base_url(base);
    std::cout << "millrace-sandbox listening on " << base << std::endl;
    if (!given.ready_file.empty() && !write_ready_file(given.ready_file, base, server.port(), api))
      throw std::runtime_error("cannot write " + given.ready_file);
    server.run();
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "millrace-sandbox: " << e.what() << '\n';
    return 1;
  }
}
