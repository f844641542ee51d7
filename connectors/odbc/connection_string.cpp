// The grammar of ODBC connection strings, as far as every driver manager agrees on it.
#include "connectors/odbc/connection_string.hpp"

#include "engine/lower_case.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::odbc {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

}  // namespace

result<connection_string> connection_string::parse(std::string_view text) {
  connection_string out;
  while (!text.empty()) {
    if (text.front() == ';' || text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return failure(errc::config_invalid, "the ODBC connection string is not Key=value;Key=value",
                     "Example: Driver=SQLite3;Database=/var/lib/warehouse/{schema}.db");
    const std::string key{trimmed(text.substr(0, equals))};
    text.remove_prefix(equals + 1);
    std::string value;
    if (!text.empty() && text.front() == '{') {
      // In braces everything is the value; a closing brace is doubled.
      std::size_t i = 1;
      for (; i < text.size(); ++i) {
        if (text[i] != '}') {
          value += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '}') {
          value += text[i++];
        } else {
          break;
        }
      }
      text.remove_prefix(std::min(i + 1, text.size()));
    } else {
      const std::size_t end = text.find(';');
      value = trimmed(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    }
    out.parts_.emplace_back(key, std::move(value));
  }
  return out;
}

std::optional<std::string> connection_string::find(std::string_view key) const {
  for (const auto& [name, value] : parts_)
    if (equal_without_case(name, key)) return value;
  return {};
}

void connection_string::set_default(std::string_view key, std::string_view value) {
  if (!find(key)) parts_.emplace_back(key, value);
}

void connection_string::set(std::string_view key, std::string_view value) {
  for (auto& [name, old] : parts_) {
    if (!equal_without_case(name, key)) continue;
    old = value;
    return;
  }
  parts_.emplace_back(key, value);
}

std::string connection_string::text() const {
  std::string out;
  for (const auto& [key, value] : parts_) {
    const bool plain = value.find_first_of(";{}=") == std::string::npos;
    out += key + '=';
    if (plain) {
      out += value;
    } else {
      out += '{';
      for (const char c : value) {
        if (c == '}') out += '}';
        out += c;
      }
      out += '}';
    }
    out += ';';
  }
  return out;
}

result<std::string> with_schema(std::string_view text, std::string_view schema) {
  constexpr std::string_view mark = "{schema}";
  std::string out{text};
  if (out.find(mark) == std::string::npos) return out;
  if (schema.empty() || schema.find_first_of("/\\;{}=") != std::string_view::npos ||
      schema.find("..") != std::string_view::npos)
    return failure(errc::config_invalid,
                   fmt::format("the schema '{}' cannot be part of a connection string", schema),
                   "Use letters, digits, '_' and '-' in the pipeline's `schema`");
  for (std::size_t at = 0; (at = out.find(mark, at)) != std::string::npos; at += schema.size())
    out.replace(at, mark.size(), schema);
  return out;
}

}  // namespace millrace::odbc
