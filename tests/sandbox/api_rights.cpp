// The two objects that tell of rights. They hold no records: what they say follows from the knobs.
#include "api.hpp"
#include "json_out.hpp"
#include <algorithm>

namespace sandbox {
namespace {

/// Object permissions exist for what has an owner, and for custom objects.
bool has_permissions(const object_def& o) {
  return o.queryable && (o.custom || o.find("OwnerId").has_value());
}

response records(const std::vector<std::string>& rows) {
  return json_response(json_object()
                           .number("totalSize", rows.size())
                           .flag("done", true)
                           .raw("records", json_list(rows, [](const std::string& r) { return r; }))
                           .done());
}

json_object record(const std::string& object) {
  json_object out;
  out.raw("attributes", json_object().text("type", object).done());
  return out;
}

response user_rights(const org& o) {
  return records(
      {record("UserPermissionAccess").flag("PermissionsViewAllData", o.view_all_data).done()});
}

response object_rights(const org& o, const std::string& soql) {
  if (!o.view_setup)
    return api_error(400, "INVALID_TYPE", "sObject type 'ObjectPermissions' is not supported.");
  std::vector<std::string> rows;
  if (soql.find("AssigneeId = '" + o.user_id() + "'") != std::string::npos)
    for (const object_def& object : o.objects().objects)
      if (has_permissions(object) && !o.hidden(object))
        rows.push_back(record("ObjectPermissions")
                           .text("SobjectType", object.name)
                           .flag("PermissionsViewAllRecords",
                                 o.view_all_data || o.view_all_records.contains(object.name))
                           .done());
  return records(rows);
}

}  // namespace

bool tells_of_rights(const std::string& object) {
  return object == "UserPermissionAccess" || object == "ObjectPermissions";
}

response serve_rights(const org& o, const std::string& soql) {
  return object_of(soql) == "ObjectPermissions" ? object_rights(o, soql) : user_rights(o);
}

}  // namespace sandbox
