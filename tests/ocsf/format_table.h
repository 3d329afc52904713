// The table of docs/ocsf.md by format: of the kinds of event that a format is made of, how many have a class, and what that means for a usual
// stream, in which some kinds come far more often than others. For tests only.
#pragma once

#include <map>
#include <set>
#include <string>

#include "event/event.h"
#include "normalize/ocsf.h"

namespace tocsin::ocsf {

class FormatTable {
 public:
  struct Row {
    std::size_t kinds = 0, kinds_with_class = 0;
    std::size_t weight = 0, weight_with_class = 0;
    std::size_t values = 0, mapped = 0;
    std::set<std::string> classes;
    std::set<std::string> attributes;  // of the rules that were taken

    /// Of a usual stream, in percent.
    double share() const { return 100.0 * static_cast<double>(weight_with_class) / static_cast<double>(weight); }
  };

  /// An event that stands for `weight` of a stream; `projector` has just written it.
  void add(const std::string& format, std::size_t weight, const Event& event, const OcsfProjector& projector);
  const std::map<std::string, Row>& rows() const { return rows_; }
  /// The page with this table between its two marks.
  std::string put_into(const std::string& page) const;

 private:
  std::map<std::string, Row> rows_;
};

/// The attributes that a rule may fill.
void add_attributes(const OcsfRule& rule, std::set<std::string>& attributes);
/// The page with `table` between the lines `<!-- NAME -->` and `<!-- end of NAME -->`; a page without them has them at its end.
std::string put_table(const std::string& page, const std::string& name, const std::string& table);

}  // namespace tocsin::ocsf
