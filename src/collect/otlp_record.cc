#include "collect/otlp_record.h"

#include <fmt/format.h>

#include <iterator>

#include "collect/json_walk.h"

namespace tocsin {

namespace {

constexpr std::uint64_t kNanos = 1'000'000'000;

void append_text(std::string& out, std::string_view name, std::string_view inside) {
  if (!inside.empty()) fmt::format_to(std::back_inserter(out), "\"{}\":\"{}\",", name, inside);
}

void append_count(std::string& out, std::string_view name, std::uint64_t value) {
  if (value != 0) fmt::format_to(std::back_inserter(out), "\"{}\":{},", name, value);
}

bool is_blank(std::string_view text) { return json_blanks(text, 0) == text.size(); }

}  // namespace

void OtlpAround::clear() {
  members.clear();
  host.clear();
  good = true;
}

void OtlpRecord::clear() {
  time = observed = flags = 0;
  severity = 0;
  for (std::string* const text : {&severity_text, &trace, &span, &event, &body, &line, &attributes, &file}) text->clear();
  is_text = false;
  about_log = false;
  only_about_log = good = true;
}

void append_otlp_name(std::string& out, std::string_view prefix, std::string_view key) {
  out += '"';
  out.append(prefix).append(key);
  out += "\":";
}

/// Everything but the body, each member with a comma behind it.
void OtlpRecord::append_about(const OtlpAround& resource, const OtlpAround& scope) {
  about_.append(attributes).append(resource.members).append(scope.members);
  append_text(about_, "traceId", trace);
  append_text(about_, "spanId", span);
  append_count(about_, "flags", flags);
  append_text(about_, "eventName", event);
}

void OtlpRecord::reject(std::string_view why, OtlpRead& read) const {
  ++read.rejected;
  read.why = why;
}

bool OtlpRecord::hand_on(const OtlpAround& resource, const OtlpAround& scope, OtlpRead& read, ReceivedVisitor& visitor) {
  if (read.records + read.rejected >= kOtlpRecordsMax) return false;
  if (!good || !resource.good || !scope.good) return reject("a value is nested too deep", read), true;
  // Before anything is put together: what all records share may be large, and they many.
  const std::size_t size = body.size() + attributes.size() + resource.members.size() + scope.members.size();
  if (size > kReceivedBytesMax) return reject("a log record is too large", read), true;
  about_ = "{";
  append_count(about_, "timeUnixNano", time);
  append_count(about_, "observedTimeUnixNano", observed);
  if (severity != 0) fmt::format_to(std::back_inserter(about_), "\"severityNumber\":{},", severity);
  append_text(about_, "severityText", severity_text);
  const std::size_t behind_times = about_.size();
  append_about(resource, scope);

  Received received;
  const std::uint64_t when = time != 0 ? time : observed;
  if (when != 0) {
    stated_.clear();
    fmt::format_to(std::back_inserter(stated_), "{}.{:09}", when / kNanos, when % kNanos);
    received.time = stated_;
  }
  if (resource.host.size() <= kOtlpMetaBytesMax) received.host = resource.host;
  if (file.size() <= kOtlpMetaBytesMax) received.source = file;
  const bool is_line = is_text && about_log && only_about_log && trace.empty() && event.empty() && !is_blank(line) && about_.size() <= kOtlpFieldsBytesMax;
  if (is_line) {
    received.raw = line;
    if (about_.ends_with(',')) about_.back() = '}';
    if (about_.size() > 1) received.fields = about_;
  } else {
    json_.assign(about_, 0, behind_times);
    if (!body.empty()) json_.append("\"body\":").append(body) += ',';
    json_.append(about_, behind_times);
    if (json_.size() == 1) return reject("a log record has nothing in it", read), true;
    json_.back() = '}';
    received.raw = json_;
  }
  if (received.raw.size() > kReceivedBytesMax) return reject("a log record is too large", read), true;
  ++read.records;
  visitor.record(received);
  return true;
}

}  // namespace tocsin
