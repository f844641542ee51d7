// How much of something is in use at once: what is read of one source by a run (each collection
// under way takes a slot, and a result of several pages may have more of them side by side in slots
// that no collection needs), requests under way to a source, connections to a warehouse.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace millrace {

/// From any thread.
class shared_slots : public std::enable_shared_from_this<shared_slots> {
 public:
  /// `limit` 0: none.
  explicit shared_slots(std::size_t limit) : limit_(limit) {}

  /// One slot that is taken; free again with the object's end.
  class hold {
   public:
    explicit hold(std::shared_ptr<shared_slots> of) : of_(std::move(of)) {}
    hold(const hold&) = delete;
    hold& operator=(const hold&) = delete;
    ~hold();

   private:
    std::shared_ptr<shared_slots> of_;
  };

  /// Another limit from now on; what is taken stays so.
  void bound(std::size_t limit);
  /// For who goes by the same limit in another way.
  [[nodiscard]] std::unique_ptr<hold> take();
  /// Null: none is free.
  [[nodiscard]] std::unique_ptr<hold> try_take();
  /// Whether that would get one now.
  [[nodiscard]] bool any_free() const;

 private:
  [[nodiscard]] bool has_room() const { return limit_ == 0 || taken_ < limit_; }
  void give_back();

  mutable std::mutex mutex_;
  std::size_t limit_;
  std::size_t taken_ = 0;
};

}  // namespace millrace
