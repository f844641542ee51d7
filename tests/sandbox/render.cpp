// Rendering. REST datetimes end in +0000, Bulk datetimes in Z; truth has canonical text alone.
#include "render.hpp"

#include "ids.hpp"
#include <algorithm>

namespace sandbox {
namespace {

constexpr std::size_t time_size = 23;

std::string csv_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string with_t(std::string canonical) {
  if (canonical.size() > 10) canonical[10] = 'T';
  return canonical;
}

std::string csv_value(const field_def& f, const value& v) {
  if (!v) return "\"\"";
  if (f.type == "boolean") return *v == "1" ? "\"true\"" : "\"false\"";
  if (f.type == "datetime") return csv_text(with_t(*v) + "Z");
  if (f.type == "time") return csv_text(*v + "Z");
  if (f.decimal()) return csv_text(v->find('.') == std::string::npos ? *v + ".0" : *v);
  return csv_text(*v);
}

/// A value of any type that JSON can tell from a text.
bool bare_any(std::string_view v) {
  if (v == "true" || v == "false") return true;
  return !v.empty() && v.size() < 10 && v.front() != '0' &&
         v.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string json_value(const field_def& f, const value& v) {
  if (!v) return "null";
  if (f.type == "boolean") return *v == "1" ? "true" : "false";
  if (f.type == "int" || f.type == "long") return *v;
  if (f.type == "anyType" && bare_any(*v)) return *v;
  if (f.decimal()) return json_double(*v);
  if (f.type == "datetime") return json_text(with_t(*v) + "+0000");
  if (f.type == "time") return json_text(*v + "Z");
  return json_text(*v);
}

std::string value_text(form how, const field_def& f, const value& v) {
  if (how == form::csv) return csv_value(f, v);
  if (how == form::json) return json_value(f, v);
  return v && !v->empty() ? json_text(*v) : "null";
}

}  // namespace

std::string json_text(std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += hex[static_cast<unsigned char>(c) >> 4U];
          out += hex[static_cast<unsigned char>(c) & 15U];
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

std::string json_double(std::string_view canonical) {
  const bool negative = canonical.starts_with('-');
  const std::string sign = negative ? "-" : "";
  const std::string_view digits = canonical.substr(negative ? 1 : 0);
  const auto scientific = [&](std::string_view mantissa, int exponent) {
    std::string text{mantissa};
    while (text.size() > 2 && text.back() == '0')
      text.pop_back();
    if (text.size() == 1) text += '0';
    text.insert(1, 1, '.');
    return sign + text + "E" + std::to_string(exponent);
  };
  if (digits.starts_with("0.000")) {
    const std::size_t first = digits.find_first_of("123456789");
    return scientific(digits.substr(first), 1 - static_cast<int>(first));
  }
  if (digits.find('.') != std::string_view::npos) return std::string(canonical);
  if (digits.size() < 8) return std::string(canonical) + ".0";
  return scientific(digits, static_cast<int>(digits.size()) - 1);
}

renderer::renderer(const table& rows, std::vector<std::size_t> fields, shape how)
    : rows_(rows), fields_(std::move(fields)), shape_(std::move(how)) {
  for (const std::size_t f : fields_)
    if (const moment m = rows.def().fields[f].added_at; m > 0) added_.push_back(m);
  std::sort(added_.begin(), added_.end());
}

std::string renderer::header() const {
  std::string out;
  for (const std::size_t f : fields_) {
    if (!out.empty()) out += shape_.delimiter;
    out += csv_text(rows_.def().fields[f].name);
  }
  return out + (shape_.crlf ? "\r\n" : "\n");
}

/// `{"city":..,"country":..}` from the parts; null when none has a value.
void renderer::add_address(std::string& out, const row& r, const field_def& whole) const {
  static constexpr std::array address{"city",      "country",    "geocodeAccuracy", "latitude",
                                      "longitude", "postalCode", "state",           "street"};
  static constexpr std::array location{"latitude", "longitude"};
  std::string text;
  bool any = false;
  const auto add = [&](std::string_view key) {
    text += (text.empty() ? "{\"" : ",\"") + std::string(key) + "\":";
    const auto& fields = rows_.def().fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].part_of != whole.name || fields[i].name.size() < key.size()) continue;
      std::string_view name = fields[i].name;
      if (name.ends_with("__s")) name.remove_suffix(3);
      if (name.size() < key.size() || !same_word(name.substr(name.size() - key.size()), key))
        continue;
      const value v = rows_.get(r, i);
      any = any || v;
      text += json_value(fields[i], v);
      return;
    }
    text += "null";
  };
  if (whole.type == "address") {
    for (const char* key : address)
      add(key);
  } else {
    for (const char* key : location)
      add(key);
  }
  out += any ? text + "}" : "null";
}

