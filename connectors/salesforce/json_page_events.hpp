// What a REST page's JSON events mean: cells go straight to their columns, no tree is built, and
// numbers are taken as text. The inside of json_page.
#pragma once

#include "connectors/connector.hpp"
#include "connectors/salesforce/field_index.hpp"
#include "connectors/salesforce/values.hpp"

#include <boost/json/basic_parser.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::salesforce {

/// The handler of a `boost::json::basic_parser`, which gives the names of the events. A depth of 1
/// is in the page, 2 in its `records`, 3 in a record, 4 and more within a value of a record.
class json_page_events {
 public:
  using code = boost::json::error_code;
  using text = boost::json::string_view;

  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = 4'096;
  static constexpr std::size_t max_string_size = std::size_t{64} << 20U;

  json_page_events(const collection& what, const std::vector<std::uint32_t>& selected)
      : fields_(what, selected),
        object_(what.object),
        key_(key_among(what, selected)),
        version_(what.version) {}

  void write_to(batch_builder& rows) { rows_ = &rows; }
  [[nodiscard]] const std::optional<error>& fault() const { return fault_; }
  /// The first fault stands.
  bool fail(code& ec, error why);
  /// What the page said, once it was parsed whole.
  [[nodiscard]] result<page_facts> facts() const;
  [[nodiscard]] const std::string& object() const { return object_; }
  /// So far.
  [[nodiscard]] std::uint64_t records() const { return facts_.records; }
  [[nodiscard]] std::optional<std::uint64_t> total() const { return facts_.total; }

  bool on_document_begin(code&) { return true; }
  bool on_document_end(code&) { return true; }
  bool on_comment_part(text, code&) { return true; }
  bool on_comment(text, code&) { return true; }

  bool on_object_begin(code& ec);
  bool on_object_end(std::size_t, code& ec) {
    if (depth_ == record_depth && in_records_ && !end_record(ec)) return false;
    if (depth_ == record_depth + 1) in_attributes_ = false;
    return leave();
  }
  bool on_array_begin(code& ec);
  bool on_array_end(std::size_t, code&) {
    if (depth_ == records_depth) in_records_ = false;
    return leave();
  }

  bool on_key_part(text part, std::size_t, code&) {
    scratch_.append(part.data(), part.size());
    return true;
  }
  bool on_key(text last, std::size_t, code& ec) {
    if (scratch_.empty()) return take_key({last.data(), last.size()}, ec);
    scratch_.append(last.data(), last.size());
    const bool good = take_key(scratch_, ec);
    scratch_.clear();
    return good;
  }

  bool on_string_part(text part, std::size_t, code& ec) {
    return goal_ == target::nothing || take_part({part.data(), part.size()}, true, ec);
  }
  bool on_string(text last, std::size_t, code& ec) {
    if (goal_ == target::cell && field_->type == value_type::text && !in_text_) {
      append_text(rows_->at(field_->column), {last.data(), last.size()}, *rows_);
      goal_ = target::nothing;
      return true;
    }
    return take_scalar({last.data(), last.size()}, kind::string, ec);
  }
  bool on_number_part(text part, code& ec) {
    return goal_ == target::nothing || take_part({part.data(), part.size()}, false, ec);
  }
  bool on_int64(std::int64_t, text last, code& ec) { return take_number(last, ec); }
  bool on_uint64(std::uint64_t, text last, code& ec) { return take_number(last, ec); }
  bool on_double(double, text last, code& ec) { return take_number(last, ec); }
  bool on_bool(bool value, code& ec) {
    return take_scalar(value ? "true" : "false", kind::boolean, ec);
  }
  bool on_null(code& ec) {
    if (goal_ != target::cell) return take_scalar("", kind::null, ec);
    rows_->at(field_->column).append_null();
    goal_ = target::nothing;
    return true;
  }

 private:
  static constexpr int page_depth = 1;
  static constexpr int records_depth = 2;
  static constexpr int record_depth = 3;

  /// What the value that follows is for; `element`: one of the list of records.
  enum class target : std::uint8_t {
    nothing,
    total,
    done,
    next,
    records,
    element,
    cell,
    attributes,
    type
  };
  enum class kind : std::uint8_t { string, number, boolean, null };

  bool leave() {
    --depth_;
    goal_ = depth_ == records_depth && in_records_ ? target::element : target::nothing;
    return true;
  }
  bool take_number(text last, code& ec) {
    return take_scalar({last.data(), last.size()}, kind::number, ec);
  }
  bool end_record(code& ec);
  bool take_key(std::string_view key, code& ec);
  bool take_page_key(std::string_view key, code& ec);
  bool take_part(std::string_view part, bool quoted, code& ec);
  bool take_scalar(std::string_view last, kind what, code& ec);
  bool take_cell(std::string_view value, kind what, code& ec);
  bool take_member(std::string_view value, kind what, code& ec);
  bool wrong_shape(code& ec);
  bool fail(code& ec, std::string message);

  field_index fields_;
  std::string object_;
  std::optional<std::size_t> key_;
  std::optional<std::size_t> version_;
  batch_builder* rows_ = nullptr;
  std::optional<error> fault_;

  page_facts facts_;
  std::uint32_t members_seen_ = 0;  ///< one bit for each target among the page's members
  std::string version_min_;

  int depth_ = 0;
  bool in_records_ = false;
  bool in_attributes_ = false;
  target goal_ = target::nothing;
  field_index::entry* field_ = nullptr;
  std::string scratch_;   ///< parts of a key, or of a value that is no text cell
  bool in_text_ = false;  ///< the parts of a text cell go straight to its column
};

}  // namespace millrace::salesforce
