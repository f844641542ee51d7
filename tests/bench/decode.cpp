// Measures the page decoders: MB of page per second of one core's time, over account-like records
// of 60 fields, and as a ratio to a plain search for the character that ends their cells. Fixed
// seed; one JSON line for each decoder. Usage: bench_decode [MEGABYTES] [ROUNDS]
#include "connectors/salesforce/csv_page.hpp"
#include "connectors/salesforce/json_page.hpp"
#include "tests/bench/decode_pages.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace millrace;

/// Pieces as the HTTP side hands them out.
constexpr std::size_t piece_bytes = std::size_t{64} << 10U;

/// What ends a cell in both forms.
constexpr char delimiter = ',';

/// Of this process: others on the machine do not count.
double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct measured {
  double seconds = 0;
  std::uint64_t records = 0;
  std::uint64_t cell_bytes = 0;
};

template <class Decoder>
measured decode(const bench::pages& pages, const std::vector<std::string>& bodies) {
  std::vector<std::uint32_t> selected(pages.what.fields.size());
  std::iota(selected.begin(), selected.end(), 0U);
  measured m;
  batch_builder rows(pages.table, {});
  const double begin = processor_seconds();
  for (const std::string& body : bodies) {
    Decoder decoder(pages.what, selected);
    const std::string_view all{body};
    for (std::size_t at = 0; at < all.size(); at += piece_bytes) {
      if (const auto fed = decoder.feed(all.substr(at, piece_bytes), rows); !fed) {
        std::fprintf(stderr, "%s\n", to_string(fed.error()).c_str());
        std::exit(1);
      }
    }
    const auto facts = decoder.finish(rows);
    if (!facts) {
      std::fprintf(stderr, "%s\n", to_string(facts.error()).c_str());
      std::exit(1);
    }
    m.records += facts->records;
    for (const batch_ptr& b : rows.take_ready())
      m.cell_bytes += b->bytes();
  }
  m.seconds = processor_seconds() - begin;
  return m;
}

/// Looking for every delimiter, and nothing else.
measured scan(const std::vector<std::string>& bodies) {
  measured m;
  const double begin = processor_seconds();
  for (const std::string& body : bodies) {
    const char* const end = body.data() + body.size();
    for (const char* at = body.data(); at != nullptr; ++m.records)
      at = static_cast<const char*>(
          std::memchr(at + 1, delimiter, static_cast<std::size_t>(end - at - 1)));
  }
  m.seconds = processor_seconds() - begin;
  return m;
}

/// The middle one of several, which `make` measures; the first and the last are the extremes.
template <class Make>
std::vector<measured> in_order(int rounds, const Make& make) {
  std::vector<measured> all(static_cast<std::size_t>(rounds));
  for (measured& m : all)
    m = make();
  std::sort(all.begin(), all.end(),
            [](const measured& a, const measured& b) { return a.seconds < b.seconds; });
  return all;
}

template <class Decoder>
void report(const char* name, const bench::pages& pages, const std::vector<std::string>& bodies,
            int rounds) {
  std::size_t bytes = 0;
  for (const std::string& body : bodies)
    bytes += body.size();
  const std::vector<measured> all =
      in_order(rounds, [&] { return decode<Decoder>(pages, bodies); });
  const std::vector<measured> scans = in_order(rounds, [&] { return scan(bodies); });
  const measured& median = all[all.size() / 2];
  const auto rate = [&](const measured& m) { return static_cast<double>(bytes) / 1e6 / m.seconds; };
  const double limit = rate(scans[scans.size() / 2]);
  std::printf(
      "{\"bench\":\"decode\",\"decoder\":\"%s\",\"megabytes\":%.1f,\"records\":%llu,"
      "\"mb_per_s\":%.0f,\"mb_per_s_best\":%.0f,\"mb_per_s_worst\":%.0f,\"records_per_s\":%.0f,"
      "\"scan_mb_per_s\":%.0f,\"ratio\":%.2f}\n",
      name, static_cast<double>(bytes) / 1e6, static_cast<unsigned long long>(median.records),
      rate(median), rate(all.front()), rate(all.back()),
      static_cast<double>(median.records) / median.seconds, limit, rate(median) / limit);
}

}  // namespace

int main(int argc, char** argv) {
  const int megabytes = argc > 1 ? std::max(1, std::atoi(argv[1])) : 64;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  const bench::pages pages =
      bench::make_pages(static_cast<std::size_t>(megabytes) * std::size_t{1'000'000});
  report<salesforce::json_page_decoder>("json_page", pages, pages.json, rounds);
  report<salesforce::csv_page_decoder>("csv_page", pages, pages.csv, rounds);
}
