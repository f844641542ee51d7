// Of what an answer says little is kept: it is read in place, and nothing is made of the rest.
#include "connectors/salesforce/describe.hpp"

#include "engine/lower_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <simdjson.h>

namespace millrace::salesforce {
namespace {

namespace json = simdjson::ondemand;

constexpr std::size_t shown_name_bytes_max = 60;

/// A text that is read in place, member by member: of the sixty members of a field a dozen count,
/// and a tree of them all costs more than everything else that is done with a description.
class answer {
 public:
  explicit answer(std::string_view body) : body_(body) {
    if (parser_.iterate(body_).get(document_) != simdjson::SUCCESS) broken_ = true;
  }

  /// Gives each member of the whole to `read(name, value)`. False: the answer is no JSON object.
  template <class Read>
  bool read(Read&& read) {
    json::object root;
    if (broken_ || document_.get_object().get(root) != simdjson::SUCCESS) return false;
    members(root, read);
    // The location of what comes next: nothing may.
    return !broken_ && document_.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  /// The same for a value that is an object; of another one nothing is read.
  template <class Read>
  void members_of(json::value& value, Read&& read) {
    json::object object;
    if (is(value, json::json_type::object) && !fails(value.get_object().get(object)))
      members(object, read);
  }

  /// Each element of a value that is an array. Whether it is one.
  template <class Read>
  bool elements_of(json::value& value, Read&& read) {
    json::array array;
    if (!is(value, json::json_type::array) || fails(value.get_array().get(array))) return false;
    for (auto element : array) {
      if (fails(element.error())) break;
      json::value one = element.value_unsafe();
      read(one);
      if (broken_) break;
    }
    return true;
  }

  /// What a member says, where it says it in this type; `to` stays as it is otherwise.
  void take(json::value& value, std::string& to) {
    std::string_view text;
    if (is(value, json::json_type::string) && !fails(value.get_string().get(text))) to = text;
  }
  void take(json::value& value, bool& to) {
    if (is(value, json::json_type::boolean)) fails(value.get_bool().get(to));
  }
  void take(json::value& value, unsigned& to) {
    std::int64_t number = 0;
    if (is(value, json::json_type::number) && value.get_int64().get(number) == simdjson::SUCCESS &&
        number >= 0)
      to = static_cast<unsigned>(std::min<std::int64_t>(number, 1U << 30U));
  }

 private:
  bool fails(simdjson::error_code code) {
    broken_ = broken_ || code != simdjson::SUCCESS;
    return broken_;
  }
  bool is(json::value& value, json::json_type type) {
    json::json_type found{};
    return !fails(value.type().get(found)) && found == type;
  }
  template <class Read>
  void members(json::object& object, Read& read) {
    for (auto member : object) {
      json::field one;
      std::string_view name;
      if (fails(std::move(member).get(one)) || fails(one.unescaped_key().get(name))) return;
      read(name, one.value());
      if (broken_) return;
    }
  }

  simdjson::padded_string body_;  ///< a copy: the parser looks beyond the end
  json::parser parser_;
  json::document document_;
  bool broken_ = false;
};

auto malformed(std::string message) {
  return failure(errc::page_malformed, std::move(message),
                 "Run again; if it stays, report it with the API version in use", retry::later);
}

/// A field as it is described; `f.type` is still open.
struct described_field {
  field f;
  unsigned length = 0;
  unsigned precision = 0;
  unsigned scale = 0;
  bool hidden = false;
};

described_field parse_field(answer& from, json::value& source) {
  described_field out;
  field& f = out.f;
  f.filterable = true;
  f.sortable = true;
  from.members_of(source, [&](std::string_view name, json::value& value) {
    if (name == "name") return from.take(value, f.name);
    if (name == "label") return from.take(value, f.label);
    if (name == "type") return from.take(value, f.source_type);
    if (name == "length") return from.take(value, out.length);
    if (name == "precision") return from.take(value, out.precision);
    if (name == "scale") return from.take(value, out.scale);
    if (name == "calculated") return from.take(value, f.calculated);
    if (name == "filterable") return from.take(value, f.filterable);
    if (name == "sortable") return from.take(value, f.sortable);
    if (name == "deprecatedAndHidden") return from.take(value, out.hidden);
    if (name != "referenceTo") return;
    f.refers_to.clear();
    from.elements_of(value, [&](json::value& element) {
      std::string object;
      from.take(element, object);
      // What is no name is passed over.
      if (is_plain_name(object)) f.refers_to.push_back(std::move(object));
    });
  });
  // Of an address nothing tells the length: that is the content's.
  f.length = is_address_of_content(f) ? 0 : out.length;
  f.precision = static_cast<std::uint16_t>(std::min(out.precision, 400U));
  f.scale = static_cast<std::uint16_t>(std::min(out.scale, 400U));
  return out;
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
  answer whole(body);
  object_list out;
  bool listed = false;
  const auto read_entry = [&](json::value& element) {
    object_entry entry;
    whole.members_of(element, [&](std::string_view name, json::value& value) {
      if (name == "name") return whole.take(value, entry.name);
      if (name == "label") return whole.take(value, entry.label);
      if (name == "custom") return whole.take(value, entry.custom);
      if (name == "queryable") return whole.take(value, entry.queryable);
      if (name == "deprecatedAndHidden") whole.take(value, entry.hidden);
    });
    if (is_plain_name(entry.name)) {
      out.entries.push_back(std::move(entry));
    } else if (!entry.name.empty()) {
      out.left_out.push_back(shown_name(entry.name));
    }
  };
  if (!whole.read([&](std::string_view name, json::value& value) {
        if (name != "sobjects") return;
        out = {};
        listed = whole.elements_of(value, read_entry);
      }))
    return malformed("the list of objects is not a JSON object");
  if (!listed) return malformed("the list of objects has no member sobjects");
  return out;
}

result<collection> parse_describe(std::string_view body, std::string_view object,
                                  std::string collection_name,
                                  const std::vector<std::string>& base64_fields) {
  answer whole(body);
  collection c;
  c.name = std::move(collection_name);
  c.object = object;
  std::string described;
  bool has_id = false;
  const auto read_field = [&](json::value& element) {
    described_field one = parse_field(whole, element);
    field& f = one.f;
    if (one.hidden || f.name.empty()) return;
    const auto type = is_address_of_content(f) && holds_without_case(base64_fields, f.name)
                          ? value_type::text
                          : value_type_of(f.source_type, one.precision);
    if (!type || !is_plain_name(f.name)) {
      c.left_out.push_back(is_plain_name(f.name) ? f.name : shown_name(f.name));
      return;
    }
    f.type = *type;
    if (f.name == "Id") {
      has_id = true;
      c.key = c.fields.size();
    }
    if (f.name == soft_delete_field) c.has_deleted_rows = true;
    c.fields.push_back(std::move(f));
  };
  if (!whole.read([&](std::string_view name, json::value& value) {
        if (name == "name") return whole.take(value, described);
        if (name == "label") return whole.take(value, c.label);
        if (name == "custom") return whole.take(value, c.custom);
        if (name == "replicateable") return whole.take(value, c.has_deletion_log);
        if (name != "fields") return;
        c.fields.clear();
        c.left_out.clear();
        has_id = c.has_deleted_rows = false;
        whole.elements_of(value, read_field);
      }))
    return malformed(fmt::format("the description of {} is not a JSON object", object));
  if (described != object)
    return failure(errc::page_malformed,
                   fmt::format("the description of {} is one of {}", object, shown_name(described)),
                   "Run again; if it stays, report it", retry::later);
  if (!has_id)
    return failure(errc::page_malformed,
                   fmt::format("the description of {} shows no field Id", object),
                   "An object without Id cannot be kept in step: exclude it");
  c.version = cursor_of(object, c.fields);
  if (c.version) c.created = creation_of(c.fields);
  return c;
}

}  // namespace millrace::salesforce
