// A file whose name is handed to the warehouse: the batch as tab-separated text in memory, which
// the driver sends, or an engine in this process reads. One encoder serves all such warehouses. The
// constants are cells like the others.
#include "connectors/odbc/loader.hpp"
#include "connectors/odbc/prepared.hpp"
#include "connectors/odbc/tab_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

namespace millrace::odbc {
namespace {

/// A file in memory that is gone with this object.
class memory_file {
 public:
  memory_file() : descriptor_(::memfd_create("millrace_rows", MFD_CLOEXEC)) {}
  ~memory_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  bool hold(std::string_view bytes) {
    while (descriptor_ >= 0 && !bytes.empty()) {
      const auto wrote = ::write(descriptor_, bytes.data(), bytes.size());
      if (wrote <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
    return descriptor_ >= 0;
  }
  [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

class local_file_loader final : public loader {
 public:
  local_file_loader(const sql::dialect& d, const sql::loader_rule& rule)
      : dialect_(d), rule_(rule), own_(fmt::format("{:08x}", std::random_device{}())) {}

  result<std::uint64_t> send(connection& link, const row_set& rows, const statement_maker& make,
                             std::string_view doing) override {
    encode(rows);
    memory_file file;
    if (!file.hold(text_))
      return failure(errc::internal, fmt::format("{}: no file in memory could be made", doing),
                     "Look at the system's limits for memory and open files");
    sql::source_shape shape;
    shape.file = file.path();
    shape.token = next_token();
    std::uint64_t written = 0;
    const std::size_t steps = std::max<std::size_t>(rule_.into_staging.size(), 1);
    for (; shape.step < steps; ++shape.step) {
      // Never prepared: drivers look for the file's name in the text.
      MILLRACE_TRY(const handle statement, link.run_text(make(shape), doing));
      MILLRACE_CHECK(heed_warnings(link, doing));
      MILLRACE_TRY(const std::uint64_t some, rows_written(link, dialect_, statement, doing));
      written += some;
    }
    return written;
  }

  void forget() override {}

 private:
  /// Servers that read a file may change values and go on: what they say of it is an error.
  result<void> heed_warnings(connection& link, std::string_view doing) {
    if (rule_.warnings.empty()) return {};
    MILLRACE_TRY(const auto said, link.query(rule_.warnings, doing));
    if (said.empty()) return {};
    std::string first;
    for (const auto& cell : said.front())
      first += (first.empty() ? "" : " ") + cell.value_or("");
    return failure(errc::warehouse_value,
                   fmt::format("{}: {} warnings, the first: {}", doing, said.size(), first),
                   "Widen the column, or exclude the field");
  }

  /// Processes and connections that put their files into one place do not meet.
  std::string next_token() { return fmt::format("{}x{}", own_, files_++); }

  void encode(const row_set& rows) {
    text_.clear();
    for (const std::uint32_t index : rows.which) {
      for (std::size_t c = 0; c < rows.columns.size(); ++c) {
        if (c > 0) text_ += '\t';
        add_tab_cell(text_, rows.cell(index, c));
      }
      text_ += '\n';
    }
  }

  const sql::dialect& dialect_;
  const sql::loader_rule& rule_;
  std::string own_;
  std::uint64_t files_ = 0;
  std::string text_;  ///< kept for its memory
};

}  // namespace

std::unique_ptr<loader> make_local_file_loader(const sql::dialect& d,
                                               const sql::loader_rule& rule) {
  return std::make_unique<local_file_loader>(d, rule);
}

}  // namespace millrace::odbc
