// "Did you mean": the nearest of the words that would have been right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The word that differs least, when it differs in a third of its letters at most, whatever their
/// case; empty: none is near.
std::string nearest_word(std::string_view wrong, const std::vector<std::string>& words);

}  // namespace millrace
