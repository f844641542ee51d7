// The first pages of several readings in one composite request (salesforce-api.md 2.9): most
// collections have not changed, and an empty page each is all that there is to read.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/composite_manners.hpp"

#include <memory>
#include <vector>

namespace millrace::salesforce {

/// How many of these readings may begin with pages of one request; 1: it has to begin alone.
std::size_t first_pages_together(const read_order& order, const composite_manners& manners);

/// One composite request after the other, so that what each costs can be told from the org's count.
std::unique_ptr<first_pages_conversation> make_first_pages(
    session_ptr session, const std::vector<read_order>& orders,
    std::shared_ptr<composite_manners> manners);

}  // namespace millrace::salesforce
