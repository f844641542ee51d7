// A source without a network: conversations that ask as the test says. A page is lines, each the
// key of a row.
#pragma once

#include "connectors/connector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace millrace::scripted {

struct numbered_session final : session {
  explicit numbered_session(int n) : number(n) {}
  [[nodiscard]] std::string identity() const override { return "account"; }
  int number;
};

inline std::string session_text(const session_ptr& session) {
  const auto* numbered = static_cast<const numbered_session*>(session.get());
  return "session" + std::to_string(numbered == nullptr ? 0 : numbered->number);
}

/// 503 passes, 401 is a session that ended, everything else that is not 200 is for good.
inline error fault_of(const http_response& response) {
  error e{errc::http_status,
          "status " + std::to_string(response.head.status),
          {},
          retry::never,
          {},
          {}};
  if (response.head.status == 503) e.again = retry::later;
  if (response.head.status == 401) e.again = retry::after_login;
  if (const auto after = response.head.find("Retry-After"))
    e.retry_after = std::chrono::seconds{std::stoi(std::string{*after})};
  return e;
}

inline verdict verdict_of(const http_response& response) {
  error why = fault_of(response);
  if (why.again == retry::never) return give_up{std::move(why)};
  return ask_again{std::move(why)};
}

/// A status that breaks the reader, a word that breaks the decoder, and one for a record that it
/// counts and makes no row of, as faults of ours would.
inline constexpr int crashes = 599;
inline constexpr std::string_view poison = "poison";
inline constexpr std::string_view swallowed = "swallowed";

class line_decoder final : public page_decoder {
 public:
  result<void> feed(std::string_view bytes, batch_builder& rows) override {
    if (bytes.find(poison) != std::string_view::npos) throw std::runtime_error("a decoder's fault");
    if (bytes == swallowed) {
      ++records_;
      return {};
    }
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      rows.at(0).open_cell().append(part);
      if (end == std::string_view::npos) return {};
      rows.at(0).close_cell();
      rows.end_row();
      ++records_;
      bytes.remove_prefix(end + 1);
    }
    return {};
  }
  result<page_facts> finish(batch_builder&) override {
    page_facts facts;
    facts.records = records_;
    return facts;
  }

 private:
  std::uint64_t records_ = 0;
};

/// Reads `pages` pages, one after the other, at URLs like "leads/3?session1".
class page_reader final : public reader {
 public:
  page_reader(std::string name, std::size_t pages, session_ptr session = nullptr)
      : name_(std::move(name)), pages_(pages), session_(std::move(session)) {}

  next_step next(time_point now) override {
    if (asking_) return wait_for_answer{};
    if (begins && now < *begins) return wait_until{*begins};
    begins.reset();
    if (done_ == pages_) return finished{};
    asking_ = true;
    return ask{done_ + 1, request(), body_use::page, "query"};
  }
  std::unique_ptr<page_decoder> open_page(std::uint64_t, const http_head& head) override {
    if (head.status != 200) return nullptr;
    return std::make_unique<line_decoder>();
  }
  verdict page_done(std::uint64_t, const http_head&, const page_facts& facts, time_point) override {
    asking_ = false;
    ++done_;
    records_ += facts.records;
    return proceed{};
  }
  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    if (id > pages_) return proceed{};  // of cleaning up
    if (response.head.status == crashes) throw std::runtime_error("a reader's fault");
    return verdict_of(response);
  }
  next_step wind_up(time_point) override {
    if (last_words.empty()) return finished{};
    const std::string url = last_words.front();
    last_words.pop_front();
    return ask{pages_ + 1 + last_words.size(),
               {http_method::del, url, {}, {}, {}},
               body_use::whole,
               "clean_up"};
  }
  void use_session(session_ptr fresh) override { session_ = std::move(fresh); }
  http_request renewed(const ask&) const override { return request(); }
  /// Pages come in the order of their stamps: a page, a second.
  std::optional<time_point> progress() const override {
    if (!ordered || done_ == 0) return {};
    return time_point{stamps_begin + std::chrono::seconds{done_}};
  }
  std::optional<std::uint64_t> expected_records() const override { return {}; }
  read_method method() const override { return read_method::rest; }
  std::vector<notice> take_notices() override { return {}; }

  std::deque<std::string> last_words;  ///< what is asked when it is broken off
  bool ordered = false;
  milliseconds stamps_begin{0};
  std::optional<time_point> begins;  ///< nothing is asked before, the first time

 private:
  http_request request() const {
    return {http_method::get,
            fmt::format("{}/{}?{}", name_, done_ + 1, session_text(session_)),
            {},
            {},
            {}};
  }

  std::string name_;
  std::size_t pages_;
  session_ptr session_;
  std::size_t done_ = 0;
  std::uint64_t records_ = 0;
  bool asking_ = false;
};

