// Members of JSON objects that the reports write: each with the comma before it, since none is the first. Pure; none can fail.
#pragma once

#include <string>
#include <string_view>

#include "report/json_text.h"

namespace tocsin {

/// ,"name":"text"
inline void append_named(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_string(out, text);
}

/// ,"name":"2026-…Z" or null
inline void append_time_named(std::string& out, std::string_view name, TimeUs time) {
  out.append(",\"").append(name).append("\":");
  append_time_or_null(out, time);
}

/// ,"name":[…], each item by `append`
template <class Items, class Append>
void append_items(std::string& out, std::string_view name, const Items& items, Append&& append) {
  out.append(",\"").append(name).append("\":[");
  bool first = true;
  for (const auto& item : items) {
    if (!first) out.push_back(',');
    first = false;
    append(item);
  }
  out.push_back(']');
}

}  // namespace tocsin
