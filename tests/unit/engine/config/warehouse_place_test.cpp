// Connection strings that lead to one place, and such that do not.
#include "engine/config/warehouse_place.hpp"

#include <doctest/doctest.h>

namespace millrace {
namespace {

TEST_CASE("files: the path alone says where") {
  const warehouse_place one = place_of("Driver=SQLite3;Database=/data/one.db", "a");
  CHECK(one.is_file);
  CHECK_FALSE(one.named_by_schema);
  CHECK(one == place_of("database=/data/x/../one.db;DRIVER={SQLite 3};Timeout=5", "b"));
  CHECK(one == place_of(" Database ={/data//one.db} ; Driver=/usr/lib/libsqlite3odbc.so", ""));
  CHECK_FALSE(one == place_of("Driver=SQLite3;Database=/data/One.db", "a"));
  CHECK(place_of("Driver=SQLite3;Database=one.db", "a").is_file);
}

TEST_CASE("a schema in the string is part of the place") {
  const std::string each = "Driver=SQLite3;Database=/data/{schema}.db";
  CHECK(place_of(each, "a").named_by_schema);
  CHECK_FALSE(place_of(each, "a") == place_of(each, "b"));
  CHECK(place_of(each, "one").database == place_of("Database=/data/one.db", "x").database);
}

TEST_CASE("servers: what names server and database counts, the login does not") {
  const warehouse_place one =
      place_of("Driver=PostgreSQL Unicode;Server=db;Port=5432;Database=bi;UID=a;PWD={x;y}}z}", "s");
  CHECK_FALSE(one.is_file);
  CHECK(one == place_of("DATABASE=bi;server=db;port=5432;uid=b;pwd=c;driver=other", "t"));
  CHECK_FALSE(one == place_of("Server=db;Port=5433;Database=bi", "s"));
  CHECK_FALSE(one == place_of("Server=db;Port=5432;Database=crm", "s"));
  CHECK_FALSE(place_of("DSN=a", "s") == place_of("DSN=b", "s"));
  CHECK(one.database.find("x;y") == std::string::npos);  // I16
}

TEST_CASE("texts that are no connection string") {
  for (const char* text : {"", ";", "=", "nothing", "Driver=SQLite3", "a={", "a={b}}", "{schema}"})
    CHECK_FALSE(place_of(text, "s").is_file);
}

}  // namespace
}  // namespace millrace
