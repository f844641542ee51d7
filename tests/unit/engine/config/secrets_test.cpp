// Where secrets come from, and what is said when they cannot be had (I16).
#include "engine/config/secret_command.hpp"
#include "engine/config/substitution.hpp"
#include "tests/unit/engine/config/config_world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdio>
#include <unistd.h>

namespace millrace {
namespace {

using config_test::config_world;
using config_test::load_text;
using config_test::messages_of;
using config_test::only_fault;
using strings = std::vector<std::string>;

config_world some_world() {
  config_world world;
  world.variables = {{"PW", "hunter2"},
                     {"HOST", "db"},
                     {"EMPTY", ""},
                     {"ORG", "acme"},
                     {"HOME", "/home/somebody"}};
  world.files = {{"/token", "swordfish\n"},
                 {"/windows", "swordfish\r\n"},
                 {"/two", "swordfish\n\n"},
                 {"/empty", "\n"},
                 {"/binary", std::string("a\0b", 3)}};
  world.commands.emplace(strings{"pass", "show"}, "open sesame\n");
  world.commands.emplace(strings{"broken"}, failure(errc::secret_missing,
                                                    "the command broken ended "
                                                    "with the status 3",
                                                    "Run it by hand"));
  return world;
}

/// Loads with this as the warehouse's `odbc`.
loaded_configuration with_odbc(const std::string& toml) {
  return load_text(fmt::format("[warehouse.main]\nodbc = {}\n", toml), some_world());
}
std::string odbc_of(const std::string& toml) {
  const auto loaded = with_odbc(toml);
  REQUIRE(messages_of(loaded) == strings{});
  return loaded.config.find_warehouse("main")->odbc.reveal();
}
error fault_of(const std::string& toml) {
  return only_fault(with_odbc(toml));
}

TEST_CASE("variables within texts") {
  CHECK(odbc_of("\"Server=${HOST};PWD=${PW}\"") == "Server=db;PWD=hunter2");
  CHECK(odbc_of("\"${PW}${PW}\"") == "hunter2hunter2");
  CHECK(odbc_of("\"a$b{schema}$\"") == "a$b{schema}$");
  CHECK(odbc_of("\"$${PW}$$${HOST}\"") == "${PW}$${HOST}");
  CHECK(odbc_of("\"x${EMPTY}\"") == "x");
  CHECK(odbc_of("'''${PW}'''") == "hunter2");
}

TEST_CASE("variables within other options and lists") {
  const auto loaded = load_text(
      "[warehouse.main]\nodbc = \"x\"\ndialects = [\"/${HOST}/a\", \"b\"]\ndialect = \"${HOST}\"\n",
      some_world());
  REQUIRE(messages_of(loaded) == strings{});
  CHECK(loaded.config.find_warehouse("main")->dialects == strings{"/db/a", "b"});
  CHECK(loaded.config.find_warehouse("main")->dialect == "db");
}

TEST_CASE("what a variable holds is not read for variables again") {
  config_world world;
  world.variables = {{"A", "${B}"}, {"B", "x"}};
  CHECK(with_variables("${A}", world.environment()).value() == "${B}");
}

TEST_CASE("variables, files and commands as tables") {
  CHECK(odbc_of("{ env = \"PW\" }") == "hunter2");
  CHECK(odbc_of("{ file = \"/token\" }") == "swordfish");
  CHECK(odbc_of("{ file = \"/windows\" }") == "swordfish");
  CHECK(odbc_of("{ file = \"/two\" }") == "swordfish\n");
  CHECK(odbc_of("{ command = [\"pass\", \"show\"] }") == "open sesame");
}

TEST_CASE("a secret's file that others may read is a notice") {
  config_world world;
  world.files = {{"/token", "swordfish"}};
  const std::string text = "[warehouse.main]\nodbc = { file = \"/token\" }\n";
  CHECK(load_text(text, world).notices.empty());
  world.shared = {"/token"};
  const auto loaded = load_text(text, world);
  CHECK(loaded.faults.empty());
  CHECK(loaded.notices ==
        std::vector<std::string>{"m.toml:2:17: warehouse.main.odbc is in \"/token\", which others "
                                 "than its owner may read; expected a file of mode 0600 or 0400"});
}

TEST_CASE("a secret that cannot be had: what, where and what to do") {
  const error variable = fault_of("\"PWD=${ABSENT}\"");
  CHECK(variable.code == errc::secret_missing);
  CHECK(variable.message ==
        "m.toml:2:8: warehouse.main.odbc: the environment variable ABSENT is not set");
  CHECK(variable.advice == "Set ABSENT for this process, or give the value in another way");
  CHECK(fault_of("{ env = \"ABSENT\" }").message == variable.message);
  const error file = fault_of("{ file = \"/nowhere\" }");
  CHECK(file.code == errc::secret_missing);
  CHECK(file.message == "m.toml:2:8: warehouse.main.odbc: /nowhere cannot be read: no such file");
  CHECK_FALSE(file.advice.empty());
  const error command = fault_of("{ command = [\"broken\"] }");
  CHECK(command.code == errc::secret_missing);
  CHECK(command.message ==
        "m.toml:2:8: warehouse.main.odbc: the command broken ended with the status 3");
  for (const char* empty : {"\"\"", "\"${EMPTY}\"", "{ env = \"EMPTY\" }", "{ file = \"/empty\" }"})
    CHECK(fault_of(empty).message.find("is empty") != std::string::npos);
  CHECK(fault_of("{ file = \"/binary\" }").message.find("NUL") != std::string::npos);
}

TEST_CASE("a variable that is missing in an option that is no secret") {
  const error e = only_fault(load_text("[host]\nca_file = \"${ABSENT}\"\n"));
  CHECK(e.code == errc::secret_missing);
  CHECK(e.message == "m.toml:2:11: host.ca_file: the environment variable ABSENT is not set");
}

TEST_CASE("forms that are none") {
  CHECK(fault_of("\"${PW\"").message.find("a ${ is not closed") != std::string::npos);
  CHECK(fault_of("\"${}\"").message.find("no name of an environment variable") !=
        std::string::npos);
  CHECK(fault_of("\"${A B}\"").code == errc::config_invalid);
  for (const char* form :
       {"3", "[\"a\"]", "{}", "{ env = 3 }", "{ env = \"\" }", "{ fil = \"x\" }",
        "{ env = \"PW\", file = \"/token\" }", "{ command = [] }", "{ command = \"pass show\" }",
        "{ command = [\"pass\", 3] }", "{ command = [\"\"] }"}) {
    const error e = fault_of(form);
    CHECK(e.code == errc::config_invalid);
    CHECK_MESSAGE(e.message.ends_with("expected a text, { env = \"NAME\" }, { file = \"PATH\" } or "
                                      "{ command = [\"PROGRAM\", ..] }"),
                  e.message);
  }
}

TEST_CASE("I16: no message shows what a secret is") {
  const std::string text =
      "[warehouse.a]\nodbc = 123456\n"
      "[warehouse.b]\nodbc = [\"hunter2\"]\n"
      "[source.c]\nlogin_url = \"https://x:hunter2@y?${PW}\"\napi = \"${PW}\"\n"
      "auth = { flow = \"${PW}\", client_id = 123456, client_secret = \"${PW}${ABSENT}\" }\n";
  const auto loaded = load_text(text, some_world());
  CHECK(loaded.faults.size() == 7);
  for (const error& e : loaded.faults) {
    CHECK_MESSAGE(e.message.find("hunter2") == std::string::npos, e.message);
    CHECK_MESSAGE(e.message.find("123456") == std::string::npos, e.message);
  }
}

TEST_CASE("a real command: its output, and nothing of a shell") {
  CHECK(run_secret_command({"printf", "%s", "$HOME;x y"}).value() == "$HOME;x y");
  CHECK(run_secret_command({"/bin/sh", "-c", "read line || printf none"}).value() == "none");
  CHECK(run_secret_command({"true"}).value().empty());
}

TEST_CASE("a real command that fails") {
  const auto message_of = [](const strings& command, command_limits limits = {}) {
    const auto out = run_secret_command(command, limits);
    REQUIRE_FALSE(out);
    CHECK(out.error().code == errc::secret_missing);
    CHECK_FALSE(out.error().advice.empty());
    return out.error().message;
  };
  CHECK(message_of({"/nowhere/x"}) ==
        "the command /nowhere/x cannot be started: No such file or directory");
  CHECK(message_of({"sh", "-c", "exit 3"}) == "the command sh ended with the status 3");
  CHECK(message_of({"sh", "-c", "kill -TERM $$"}) == "the command sh was ended by the signal 15");
  CHECK(message_of({"sh", "-c", "printf 12345678"}, {.output_bytes = 4}) ==
        "the command sh printed more than 4 bytes");
}

TEST_CASE("I16: what a real command complains about is shown nowhere") {
  std::FILE* seen = std::tmpfile();
  REQUIRE(seen != nullptr);
  const int ours = ::dup(STDERR_FILENO);
  REQUIRE(::dup2(::fileno(seen), STDERR_FILENO) >= 0);
  const auto good = run_secret_command({"sh", "-c", "echo hunter2 >&2; printf x"});
  const auto bad = run_secret_command({"sh", "-c", "echo hunter2 >&2; exit 3"});
  ::dup2(ours, STDERR_FILENO);
  ::close(ours);
  CHECK(std::fseek(seen, 0, SEEK_END) == 0);
  CHECK(std::ftell(seen) == 0);
  std::fclose(seen);
  CHECK(good.value() == "x");
  REQUIRE_FALSE(bad);
  CHECK(to_string(bad.error()).find("hunter2") == std::string::npos);
  CHECK(bad.error().advice.find("does not show it") != std::string::npos);
}

TEST_CASE("a real command that does not end is ended, with what it started") {
  const command_limits brief{.time = milliseconds{200}};
  const auto begin = std::chrono::steady_clock::now();
  CHECK(run_secret_command({"sleep", "60"}, brief).error().message ==
        "the command sleep did not end within 200 ms");
  // Closes its output and stays; leaves somebody behind who keeps the output; drips.
  CHECK_FALSE(run_secret_command({"sh", "-c", "exec >&-; sleep 60"}, brief));
  CHECK_FALSE(run_secret_command({"sh", "-c", "sleep 60 & exit 0"}, brief));
  CHECK_FALSE(run_secret_command({"sh", "-c", "while :; do printf x; sleep 0.05; done"}, brief));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{20});
}

}  // namespace
}  // namespace millrace
