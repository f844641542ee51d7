// Filling in the names in braces of a dialect's statements.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::sql {

using replacement = std::pair<std::string_view, std::string_view>;

/// Replaces `{name}` by its text. What is filled in is not looked at again, so that a column that
/// is called `{table}` stays one. Other braces stay.
std::string filled(std::string_view text, std::initializer_list<replacement> values);

/// Puts `more` behind `list`, with the separator between them.
void add_to_list(std::string& list, std::string_view more, std::string_view separator = ",");

}  // namespace millrace::sql
