// What the user wants of one collection: fewer fields, hashes in place of values, fewer records.
#pragma once

#include "engine/model/catalog.hpp"

#include <vector>

namespace millrace::salesforce {

/// Makes `what`, as its description says, what the user wants of it. The key, the cursor field and
/// the soft-delete mark stay, and stay as they are: without them nothing could be kept in step. A
/// name that is no field, or one of those, is a notice; a field to be hashed that is not there is
/// an error: its values would come as they are under another name.
result<void> apply(const collection_choice& choice, collection& what, std::vector<notice>& notices);

}  // namespace millrace::salesforce
