// Whether a JSON text is an event of OCSF, by the schema's source: its class, its attributes and theirs, types, numbers, constraints and
// profiles. Each mistake is told with the path of the attribute. For tests only; one thread.
//
//   Validator validator(source);
//   for (const Mistake& mistake : validator.check(line)) …   // {"process.pid", "'x' is no integer_t"}
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <re2/re2.h>

#include "schema_source.h"

namespace tocsin::ocsf {

struct Mistake {
  std::string path, what;
};

class Validator {
 public:
  explicit Validator(const SchemaSource& source);
  ~Validator();

  /// Nothing if it is valid. Strict where the schema's text asks for more than its tables: the sibling of number 99 is there, that of
  /// another number is its caption, and an observable names an attribute that has its value.
  std::vector<Mistake> check(std::string_view text);
  /// Attributes of the events so far that the schema deprecates, as paths.
  const std::set<std::string>& deprecated() const { return deprecated_; }

 private:
  void check_class(const boost::json::object& event);
  void check_object(const SourceShape& shape, const boost::json::object& object, const std::string& path);
  void check_constraints(const SourceShape& shape, const boost::json::object& object, const std::string& path);
  void check_attribute(const SourceAttribute& attribute, const boost::json::value& value, const std::string& path);
  void check_value(const SourceAttribute& attribute, const boost::json::value& value, const std::string& path);
  void check_simple(const std::string& type, const boost::json::value& value, const std::string& path);
  void check_number(const SourceAttribute& attribute, const boost::json::value& value, const std::string& path);
  void check_sibling(const SourceShape& shape, const std::string& name, const boost::json::object& object, const std::string& path);
  void check_observables(const boost::json::object& event);
  bool is_active(const SourceAttribute& attribute) const;
  void complain(const std::string& path, std::string what) { mistakes_.push_back({path, std::move(what)}); }

  const SchemaSource& source_;
  std::unordered_map<std::string, std::unique_ptr<re2::RE2>> patterns_;                // by type
  std::unordered_map<std::string, std::unordered_set<std::string>> fitting_;           // texts known to fit, by type
  std::unordered_map<std::int64_t, const SourceShape*> classes_;
  std::set<std::string> profiles_;  // of the event at hand
  std::set<std::string> deprecated_;
  std::vector<Mistake> mistakes_;
};

}  // namespace tocsin::ocsf
