// Versions, the list of objects and the description of one, with all members that an org shows.
#include "api.hpp"
#include "json_out.hpp"
#include <algorithm>

namespace sandbox {
namespace {

constexpr int last_version = 65;

/// A label from a name: "BillingCity" -> "Billing City", "ns__My_Field__c" -> "ns My Field".
std::string label_of(const std::string& name) {
  std::string out;
  for (const std::string& word : split(name, '_')) {
    if (word == "c" || word == "s") continue;
    if (!out.empty()) out += ' ';
    for (std::size_t i = 0; i < word.size(); ++i) {
      const bool upper = word[i] >= 'A' && word[i] <= 'Z';
      if (i > 0 && upper && word[i - 1] >= 'a' && word[i - 1] <= 'z') out += ' ';
      out += word[i];
    }
  }
  return out;
}

std::string soap_type(const field_def& f) {
  if (f.type == "id" || f.type == "reference") return "tns:ID";
  if (f.type == "boolean" || f.type == "int" || f.type == "long" || f.type == "date" ||
      f.type == "time" || f.type == "anyType")
    return "xsd:" + f.type;
  if (f.type == "datetime") return "xsd:dateTime";
  if (f.decimal()) return "xsd:double";
  if (f.type == "base64") return "xsd:base64Binary";
  if (f.compound()) return "urn:" + f.type;
  return "xsd:string";
}

bool is_text(const field_def& f) {
  return soap_type(f) == "xsd:string";
}

std::string relationship_of(const field_def& f) {
  if (f.type != "reference") return {};
  if (f.name.ends_with("__c")) return f.name.substr(0, f.name.size() - 1) + "r";
  return f.name.ends_with("Id") ? f.name.substr(0, f.name.size() - 2) : f.name;
}

std::string picklist_values(const field_def& f) {
  if (f.type != "picklist" && f.type != "multipicklist" && f.type != "combobox") return "[]";
  return json_list(std::vector<std::string>{"red", "Grün & Blau"}, [](const std::string& one) {
    return json_object()
        .flag("active", true)
        .flag("defaultValue", false)
        .text("label", one)
        .null("validFor")
        .text("value", one)
        .done();
  });
}

void add_text_or_null(json_object& out, std::string_view name, const std::string& text) {
  if (text.empty()) {
    out.null(name);
  } else {
    out.text(name, text);
  }
}

bool is_system(const field_def& f) {
  return f.name == "Id" || f.name == "IsDeleted" || f.name == "CreatedDate" ||
         f.name == "CreatedById" || f.name == "LastModifiedDate" || f.name == "LastModifiedById" ||
         f.name == "SystemModstamp";
}

std::string field_json(const object_def& o, const field_def& f) {
  const bool whole = f.plain() && f.filterable;
  const bool writable =
      o.updateable && !is_system(f) && !f.calculated && !f.auto_number && !f.compound();
  const bool custom = f.custom();
  const auto bytes = is_text(f) ? f.length * 3 : f.length;
  json_object out;
  out.flag("aggregatable", whole && f.type != "boolean").flag("aiPredictionField", false);
  out.flag("autoNumber", f.auto_number)
      .number("byteLength", bytes)
      .flag("calculated", f.calculated);
  add_text_or_null(out, "calculatedFormula", f.calculated ? "Budget__c * Progress__c" : "");
  out.flag("cascadeDelete", f.cascades).flag("caseSensitive", false);
  add_text_or_null(out, "compoundFieldName", f.part_of);
  out.null("controllerName").flag("createable", writable).flag("custom", custom);
  if (f.type == "boolean") {
    out.flag("defaultValue", false);
  } else {
    out.null("defaultValue");
  }
  out.null("defaultValueFormula").flag("defaultedOnCreate", is_system(f) || f.type == "boolean");
  out.flag("dependentPicklist", false).flag("deprecatedAndHidden", false);
  out.number("digits", f.type == "int" ? 8 : f.type == "long" ? 18 : 0);
  out.flag("displayLocationInDecimal", f.type == "location");
  out.flag("encrypted", f.type == "encryptedstring").flag("externalId", false);
  add_text_or_null(out, "extraTypeInfo", f.type == "textarea" ? "plaintextarea" : "");
  out.flag("filterable", f.filterable && f.type != "base64").null("filteredLookupInfo");
  out.flag("formulaTreatNullNumberAsZero", false).flag("groupable", whole && !f.decimal());
  out.flag("highScaleNumber", false).flag("htmlFormatted", f.name == "Html__c");
  out.flag("idLookup", f.name == "Id")
      .null("inlineHelpText")
      .text("label", f.label.empty() ? label_of(f.name) : f.label);
  out.number("length", f.length).null("mask").null("maskType").text("name", f.name);
  out.flag("nameField", f.name == "Name").flag("namePointing", f.refers_to.size() > 1);
  out.flag("nillable", f.nillable).flag("permissionable", f.nillable || custom);
  out.raw("picklistValues", picklist_values(f))
      .flag("polymorphicForeignKey", f.refers_to.size() > 1);
  out.number("precision", f.precision).flag("queryByDistance", f.compound());
  out.null("referenceTargetField").raw("referenceTo", json_list(f.refers_to, json_text));
  add_text_or_null(out, "relationshipName", relationship_of(f));
  out.null("relationshipOrder").flag("restrictedDelete", false).flag("restrictedPicklist", false);
  out.number("scale", f.scale).flag("searchPrefilterable", f.type == "reference");
  out.text("soapType", soap_type(f)).flag("sortable", whole && f.type != "multipicklist");
  out.text("type", f.type).flag("unique", f.auto_number).flag("updateable", writable);
  out.flag("writeRequiresMasterRead", false);
  return out.done();
}

std::string urls_json(const object_def& o, const std::string& version) {
  const std::string base = "/services/data/v" + version + "/sobjects/" + o.name;
  return json_object()
      .text("compactLayouts", base + "/describe/compactLayouts")
      .text("rowTemplate", base + "/{ID}")
      .text("describe", base + "/describe")
      .text("layouts", base + "/describe/layouts")
      .text("sobject", base)
      .done();
}

/// What the list of objects and the description of one have in common.
json_object summary(const object_def& o, const std::string& version) {
  json_object out;
  const bool share = o.name.ends_with("Share");
  const bool history = o.name.ends_with("History");
  const bool real = o.queryable && !share && !history;
  std::string parent = o.name;
  std::string derived;
  if (share && o.name != "Share") derived = "Share";
  if (history) derived = "History";
  if (o.name.ends_with("ChangeEvent")) derived = "ChangeEvent";
  if (o.name.ends_with("Feed")) derived = "Feed";
  parent.resize(parent.size() - derived.size());
  out.flag("activateable", false);
  add_text_or_null(out, "associateEntityType", derived);
  add_text_or_null(out, "associateParentEntity", derived.empty() ? "" : parent);
  out.flag("createable", o.updateable).flag("custom", o.custom).flag("customSetting", false);
  out.flag("deepCloneable", false)
      .flag("deletable", o.updateable)
      .flag("deprecatedAndHidden", false);
  out.flag("feedEnabled", o.updateable && !o.tag).flag("hasSubtypes", false);
  out.flag("isInterface", false).flag("isSubtype", false);
  const bool prefixed = o.prefix.size() == 3 && !o.listed_only && real;
  add_text_or_null(out, "keyPrefix", prefixed ? o.prefix : "");
  out.text("label", o.label)
      .text("labelPlural", o.label + "s")
      .flag("layoutable", o.updateable && !o.tag);
  out.flag("mergeable", o.name == "Account" || o.name == "Contact" || o.name == "Lead");
  out.flag("mruEnabled", o.updateable && !o.tag)
      .text("name", o.name)
      .flag("queryable", o.queryable);
  out.flag("replicateable", o.replicateable).flag("retrieveable", o.queryable);
  out.flag("searchable", o.updateable && !o.tag).flag("triggerable", o.updateable && !o.tag);
  out.flag("undeletable", o.updateable && o.find("IsDeleted").has_value());
  out.flag("updateable", o.updateable && !o.tag).raw("urls", urls_json(o, version));
  return out;
}

std::string child_relationships(const org& where, const object_def& o) {
  std::string out = "[";
  for (const object_def& other : where.objects().objects)
    for (const field_def& f : other.fields) {
      if (f.hidden || where.hidden(other) ||
          std::find(f.refers_to.begin(), f.refers_to.end(), o.name) == f.refers_to.end())
        continue;
      if (out.size() > 1) out += ',';
      out += json_object()
                 .flag("cascadeDelete", f.cascades)
                 .text("childSObject", other.name)
                 .flag("deprecatedAndHidden", false)
                 .text("field", f.name)
                 .raw("junctionIdListNames", "[]")
                 .raw("junctionReferenceTo", "[]")
                 .null("relationshipName")
                 .flag("restrictedDelete", false)
                 .done();
    }
  return out + "]";
}

std::optional<response> not_modified(const org& o, const std::string& object, const request& r) {
  const auto since = parse_http_date(r.header("if-modified-since"));
  const stamp changed = o.schema_changed(object);
  if (since && changed / 1000 <= *since / 1000) {
    response out;
    out.status = 304;
    out.type.clear();
    out.headers.emplace_back("Last-Modified", http_date(changed));
    return out;
  }
  return {};
}

std::string version_label(int version) {
  constexpr int winter_25 = 62;
  const int cycle = (version - winter_25 + 300) % 3;
  const int year = 25 + (version - winter_25 + 300) / 3 - 100;
  const std::string season = cycle == 0 ? "Winter" : cycle == 1 ? "Spring" : "Summer";
  return season + " '" + std::to_string(year);
}

}  // namespace

response serve_versions(const org& o) {
  std::string out = "[";
  for (int v = o.settings.oldest_version; v <= last_version; ++v) {
    const std::string number = std::to_string(v) + ".0";
    if (out.size() > 1) out += ',';
    out += json_object()
               .text("label", version_label(v))
               .text("url", "/services/data/v" + number)
               .text("version", number)
               .done();
  }
  return json_response(out + "]");
}

response serve_resources(const call& c) {
  const std::string base = "/services/data/v" + c.version + "/";
  json_object out;
  for (const std::string_view name : {"sobjects", "query", "queryAll", "limits", "composite"})
    out.text(name, base + std::string(name));
  out.text("jobs", base + "jobs")
      .text("identity", "/id/" + c.where->org_id() + "/" + c.where->user_id());
  return json_response(out.done());
}

response serve_global_describe(const call& c, const request& r) {
  if (auto same = not_modified(*c.where, "", r)) return std::move(*same);
  std::vector<const object_def*> objects;
  for (const object_def& o : c.where->objects().objects)
    if (!c.where->hidden(o)) objects.push_back(&o);
  std::sort(objects.begin(), objects.end(), [](auto a, auto b) { return a->name < b->name; });
  const auto one = [&](const object_def* o) { return summary(*o, c.version).done(); };
  return json_response(json_object()
                           .text("encoding", "UTF-8")
                           .number("maxBatchSize", 200)
                           .raw("sobjects", json_list(objects, one))
                           .done());
}

response serve_object(const call& c) {
  const object_def* o = c.where->find(c.object);
  if (o == nullptr) return not_found();
  return json_response(json_object()
                           .raw("objectDescribe", summary(*o, c.version).done())
                           .raw("recentItems", "[]")
                           .done());
}

response serve_describe(const call& c, const request& r) {
  const object_def* o = c.where->find(c.object);
  if (o == nullptr) return not_found();
  if (auto same = not_modified(*c.where, o->name, r)) return std::move(*same);
  std::vector<const field_def*> fields;
  for (const field_def& f : o->fields)
    if (!f.hidden) fields.push_back(&f);
  json_object out = summary(*o, c.version);
  out.raw("actionOverrides", "[]").raw("childRelationships", child_relationships(*c.where, *o));
  out.flag("compactLayoutable", o->updateable).null("defaultImplementation").null("extendedBy");
  out.null("extendsInterfaces").null("implementedBy").null("implementsInterfaces");
  out.raw("fields", json_list(fields, [&](const field_def* f) { return field_json(*o, *f); }));
  out.null("listviewable").null("lookupLayoutable").raw("namedLayoutInfos", "[]");
  out.null("networkScopeFieldName")
      .raw("recordTypeInfos", "[]")
      .flag("searchLayoutable", o->updateable);
  out.text("sobjectDescribeOption", "FULL");
  const std::string scope =
      json_object().text("label", "All " + o->label).text("name", "everything").done();
  out.raw("supportedScopes", "[" + scope + "]");
  response answer = json_response(out.done());
  answer.headers.emplace_back("Last-Modified", http_date(c.where->schema_changed(o->name)));
  // Changes that wait for this description happen right after it.
  auto& waiting = c.where->after_describe;
  for (auto w = waiting.begin(); w != waiting.end();) {
    if (!same_word(w->object, c.object)) {
      ++w;
      continue;
    }
    const schema_change change = std::move(*w);
    w = waiting.erase(w);
    c.where->change_schema(change);
  }
  return answer;
}

}  // namespace sandbox