/// One question, and a result when it is answered.
template <class Base>
class one_question : public Base {
 public:
  explicit one_question(std::string url) : url_(std::move(url)) {}
  next_step next(time_point) override {
    if (answered_) return finished{};
    if (std::exchange(asked_, true)) return wait_for_answer{};
    return ask{1, {http_method::get, url_, {}, {}, {}}, body_use::whole, url_};
  }
  verdict answered(std::uint64_t, const http_response& response, time_point) override {
    if (response.head.status != 200) return verdict_of(response);
    answered_ = true;
    return proceed{};
  }
  void use_session(session_ptr) override {}
  http_request renewed(const ask& old) const override { return old.request; }

 private:
  std::string url_;
  bool asked_ = false;
  bool answered_ = false;
};

class login final : public one_question<login_conversation> {
 public:
  explicit login(session_ptr made) : one_question("login"), made_(std::move(made)) {}
  session_ptr result_session() const override { return made_; }

 private:
  session_ptr made_;
};

class catalog_reading final : public one_question<catalog_conversation> {
 public:
  explicit catalog_reading(catalog found) : one_question("catalog"), found_(std::move(found)) {}
  const catalog& result_catalog() const override { return found_; }
  time_point source_time() const override { return time_point{std::chrono::hours{1}}; }
  std::optional<std::uint64_t> record_count(std::string_view) const override { return {}; }
  request_tally questions() const override { return {1, 0, 0}; }

 private:
  catalog found_;
};

/// Asks for the first pages of five at most in one request, "first:leads,cases". The answer holds
/// them between '|'; "-" stands for one that was refused.
class first_pages final : public first_pages_conversation {
 public:
  first_pages(std::vector<std::string> names, session_ptr session)
      : names_(std::move(names)), session_(std::move(session)), pages_(names_.size()) {}
  next_step next(time_point) override {
    if (asking_) return wait_for_answer{};
    if (at_ == names_.size()) return finished{};
    asking_ = true;
    const std::vector<std::string> some(names_.begin() + static_cast<std::ptrdiff_t>(at_),
                                        names_.begin() + static_cast<std::ptrdiff_t>(end()));
    return ask{at_ + 1,
               {http_method::post, fmt::format("first:{}", fmt::join(some, ",")), {}, {}, {}},
               body_use::whole,
               "query",
               some.size()};
  }
  verdict answered(std::uint64_t, const http_response& response, time_point) override {
    if (response.head.status != 200) return verdict_of(response);
    std::string_view rest = response.body;
    for (const std::size_t stop = end(); at_ < stop; ++at_) {
      const std::string_view page = rest.substr(0, rest.find('|'));
      rest.remove_prefix(std::min(rest.size(), page.size() + 1));
      if (page != "-")
        pages_[at_] = known_answer{fmt::format("{}/1?{}", names_[at_], session_text(session_)),
                                   {{200, {}}, std::string(page)},
                                   page.empty()};
    }
    asking_ = false;
    return proceed{};
  }
  verdict gave_up(std::uint64_t, const error&, time_point) override {
    at_ = end();
    asking_ = false;
    return proceed{};
  }
  void use_session(session_ptr) override {}
  http_request renewed(const ask& old) const override { return old.request; }
  std::vector<std::optional<known_answer>> take_pages() override { return std::move(pages_); }

