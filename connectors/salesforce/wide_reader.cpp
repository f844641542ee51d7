// The wide reader's states: for each slice of Ids the parts of the field list, then the next slice.
// The last part is the page: its decoder joins all parts into rows.
#include "connectors/salesforce/wide_reader.hpp"

#include "connectors/salesforce/answers.hpp"
#include "connectors/salesforce/ids.hpp"
#include "connectors/salesforce/json_page.hpp"
#include "connectors/salesforce/paging.hpp"
#include "connectors/salesforce/request_book.hpp"
#include "connectors/salesforce/rest_reader.hpp"
#include "connectors/salesforce/soql.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace millrace::salesforce {
namespace {

/// How often one slice is asked for again because its records changed between two parts.
constexpr int slice_repeats_max = 5;
/// What `page_facts::next` says when the parts of a slice do not fit together, and when the org
/// sent the last part in more than one page, of which `total` tells the records.
constexpr const char* slice_changed = "slice changed";
constexpr const char* slice_too_large = "slice too large";

constexpr unsigned slice_records_least = 25;

/// The key and the cursor field.
std::vector<std::uint32_t> head_of(const collection& what) {
  std::vector<std::uint32_t> head{static_cast<std::uint32_t>(what.key)};
  if (what.version) head.push_back(static_cast<std::uint32_t>(*what.version));
  return head;
}

/// One decoded part of a slice.
struct part_rows {
  batch_ptr rows;
  std::vector<std::uint32_t> fields;
  bool whole = false;  ///< the answer held all that the statement asks for
};

/// I3: a part is counted as a page is. `totalSize` is of what the statement asks for, its LIMIT
/// included; a page that is not the last holds less.
std::optional<error> miscounted(const read_order& order, const page_facts& facts) {
  const std::uint64_t total = facts.total.value_or(0);
  if (facts.last ? facts.records == total : facts.records > 0 && facts.records < total) return {};
  return error{
      errc::count_mismatch,
      fmt::format("{} announced {} records and sent {}", order.what.object, total, facts.records),
      "The next run reads this window again; if it stays, read with api = \"bulk\"",
      retry::later,
      {},
      {}};
}

result<part_rows> decode_part(const read_order& order, const std::vector<std::uint32_t>& fields,
                              std::string_view body) {
  // Values stay as they are here: the rows that the parts are joined into are hashed.
  batch_builder rows(order.table, {std::size_t{slice_records_max} * 2, std::size_t{1} << 30U},
                     [](std::string_view value) { return std::string(value); });
  json_page_decoder decoder(order.what, fields);
  MILLRACE_CHECK(decoder.feed(body, rows));
  MILLRACE_TRY(const page_facts facts, decoder.finish(rows));
  if (auto fault = miscounted(order, facts)) return failure(std::move(*fault));
  return part_rows{rows.take_rest(), fields, facts.last};
}

/// Decodes the last part and joins it with those before it.
class joining_decoder final : public page_decoder {
 public:
  joining_decoder(const read_order& order, std::vector<part_rows> before,
                  std::vector<std::uint32_t> fields)
      : order_(order), parts_(std::move(before)), fields_(std::move(fields)) {}

  result<void> feed(std::string_view bytes, batch_builder&) override {
    body_.append(bytes);
    return {};
  }

  result<page_facts> finish(batch_builder& rows) override {
    MILLRACE_TRY(part_rows last, decode_part(order_, fields_, body_));
    page_facts facts;
    if (!last.whole) {
      facts.next = slice_too_large;
      facts.total = last.rows->rows;
      return facts;
    }
    parts_.push_back(std::move(last));
    if (!fit()) {
      facts.next = slice_changed;
      return facts;
    }
    join(rows);
    facts.records = parts_.front().rows->rows;
    facts.total = facts.records;
    return facts;
  }

