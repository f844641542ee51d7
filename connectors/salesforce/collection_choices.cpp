// Names of fields are compared without case, as the org does.
#include "connectors/salesforce/collection_choices.hpp"

#include "connectors/salesforce/describe.hpp"
#include "engine/config/suggest.hpp"
#include "engine/lower_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace millrace::salesforce {
namespace {

class application {
 public:
  application(const collection_choice& choice, collection& what, std::vector<notice>& notices)
      : choice_(choice), what_(what), notices_(notices) {}

  result<void> run() {
    for (const std::string& word : choice_.hash_fields)
      if (!is_field(word)) return failure(unhashed(word));
    for (const auto* words : {&choice_.fields, &choice_.exclude_fields, &choice_.base64_fields})
      for (const std::string& word : *words)
        note_unknown(word);
    for (const field& f : what_.fields)
      if (holds_without_case(choice_.base64_fields, f.name) && !is_address_of_content(f))
        note("field_not_base64",
             fmt::format("{} of {} is named among the base64 fields and is none: it is read as it "
                         "is",
                         f.name, what_.object));
    for (field& f : what_.fields)
      if (holds_without_case(choice_.hash_fields, f.name)) hash(f);
    leave_out();
    what_.where = choice_.where;
    what_.chosen = choice_.fingerprint;
    what_.priority = choice_.priority;
    what_.on_type_change = choice_.on_type_change;
    return {};
  }

 private:
  [[nodiscard]] bool is_needed(const field& f) const {
    const auto index = static_cast<std::size_t>(&f - what_.fields.data());
    return index == what_.key || index == what_.version || f.name == soft_delete_field;
  }

  void note(const char* code, std::string text) {
    notices_.push_back({what_.name, code, std::move(text)});
  }

  [[nodiscard]] bool is_field(const std::string& word) const {
    return std::any_of(what_.fields.begin(), what_.fields.end(),
                       [&](const field& f) { return equal_without_case(f.name, word); });
  }

  /// A slip in a name would let through what nobody wanted to be seen.
  [[nodiscard]] error unhashed(const std::string& word) const {
    return {
        errc::config_invalid,
        fmt::format("the configuration hashes a field {} of {}, and no field of that name is read",
                    word, what_.object),
        "Write the org's name of the field; of an address or a name its parts, such as "
        "MailingCity. Take it out when the field is gone",
        retry::never,
        {},
        {}};
  }

  void note_unknown(const std::string& word) {
    std::vector<std::string> names;
    for (const field& f : what_.fields) {
      if (equal_without_case(f.name, word)) return;
      names.push_back(f.name);
    }
    if (holds_without_case(what_.left_out, word))
      return note("field_left_out",
                  fmt::format("the configuration names a field {} of {}, which is compound, base64 "
                              "or structured and is not read; `base64_fields` loads the address of "
                              "a base64 field's content",
                              word, what_.object));
    const std::string near = nearest_word(word, names);
    note(
        "field_absent",
        fmt::format("the configuration names a field {} of {}, which the org does not show{}", word,
                    what_.object, near.empty() ? "" : fmt::format("; did you mean {}?", near)));
  }

  void hash(field& f) {
    if (is_needed(f))
      return note("field_needed", fmt::format("{} of {} is not hashed: rows are kept in step by it",
                                              f.name, what_.object));
    // Of the canonical value, so that its type stays: REST and Bulk spell differently.
    f.hashed = true;
  }

  void leave_out() {
    std::vector<field> left;
    std::size_t key = 0;
    std::optional<std::size_t> version;
    std::optional<std::size_t> created;
    for (std::size_t i = 0; i < what_.fields.size(); ++i) {
      const field& f = what_.fields[i];
      const bool unwanted = holds_without_case(choice_.exclude_fields, f.name);
      const bool unlisted = !choice_.fields.empty() && !holds_without_case(choice_.fields, f.name);
      if (unwanted && is_needed(f))
        note("field_needed",
             fmt::format("{} of {} is read all the same: rows are kept in step by it", f.name,
                         what_.object));
      if ((unwanted || unlisted) && !is_needed(f)) continue;
      if (i == what_.key) key = left.size();
      if (i == what_.version) version = left.size();
      if (i == what_.created && !f.hashed) created = left.size();
      left.push_back(f);
    }
    what_.fields = std::move(left);
    what_.key = key;
    what_.version = version;
    what_.created = created;
  }

  const collection_choice& choice_;
  collection& what_;
  std::vector<notice>& notices_;
};

}  // namespace

result<void> apply(const collection_choice& choice, collection& what,
                   std::vector<notice>& notices) {
  return application(choice, what, notices).run();
}

}  // namespace millrace::salesforce
