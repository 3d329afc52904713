#include "report/json_text.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/time.h"

namespace tocsin {

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  append_json_escaped(out, text);
  out.push_back('"');
}

void append_strings(std::string& out, const std::vector<std::string>& texts) {
  out.push_back('[');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_string(out, texts[i]);
  }
  out.push_back(']');
}

void append_part(std::string& out, std::string_view name, const std::string& text) {
  append_string(out, name);
  out.push_back(':');
  if (text.empty()) {
    out.append("null");
  } else {
    append_string(out, text);
  }
}

void append_log_source(std::string& out, const LogSource& source) {
  out.push_back('{');
  append_part(out, "product", source.product);
  out.push_back(',');
  append_part(out, "category", source.category);
  out.push_back(',');
  append_part(out, "service", source.service);
  out.push_back('}');
}

void append_matched(std::string& out, const std::vector<Matched>& matched) {
  std::string text;
  out.push_back('[');
  for (std::size_t i = 0; i < matched.size(); ++i) {
    const Matched& one = matched[i];
    out.append(i > 0 ? ",{\"selection\":" : "{\"selection\":");
    append_string(out, one.selection);
    out.append(",\"field\":");
    if (one.field.empty()) {
      out.append("null");  // a keyword: any value of the event
    } else {
      append_string(out, one.field);
    }
    out.append(",\"modifiers\":");
    append_strings(out, *one.modifiers);
    out.append(",\"pattern\":");
    if (one.pattern.data() == nullptr) {
      out.append("null");  // hidden by a policy
    } else {
      append_string(out, one.pattern);
    }
    out.append(",\"value\":");
    if (one.value.kind == ValueKind::kNull) {
      out.append("null");
    } else if (one.value.kind == ValueKind::kJsonText) {
      append_value_json(out, one.value);
    } else {
      text.clear();
      append_value_text(text, one.value);
      append_string(out, text);
    }
    out.push_back('}');
  }
  out.push_back(']');
}

void append_correlation(std::string& out, const AlertCorrelation& correlation) {
  out.append("{\"type\":");
  append_string(out, correlation.type);
  out.append(",\"group_by\":[");
  for (std::size_t i = 0; i < correlation.group.size(); ++i) {
    out.append(i > 0 ? ",{\"field\":" : "{\"field\":");
    append_string(out, correlation.group[i].first);
    out.append(",\"value\":");
    append_string(out, correlation.group[i].second);
    out.push_back('}');
  }
  fmt::format_to(std::back_inserter(out),
                 "],\"value\":{},\"timespan_us\":{},\"folded\":{},\"events_left_out\":{},\"evicted\":{},\"late\":{}}}",
                 correlation.value, correlation.timespan_us, correlation.folded, correlation.events_left_out,
                 correlation.evicted, correlation.late);
}

void append_time_or_null(std::string& out, TimeUs time) {
  if (time == kNoTime) {
    out.append("null");
    return;
  }
  out.push_back('"');
  append_time(out, time);
  out.push_back('"');
}

}  // namespace tocsin
