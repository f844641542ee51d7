// An org's state. Tables are made when somebody looks at them, so that an idle org costs next to
// nothing.
#include "org.hpp"

#include "ids.hpp"
#include <algorithm>
#include <chrono>

namespace sandbox {
namespace {

constexpr std::size_t cursors_max = 1024;
constexpr std::size_t cursor_rows_max = 20'000'000;
constexpr std::size_t renderers_max = 64;
constexpr stamp schema_made = 1'577'836'800'000;  // 2020-01-01

std::size_t records_for(const object_def& o, const org_options& options) {
  const auto own = options.sizes.find(o.name);
  if (own != options.sizes.end()) return own->second;
  if (o.demo_records == 0 || options.scale == "demo") return o.demo_records;
  if (options.scale == "tiny")
    return std::min<std::size_t>(o.demo_records, 10 + hashed(o.name) % 50);
  return std::min<std::size_t>(o.demo_records, 200 + hashed(o.name) % 300);
}

}  // namespace

clocks real_clocks() {
  const auto ms = [](auto since_epoch) -> std::int64_t {
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
  };
  return {[ms] { return ms(std::chrono::system_clock::now().time_since_epoch()); },
          [ms] { return ms(std::chrono::steady_clock::now().time_since_epoch()); }};
}

org::org(org_options options, clocks time)
    : auth("sandbox-refresh-" + options.name),
      options_(std::move(options)),
      time_(std::move(time)),
      schema_(parse_schema(built_in_schema())),
      next_number_(options_.first_number) {
  if (!options_.only.empty())
    std::erase_if(schema_.objects,
                  [&](const object_def& o) { return !options_.only.contains(o.name); });
  for (object_def& o : schema_.objects)
    o.records = records_for(o, options_);
}

const object_def* org::find(std::string_view object) const {
  const object_def* found = known(object);
  return found == nullptr || hidden(*found) ? nullptr : found;
}

const object_def* org::known(std::string_view object) const {
  for (const object_def& o : schema_.objects)
    if (same_word(o.name, object)) return &o;
  return nullptr;
}

table& org::records(const object_def& object) {
  std::unique_ptr<table>& place = tables_[object.name];
  if (!place)
    place = std::make_unique<table>(object, schema_, mixed(options_.seed, hashed(options_.name)),
                                    object.records);
  return *place;
}

stamp org::schema_changed(const std::string& object) const {
  if (object.empty()) {
    stamp youngest = schema_made;
    for (const auto& [name, t] : schema_changed_)
      youngest = std::max(youngest, t);
    return youngest;
  }
  const auto found = schema_changed_.find(object);
  return found == schema_changed_.end() ? schema_made : found->second;
}

namespace {

bool holds_text(const std::string& type) {
  return type == "string" || type == "textarea" || type == "picklist" || type == "combobox";
}

/// Whether an org keeps the values: as texts, or as a number with more room.
bool keeps_values(const std::string& from, const std::string& to) {
  const bool has_text = from != "boolean" && from != "date" && from != "datetime" && from != "time";
  return (holds_text(to) && has_text) || from == to || (from == "int" && to == "double");
}

void put_in_place(field_def& f, const field_def& with) {
  const auto origin = f.made_as ? f.made_as : std::make_shared<const field_def>(f);
  f.type = with.type;
  f.length = with.length;
  f.precision = with.precision;
  f.scale = with.scale;
  f.filterable = with.filterable;
  f.made_as = origin;
}

}  // namespace

void org::change_schema(const schema_change& change) {
  for (object_def& o : schema_.objects) {
    if (!same_word(o.name, change.object)) continue;
    schema_changed_[o.name] = now();
    if (change.hide) hidden_.insert(o.name);
    if (change.show) hidden_.erase(o.name);
    std::optional<field_def> added = change.add_field;
    if (const auto index = o.find(change.drop_field)) o.fields[*index].hidden = true;
    if (const auto index = o.find_hidden(change.show_field)) o.fields[*index].hidden = false;
    if (const auto index = o.find(change.rename_field)) {
      field_def& f = o.fields[*index];
      if (!f.made_as) f.made_as = std::make_shared<const field_def>(f);
      f.name = change.rename_to;
    }
    if (change.retype_field)
      if (const auto index = o.find(change.retype_field->name)) {
        if (keeps_values(o.fields[*index].type, change.retype_field->type)) {
          put_in_place(o.fields[*index], *change.retype_field);
        } else {
          o.fields[*index].hidden = true;
          added = change.retype_field;
        }
      }
    if (added) {
      o.fields.push_back(*added);
      o.fields.back().added_at = next_moment();
    }
    records(o).fields_changed();
    // Renderers hold the fields as they were.
    const std::string mine = o.name + "|";
    std::erase_if(renderers_, [&](const auto& r) { return r.first.starts_with(mine); });
  }
}

std::shared_ptr<renderer> org::rows_of(const object_def& object,
                                       const std::vector<std::size_t>& fields, shape how) {
  std::string key = object.name + "|" + how.version + "|" +
                    std::to_string(static_cast<int>(how.how)) + how.delimiter +
                    (how.crlf ? "r" : "");
  for (const std::size_t f : fields)
    key += "," + std::to_string(f);
  for (const auto& [have, rows] : renderers_)
    if (have == key) return rows;
  auto made = std::make_shared<renderer>(records(object), fields, std::move(how));
  renderers_.emplace_front(std::move(key), made);
  if (renderers_.size() > renderers_max) renderers_.pop_back();
  return made;
}

std::string org::new_id(std::string_view prefix) {
  return make_id(prefix, next_number_++);
}

std::string org::org_id() const {
  return make_id("00D", hashed(options_.name) % 1'000'000);
}

std::string org::user_id() const {
  return make_id("005", 1);
}

std::string org::open_session() {
  std::string token =
      org_id().substr(0, 15) + "!AQ" + std::to_string(mixed(hashed(options_.name), next_number_++));
  sessions_[token] = now();
  return token;
}

bool org::is_session(const std::string& token) {
  const auto found = sessions_.find(token);
  if (found == sessions_.end()) return false;
  if (session_ms > 0 && now() - found->second > session_ms) {
    sessions_.erase(found);
    return false;
  }
  found->second = now();
  return true;
}

void org::end_sessions(const std::set<std::string>& tokens) {
  for (const std::string& token : tokens)
    sessions_.erase(token);
}

std::string org::address() const {
  return address_ == 0 ? name() : name() + "@" + std::to_string(address_);
}

std::string org::keep(cursor c) {
  std::string id = new_id("01g");
  cursor_rows_ += c.records.size();
  cursors_.emplace(id, std::move(c));
  cursor_order_.push_back(id);
  while (cursor_order_.size() > 1 &&
         (cursor_order_.size() > cursors_max || cursor_rows_ > cursor_rows_max)) {
    const auto oldest = cursors_.find(cursor_order_.front());
    cursor_rows_ -= oldest->second.records.size();
    cursors_.erase(oldest);
    cursor_order_.pop_front();
  }
  return id;
}

cursor* org::find_cursor(const std::string& id) {
  const auto found = cursors_.find(id);
  return found == cursors_.end() ? nullptr : &found->second;
}

}  // namespace sandbox
