// What every actor of ours does the same way: no silent defaults, errors rendered, peers told
// apart.
#pragma once

#include "engine/error.hpp"

#include <caf/all.hpp>

#include <string>
#include <utility>

CAF_ERROR_CODE_ENUM(millrace::errc, "millrace")

namespace millrace {

/// An exit reason of the actor library as an error of ours: why a peer died.
inline error error_of(const caf::error& reason) {
  error e;
  e.code = errc::internal;
  e.message = reason.category() == caf::atom("millrace") ? caf::to_string(reason.context())
                                                         : caf::to_string(reason);
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
