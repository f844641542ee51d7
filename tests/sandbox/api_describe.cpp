// Descriptions, with the attributes that a real org gives.
#include <boost/json.hpp>

#include "api.hpp"
#include <algorithm>

namespace sandbox {
namespace {

namespace json = boost::json;

json::object entry_of(const object_def& o, const std::string& version) {
  const std::string base = "/services/data/v" + version + "/sobjects/" + o.name;
  return {{"activateable", false},
          {"associateEntityType", nullptr},
          {"associateParentEntity", nullptr},
          {"createable", o.updateable},
          {"custom", o.custom},
          {"customSetting", false},
          {"deepCloneable", false},
          {"deletable", o.updateable},
          {"deprecatedAndHidden", false},
          {"feedEnabled", false},
          {"hasSubtypes", false},
          {"isInterface", false},
          {"isSubtype", false},
          {"keyPrefix", o.prefix},
          {"label", o.label},
          {"labelPlural", o.label + "s"},
          {"layoutable", true},
          {"mergeable", false},
          {"mruEnabled", false},
          {"name", o.name},
          {"queryable", o.queryable},
          {"replicateable", o.replicateable},
          {"retrieveable", o.queryable},
          {"searchable", o.queryable},
          {"triggerable", o.updateable},
          {"undeletable", o.updateable},
          {"updateable", o.updateable},
          {"urls", json::object{{"sobject", base},
                                {"describe", base + "/describe"},
                                {"rowTemplate", base + "/{ID}"}}}};
}

std::string soap_type(const field_def& f) {
  if (f.type == "id" || f.type == "reference") return "tns:ID";
  if (f.type == "boolean") return "xsd:boolean";
  if (f.type == "int") return "xsd:int";
  if (f.type == "long") return "xsd:long";
  if (f.type == "double" || f.type == "currency" || f.type == "percent") return "xsd:double";
  if (f.type == "date") return "xsd:date";
  if (f.type == "datetime") return "xsd:dateTime";
  if (f.type == "time") return "xsd:time";
  if (f.type == "address") return "urn:address";
  if (f.type == "location") return "urn:location";
  if (f.type == "base64") return "xsd:base64Binary";
  if (f.type == "anyType") return "xsd:anyType";
  return "xsd:string";
}

json::object field_json(const field_def& f) {
  json::array refers;
  for (const std::string& name : f.refers_to)
    refers.emplace_back(name);
  const bool custom = f.name.ends_with("__c") || f.name.ends_with("__s");
  const bool plain = f.filterable && f.plain();
  json::object o{
      {"aggregatable", plain},
      {"aiPredictionField", false},
      {"autoNumber", false},
      {"byteLength", f.type == "id" || f.type == "reference" ? 18U : f.length * 3},
      {"calculated", f.calculated},
      {"calculatedFormula", f.calculated ? json::value("Budget__c * 0.2") : json::value(nullptr)},
      {"cascadeDelete", false},
      {"caseSensitive", false},
      {"compoundFieldName", f.part_of.empty() ? json::value(nullptr) : json::value(f.part_of)},
      {"controllerName", nullptr},
      {"createable", f.name != "Id"},
      {"custom", custom},
      {"defaultValue", nullptr},
      {"defaultValueFormula", nullptr},
      {"defaultedOnCreate", false},
      {"dependentPicklist", false},
      {"deprecatedAndHidden", false},
      {"digits", f.type == "int" ? 8 : 0},
      {"displayLocationInDecimal", false},
      {"encrypted", f.type == "encryptedstring"},
      {"externalId", false},
      {"extraTypeInfo", nullptr},
      {"filterable", plain},
      {"filteredLookupInfo", nullptr},
      {"formulaTreatNullNumberAsZero", false},
      {"groupable", plain},
      {"highScaleNumber", false},
      {"htmlFormatted", false},
      {"idLookup", f.name == "Id"},
      {"inlineHelpText", nullptr},
      {"label", f.name},
      {"length", f.plain() ? f.length : 0U},
      {"mask", nullptr},
      {"maskType", nullptr},
      {"name", f.name},
      {"nameField", f.name == "Name"},
      {"namePointing", f.refers_to.size() > 1},
      {"nillable", f.nillable},
      {"permissionable", f.nillable},
      {"picklistValues", json::array{}},
      {"polymorphicForeignKey", f.refers_to.size() > 1},
      {"precision", f.precision},
      {"queryByDistance", f.type == "location"},
      {"referenceTargetField", nullptr},
      {"referenceTo", refers},
      {"relationshipName", nullptr},
      {"relationshipOrder", nullptr},
      {"restrictedDelete", false},
      {"restrictedPicklist", false},
      {"scale", f.scale},
      {"searchPrefilterable", false},
      {"soapType", soap_type(f)},
      {"sortable", plain},
      {"type", f.type},
      {"unique", false},
      {"updateable", f.name != "Id"},
      {"writeRequiresMasterRead", false}};
  return o;
}

}  // namespace

response global_describe(org& o, const std::string& version) {
  json::array list;
  for (const object_def& object : o.objects().objects)
    if (o.find(object.name) != nullptr) list.push_back(entry_of(object, version));
  for (const listed_object& other : o.objects().others) {
    object_def plain;
    plain.name = other.name;
    plain.label = other.name;
    plain.queryable = other.queryable;
    list.push_back(entry_of(plain, version));
  }
  response r;
  r.body = json::serialize(
      json::object{{"encoding", "UTF-8"}, {"maxBatchSize", 200}, {"sobjects", list}});
  return r;
}

response describe(org& o, const object_def& object, const request& r, const std::string& version) {
  response out;
  if (!r.header("if-modified-since").empty() && o.pending.empty()) {
    out.status = 304;
    out.type = "";
    return out;
  }
  json::object body = entry_of(object, version);
  json::array fields;
  for (const field_def& f : object.fields)
    fields.push_back(field_json(f));
  body["actionOverrides"] = json::array{};
  body["childRelationships"] = json::array{};
  body["compactLayoutable"] = true;
  body["fields"] = fields;
  body["recordTypeInfos"] = json::array{};
  body["supportedScopes"] = json::array{};
  body["sobjectDescribeOption"] = "FULL";
  out.body = json::serialize(body);
  out.headers.emplace_back("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
  const std::string name = object.name;
  for (auto at = o.pending.begin(); at != o.pending.end();) {
    if (!same_word(at->object, name)) {
      ++at;
      continue;
    }
    o.change_schema(*at);
    at = o.pending.erase(at);
  }
  return out;
}

response limits(org& o) {
  response r;
  const auto left = static_cast<std::int64_t>(org::daily_limit -
                                              std::min<std::uint64_t>(org::daily_limit, o.total));
  r.body = json::serialize(json::object{
      {"DailyApiRequests", json::object{{"Max", org::daily_limit}, {"Remaining", left}}},
      {"DailyBulkV2QueryJobs", json::object{{"Max", 10000}, {"Remaining", 10000}}},
      {"DailyBulkV2QueryFileStorageMB", json::object{{"Max", 976562}, {"Remaining", 976562}}}});
  return r;
}

response record_count(org& o, const request& r) {
  json::array list;
  std::string names = r.parameter("sObjects");
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    const std::string name = names.substr(0, comma);
    names = comma == std::string::npos ? "" : names.substr(comma + 1);
    const object_def* object = o.find(name);
    if (object == nullptr || !object->queryable) continue;
    const std::size_t count = o.records(*object).live();
    if (count > 0) list.push_back(json::object{{"count", count}, {"name", object->name}});
  }
  response out;
  out.body = json::serialize(json::object{{"sObjects", list}});
  return out;
}

}  // namespace sandbox
