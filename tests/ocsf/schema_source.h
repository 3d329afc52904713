// The source of the OCSF schema (ocsf/ocsf-schema: categories, dictionary, events, objects, profiles, extensions), resolved: every class and
// object with all its attributes, its own and those that it has by `extends` and `$include`. For tests only; read once, then immutable.
//
//   const auto source = SchemaSource::read(folder);   // nullopt and a message in `problem` if a file is not what it should be
//   source->find_class(1007)->attributes.at("process").type   // "process"
#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tocsin::ocsf {

struct SourceAttribute {
  std::string type, requirement, profile, sibling;
  bool is_array = false, deprecated = false;
  std::map<std::string, std::string> captions;  // of the enumeration, by number; empty: any value
  int observable = 0;
};

struct SourceShape {
  std::string name, category;
  std::int64_t uid = 0;     // of a class: whole, with its category and extension
  bool concrete = false;    // a class that events may have
  std::map<std::string, SourceAttribute> attributes;
  std::vector<std::string> at_least_one, just_one;
  std::set<std::string> profiles;
};

struct SourceType {
  std::string base, regex;  // base: string_t, integer_t, long_t or "" for those themselves
  std::int64_t least = 0, most = 0;  // a range, if they differ
  std::size_t size_max = 0;          // 0: any
  int observable = 0;
};

class SchemaSource {
 public:
  static std::optional<SchemaSource> read(const std::string& folder, std::string& problem);

  const std::string& version() const { return version_; }
  const SourceShape* find_class(std::int64_t uid) const;
  const SourceShape* find_object(const std::string& name) const;
  const SourceType* find_type(const std::string& name) const;
  const std::map<std::string, SourceShape>& classes() const { return classes_; }
  const std::map<std::string, SourceShape>& objects() const { return objects_; }
  const std::set<std::string>& profiles() const { return profiles_; }
  const std::set<int>& observables() const { return observables_; }
  std::int64_t category_uid(const std::string& category) const;

 private:
  struct Raw {
    boost::json::object json;
    std::string root;       // where its $include begins
    std::string extension_name;
    std::int64_t extension = 0;
  };
  friend class SchemaReader;

  std::string version_;
  std::map<std::string, std::int64_t> categories_;
  std::map<std::string, SourceShape> classes_, objects_;
  std::map<std::string, SourceType> types_;
  std::set<std::string> profiles_;
  std::set<int> observables_;
};

}  // namespace tocsin::ocsf
