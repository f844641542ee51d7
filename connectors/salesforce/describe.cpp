// Describe answers are read with Boost.JSON's tree: they are small beside the records.
#include "connectors/salesforce/describe.hpp"

#include "connectors/salesforce/json_members.hpp"
#include "engine/lower_case.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::salesforce {
namespace {

namespace json = boost::json;

constexpr std::size_t shown_name_bytes_max = 60;

/// 0 when there is no such number.
unsigned number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return 0;
  return static_cast<unsigned>(std::min<std::int64_t>(value->get_int64(), 1U << 30U));
}

/// In `memory`, which outlives the object: a description has thousands of small values, which cost
/// more to take from the heap one by one and to give back than to read.
result<json::object> parse_object(std::string_view body, std::string_view what,
                                  json::monotonic_resource& memory) {
  json::error_code failed;
  json::parse_options options;
  options.max_depth = 32;
  json::value value = json::parse(body, failed, &memory, options);
  if (failed || !value.is_object())
    return failure(errc::page_malformed, fmt::format("the {} is not a JSON object", what),
                   "Run again; if it stays, report it with the API version in use", retry::later);
  return std::move(value.get_object());
}

/// Plain names of a list of texts; what is none is passed over.
std::vector<std::string> names_in(const json::object& object, std::string_view key) {
  std::vector<std::string> out;
  const json::value* list = object.if_contains(key);
  if (list == nullptr || !list->is_array()) return out;
  for (const json::value& value : list->get_array())
    if (value.is_string() && is_plain_name(value.get_string()))
      out.emplace_back(value.get_string());
  return out;
}

field parse_field(const json::object& source, value_type type) {
  field f;
  f.name = text_of(source, "name");
  f.label = text_of(source, "label");
  f.source_type = text_of(source, "type");
  f.type = type;
  // Of an address nothing tells the length: that is the content's.
  f.length = is_address_of_content(f) ? 0 : number_of(source, "length");
  f.precision = static_cast<std::uint16_t>(std::min(number_of(source, "precision"), 400U));
  f.scale = static_cast<std::uint16_t>(std::min(number_of(source, "scale"), 400U));
  f.calculated = flag_of(source, "calculated");
  f.filterable = flag_of(source, "filterable", true);
  f.sortable = flag_of(source, "sortable", true);
  f.refers_to = names_in(source, "referenceTo");
  return f;
}

/// Refuse every condition on a date, whatever their describe says of the field (2.6).
bool takes_no_window(std::string_view object) {
  constexpr std::array names{"ApiEvent",          "IdentityVerificationEvent",
                             "LightningUriEvent", "ListViewEvent",
                             "LoginEvent",        "LogoutEvent",
                             "ReportEvent",       "UriEvent"};
  return std::find(names.begin(), names.end(), object) != names.end();
}

/// The first of these that describe shows is the cursor (salesforce-api.md 2.6).
std::optional<std::size_t> cursor_of(std::string_view object, const std::vector<field>& fields) {
  if (takes_no_window(object)) return {};
  constexpr std::array order{"SystemModstamp", "LastModifiedDate", "CreatedDate", "LoginTime"};
  for (const std::string_view name : order)
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (fields[i].name == name && fields[i].type == value_type::timestamp && fields[i].filterable)
        return i;
  return {};
}

std::optional<std::size_t> creation_of(const std::vector<field>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == "CreatedDate" && fields[i].type == value_type::timestamp &&
        fields[i].filterable)
      return i;
  return {};
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view e) { return text.ends_with(e); });
}

}  // namespace

std::optional<value_type> value_type_of(std::string_view type, unsigned precision) {
  // Compound values are represented by their parts, a blob is not a cell, the rest are structures
  // of setup objects (salesforce-api.md 2.3).
  constexpr std::array skipped{"address", "location", "base64", "complexvalue", "json"};
  if (std::find(skipped.begin(), skipped.end(), type) != skipped.end()) return {};
  if (type.starts_with("urn:") || type.starts_with("tns:")) return {};
  if (type == "boolean") return value_type::boolean;
  if (type == "int" || type == "long") return value_type::integer;
  if (type == "double" || type == "currency" || type == "percent")
    return precision > 0 ? value_type::decimal : value_type::floating;
  if (type == "date") return value_type::date;
  if (type == "datetime") return value_type::timestamp;
  if (type == "time") return value_type::time;
  return value_type::text;
}

bool is_address_of_content(const field& f) {
  return f.source_type == "base64";
}

