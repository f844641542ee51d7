// Errors and notices as JSON.
#include "cli/json_parts.hpp"

#include "engine/model/utf8.hpp"

namespace millrace {

namespace json = boost::json;

json::object error_json(const error& e) {
  json::object context;
  for (const auto& [key, value] : e.context)
    context[key] = mended_text(value);
  return {{"code", name_of(e.code)},
          {"message", mended_text(e.message)},
          {"advice", e.advice},
          {"context", context}};
}

json::array notices_json(const std::vector<notice>& notices) {
  json::array out;
  for (const notice& n : notices) {
    json::object one{{"collection", n.collection}, {"code", n.code}, {"text", mended_text(n.text)}};
    if (!n.record.empty()) one["record"] = mended_text(n.record);
    if (!n.field.empty()) one["field"] = mended_text(n.field);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace millrace
