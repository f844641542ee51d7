// What every actor of ours does the same way: no silent defaults, errors rendered, peers told
// apart.
#pragma once

#include "engine/error.hpp"

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <utility>

CAF_ERROR_CODE_ENUM(millrace::errc, "millrace")
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const millrace::error>)

namespace millrace {

/// For an actor that ends because of an error which its peers should hear as it is.
inline caf::error exit_reason_of(error why) {
  const errc code = why.code;
  return caf::make_error(code, std::make_shared<const error>(std::move(why)));
}

/// An exit reason of the actor library as an error of ours: why a peer died.
inline error error_of(const caf::error& reason) {
  using shared_error = std::shared_ptr<const error>;
  error e;
  e.code = errc::internal;
  if (reason.category() != caf::atom("millrace")) {
    e.message = caf::to_string(reason);
  } else if (reason.context().match_elements<shared_error>()) {
    return *reason.context().get_as<shared_error>(0);
  } else {
    e.message = caf::to_string(reason.context());
  }
  e.advice = "This is a fault of millrace: please report it with the log";
  return e;
}

/// Unexpected messages are refused; an exception in a handler ends the actor with its text, which
/// its supervisor sees. Without this the library prints on stdout.
template <class Self>
void harden(Self* self) {
  self->set_default_handler(
      [](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
        return caf::sec::unexpected_message;
      });
  self->set_exception_handler([](caf::scheduled_actor* s, std::exception_ptr& p) -> caf::error {
    try {
      std::rethrow_exception(p);
    } catch (const std::exception& e) {
      return caf::make_error(errc::internal, std::string{s->name()}, std::string{e.what()});
    } catch (...) {
      return caf::make_error(errc::internal, std::string{s->name()},
                             std::string{"unknown exception"});
    }
  });
}

/// Sends a value behind a shared pointer.
template <class T>
std::shared_ptr<const T> share(T value) {
  return std::make_shared<const T>(std::move(value));
}

}  // namespace millrace