bool refuses_plain_query(std::string_view object) {
  // Sorted: a binary search over what section 2.8 lists.
  static constexpr std::array refused{"ActivityHistory",
                                      "AggregateResult",
                                      "Announcement",
                                      "ApexTypeImplementor",
                                      "AppTabMember",
                                      "AttachedContentDocument",
                                      "AttachedContentNote",
                                      "CollaborationGroupRecord",
                                      "ColorDefinition",
                                      "CombinedAttachment",
                                      "ContentBody",
                                      "ContentDocumentLink",
                                      "ContentFolderItem",
                                      "ContentFolderMember",
                                      "ContentHubItem",
                                      "DataStatistics",
                                      "DataType",
                                      "DatacloudAddress",
                                      "DatacloudDandBCompany",
                                      "EmailStatus",
                                      "EntityParticle",
                                      "FeedLike",
                                      "FeedSignal",
                                      "FeedTrackedChange",
                                      "FieldDefinition",
                                      "FieldHistoryArchive",
                                      "FlexQueueItem",
                                      "FlowTestView",
                                      "FlowVariableView",
                                      "FlowVersionView",
                                      "FolderedContentDocument",
                                      "IconDefinition",
                                      "IdeaComment",
                                      "ListViewChartInstance",
                                      "LookedUpFromActivity",
                                      "Name",
                                      "NetworkUserHistoryRecent",
                                      "NoteAndAttachment",
                                      "OpenActivity",
                                      "OutgoingEmail",
                                      "OutgoingEmailRelation",
                                      "OwnedContentDocument",
                                      "OwnerChangeOptionInfo",
                                      "PicklistValueInfo",
                                      "PlatformAction",
                                      "ProcessInstanceHistory",
                                      "QuoteTemplateRichTextData",
                                      "RecordActionHistory",
                                      "RelatedListColumnDefinition",
                                      "RelatedListDefinition",
                                      "RelationshipDomain",
                                      "RelationshipInfo",
                                      "SearchLayout",
                                      "SiteDetail",
                                      "UserEntityAccess",
                                      "UserFieldAccess",
                                      "UserRecordAccess",
                                      "Vote"};
  if (std::binary_search(refused.begin(), refused.end(), object,
                         [](std::string_view a, std::string_view b) { return a < b; }))
    return true;
  return ends_with_any(object, {"ChangeEvent", "EventStream", "ErrorEvent", "__e", "__b", "__x"});
}

bool is_plain_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

std::string shown_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, shown_name_bytes_max))
    out += c >= ' ' && c <= '~' ? c : '?';
  if (name.size() > shown_name_bytes_max) out += "...";
  return "'" + out + "'";
}

result<object_list> parse_global_describe(std::string_view body) {
  json::monotonic_resource memory(body.size());
  MILLRACE_TRY(const json::object root, parse_object(body, "list of objects", memory));
  const json::value* list = root.if_contains("sobjects");
  if (list == nullptr || !list->is_array())
    return failure(errc::page_malformed, "the list of objects has no member sobjects",
                   "Run again; if it stays, report it with the API version in use", retry::later);
  object_list out;
  out.entries.reserve(list->get_array().size());
  for (const json::value& value : list->get_array()) {
    const json::object* source = value.if_object();
    if (source == nullptr) continue;
    object_entry entry;
    entry.name = text_of(*source, "name");
    entry.label = text_of(*source, "label");
    entry.custom = flag_of(*source, "custom");
    entry.queryable = flag_of(*source, "queryable");
    entry.hidden = flag_of(*source, "deprecatedAndHidden");
    if (entry.name.empty()) continue;
    if (is_plain_name(entry.name)) {
      out.entries.push_back(std::move(entry));
    } else {
      out.left_out.push_back(shown_name(entry.name));
    }
  }
  return out;
}

result<collection> parse_describe(std::string_view body, std::string_view object,
                                  std::string collection_name,
                                  const std::vector<std::string>& base64_fields) {
  json::monotonic_resource memory(body.size());
  MILLRACE_TRY(const json::object root,
               parse_object(body, fmt::format("description of {}", object), memory));
  if (text_of(root, "name") != object)
    return failure(errc::page_malformed,
                   fmt::format("the description of {} is one of {}", object,
                               shown_name(text_of(root, "name"))),
                   "Run again; if it stays, report it", retry::later);
  collection c;
  c.name = std::move(collection_name);
  c.object = object;
  c.label = text_of(root, "label");
  c.custom = flag_of(root, "custom");
  c.has_deletion_log = flag_of(root, "replicateable");
  const json::value* list = root.if_contains("fields");
  bool has_id = false;
  if (list != nullptr && list->is_array()) {
    for (const json::value& value : list->get_array()) {
      const json::object* source = value.if_object();
      if (source == nullptr || flag_of(*source, "deprecatedAndHidden")) continue;
      const std::string name = text_of(*source, "name");
      const std::string word = text_of(*source, "type");
      const auto type = word == "base64" && holds_without_case(base64_fields, name)
                            ? value_type::text
                            : value_type_of(word, number_of(*source, "precision"));
      if (name.empty()) continue;
      if (!is_plain_name(name)) {
        c.left_out.push_back(shown_name(name));
        continue;
      }
      if (!type) {
        c.left_out.push_back(name);
        continue;
      }
      if (name == "Id") {
        has_id = true;
        c.key = c.fields.size();
      }
      if (name == soft_delete_field) c.has_deleted_rows = true;
      c.fields.push_back(parse_field(*source, *type));
    }
  }
  if (!has_id)
    return failure(errc::page_malformed,
                   fmt::format("the description of {} shows no field Id", object),
                   "An object without Id cannot be kept in step: exclude it");
  c.version = cursor_of(object, c.fields);
  if (c.version) c.created = creation_of(c.fields);
  return c;
}

}  // namespace millrace::salesforce