 private:
  /// Every part holds the same records in the same version, each once.
  bool fit() {
    const batch& first = *parts_.front().rows;
    const column& keys = first.columns[order_.what.key];
    std::unordered_map<std::string_view, std::size_t> row_of;
    for (std::size_t r = 0; r < first.rows; ++r)
      if (!row_of.emplace(keys.value(r), r).second) return false;
    place_.assign(parts_.size(), std::vector<std::size_t>(first.rows, 0));
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const batch& part = *parts_[p].rows;
      if (part.rows != first.rows) return false;
      std::vector<bool> placed(first.rows, false);
      for (std::size_t r = 0; r < part.rows; ++r) {
        const auto found = row_of.find(part.columns[order_.what.key].value(r));
        if (found == row_of.end() || placed[found->second]) return false;
        placed[found->second] = true;
        place_[p][found->second] = r;
        if (order_.what.version) {
          const std::size_t v = *order_.what.version;
          if (part.columns[v].value(r) != first.columns[v].value(found->second)) return false;
        }
      }
    }
    return true;
  }

  void join(batch_builder& rows) const {
    for (std::size_t r = 0; r < parts_.front().rows->rows; ++r) {
      for (std::size_t p = 0; p < parts_.size(); ++p) {
        for (const std::uint32_t f : parts_[p].fields) {
          if (rows.has_cell(f)) continue;  // key and version are in every part
          const column& c = parts_[p].rows->columns[f];
          const std::size_t at = place_[p][r];
          if (c.is_null(at)) {
            rows.at(f).append_null();
          } else {
            rows.at(f).append(c.value(at));
          }
        }
      }
      rows.end_row();
    }
  }

  read_order order_;
  std::vector<part_rows> parts_;
  std::vector<std::uint32_t> fields_;
  std::string body_;
  std::vector<std::vector<std::size_t>> place_;
};

query_plan base_plan(const collection& what, const window& range,
                     std::span<const std::string> keys) {
  query_plan plan;
  plan.what = &what;
  plan.selected = all_fields(what);
  plan.range = range;
  plan.only_keys = keys;
  return plan;
}

std::vector<std::vector<std::uint32_t>> slice_parts(const read_order& order) {
  query_plan plan = base_plan(order.what, order.range, order.keys);
  plan.order = record_order::by_key;
  plan.keys = {std::string(18, 'Z'), std::string(18, 'Z')};  // the longest form of the condition
  plan.limit = slice_records_max;
  return url_parts(plan, query_url_bytes_max);
}

/// Why slices are read: the statement is too long, or the org takes too long for all records at
/// once.
enum class slicing : std::uint8_t { statement_too_long, org_too_slow };

class wide_reader final : public reader {
 public:
  wide_reader(session_ptr session, const read_order& order, slicing why)
      : book_(std::move(session)), order_(order), why_(why) {
    parts_ = slice_parts(order_);
    // The first part tells where the slice ends, so there are two at least.
    if (parts_.size() == 1) parts_.insert(parts_.begin(), head_of(order_.what));
  }

  next_step next(time_point) override {
    if (done_) return finished{};
    if (book_.open() > 0) return wait_for_answer{};
    const std::size_t index = got_.size();
    query_plan plan = base_plan(order_.what, order_.range, order_.keys);
    plan.selected = parts_[index];
    plan.order = record_order::by_key;
    plan.keys = {above_, index == 0 ? std::string() : through_};
    plan.limit = limit_;
    const body_use use = index + 1 == parts_.size() ? body_use::page : body_use::whole;
    return book_.make({http_method::get, query_path(soql_of(plan)), {}, false}, use, "query");
  }

  verdict answered(std::uint64_t id, const http_response& response, time_point) override {
    if (const auto fault = fault_of(response)) {
      if (fault->again != retry::never) return ask_again{*fault};
      return gave_up(id, *fault, {});
    }
    auto part = decode_part(order_, parts_[got_.size()], response.body);
    if (!part) {
      if (part.error().again != retry::never) return ask_again{part.error()};
      book_.close(id);
      return give_up{part.error()};
    }
    book_.close(id);
    if (got_.empty()) {
      if (part->rows->rows == 0) {
        done_ = true;
        return proceed{};
      }
      const column& keys = part->rows->columns[order_.what.key];
      through_ = keys.value(keys.size() - 1);
      // Going round in one slice would never end.
      if (!is_plain_id(through_) || through_ == above_)
        return give_up{
            {errc::page_malformed,
             fmt::format("{} has a record whose Id does not lead on", order_.what.object),
             "An object without proper Ids cannot be read in parts: exclude it",
             retry::never,
             {},
             {}}};
      slice_is_last_ = part->whole && part->rows->rows < limit_;
    } else if (!part->whole) {
      shrink(part->rows->rows);
      return proceed{};
    }
    got_.push_back(std::move(*part));
    return proceed{};
  }

