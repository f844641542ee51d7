// An org's state. Tables are made when somebody looks at them, so that an idle org costs next to
// nothing.
#include "org.hpp"

#include "ids.hpp"
#include <algorithm>

namespace sandbox {
namespace {

constexpr std::size_t cursors_max = 256;

std::size_t records_for(const object_def& o, const org_options& options) {
  const auto own = options.sizes.find(o.name);
  if (own != options.sizes.end()) return own->second;
  if (o.demo_records == 0) return 0;
  if (options.scale == "demo") return o.demo_records;
  if (options.scale == "tiny") return 10 + hashed(o.name) % 50;
  return std::min<std::size_t>(o.demo_records, 200 + hashed(o.name) % 300);
}

}  // namespace

org::org(org_options options, std::function<std::int64_t()> wall_ms,
         std::function<std::int64_t()> steady_ms)
    : options_(std::move(options)),
      wall_ms_(std::move(wall_ms)),
      steady_ms_(std::move(steady_ms)),
      schema_(parse_schema(built_in_schema())) {}

const object_def* org::find(std::string_view object) const {
  for (const object_def& o : schema_.objects)
    if (same_word(o.name, object)) return hidden_.contains(o.name) ? nullptr : &o;
  return nullptr;
}

table& org::records(const object_def& object) {
  std::unique_ptr<table>& place = tables_[object.name];
  if (!place)
    place = std::make_unique<table>(object, schema_, mixed(options_.seed, hashed(options_.name)),
                                    records_for(object, options_));
  return *place;
}

void org::change_schema(const pending_change& change) {
  for (object_def& o : schema_.objects) {
    if (!same_word(o.name, change.object)) continue;
    if (change.hide) hidden_.insert(o.name);
    if (!change.drop_field.empty()) {
      // Records that were written hold their values by place: a field that goes is made unreadable.
      if (const auto index = o.find(change.drop_field)) {
        table& rows = records(o);
        rows.drop_field(*index);
        o.fields.erase(o.fields.begin() + static_cast<std::ptrdiff_t>(*index));
        rows.fields_changed();
      }
    }
    if (change.add_field) {
      o.fields.push_back(*change.add_field);
      records(o).fields_changed();
    }
  }
}

std::string org::org_id() const {
  const std::string id15 = make_id("00D", hashed(options_.name) % 1'000'000).substr(0, 15);
  return id15 + check_characters(id15);
}

std::string org::open_session() {
  std::string token =
      org_id().substr(0, 15) + "!AQ" + std::to_string(mixed(hashed(options_.name), next_number++));
  sessions_.insert(token);
  return token;
}

std::string org::keep(cursor c) {
  std::string id = make_id("01g", next_number++);
  cursors_.emplace(id, std::move(c));
  cursor_order_.push_back(id);
  if (cursor_order_.size() > cursors_max) {
    cursors_.erase(cursor_order_.front());
    cursor_order_.erase(cursor_order_.begin());
  }
  return id;
}

cursor* org::find_cursor(const std::string& id) {
  const auto found = cursors_.find(id);
  return found == cursors_.end() ? nullptr : &found->second;
}

}  // namespace sandbox
