#include "analyze/verdict_line.h"

#include <simdjson.h>

#include "analyze/json_member.h"
#include "base/text.h"

namespace tocsin::analyze {

namespace {

void append_named(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":\"");
  append_json_escaped(out, text);
  out += '"';
}

}  // namespace

Result<AlertVerdict> read_verdict(std::string_view line) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::object root;
  const auto failed = parser.parse(line.data(), line.size()).get(root);
  if (failed != simdjson::SUCCESS) return Error{Code::kInvalid, std::string("is no JSON object (") + simdjson::error_message(failed) + ")"};
  if (text_at(root, "schema") != "tocsin.verdict/1") return Error{Code::kInvalid, "is no verdict: its schema is not tocsin.verdict/1"};
  const std::string word = text_at(root, "verdict");
  const std::optional<Verdict> judged = verdict_named(word);
  if (!judged) return Error{Code::kInvalid, "has the verdict '" + word + "'; there are true_positive, benign, false_positive and none"};
  AlertVerdict verdict{text_at(root, "alert"), *judged, text_at(root, "why"), text_at(root, "by"), parse_time(text_at(root, "time")).value_or(kNoTime), false};
  if (root["of_incident"].get(verdict.of_incident) != simdjson::SUCCESS) verdict.of_incident = false;
  if (verdict.alert.empty()) return Error{Code::kInvalid, "is a verdict that names no alert"};
  return verdict;
}

void append_verdict(std::string& out, const AlertVerdict& verdict) {
  out += R"({"schema":"tocsin.verdict/1")";
  append_named(out, "alert", verdict.alert);
  append_named(out, "verdict", word_of(verdict.verdict));
  append_named(out, "why", verdict.why);
  append_named(out, "by", verdict.by);
  if (verdict.time != kNoTime) append_named(out, "time", format_time(verdict.time));
  if (verdict.of_incident) out += ",\"of_incident\":true";
  out += "}\n";
}

}  // namespace tocsin::analyze
