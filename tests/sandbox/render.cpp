// Rendering. The forms follow salesforce-api.md 2.3: REST dates end in +0000, Bulk dates in Z.
#include "render.hpp"

#include <algorithm>

namespace sandbox {
namespace {

bool is_number(const field_def& f) {
  return f.type == "double" || f.type == "currency" || f.type == "percent";
}

std::string datetime_text(std::string_view canonical, form how) {
  std::string text{canonical};
  if (text.size() > 10) text[10] = 'T';
  return text + (how == form::json ? "+0000" : "Z");
}

std::string csv_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
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
  if (canonical.find('.') != std::string_view::npos) return std::string(canonical);
  const bool negative = canonical.starts_with('-');
  const std::string_view digits = canonical.substr(negative ? 1 : 0);
  if (digits.size() < 8) return std::string(canonical) + ".0";
  std::string mantissa{digits};
  while (mantissa.size() > 2 && mantissa.back() == '0')
    mantissa.pop_back();
  if (mantissa.size() == 1) mantissa += '0';
  mantissa.insert(1, 1, '.');
  return (negative ? "-" : "") + mantissa + "E" + std::to_string(digits.size() - 1);
}

renderer::renderer(const table& rows, std::vector<std::size_t> fields, form how,
                   std::string version)
    : rows_(rows), fields_(std::move(fields)), form_(how), cache_(table::variants) {
  attributes_ = "{\"attributes\":{\"type\":\"" + rows.def().name + "\",\"url\":\"/services/data/v" +
                version + "/sobjects/" + rows.def().name + "/";
}

std::string renderer::header() const {
  std::string out;
  for (const std::size_t f : fields_)
    out += (out.empty() ? "" : ",") + csv_text(rows_.def().fields[f].name);
  return out + "\n";
}

std::string renderer::field_text(const field_def& f, const value& v) const {
  if (form_ == form::csv) {
    if (!v) return "\"\"";
    if (f.type == "boolean") return *v == "1" ? "\"true\"" : "\"false\"";
    if (f.type == "datetime") return csv_text(datetime_text(*v, form_));
    if (f.type == "time") return csv_text(*v + "Z");
    if (is_number(f)) return csv_text(v->find('.') == std::string::npos ? *v + ".0" : *v);
    return csv_text(*v);
  }
  if (f.type == "base64") return json_text("/services/data/body");
  if (!v) return "null";
  if (f.type == "boolean") return *v == "1" ? "true" : "false";
  if (f.type == "int" || f.type == "long") return *v;
  if (is_number(f)) return json_double(*v);
  if (f.type == "datetime") return json_text(datetime_text(*v, form_));
  if (f.type == "time") return json_text(*v + "Z");
  return json_text(*v);
}

const std::vector<renderer::piece>& renderer::pieces_of(std::uint32_t variant) {
  std::vector<piece>& pieces = cache_[variant];
  if (!pieces.empty()) return pieces;
  std::string text;
  if (form_ == form::json) {
    pieces.push_back({attributes_, special::id});
    text = "\"}";
  }
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const field_def& f = rows_.def().fields[fields_[i]];
    if (form_ == form::json) {
      text += ",\"" + f.name + "\":";
    } else if (i > 0) {
      text += ',';
    }
    const special kind = rows_.kind_of(fields_[i]);
    if (kind == special::none) {
      text += field_text(f, rows_.variant_value(variant, fields_[i]));
      continue;
    }
    const bool quoted = form_ == form::csv || kind != special::deleted;
    if (quoted) text += '"';
    pieces.push_back({std::move(text), kind});
    text = quoted ? "\"" : "";
  }
  text += form_ == form::json ? "}" : "\n";
  pieces.push_back({std::move(text), special::none});
  return pieces;
}

/// Many records share a second: the last text is kept.
const std::string& renderer::time_text(stamp t) {
  if (t != last_stamp_ || last_text_.empty()) {
    last_stamp_ = t;
    last_text_ = datetime_text(canonical_time(t), form_);
  }
  return last_text_;
}

void renderer::append(std::string& out, std::uint32_t record) {
  if (rows_.is_own(record)) return append_own(out, record);
  for (const piece& p : pieces_of(rows_.variant_of(record))) {
    out += p.before;
    switch (p.hole) {
      case special::none:
        break;
      case special::id:
        out += rows_.id(record);
        break;
      case special::deleted:
        out += rows_.deleted(record) ? "true" : "false";
        break;
      case special::created:
        out += time_text(rows_.created(record));
        break;
      case special::modified:
        out += time_text(rows_.modified(record));
        break;
    }
  }
}

void renderer::append_own(std::string& out, std::uint32_t record) const {
  if (form_ == form::json) out += attributes_ + rows_.id(record) + "\"}";
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const field_def& f = rows_.def().fields[fields_[i]];
    if (form_ == form::json) {
      out += ",\"" + f.name + "\":";
    } else if (i > 0) {
      out += ',';
    }
    out += field_text(f, rows_.get(record, fields_[i]));
  }
  out += form_ == form::json ? "}" : "\n";
}

void append_truth(std::string& out, const table& rows, std::uint32_t record) {
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < rows.def().fields.size(); ++i) {
    const field_def& f = rows.def().fields[i];
    if (!f.plain()) continue;
    if (!first) out += ',';
    first = false;
    const value v = rows.get(record, i);
    out += "\"" + f.name + "\":" + (v && !v->empty() ? json_text(*v) : "null");
  }
  out += "}\n";
}

}  // namespace sandbox
