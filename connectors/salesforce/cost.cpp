// Pages are counted as the readers ask for them; jobs are looked at as long as they may run.
#include "connectors/salesforce/cost.hpp"

#include "connectors/salesforce/deletions.hpp"
#include "connectors/salesforce/paging.hpp"
#include "connectors/salesforce/wide_reader.hpp"

#include <algorithm>
#include <chrono>

namespace millrace::salesforce {
namespace {

/// Most jobs are done within seconds; one that takes longer than this is told as what it was.
constexpr std::chrono::minutes job_longest{10};
/// Creating a job and deleting it.
constexpr std::uint64_t calls_around_a_job = 2;
/// REST costs a call for each 2,000 records. A Bulk job costs its creation, some polls, a call for
/// each 50,000 records and its deletion, about ten: beyond this many records it is cheaper
/// (2.4, 3.5).
constexpr std::uint64_t bulk_records_min = 20'000;

/// Rows of so many fields come 2,000 on a page.
constexpr std::size_t narrow_fields_max = 30;

std::uint64_t pages_of(std::uint64_t records, std::uint64_t of_page) {
  return (records + of_page - 1) / of_page;
}

/// Looks at a job that runs so long, the one that finds it done included.
std::uint64_t polls_within(milliseconds duration) {
  std::uint64_t polls = 1;
  milliseconds pause = bulk_poll_first;
  for (milliseconds at = pause; at < duration; at += pause) {
    pause = bulk_poll_after(pause);
    ++polls;
  }
  return polls;
}

/// Result pages, and the lists of them where it is worth asking for those.
std::uint64_t result_calls(std::uint64_t records) {
  const std::uint64_t pages = pages_of(records, bulk_page_records_max);
  if (records < bulk_listed_records_min) return pages;
  return pages + pages_of(pages, bulk_pages_of_list);
}

call_estimate cost_by_bulk(std::uint64_t records) {
  const std::uint64_t pages = result_calls(records);
  return {calls_around_a_job + 1 + pages, calls_around_a_job + polls_within(job_longest) + pages,
          false};
}

/// Slices are asked for until one is not full; the question that finds nothing is a single one.
call_estimate cost_in_parts(std::uint64_t records, std::uint64_t parts) {
  const std::uint64_t rest = records % slice_records_max;
  return exactly(records / slice_records_max * parts + (rest == 0 ? 1 : parts));
}

/// How wide rows must be for an org to shorten its pages is not told anywhere.
call_estimate cost_by_rest(std::uint64_t records, std::size_t fields) {
  call_estimate cost = exactly(std::max<std::uint64_t>(pages_of(records, rest_page_records), 1));
  cost.open = cost.least > 1 && fields > narrow_fields_max;
  return cost;
}

}  // namespace

call_estimate cost_of_reading(const read_order& order, std::optional<std::uint64_t> records) {
  call_estimate cost;
  const std::uint64_t known = records.value_or(0);
  if (order.method == read_method::bulk) {
    cost = cost_by_bulk(known);
  } else if (const std::size_t parts = parts_of(order); parts > 1) {
    cost = cost_in_parts(known, parts);
  } else {
    cost = cost_by_rest(known, order.what.fields.size());
  }
  cost.open = cost.open || !records;
  return cost;
}

call_estimate cost_of_deletions(const window& range) {
  if (!spans_a_minute(range)) return {};
  return {1, 1, true};
}

bool is_bulk_cheaper(std::uint64_t records) {
  return records >= bulk_records_min;
}

}  // namespace millrace::salesforce
