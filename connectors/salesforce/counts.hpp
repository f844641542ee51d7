// Asking an org how many records there are.
#pragma once

#include "connectors/connector.hpp"

#include <memory>
#include <vector>

namespace millrace::salesforce {

/// A call for each question, several at a time.
std::unique_ptr<count_conversation> make_counts(session_ptr session,
                                                const std::vector<count_order>& questions);

}  // namespace millrace::salesforce
