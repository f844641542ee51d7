// How much of one source is read at once: each collection under way takes a slot, and a result of
// several pages may have more of them side by side in slots that no collection needs. An org
// serves few long requests at a time (salesforce-api.md 2.9).
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace millrace {

/// Of one run. From any thread.
class page_slots : public std::enable_shared_from_this<page_slots> {
 public:
  explicit page_slots(std::size_t limit) : limit_(limit) {}

  /// One slot that is taken; free again with the object's end.
  class hold {
   public:
    explicit hold(std::shared_ptr<page_slots> of) : of_(std::move(of)) {}
    hold(const hold&) = delete;
    hold& operator=(const hold&) = delete;
    ~hold();

   private:
    std::shared_ptr<page_slots> of_;
  };

  /// For a collection: whoever starts it goes by the same limit.
  [[nodiscard]] std::unique_ptr<hold> take();
  /// For another page of a collection that has a slot; null: none is free.
  [[nodiscard]] std::unique_ptr<hold> try_take();
  /// Whether that would get one now.
  [[nodiscard]] bool any_free() const;

 private:
  void give_back();
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::size_t taken_ = 0;
};

}  // namespace millrace