void renderer::add_field(body& b, const row& r, std::size_t field) const {
  const field_def& f = rows_.def().fields[field];
  const special kind = rows_.kind_of(field);
  if (kind == special::none) {
    if (shape_.how == form::json && f.compound()) return add_address(b.text, r, f);
    if (shape_.how == form::json && f.type == "base64") {
      b.text += "\"/services/data/v" + shape_.version + "/sobjects/" + rows_.def().name + "/";
      b.holes.push_back({b.text.size(), special::id});
      b.text += "/" + f.name + "\"";
      return;
    }
    b.text += value_text(shape_.how, f, rows_.get(r, field));
    return;
  }
  const bool quoted = shape_.how != form::json || kind != special::deleted;
  if (quoted) b.text += '"';
  b.holes.push_back({b.text.size(), kind});
  if (quoted) b.text += '"';
}

renderer::body renderer::make(const row& r) const {
  body b;
  const bool csv = shape_.how == form::csv;
  if (shape_.how == form::json) {
    b.text = "{\"attributes\":{\"type\":\"" + rows_.def().name + "\",\"url\":\"/services/data/v" +
             shape_.version + "/sobjects/" + rows_.def().name + "/";
    b.holes.push_back({b.text.size(), special::id});
    b.text += "\"}";
  } else if (shape_.how == form::truth) {
    b.text = "{";
  }
  bool first = shape_.how != form::json;
  for (const std::size_t field : fields_) {
    if (!first) b.text += csv ? shape_.delimiter : ',';
    first = false;
    if (!csv) b.text += "\"" + rows_.def().fields[field].name + "\":";
    add_field(b, r, field);
  }
  if (!csv) b.text += '}';
  if (shape_.how != form::json) b.text += csv && shape_.crlf ? "\r\n" : "\n";
  return b;
}

void renderer::add_time(std::string& out, stamp t) const {
  const std::size_t at = out.size();
  out.resize(at + time_size);
  write_time(out.data() + at, t);
  if (shape_.how == form::truth) return;
  out[at + 10] = 'T';
  out += shape_.how == form::json ? "+0000" : "Z";
}

void renderer::splice(std::string& out, const body& b, const row& r) {
  const id_text id = id_of(rows_.def().prefix, r.number);
  std::size_t from = 0;
  for (const hole& h : b.holes) {
    out.append(b.text, from, h.at - from);
    from = h.at;
    switch (h.what) {
      case special::none:
        break;
      case special::id:
        out.append(id.data(), id.size());
        break;
      case special::deleted:
        if (shape_.how == form::truth) {
          out += r.deleted ? '1' : '0';
        } else {
          out += r.deleted ? "true" : "false";
        }
        break;
      case special::created:
        add_time(out, r.created);
        break;
      case special::modified:
        add_time(out, r.modified);
        break;
      case special::stamped:
        add_time(out, r.stamped);
        break;
    }
  }
  out.append(b.text, from);
}

std::size_t renderer::epoch_of(const row& r) const {
  return static_cast<std::size_t>(std::upper_bound(added_.begin(), added_.end(), r.since) -
                                  added_.begin());
}

void renderer::append(std::string& out, const row& r) {
  if (r.own != nullptr) return splice(out, make(r), r);
  body& b = cache_[epoch_of(r) * (table::variants + 1) + r.variant];
  if (b.text.empty()) b = make(r);
  splice(out, b, r);
}

std::vector<std::size_t> truth_fields(const object_def& object) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < object.fields.size(); ++i)
    if (object.fields[i].plain() && !object.fields[i].hidden) out.push_back(i);
  return out;
}

}  // namespace sandbox
