// GET /metrics: Prometheus' text format (version 0.0.4). Names end in _total where they only grow.
#include <fmt/format.h>

#include "api/alert_feed.h"
#include "api/answer.h"
#include "api/http_counts.h"
#include "api/route.h"
#include "api/search_run.h"

namespace tocsin::api {

namespace {

/// /proc/self/status is some 1.5 KB.
constexpr std::size_t kProcBytesMax = 64 << 10;

void head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text += fmt::format("# HELP tocsin_{0} {2}\n# TYPE tocsin_{0} {1}\n", name, type, help);
}

void one(std::string& text, std::string_view name, std::string_view type, std::string_view help, double value) {
  head(text, name, type, help);
  text += fmt::format("tocsin_{} {}\n", name, value);
}

/// A label's value: backslash, quote and line feed are escaped.
std::string label(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

template <class Value>
void per_source(std::string& text, const ServiceStatus& status, std::string_view name, std::string_view type, std::string_view help, Value&& value) {
  head(text, name, type, help);
  for (const ServiceStatus::Source& source : status.sources) text += fmt::format("tocsin_{}{{source=\"{}\"}} {}\n", name, label(source.name), value(source));
}

void append_sources(std::string& text, const ServiceStatus& status) {
  per_source(text, status, "records_received_total", "counter", "Records that came in.", [](const ServiceStatus::Source& s) { return s.counts.stored + s.counts.refused + s.counts.dropped; });
  per_source(text, status, "records_stored_total", "counter", "Records that are safe.", [](const ServiceStatus::Source& s) { return s.counts.stored; });
  per_source(text, status, "records_refused_total", "counter", "Records whose sender was told no.", [](const ServiceStatus::Source& s) { return s.counts.refused; });
  per_source(text, status, "records_dropped_total", "counter", "Records that were lost without a word.", [](const ServiceStatus::Source& s) { return s.counts.dropped; });
  per_source(text, status, "parse_failures_total", "counter", "Records that no format fits.", [](const ServiceStatus::Source& s) { return s.seen.parse_failures; });
  per_source(text, status, "lag_seconds", "gauge", "How long the oldest record that waits for the rules has waited, about.",
             [&status](const ServiceStatus::Source& s) { return lag_seconds(status, s.seen); });
}

void append_process(std::string& text, Env& env) {
  const Result<std::string> status = env.read_file("/proc/self/status", kProcBytesMax);
  if (!status) return;
  const auto kilobytes = [&](std::string_view name) {
    const std::size_t at = status->find(name);
    return at == std::string::npos ? 0.0 : 1024.0 * std::strtod(status->c_str() + at + name.size(), nullptr);
  };
  one(text, "process_resident_bytes", "gauge", "Memory of the service's process.", kilobytes("\nVmRSS:"));
  one(text, "process_resident_peak_bytes", "gauge", "The most it had.", kilobytes("\nVmHWM:"));
}

}  // namespace

void HttpCounts::append_to(std::string& metrics) const {
  head(metrics, "http_requests_total", "counter", "Requests answered by the API.");
  for (std::size_t i = 0; i <= routes().size(); ++i) {
    const Route* const route = i < routes().size() ? &routes()[i] : nullptr;
    for (std::size_t kind = 1; kind < counts_[i].size(); ++kind) {
      const std::uint64_t count = counts_[i][kind];
      if (count == 0) continue;
      metrics += fmt::format("tocsin_http_requests_total{{method=\"{}\",route=\"{}\",status=\"{}xx\"}} {}\n", route == nullptr ? "" : route->method,
                             route == nullptr ? "none" : route->path, kind, count);
    }
  }
}

Result<HttpReply> get_metrics(Call&, Context& context) {
  const ServiceStatus status = TRY(context.service.status(context.state));
  std::string text;
  append_sources(text, status);
  one(text, "alerts_total", "counter", "Alerts that are stored.", static_cast<double>(status.alerts));
  one(text, "records_safe", "counter", "Number behind the last record that is safe.", static_cast<double>(status.safe));
  one(text, "records_looked_at", "counter", "Number behind the last record that rules were asked about.", static_cast<double>(status.looked_at));
  one(text, "records_in_segments", "counter", "Number behind the last record in a segment.", static_cast<double>(status.stored));
  one(text, "segment_files", "gauge", "Segments.", static_cast<double>(status.segment_files));
  one(text, "segment_bytes", "gauge", "Their size.", static_cast<double>(status.segment_bytes));
  one(text, "journal_queue_bytes", "gauge", "Records that wait to be written to the journal.", static_cast<double>(status.queued_bytes));
  one(text, "tls_connections_refused_total", "counter", "Connections that TLS ports refused.", static_cast<double>(status.ingest.turned_away));
  one(text, "rules_in_force", "gauge", "Rules and correlations that are asked.", status.rule_sets.empty() ? 0.0 : static_cast<double>(status.rule_sets.front().rules + status.rule_sets.front().correlations));
  one(text, "trouble", "gauge", "1 where the service says what keeps it from working.", context.service.progress().trouble.empty() ? 0 : 1);
  one(text, "searches_running", "gauge", "Searches of the API.", static_cast<double>(context.searches.running()));
  one(text, "alert_streams", "gauge", "Clients that follow the alerts.", static_cast<double>(context.feed.followers()));
  context.counts.append_to(text);
  append_process(text, context.env);
  HttpReply reply = json_answer(200, std::move(text));
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return reply;
}

}  // namespace tocsin::api