 private:
  [[nodiscard]] std::size_t end() const { return std::min(at_ + 5, names_.size()); }

  std::vector<std::string> names_;
  session_ptr session_;
  std::vector<std::optional<known_answer>> pages_;
  std::size_t at_ = 0;
  bool asking_ = false;
};

/// An org of collections that have so many pages each.
class source : public connector {
 public:
  /// `choose`: what options make of each collection.
  explicit source(std::vector<std::pair<std::string, std::size_t>> collections,
                  std::map<std::string, std::uint32_t> priorities = {},
                  std::function<void(collection&)> choose = {})
      : collections_(std::move(collections)),
        priorities_(std::move(priorities)),
        choose_(std::move(choose)) {}

  std::unique_ptr<audit_conversation> audit(session_ptr, const catalog&) const override {
    return nullptr;
  }
  std::unique_ptr<login_conversation> log_in(session_ptr) const override {
    return std::make_unique<login>(std::make_shared<const numbered_session>(++logins_));
  }
  std::optional<call_usage> usage_of(const http_head& head) const override {
    const auto used = head.find("Used");
    return used ? std::optional{call_usage{std::stoull(std::string(*used)), 100}} : std::nullopt;
  }
  std::unique_ptr<catalog_conversation> read_catalog(session_ptr, const selection&) const override {
    catalog found;
    for (const auto& [name, pages] : collections_) {
      collection c;
      c.name = c.object = name;
      field id;
      id.name = "Id";
      field stamp;
      stamp.name = "SystemModstamp";
      stamp.type = value_type::timestamp;
      c.fields = {id, stamp};
      c.version = 1;
      if (const auto wanted = priorities_.find(name); wanted != priorities_.end())
        c.priority = wanted->second;
      if (choose_) choose_(c);
      found.collections.push_back(c);
    }
    return std::make_unique<catalog_reading>(std::move(found));
  }
  read_method choose_method(const collection&, const window&,
                            std::optional<std::uint64_t>) const override {
    return read_method::rest;
  }
  std::unique_ptr<reader> read(session_ptr session, const read_order& order) const override {
    const auto found = std::find_if(collections_.begin(), collections_.end(),
                                    [&](const auto& c) { return c.first == order.what.name; });
    auto pages = std::make_unique<page_reader>(found->first, found->second, std::move(session));
    pages->ordered = true;
    return pages;
  }
  std::size_t first_pages_together(const read_order&) const override { return 5; }
  std::unique_ptr<first_pages_conversation> read_first_pages(
      session_ptr session, const std::vector<read_order>& orders) const override {
    std::vector<std::string> names;
    names.reserve(orders.size());
    for (const read_order& order : orders)
      names.push_back(order.what.name);
    return std::make_unique<first_pages>(std::move(names), std::move(session));
  }
  std::unique_ptr<count_conversation> count(session_ptr,
                                            const std::vector<count_order>&) const override {
    return nullptr;  // nobody asks
  }
  call_estimate cost_of(const read_order&, std::optional<std::uint64_t>) const override {
    return exactly(1);
  }
  call_estimate cost_of_deletions(const collection&, const window&) const override {
    return exactly(1);
  }
  std::unique_ptr<deletions_conversation> read_deletions(session_ptr, const collection&,
                                                         const window&) const override {
    return nullptr;  // no collection of this source has an account of deletions
  }
  [[nodiscard]] int logins() const { return logins_; }

 private:
  std::vector<std::pair<std::string, std::size_t>> collections_;
  std::map<std::string, std::uint32_t> priorities_;
  std::function<void(collection&)> choose_;
  mutable int logins_ = 0;
};

/// `count` lines of `width` bytes each, all different.
inline std::string lines(std::size_t count, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += fmt::format("{:0{}}\n", i, width - 1);
  return out;
}

}  // namespace millrace::scripted
