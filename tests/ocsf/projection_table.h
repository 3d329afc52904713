// The table of docs/ocsf.md: by log source, the classes that its cases become, the share that is no Base Event, and how many of the values
// have a place in the class. For tests only.
#pragma once

#include <map>
#include <set>
#include <string>

#include "event/event.h"
#include "normalize/ocsf.h"

namespace tocsin::ocsf {

class ProjectionTable {
 public:
  void add(const LogSourceClass& log_source, const Event& event, const OcsfProjector& projector);
  /// The page with this table between its two marks.
  std::string put_into(const std::string& page) const;

 private:
  struct Row {
    std::size_t events = 0, with_class = 0, values = 0, mapped = 0;
    std::set<std::string> classes;
    std::set<std::string> attributes;  // of the rules that were taken
  };
  std::map<std::string, Row> rows_;
};

}  // namespace tocsin::ocsf
