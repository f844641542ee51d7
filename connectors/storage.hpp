// Storage as a source sees it: one small text that outlives the process. Passed in, so that what is
// kept when can be tested without a file.
#pragma once

#include "engine/error.hpp"

#include <memory>
#include <optional>
#include <string>

namespace millrace {

/// A text that has one owner at a time, in all processes of the host together.
class kept_text {
 public:
  /// The right to read and to replace it; ends with the object.
  class hold {
   public:
    hold() = default;
    hold(const hold&) = delete;
    hold& operator=(const hold&) = delete;
    virtual ~hold() = default;
    /// None: nothing was kept yet.
    [[nodiscard]] virtual result<std::optional<std::string>> read() const = 0;
    /// Once it has returned, the text survives a crash; at any instant before, the old one does.
    virtual result<void> replace(const std::string& text) = 0;
  };

  kept_text() = default;
  kept_text(const kept_text&) = delete;
  kept_text& operator=(const kept_text&) = delete;
  virtual ~kept_text() = default;
  /// Null: somebody else holds it now. Never waits.
  virtual result<std::unique_ptr<hold>> try_hold() = 0;
  /// Where it is, for messages.
  [[nodiscard]] virtual std::string place() const = 0;
};

}  // namespace millrace
