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
      schema_(parse_schema(built_in_schema())) {
  if (!options_.only.empty())
    std::erase_if(schema_.objects,
                  [&](const object_def& o) { return !options_.only.contains(o.name); });
}

const object_def* org::find(std::string_view object) const {
  for (const object_def& o : schema_.objects)
    if (same_word(o.name, object)) return hidden(o) ? nullptr : &o;
  return nullptr;
}

table& org::records(const object_def& object) {
  std::unique_ptr<table>& place = tables_[object.name];
  if (!place)
    place = std::make_unique<table>(object, schema_, mixed(options_.seed, hashed(options_.name)),
                                    records_for(object, options_));
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

void org::change_schema(const schema_change& change) {
  for (object_def& o : schema_.objects) {
    if (!same_word(o.name, change.object)) continue;
    schema_changed_[o.name] = now();
    if (change.hide) hidden_.insert(o.name);
    if (const auto index = o.find(change.drop_field)) o.fields[*index].hidden = true;
    if (change.add_field) {
      o.fields.push_back(*change.add_field);
      o.fields.back().added_at = next_moment();
      records(o).fields_changed();
    }
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

void org::count(const std::string& kind, const std::string& object) {
  ++total;
  ++used;
  ++kinds[kind];
  if (!object.empty()) ++of_objects[object][kind];
}

}  // namespace sandbox
