// A kept text in memory, for tests of what is written down when.
#pragma once

#include "connectors/storage.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::dialogues {

class stored_text final : public kept_text {
 public:
  std::optional<std::string> text;
  std::vector<std::string> written;
  bool held = false;
  bool full = false;  ///< nothing can be written
  unsigned holds = 0;

  result<std::unique_ptr<hold>> try_hold() override {
    if (held) return nullptr;
    held = true;
    ++holds;
    return std::make_unique<the_hold>(*this);
  }
  [[nodiscard]] std::string place() const override { return "the-place"; }

 private:
  class the_hold final : public hold {
   public:
    explicit the_hold(stored_text& of) : of_(of) {}
    ~the_hold() override { of_.held = false; }
    [[nodiscard]] result<std::optional<std::string>> read() const override { return of_.text; }
    result<void> replace(const std::string& fresh) override {
      if (of_.full) return failure(errc::storage, "the disk is full", "Make room");
      of_.text = fresh;
      of_.written.push_back(fresh);
      return {};
    }

   private:
    stored_text& of_;
  };
};

}  // namespace millrace::dialogues
