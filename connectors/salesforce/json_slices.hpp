// Where the values of a JSON text begin and end, without reading them: an answer that holds others
// is taken apart, and each part is parsed by who knows it.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::salesforce {

/// Members of the object that `text` is: names as they are written, between the quotes, and values
/// as they are written. None: it is no object. What is within a value is not judged, except that
/// its texts end and its brackets are as many as open as close.
std::optional<std::vector<std::pair<std::string_view, std::string_view>>> members_of(
    std::string_view text);

/// The same for the elements of an array.
std::optional<std::vector<std::string_view>> elements_of(std::string_view text);

}  // namespace millrace::salesforce