  /// Fewer records at once take the org less time. Each time it is fewer, so this ends.
  verdict gave_up(std::uint64_t id, const error& why, time_point) override {
    book_.close(id);
    if (!is_too_much(why) || limit_ <= slice_records_least) return give_up{why};
    shrink(std::max(limit_ / 4, slice_records_least));
    return proceed{};
  }

  std::unique_ptr<page_decoder> open_page(std::uint64_t, const http_head& head) override {
    if (!is_data(head)) return nullptr;
    return std::make_unique<joining_decoder>(order_, got_, parts_.back());
  }

  verdict page_done(std::uint64_t id, const http_head&, const page_facts& facts,
                    time_point) override {
    book_.close(id);
    got_.clear();
    if (facts.next == slice_too_large) {
      shrink(facts.total.value_or(1));
      return proceed{};
    }
    if (facts.next) {
      if (++repeats_ <= slice_repeats_max) return proceed{};
      return give_up{{errc::count_mismatch,
                      fmt::format("records of {} kept changing while they were read in {} parts",
                                  order_.what.object, parts_.size()),
                      "Read this object with api = \"bulk\"",
                      retry::never,
                      {},
                      {}}};
    }
    repeats_ = 0;
    records_ += facts.records;
    above_ = through_;
    if (slice_is_last_) done_ = true;
    return proceed{};
  }

  void use_session(session_ptr fresh) override { book_.use(std::move(fresh)); }
  http_request renewed(const ask& old) const override { return book_.renewed(old.id); }
  std::optional<time_point> progress() const override { return {}; }
  std::optional<std::uint64_t> expected_records() const override {
    if (!done_) return {};
    return records_;
  }
  read_method method() const override { return read_method::rest; }
  std::vector<notice> take_notices() override {
    if (why_ == slicing::org_too_slow || std::exchange(told_, true)) return {};
    return {{order_.what.name, "read_in_parts",
             fmt::format("{} has {} fields, too many for one URL: it was read by REST in {} parts; "
                         "api = \"auto\" reads it by Bulk where the org allows that",
                         order_.what.object, order_.what.fields.size(), parts_.size())}};
  }

 private:
  /// The org sends fewer records at once than a slice has: the slice is begun anew with as many as
  /// it sends. Each time it is fewer, so this ends.
  void shrink(std::uint64_t records) {
    limit_ = static_cast<unsigned>(std::clamp<std::uint64_t>(records, 1, limit_));
    got_.clear();
  }

  request_book book_;
  read_order order_;
  slicing why_;
  std::vector<std::vector<std::uint32_t>> parts_;
  std::vector<part_rows> got_;
  std::string above_;
  std::string through_;
  bool slice_is_last_ = false;
  unsigned limit_ = slice_records_max;
  bool told_ = false;
  int repeats_ = 0;
  std::uint64_t records_ = 0;
  bool done_ = false;
};

}  // namespace

bool fits_one_url(const collection& what, const window& range, std::span<const std::string> keys) {
  query_plan plan = base_plan(what, range, keys);
  plan.order = record_order::by_version;
  return url_parts(plan, query_url_bytes_max).size() == 1;
}

std::size_t parts_of(const read_order& order) {
  return fits_one_url(order.what, order.range, order.keys) ? 1 : slice_parts(order).size();
}

std::unique_ptr<reader> make_wide_reader(session_ptr session, const read_order& order) {
  return std::make_unique<wide_reader>(std::move(session), order, slicing::statement_too_long);
}

std::unique_ptr<reader> make_sliced_reader(session_ptr session, const read_order& order) {
  return std::make_unique<wide_reader>(std::move(session), order, slicing::org_too_slow);
}

bool is_too_much(const error& why) {
  return why.code == errc::query_timeout || why.code == errc::query_too_large;
}

std::unique_ptr<reader> make_rest_or_wide_reader(session_ptr session, const read_order& order) {
  if (fits_one_url(order.what, order.range, order.keys))
    return make_rest_reader(std::move(session), order);
  return make_wide_reader(std::move(session), order);
}

}  // namespace millrace::salesforce
