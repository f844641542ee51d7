// Base records get their stamps from their number: fifty share a second, and the order of stamps is
// the order of Ids, as in an org that was filled over the years.
#include "table.hpp"

#include "ids.hpp"
#include <array>
#include <chrono>
#include <cstdio>

namespace sandbox {
namespace {

constexpr stamp first_stamp = 1'640'995'200'000;  // 2022-01-01
constexpr stamp last_stamp = 1'767'225'600'000;   // 2026-01-01
constexpr std::uint32_t records_per_second = 50;
constexpr std::uint32_t deleted_every = 97;

}  // namespace

std::string canonical_time(stamp t) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds{t}};
  const auto date = floor<days>(point);
  const year_month_day ymd{date};
  const hh_mm_ss<milliseconds> clock{point - date};
  std::array<char, 64> text{};
  std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d.%03d", static_cast<int>(ymd.year()),
      static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text.data();
}

table::table(const object_def& def, const schema& all, std::uint64_t seed, std::size_t records)
    : def_(def), all_(all), seed_(seed), base_(static_cast<std::uint32_t>(records)), size_(base_) {
  classify();
}

void table::classify() {
  kinds_.assign(def_.fields.size(), special::none);
  deleted_field_.reset();
  for (std::size_t i = 0; i < def_.fields.size(); ++i) {
    const std::string& name = def_.fields[i].name;
    if (name == "Id") kinds_[i] = special::id;
    if (name == "IsDeleted") kinds_[i] = special::deleted;
    if (name == "CreatedDate") kinds_[i] = special::created;
    if (name == "SystemModstamp" || name == "LastModifiedDate") kinds_[i] = special::modified;
    if (name == "IsDeleted") deleted_field_ = i;
  }
  made_.assign(variants, {});
}

void table::drop_field(std::size_t field) {
  for (auto& [record, mine] : own_)
    if (field < mine.values.size())
      mine.values.erase(mine.values.begin() + static_cast<std::ptrdiff_t>(field));
}

void table::fields_changed() {
  for (auto& [record, mine] : own_)
    mine.values.resize(def_.fields.size());
  classify();
}

std::string table::make_id_of(std::uint32_t record) const {
  return make_id(def_.prefix, record);
}

bool table::exists(std::uint32_t record) const {
  const auto found = own_.find(record);
  return record < size_ && (found == own_.end() || !found->second.gone);
}

bool table::deleted(std::uint32_t record) const {
  const auto found = own_.find(record);
  if (found != own_.end()) return found->second.deleted;
  return deleted_field_ && record % deleted_every == 13;
}

stamp table::modified(std::uint32_t record) const {
  const auto found = own_.find(record);
  if (found != own_.end()) return found->second.modified;
  const std::uint32_t steps = base_ / records_per_second + 1;
  const stamp seconds = (last_stamp - first_stamp) / 1000;
  return first_stamp + static_cast<stamp>(record / records_per_second) * (seconds / steps) * 1000;
}

stamp table::created(std::uint32_t record) const {
  const auto found = own_.find(record);
  return found != own_.end() ? found->second.created : modified(record);
}

std::size_t table::live() const {
  std::size_t count = 0;
  for (std::uint32_t r = 0; r < size_; ++r)
    if (exists(r) && !deleted(r)) ++count;
  return count;
}

value table::variant_value(std::uint32_t variant, std::size_t field) const {
  std::vector<value>& row = made_[variant];
  if (row.empty())
    for (std::size_t i = 0; i < def_.fields.size(); ++i)
      row.push_back(kinds_[i] == special::none
                        ? make_value(seed_, def_, def_.fields[i], variant, all_)
                        : value());
  return row[field];
}

value table::get(std::uint32_t record, std::size_t field) const {
  switch (kinds_[field]) {
    case special::id:
      return make_id_of(record);
    case special::deleted:
      return deleted(record) ? "1" : "0";
    case special::created:
      return canonical_time(created(record));
    case special::modified:
      return canonical_time(modified(record));
    case special::none:
      break;
  }
  const auto found = own_.find(record);
  if (found != own_.end()) return found->second.values[field];
  return variant_value(variant_of(record), field);
}

table::own_record& table::own(std::uint32_t record) {
  const auto found = own_.find(record);
  if (found != own_.end()) return found->second;
  own_record mine;
  mine.created = created(record);
  mine.modified = modified(record);
  mine.deleted = deleted(record);
  for (std::size_t i = 0; i < def_.fields.size(); ++i)
    mine.values.push_back(kinds_[i] == special::none ? variant_value(variant_of(record), i)
                                                     : value());
  return own_.emplace(record, std::move(mine)).first->second;
}

std::uint32_t table::insert(const std::map<std::size_t, value>& values, stamp now) {
  own_record mine;
  mine.created = now;
  mine.modified = now;
  mine.values.resize(def_.fields.size());
  for (std::size_t i = 0; i < def_.fields.size(); ++i)
    if (def_.fields[i].type == "boolean") mine.values[i] = "0";
  for (const auto& [field, v] : values)
    mine.values[field] = v;
  own_.emplace(size_, std::move(mine));
  return size_++;
}

void table::update(std::uint32_t record, const std::map<std::size_t, value>& values, stamp now) {
  own_record& mine = own(record);
  for (const auto& [field, v] : values)
    mine.values[field] = v;
  mine.modified = now;
}

void table::set_deleted(std::uint32_t record, bool on, stamp now) {
  own_record& mine = own(record);
  if (!deleted_field_) mine.gone = on;
  mine.deleted = on;
  mine.modified = now;
}

void table::erase(std::uint32_t record) {
  own(record).gone = true;
}

}  // namespace sandbox
