// Each statement is the one that its reading begins with, and each page is given to that reading as
// it came: whatever is missing here is asked for there.
#include "connectors/salesforce/first_pages.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/rest_reader.hpp"
#include "connectors/salesforce/wide_reader.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace millrace::salesforce {
namespace {

/// What pages may hold until their readings take them: of one, so that it is within the credit that
/// its reading has, and of all.
constexpr std::size_t page_bytes_max = std::size_t{1} << 20U;
constexpr std::size_t pages_bytes_max = std::size_t{8} << 20U;

/// An org says so before the records: `{"totalSize":0,"done":true,"records":[`.
bool says_done(std::string_view body) {
  constexpr std::size_t head_bytes = 64;
  return body.substr(0, head_bytes).find("\"done\":true") != std::string_view::npos;
}

class org_first_pages final : public first_pages_conversation {
 public:
  org_first_pages(session_ptr session, const std::vector<read_order>& orders,
                  std::shared_ptr<composite_manners> manners)
      : book_(std::move(session)), manners_(std::move(manners)), pages_(orders.size()) {
    paths_.reserve(orders.size());
    for (const read_order& order : orders)
      paths_.push_back(first_page_path(order));
  }

  next_step next(time_point) override {
    if (book_.open() > 0) return wait_for_answer{};
    const std::size_t count = std::min({manners_->queries(), together_max_, paths_.size() - at_});
    // One alone is as cheap where it belongs.
    if (count < 2 || full_) return finished{};
    const auto begin = paths_.begin() + static_cast<std::ptrdiff_t>(at_);
    asked_ = count;
    return book_.make_composite({begin, begin + static_cast<std::ptrdiff_t>(count)}, "query");
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    auto fault = fault_of(response);
    auto answers = fault ? result<std::vector<http_response>>(failure(std::move(*fault)))
                         : composite_answers(response, asked_);
    if (!answers && answers.error().again != retry::never) return ask_again{answers.error()};
    book_.close(id);
    if (!answers) return learn_refusal(answers.error(), response.head.status);
    take(*answers);
    return proceed{};
  }

  /// A courtesy that failed: each reading asks for itself, and finds out what is wrong.
  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    book_.close(id);
    together_max_ = why.code == errc::request_limit ? fewer_than(asked_) : 1;
    return proceed{};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  std::vector<std::optional<known_answer>> take_pages() override { return std::move(pages_); }

 private:
  verdict learn_refusal(const error& why, int status) {
    if (is_of_the_org(why.code)) {
      together_max_ = 1;
    } else if (status == 400 || status == 413) {
      manners_->refused_queries(asked_);
    } else {
      manners_->refuses_all();
    }
    return proceed{};
  }

  void take(std::vector<http_response>& answers) {
    bool refused_all = true;
    for (http_response& answer : answers) {
      const auto fault = fault_of(answer);
      const bool of_the_org = fault && is_of_the_org(fault->code);
      if (of_the_org) together_max_ = 1;
      refused_all = refused_all && fault && !of_the_org && fault->again == retry::never;
      if (!fault) keep(std::move(answer));
      ++at_;
    }
    if (refused_all) manners_->refuses_queries();
  }

  void keep(http_response answer) {
    const std::size_t size = answer.body.size();
    full_ = full_ || bytes_ + size > pages_bytes_max;
    if (full_ || size > page_bytes_max) return;
    bytes_ += size;
    const bool whole = says_done(answer.body);
    pages_[at_] = known_answer{book_.url_of(paths_[at_]), std::move(answer), whole};
  }

  request_book book_;
  std::shared_ptr<composite_manners> manners_;
  std::vector<std::string> paths_;
  std::vector<std::optional<known_answer>> pages_;
  std::size_t at_ = 0;     ///< the first of those that were not asked for
  std::size_t asked_ = 0;  ///< of the request under way
  std::size_t together_max_ = composite_queries_max;
  std::size_t bytes_ = 0;
  bool full_ = false;  ///< no more than these are kept
};

}  // namespace

std::size_t first_pages_together(const read_order& order, const composite_manners& manners) {
  const bool is_one_query = order.method == read_method::rest && order.keys.empty() &&
                            fits_one_url(order.what, order.range, order.keys);
  return is_one_query ? manners.queries() : 1;
}

std::unique_ptr<first_pages_conversation> make_first_pages(
    session_ptr session, const std::vector<read_order>& orders,
    std::shared_ptr<composite_manners> manners) {
  return std::make_unique<org_first_pages>(std::move(session), orders, std::move(manners));
}

}  // namespace millrace::salesforce
