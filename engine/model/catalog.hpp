// What a source offers: collections and their typed fields, as its describe calls tell.
#pragma once

#include "engine/error.hpp"
#include "engine/model/type_change.hpp"
#include "engine/model/types.hpp"
#include "engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The source's name of the field that marks a record in its recycle bin, where it has one.
inline constexpr const char* soft_delete_field = "IsDeleted";

/// One field of a collection. Types come from describe, never from values seen (I10).
struct field {
  std::string name;         ///< the source's name: "Pricebook2Id", "MyField__c"
  std::string label;        ///< for humans
  std::string source_type;  ///< the source's word: "currency", "picklist"
  value_type type = value_type::text;
  std::uint32_t length = 0;     ///< characters, for text; 0 when the source gives none
  std::uint16_t precision = 0;  ///< decimal digits in total, for decimal; 0 when unknown
  std::uint16_t scale = 0;      ///< digits after the point
  bool calculated = false;      ///< changes without touching the cursor: formula, roll-up (I15)
  bool filterable = true;
  bool sortable = true;
  bool hashed = false;                      ///< by choice: only a hash of each value is kept
  std::vector<std::string> refers_to = {};  ///< objects whose records it holds the key of
};

/// How much a collection is worth reading before others; the highest, and that of most.
inline constexpr std::uint32_t priority_highest = 100;
inline constexpr std::uint32_t priority_usual = 50;

/// What the user wants of one collection; what is empty is as it would be.
struct collection_choice {
  std::string name;                 ///< of the collection or of its object, in any case
  std::vector<std::string> fields;  ///< only these
  std::vector<std::string> exclude_fields;
  std::vector<std::string> hash_fields;
  std::vector<std::string> base64_fields;  ///< of which the address is loaded
  std::string where;                       ///< the source's own words for which records
  std::string table;                       ///< the name that it is loaded by
  /// What all of this comes to, in a few letters: rows that were read by another one are read
  /// again. Where fields are hashed, what comes to the hashes stands behind a point.
  std::string fingerprint;
  std::uint32_t priority = priority_usual;  ///< no part of the fingerprint: rows stay as they are
  std::optional<type_change_policy> on_type_change = {};  ///< none: the pipeline's
  std::optional<milliseconds> every = {};  ///< it is due so often; none: whenever the pipeline is
};

/// One collection of a source. Fields that cannot be read as a cell (compound address and location,
/// base64 that was not asked for) are left out by the connector and named in `left_out`.
struct collection {
  std::string name;    ///< the collection's and the table's name: "opportunity_product"
  std::string object;  ///< the source's name: "OpportunityLineItem"
  std::string label;
  bool custom = false;
  bool has_deleted_rows = false;  ///< rows carry a soft-delete mark (I14)
  bool has_deletion_log = false;  ///< the source lists what was deleted lately (I14)
  std::vector<field> fields;
  std::size_t key = 0;                 ///< index of the key field ("Id") in `fields`
  std::optional<std::size_t> version;  ///< index of the cursor field; none: read in full every run
  /// Index of the field that tells when a record was made, where a statement can filter by it.
  std::optional<std::size_t> created = {};
  std::vector<std::string> left_out;  ///< names of fields that are not read
  std::string where;                  ///< a condition of the source on its records; empty: none
  std::string chosen;                 ///< `collection_choice::fingerprint`; empty: no choice
  std::uint32_t priority = priority_usual;
  std::optional<type_change_policy> on_type_change = {};  ///< by choice
};

/// The part of a fingerprint that tells how fields are hashed; empty: none is.
inline std::string_view hashing_of(std::string_view fingerprint) {
  const std::size_t point = fingerprint.find('.');
  return point == std::string_view::npos ? std::string_view() : fingerprint.substr(point + 1);
}

/// Something the user should know that is not an error (I11): "lead_tags: not enabled in this org".
struct notice {
  std::string collection;  ///< empty: the whole pipeline
  std::string code;        ///< stable word for machines: "object_absent"
  std::string text;
  std::string record = {};  ///< its Id, where the notice is about one
  std::string field = {};   ///< likewise, by the source's name
};

/// A collection that was wanted and whose description could not be had (I6: the others go on).
struct undescribed {
  std::string name;
  std::string object;
  error why;
};

struct catalog {
  std::vector<collection> collections;
  std::vector<undescribed> failed;
  std::vector<notice> notices;
  std::vector<std::string> not_due = {};  ///< collections that are read by a later run
};

}  // namespace millrace
