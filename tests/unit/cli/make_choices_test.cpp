// By which options a collection was read, in a few letters.
#include "cli/make_choices.hpp"

#include <doctest/doctest.h>

#include <string>

namespace millrace {
namespace {

std::string hashing(const collection_choice& choice, const char* salt = "pepper") {
  pipeline_settings p;
  p.hash_salt = secret(salt);
  p.choices = {choice};
  return std::string(hashing_of(with_fingerprints(p).front().fingerprint));
}

TEST_CASE("what is hashed is told by the fields that are read, and by the salt") {
  collection_choice plain;
  plain.exclude_fields = {"Fax"};
  CHECK(hashing(plain).empty());
  collection_choice mail = plain;
  mail.hash_fields = {"Email"};
  CHECK(!hashing(mail).empty());
  CHECK(hashing(mail) != hashing(mail, "salt"));
  mail.exclude_fields = {"Phone"};
  mail.where = "Name != null";
  collection_choice nothing_else;
  nothing_else.hash_fields = {"Email"};
  CHECK(hashing(mail) == hashing(nothing_else));
}

TEST_CASE("a field that is left out is not hashed yet") {
  collection_choice mail;
  mail.hash_fields = {"Email"};
  collection_choice both = mail;
  both.hash_fields = {"Email", "Phone"};
  SUBCASE("it is excluded") {
    both.exclude_fields = {"PHONE"};
  }
  SUBCASE("it is not among the fields") {
    both.fields = {"email", "Name"};
  }
  CHECK(hashing(both) == hashing(mail));
  both.hash_fields = {"Phone"};
  CHECK(hashing(both).empty());
}

}  // namespace
}  // namespace millrace
