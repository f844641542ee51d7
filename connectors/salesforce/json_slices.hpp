// Where the values of a JSON text begin and end, without reading them: an answer that holds others
// is taken apart in one pass, and each part is parsed by who knows it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace millrace::salesforce {

/// Goes through a text from its begin. What is within a value is not judged, except that its texts
/// end and its brackets are as many as open as close. After a failure it stands anywhere.
class json_slicer {
 public:
  explicit json_slicer(std::string_view text) : text_(text) {}

  /// The value that comes next, as it is written. None: there is none.
  std::optional<std::string_view> value();

  /// Steps into the object that comes next: `each` is called with the name of each member, as it
  /// is written between the quotes, and goes past its value by a function of this slicer. False:
  /// it is no object, or `each` said so.
  template <class Each>
  bool members(Each&& each) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      const auto name = text();
      if (!name || !take(':') || !each(name->substr(1, name->size() - 2))) return false;
    } while (take(','));
    return take('}');
  }

  /// The same for an array, whose elements have no names.
  template <class Each>
  bool elements(Each&& each) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!each()) return false;
    } while (take(','));
    return take(']');
  }

  /// Whether only blanks are left.
  bool at_end();

 private:
  void skip_blanks();
  bool take(char wanted);
  bool skip_text();
  std::optional<std::string_view> text();  ///< with its quotes

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace millrace::salesforce
