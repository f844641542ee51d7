// Runs a fuzz entry without a fuzzer: over the files of a corpus, and over seeded mutations of
// them. Usage: replay_NAME CORPUS MUTATIONS
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  // NOLINT

namespace {

using namespace std::string_view_literals;

/// What is likely to matter to a grammar of pages and values.
constexpr std::array words{"\""sv,
                           "\"\""sv,
                           ","sv,
                           "\n"sv,
                           "\r\n"sv,
                           "\r"sv,
                           "{"sv,
                           "}"sv,
                           "["sv,
                           "]"sv,
                           ":"sv,
                           "\\"sv,
                           "\\ud83d"sv,
                           "\\ude00"sv,
                           "\\u0000"sv,
                           "null"sv,
                           "true"sv,
                           "-0.0"sv,
                           "e99"sv,
                           "1E-7"sv,
                           "\xFF"sv,
                           "\xED\xA0\x80"sv,
                           "\xF0\x9F\x98\x80"sv,
                           "\0"sv,
                           "Id"sv,
                           "records"sv,
                           "+0000"sv,
                           "Z"sv};

void run(const std::string& input) {
  // A copy of the exact size, so that a sanitizer sees a read beyond it.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

class mutator {
 public:
  std::string mutate(std::string text, const std::vector<std::string>& seeds) {
    for (std::size_t steps = 1 + below(4); steps > 0; --steps) {
      const std::size_t at = below(text.size() + 1);
      const std::size_t length = below(16);
      switch (below(6)) {
        case 0:
          if (at < text.size()) text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.insert(at, words[below(words.size())]);
          break;
        case 2:
          text.erase(at, length);
          break;
        case 3:
          text.insert(at, std::string(text, at, length));
          break;
        case 4:
          text.resize(at);
          break;
        default: {
          const std::string& other = seeds[below(seeds.size())];
          text.replace(at, length, other, below(other.size() + 1), below(64));
        }
      }
    }
    return text;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::mt19937_64 random_{1};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s CORPUS MUTATIONS\n", argv[0]);
    return 2;
  }
  std::set<std::filesystem::path> files;  // sorted: every run does the same
  for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
    files.insert(entry.path());
  std::vector<std::string> seeds;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "%s holds no files\n", argv[1]);
    return 2;
  }
  for (const std::string& seed : seeds)
    run(seed);
  mutator change;
  const int mutations = std::atoi(argv[2]);
  for (int i = 0; i < mutations; ++i)
    run(change.mutate(seeds[change.below(seeds.size())], seeds));
  std::printf("%zu files and %d mutations\n", seeds.size(), mutations);
}
