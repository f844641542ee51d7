// What the command takes, wherever it stands, and what it says of itself.
#include "cli/command_line.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

namespace millrace {
namespace {

/// A variable of the environment for the time of a test.
class variable {
 public:
  variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  ~variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

struct said {
  parsed_command parsed;
  std::string out;
  std::string err;
};

said parse(std::vector<const char*> words) {
  words.insert(words.begin(), "millrace");
  const std::ostringstream out;
  const std::ostringstream err;
  auto* old_out = std::cout.rdbuf(out.rdbuf());
  auto* old_err = std::cerr.rdbuf(err.rdbuf());
  said s;
  s.parsed = parse_command_line(static_cast<int>(words.size()), words.data());
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  s.out = out.str();
  s.err = err.str();
  return s;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

using paths = std::vector<std::string>;

TEST_CASE("connect: a source, a port that is one, and its switches") {
  const said plain = parse({"connect", "acme", "-c", "a"});
  CHECK(plain.parsed.asked.what == verb::connect);
  CHECK(plain.parsed.asked.source == "acme");
  CHECK(plain.parsed.asked.port == 1717);
  CHECK_FALSE(plain.parsed.asked.print_url);
  CHECK_FALSE(plain.parsed.asked.force);
  const said all = parse({"connect", "-c", "a", "acme", "--port", "0", "--print-url", "--force"});
  CHECK(all.parsed.asked.port == 0);
  CHECK(all.parsed.asked.print_url);
  CHECK(all.parsed.asked.force);
  for (const char* port : {"65536", "-1", "x"}) {
    CAPTURE(port);
    CHECK(parse({"connect", "acme", "-c", "a", "--port", port}).parsed.exit_code == 2);
  }
  CHECK(parse({"connect", "-c", "a"}).parsed.exit_code == 2);
}

TEST_CASE("what every verb takes may stand before it and after it") {
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"-c", "a", "--format", "json", "-v", "sync", "acme"},
           {"sync", "-c", "a", "acme", "--format", "json", "-v"},
           {"-c", "a", "sync", "acme", "--format", "json", "-v"}}) {
    const said s = parse(words);
    CHECK_FALSE(s.parsed.finished);
    CHECK(s.parsed.asked.what == verb::sync);
    CHECK(s.parsed.asked.config_paths == paths{"a"});
    CHECK(s.parsed.asked.targets == paths{"acme"});
    CHECK(s.parsed.asked.json());
    CHECK(s.parsed.asked.verbosity == 1);
  }
  CHECK(parse({"-c", "a", "state", "show", "acme", "-c", "b"}).parsed.asked.config_paths ==
        paths{"a", "b"});
  CHECK(parse({"-c", "a", "state", "reset", "acme", "leads"}).parsed.asked.what ==
        verb::state_reset);
  CHECK(parse({"version", "--format", "json"}).parsed.asked.json());
}

TEST_CASE("a history is that of a pipeline, or of one of its collections") {
  const said whole = parse({"history", "acme", "-c", "a"});
  CHECK(whole.parsed.asked.what == verb::history);
  CHECK(whole.parsed.asked.pipeline == "acme");
  CHECK(whole.parsed.asked.collections.empty());
  CHECK(whole.parsed.asked.runs == 20);
  const said part = parse({"history", "acme", "leads", "--runs", "5", "-c", "a"});
  CHECK(part.parsed.asked.collections == paths{"leads"});
  CHECK(part.parsed.asked.runs == 5);
  for (const char* runs : {"0", "-1", "501", "x"}) {
    CAPTURE(runs);
    CHECK(parse({"history", "acme", "--runs", runs, "-c", "a"}).parsed.exit_code == 2);
  }
  CHECK(parse({"history", "-c", "a"}).parsed.exit_code == 2);
  CHECK(parse({"history", "acme", "leads", "cases", "-c", "a"}).parsed.exit_code == 2);
}

TEST_CASE("each flag has a twin in the environment, and the flag decides") {
  const variable config("MILLRACE_CONFIG", "from_environment");
  CHECK(parse({"sync"}).parsed.asked.config_paths == paths{"from_environment"});
  CHECK(parse({"-c", "a", "sync"}).parsed.asked.config_paths == paths{"a"});
  CHECK(parse({"sync", "-c", "a"}).parsed.asked.config_paths == paths{"a"});
  {
    const variable quiet("MILLRACE_QUIET", "1");
    CHECK(parse({"sync"}).parsed.asked.verbosity == -1);
    CHECK(parse({"sync", "-v"}).parsed.asked.verbosity == 1);
  }
  {
    const variable verbose("MILLRACE_VERBOSE", "true");
    CHECK(parse({"sync"}).parsed.asked.verbosity == 1);
    CHECK(parse({"-q", "sync"}).parsed.asked.verbosity == -1);
  }
  const variable off("MILLRACE_QUIET", "0");
  CHECK(parse({"sync"}).parsed.asked.verbosity == 0);
  const variable wrong("MILLRACE_VERBOSE", "banana");
  const said s = parse({"sync"});
  CHECK(s.parsed.exit_code == 2);
  CHECK(contains(s.err, "MILLRACE_VERBOSE"));
}

TEST_CASE("version and help are there in each form") {
  for (const auto& words :
       std::vector<std::vector<const char*>>{{"--version"}, {"sync", "--version"}}) {
    const said s = parse(words);
    CHECK(s.parsed.finished);
    CHECK(s.parsed.exit_code == 0);
    CHECK(s.out.starts_with("millrace "));
  }
  CHECK(parse({"help"}).out == parse({"--help"}).out);
  CHECK(parse({"help", "sync"}).out == parse({"sync", "--help"}).out);
  CHECK(parse({"help", "state", "show"}).out == parse({"state", "show", "--help"}).out);
  CHECK(parse({"help", "nonsense"}).parsed.exit_code == 2);
}

TEST_CASE("every verb's help has examples and what every verb takes") {
  for (const auto& words : std::vector<std::vector<const char*>>{{"sync"},
                                                                 {"validate"},
                                                                 {"plan"},
                                                                 {"check"},
                                                                 {"discover"},
                                                                 {"state", "show"},
                                                                 {"state", "reset"},
                                                                 {"history"},
                                                                 {"version"}}) {
    std::vector<const char*> all = words;
    all.push_back("--help");
    const said s = parse(all);
    CAPTURE(words.back());
    CHECK(s.parsed.exit_code == 0);
    CHECK(contains(s.out, "Examples:\n  millrace "));
    for (const char* twin : {"MILLRACE_CONFIG", "MILLRACE_FORMAT", "MILLRACE_LOG_FORMAT",
                             "MILLRACE_VERBOSE", "MILLRACE_QUIET"})
      CHECK(contains(s.out, twin));
  }
  CHECK(contains(parse({"--help"}).out, "8 held by another process"));
}

TEST_CASE("a check may go deep, by columns of one's choice") {
  const said plain = parse({"check", "acme", "-c", "a"});
  CHECK(plain.parsed.asked.what == verb::check);
  CHECK_FALSE(plain.parsed.asked.deep);
  const said deep =
      parse({"check", "-c", "a", "--deep", "--columns", "email,status", "acme/leads"});
  CHECK(deep.parsed.asked.deep);
  CHECK(deep.parsed.asked.columns == paths{"email", "status"});
  CHECK(deep.parsed.asked.targets == paths{"acme/leads"});
  CHECK(parse({"check", "-c", "a", "--columns", "email"}).parsed.exit_code == 2);
}

TEST_CASE("a catalog has more forms than other results") {
  CHECK(parse({"discover", "acme", "-c", "a"}).parsed.asked.format == result_format::text);
  CHECK(parse({"discover", "acme", "-c", "a", "--format", "html"}).parsed.asked.format ==
        result_format::html);
  const said s = parse({"discover", "acme", "-c", "a", "--format", "json"});
  CHECK(s.parsed.asked.json());
  CHECK(s.parsed.asked.format == result_format::json);
}

TEST_CASE("what is wrong is a usage error that says what") {
  const auto refused = [](std::vector<const char*> words, std::string_view part) {
    const said s = parse(std::move(words));
    CHECK(s.parsed.finished);
    CHECK(s.parsed.exit_code == 2);
    CHECK(contains(s.err, part));
    CHECK(s.out.empty());
  };
  refused({}, "subcommand");
  refused({"snyc", "-c", "a"}, "did you mean 'sync'?");
  refused({"frobnicate"}, "no command 'frobnicate'");
  refused({"sync"}, "MILLRACE_CONFIG");
  refused({"sync", "-c", "a", "--nope"}, "--nope");
  refused({"sync", "-c", "a", "--format", "yaml"}, "yaml");
  refused({"sync", "-c", "a", "--format", "html"}, "text or json");
  refused({"sync", "-c", "a", "-q", "-v"}, "excludes");
  refused({"discover", "-c", "a"}, "PIPELINE");
}

}  // namespace
}  // namespace millrace
