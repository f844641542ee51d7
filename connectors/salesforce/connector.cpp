// Which dialogue for which purpose.
#include "connectors/salesforce/connector.hpp"

#include "connectors/salesforce/account.hpp"
#include "connectors/salesforce/adaptive_reader.hpp"
#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/audit.hpp"
#include "connectors/salesforce/bulk_job.hpp"
#include "connectors/salesforce/bulk_reader.hpp"
#include "connectors/salesforce/catalog.hpp"
#include "connectors/salesforce/composite_manners.hpp"
#include "connectors/salesforce/cost.hpp"
#include "connectors/salesforce/counts.hpp"
#include "connectors/salesforce/deletions.hpp"
#include "connectors/salesforce/describe.hpp"
#include "connectors/salesforce/first_pages.hpp"
#include "connectors/salesforce/keyed_reader.hpp"
#include "connectors/salesforce/login.hpp"
#include "connectors/salesforce/wide_reader.hpp"

#include <algorithm>

namespace millrace::salesforce {
namespace {

class salesforce_connector final : public connector {
 public:
  explicit salesforce_connector(std::shared_ptr<account> of) : of_(std::move(of)) {}

  std::unique_ptr<login_conversation> log_in(session_ptr ended) const override {
    return make_login(of_, std::move(ended));
  }

  std::optional<call_usage> usage_of(const http_head& head) const override {
    return api_usage_of(head);
  }

  std::unique_ptr<catalog_conversation> read_catalog(session_ptr session,
                                                     const selection& what) const override {
    return make_catalog(std::move(session), what, manners_);
  }

  std::unique_ptr<audit_conversation> audit(session_ptr session,
                                            const catalog& what) const override {
    return make_audit(std::move(session), what);
  }

  read_method choose_method(const collection& what, const window& range,
                            std::optional<std::uint64_t> records) const override {
    if (of_->how().api == settings::api_choice::rest) return read_method::rest;
    if (std::any_of(what.fields.begin(), what.fields.end(), is_address_of_content))
      return read_method::rest;
    if (of_->how().api == settings::api_choice::bulk) return read_method::bulk;
    // A statement that is too long for a URL travels in a job's body (2.4).
    if (!fits_one_url(what, range)) return read_method::bulk;
    return range.everything() && is_bulk_cheaper(records.value_or(0)) ? read_method::bulk
                                                                      : read_method::rest;
  }

  std::unique_ptr<reader> read(session_ptr session, const read_order& order) const override {
    // In another way the same would be read up to another time.
    if (order.taken_over) return make_bulk_reader(std::move(session), order);
    if (!order.keys.empty()) return make_keyed_reader(std::move(session), order);
    return make_adaptive_reader(std::move(session), order);
  }

  std::size_t first_pages_together(const read_order& order) const override {
    return salesforce::first_pages_together(order, *manners_);
  }

  std::unique_ptr<first_pages_conversation> read_first_pages(
      session_ptr session, const std::vector<read_order>& orders) const override {
    return make_first_pages(std::move(session), orders, manners_);
  }

  std::unique_ptr<count_conversation> count(
      session_ptr session, const std::vector<count_order>& questions) const override {
    return make_counts(std::move(session), questions);
  }

  call_estimate cost_of(const read_order& order,
                        std::optional<std::uint64_t> records) const override {
    return cost_of_reading(order, records);
  }

  call_estimate cost_of_deletions(const collection&, const window& range) const override {
    return salesforce::cost_of_deletions(range);
  }

  bool can_take_over(const session& who, const read_order& order,
                     const standing_job& job) const override {
    if (of_->how().api == settings::api_choice::rest || path_of(job).empty()) return false;
    return question_of(static_cast<const org_session&>(who), order) == job.question;
  }

  std::unique_ptr<conversation> remove_jobs(const session_ptr& session,
                                            const std::vector<standing_job>& jobs) const override {
    return make_job_removal(session, jobs);
  }

  std::unique_ptr<deletions_conversation> read_deletions(session_ptr session,
                                                         const collection& what,
                                                         const window& range) const override {
    return make_deletions(std::move(session), what, range);
  }

 private:
  const std::shared_ptr<account> of_;
  const std::shared_ptr<composite_manners> manners_ = std::make_shared<composite_manners>();
};

}  // namespace

result<std::shared_ptr<const connector>> make_connector(settings how,
                                                        std::shared_ptr<kept_text> tokens) {
  MILLRACE_TRY(auto of, account::make(std::move(how), std::move(tokens)));
  return std::make_shared<const salesforce_connector>(std::move(of));
}

}  // namespace millrace::salesforce
