// What the projection has to know of OCSF: which classes there are, which attributes they and their objects have, of which type, and
// what must be there. Read once from content/ocsf/schema.txt, an extract of names and numbers that tests/ocsf makes from the schema's
// source and compares with it. Immutable afterwards; safe from any thread.
//
// The extract, a line each:
//   version 1.9.0-dev
//   class process_activity 1007             its number; `?a,b` one of these at least, `!a,b` exactly one
//    process! process                       an attribute: name, ! if required, [] if a list, type (a type that ends in _t, or an object)
//    injection_type_id integer_t =0,1,99 ~injection_type      the numbers (or words) it may be, and the attribute that says 99 in words
//    device device @host                    there only if metadata.profiles has this
//    name file_name_t #7                    its values are observables of this type
//   object process ?pid,uid
// A class has the attributes of base_event too, which stands first; only what differs is said again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace tocsin {

enum class OcsfKind : std::uint8_t { kText, kInteger, kFloat, kBool, kTime, kIp, kPort, kMac, kEmail, kUuid, kDatetime, kBytes, kSubnet, kJson, kObject };

struct OcsfAttribute {
  std::string name;
  OcsfKind kind = OcsfKind::kText;
  bool required = false, list = false;
  std::string object;          // of kObject
  std::string profile;
  std::string sibling;
  std::vector<std::int64_t> numbers;  // sorted; empty: any
  std::vector<std::string> words;     // the same of a text
  int observable = 0;
};

/// A class or an object.
struct OcsfShape {
  std::string name;
  std::uint32_t uid = 0;                               // of a class
  std::vector<OcsfAttribute> attributes;               // sorted by name
  std::vector<std::string> at_least_one, just_one;     // names of attributes; none: no such constraint

  const OcsfAttribute* find(std::string_view attribute) const;
};

class OcsfSchema {
 public:
  static Result<OcsfSchema> parse(std::string_view text);
  /// What is built into the program; its text is right, for a test says so.
  static const OcsfSchema& shipped();

  const std::string& version() const { return version_; }
  /// nullptr if there is no such class or object.
  const OcsfShape* find_class(std::string_view name) const;
  const OcsfShape* find_object(std::string_view name) const;
  const std::vector<OcsfShape>& classes() const { return classes_; }

 private:
  std::string version_;
  std::vector<OcsfShape> classes_, objects_;  // sorted by name
};

}  // namespace tocsin
