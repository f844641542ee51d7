// A fingerprint shows neither the salt nor the condition: it stands in the warehouse.
#include "cli/make_choices.hpp"

#include "connectors/salesforce/digests.hpp"
#include "engine/lower_case.hpp"

namespace millrace {
namespace {

constexpr std::size_t fingerprint_digits = 16;

void add(std::string& text, std::string_view part) {
  // With its length, so that parts cannot run into each other.
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

void add(std::string& text, const std::vector<std::string>& parts) {
  text += std::to_string(parts.size());
  text += '[';
  for (const std::string& part : parts)
    add(text, part);
}

/// Those that are read: a field that is left out is not hashed yet.
std::vector<std::string> hashed_fields(const collection_choice& c) {
  std::vector<std::string> out;
  for (const std::string& name : c.hash_fields)
    if (!holds_without_case(c.exclude_fields, name) &&
        (c.fields.empty() || holds_without_case(c.fields, name)))
      out.push_back(name);
  return out;
}

}  // namespace

std::vector<collection_choice> with_fingerprints(const pipeline_settings& p) {
  std::vector<collection_choice> out = p.choices;
  for (collection_choice& c : out) {
    std::string text;
    add(text, c.fields);
    add(text, c.exclude_fields);
    add(text, c.hash_fields);
    add(text, c.where);
    if (!c.hash_fields.empty()) add(text, hash_of(p.hash_salt, "fingerprint"));
    if (!c.base64_fields.empty()) add(text, c.base64_fields);
    const bool any = !c.fields.empty() || !c.exclude_fields.empty() || !c.hash_fields.empty() ||
                     !c.where.empty() || !c.base64_fields.empty();
    if (any) c.fingerprint = salesforce::fingerprint(text).substr(0, fingerprint_digits);
    if (const std::vector<std::string> hashed = hashed_fields(c); !hashed.empty()) {
      std::string hashing;
      add(hashing, hashed);
      add(hashing, hash_of(p.hash_salt, "fingerprint"));
      c.fingerprint += '.';
      c.fingerprint += salesforce::fingerprint(hashing).substr(0, fingerprint_digits);
    }
  }
  return out;
}

std::string hash_of(const secret& salt, std::string_view value) {
  std::string text;
  // At once, so that no smaller buffer with the salt is left behind.
  text.reserve(salt.reveal().size() + value.size());
  text += salt.reveal();
  text += value;
  std::string digits = salesforce::fingerprint(text);
  secret::wipe(text);
  return digits;
}

}  // namespace millrace
