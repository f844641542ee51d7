// What went wrong, as a value: code, what happened, what to do, and whether trying again can help.
#pragma once

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// Codes of `error_codes.def`. Stable numbers; 0 means "no error" to the actor library.
enum class errc : std::uint8_t {
  ok = 0,
#define MILLRACE_ERROR(number, name, exit_code, text) name = number,
#include "engine/error_codes.def"
#undef MILLRACE_ERROR
};

/// The code's name as in the table, for logs and machines: "login_refused".
std::string_view name_of(errc code);
/// The table's sentence for people.
std::string_view sentence_of(errc code);
/// The exit status that a command ends with when this is why it failed (design: section 8).
int exit_code_of(errc code);

/// Who detects a fault decides whether trying again can help.
enum class retry : std::uint8_t {
  never,        ///< the same request fails the same way
  later,        ///< a passing fault: back off and ask again
  after_login,  ///< the session ended: log in once, then ask again
};

/// An error says what happened, where (context) and what the user can do (advice). Never a secret.
struct error {
  errc code = errc::internal;
  std::string message;  ///< what happened, one sentence without a final full stop
  std::string advice;   ///< what the user can do, one sentence; may be empty
  retry again = retry::never;
  std::optional<std::chrono::seconds> retry_after;  ///< what the source asked for, if it did
  std::vector<std::pair<std::string, std::string>> context;  ///< for example {"collection","leads"}

  error& with(std::string key, std::string value) {
    context.emplace_back(std::move(key), std::move(value));
    return *this;
  }
};

/// "login_refused: MESSAGE (collection leads). ADVICE": one line for people.
std::string to_string(const error& e);

template <class T>
using result = tl::expected<T, error>;

/// `return failure(errc::config_invalid, "...", "...")` in any function that returns a result.
[[nodiscard]] inline tl::unexpected<error> failure(errc code, std::string message,
                                                   std::string advice = {},
                                                   retry again = retry::never) {
  return tl::unexpected<error>(error{code, std::move(message), std::move(advice), again, {}, {}});
}
[[nodiscard]] inline tl::unexpected<error> failure(error e) {
  return tl::unexpected<error>(std::move(e));
}

}  // namespace millrace

/// Early return of an error; the value, if there is one, is dropped.
#define MILLRACE_CHECK(expression)                                                     \
  do {                                                                                 \
    if (auto millrace_checked = (expression); !millrace_checked)                       \
      return ::tl::unexpected<::millrace::error>(std::move(millrace_checked.error())); \
  } while (false)

#define MILLRACE_JOIN_(a, b) a##b
#define MILLRACE_JOIN(a, b) MILLRACE_JOIN_(a, b)
/// `MILLRACE_TRY(auto value, expression);` binds the value or returns the error.
#define MILLRACE_TRY(declaration, expression) \
  MILLRACE_TRY_(declaration, expression, MILLRACE_JOIN(millrace_tried_, __LINE__))
#define MILLRACE_TRY_(declaration, expression, name)                              \
  auto name = (expression);                                                       \
  if (!name) return ::tl::unexpected<::millrace::error>(std::move(name.error())); \
  declaration = std::move(*name)
