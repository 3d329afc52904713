// One event as the naive evaluator looks at it: the text of every value, and which values go by which field name. Made
// for one event, points into it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "event/event.h"

namespace tocsin::naive {

struct ViewValue {
  const Value* value = nullptr;
  std::string text;
  std::u32string characters, folded;  // as char_at() reads them; the same under simple folding

  bool is_null() const { return value->kind == ValueKind::kNull; }
};

using Values = std::vector<const ViewValue*>;

class View {
 public:
  View(const Event& event, const PathTable& paths, const LogSourceClass& log_source);
  View(const View&) = delete;  // by_name_ points into all_
  View& operator=(const View&) = delete;

  /// The values of a field, in the event's order; for the empty name, which is how a keyword asks, all that the log holds.
  const Values& values(const std::string& field) const;

 private:
  std::vector<ViewValue> all_;
  Values every_;
  std::map<std::string, Values> by_name_;
};

/// Code points; a byte that is not valid UTF-8 as 0x110000 + byte.
std::u32string characters_of(std::string_view text);
std::u32string folded_characters(std::u32string characters);

}  // namespace tocsin::naive
