// The literal table.
#include "engine/naming/standard_collections.hpp"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

constexpr auto table = std::to_array<standard_collection>({
    {"Account", "accounts"},
    {"AccountContactRole", "account_contact_roles"},
    {"AccountTag", "account_tags"},
    {"Campaign", "campaigns"},
    {"CampaignMember", "campaign_members"},
    {"CampaignShare", "campaign_shares"},
    {"CampaignTag", "campaign_tags"},
    {"Case", "cases"},
    {"CaseComment", "case_comments"},
    {"CaseContactRole", "case_contact_role"},
    {"CaseSolution", "case_solution"},
    {"CaseTag", "case_tags"},
    {"Contact", "contacts"},
    {"ContactTag", "contact_tags"},
    {"Contract", "contracts"},
    {"ContractTag", "contract_tags"},
    {"Dashboard", "dashboards"},
    {"DashboardTag", "dashboard_tags"},
    {"Document", "documents"},
    {"DocumentTag", "document_tags"},
    {"Event", "events"},
    {"EventTag", "event_tags"},
    {"Group", "_group"},
    {"Lead", "leads"},
    {"LeadTag", "lead_tags"},
    {"Name", "names"},
    {"Note", "notes"},
    {"NoteTag", "note_tags"},
    {"Opportunity", "opportunities"},
    {"OpportunityCompetitor", "opportunity_competitor"},
    {"OpportunityContactRole", "opportunity_contact_role"},
    {"OpportunityFieldHistory", "opportunity_field_history"},
    {"OpportunityLineItem", "opportunity_product"},
    {"OpportunityLineItemSchedule", "opportunity_line_item_schedules"},
    {"OpportunityStage", "opportunity_stage"},
    {"OpportunityTag", "opportunity_tag"},
    {"Period", "period"},
    {"Pricebook2", "price_books"},
    {"PricebookEntry", "price_book_entries"},
    {"Product2", "products"},
    {"Profile", "profile"},
    {"Solution", "solutions"},
    {"SolutionTag", "solution_tags"},
    {"Task", "tasks"},
    {"TaskTag", "task_tags"},
    {"User", "users"},
    {"UserLogin", "user_login"},
    {"UserRole", "role"},
});
static_assert(table.size() == 48);

}  // namespace

std::span<const standard_collection> standard_collections() {
  return table;
}

std::optional<std::string_view> standard_collection_of(std::string_view object) {
  const auto found =
      std::lower_bound(table.begin(), table.end(), object,
                       [](const standard_collection& entry, std::string_view wanted) {
                         return entry.object < wanted;
                       });
  if (found == table.end() || found->object != object) return {};
  return found->collection;
}

}  // namespace millrace
