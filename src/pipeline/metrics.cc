#include "pipeline/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin {

namespace {

/// /proc/self/status is some 1.5 KB.
constexpr std::size_t kProcBytesMax = 64 << 10;

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
  append_metric_head(text, name, type, help);
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
  per_source(text, status, "source_silent", "gauge", "1 where the source has said nothing for longer than is usual of it.", [](const ServiceStatus::Source& s) { return s.silence ? 1 : 0; });
}

template <class Value>
void per_poller(std::string& text, const ServiceStatus& status, std::string_view name, std::string_view type, std::string_view help, Value&& value) {
  append_metric_head(text, name, type, help);
  for (const ServiceStatus::Poller& poller : status.pollers) text += fmt::format("tocsin_{}{{poller=\"{}\",kind=\"{}\"}} {}\n", name, label(poller.name), label(poller.kind), value(poller));
}

void append_pollers(std::string& text, const ServiceStatus& status) {
  if (status.pollers.empty()) return;
  per_poller(text, status, "poller_requests_total", "counter", "Requests since its process was started.", [](const ServiceStatus::Poller& poller) { return poller.requests; });
  per_poller(text, status, "poller_last_answer_seconds", "gauge", "When the API gave its last good answer, in seconds since 1970; 0: never.",
             [](const ServiceStatus::Poller& poller) { return poller.last_answer == kNoTime ? 0 : poller.last_answer / 1'000'000; });
  per_poller(text, status, "poller_trouble", "gauge", "1 where something is in its way.", [](const ServiceStatus::Poller& poller) { return poller.trouble.empty() ? 0 : 1; });
}

void append_indicators(std::string& text, const ServiceStatus& status) {
  const auto is_indicators = [](const enrich::EnrichmentFile& file) { return file.kind == "indicators"; };
  if (std::ranges::none_of(status.enrichment, is_indicators)) return;
  append_metric_head(text, "indicators", "gauge", "Indicators that events are asked for, by the name of their file or feed.");
  for (const enrich::EnrichmentFile& file : status.enrichment) {
    if (is_indicators(file)) text += fmt::format("tocsin_indicators{{list=\"{}\"}} {}\n", label(file.name), file.entries);
  }
  append_metric(text, "indicator_alerts_total", "counter", "Alerts about indicators since the start.", static_cast<double>(status.indicator_alerts));
}

void append_retro(std::string& text, const RetroNews& retro) {
  if (retro.days == 0) return;
  append_metric(text, "retro_searches_total", "counter", "Searches for new indicators in what is stored, since the start.", static_cast<double>(retro.searched));
  append_metric(text, "retro_alerts_total", "counter", "Alerts that they made.", static_cast<double>(retro.alerts));
  append_metric(text, "retro_searching", "gauge", "1 while new indicators are looked for.", retro.searches ? 1 : 0);
  append_metric(text, "retro_trouble", "gauge", "1 where the last search did not end well.", retro.trouble.empty() ? 0 : 1);
}

void append_canary(std::string& text, const ServiceStatus& status) {
  const ServiceStatus::Canary& canary = status.canary;
  if (canary.every.count() == 0) return;
  append_metric(text, "canaries_sent_total", "counter", "Records that the service sent itself.", static_cast<double>(canary.seen.begun));
  append_metric(text, "canaries_out_total", "counter", "Of those, that came out.", static_cast<double>(canary.seen.out));
  append_metric(text, "canaries_late_total", "counter", "Of those, that came later than they should.", static_cast<double>(canary.seen.late));
  append_metric(text, "canary_alarm", "gauge", "1 where a canary did not come out in time, and none has since.", canary.seen.alarm ? 1 : 0);
  if (canary.last) append_metric(text, "canary_age_seconds", "gauge", "Since the last that came out was received.", static_cast<double>(status.now - canary.last->received) / 1e6);
  append_metric_head(text, "canary_stage_seconds", "gauge", "From sending to each stage, of the last canary that passed it.");
  for (std::size_t i = 0; i < kCanaryStages; ++i) {
    if (canary.seen.seconds[i]) text += fmt::format("tocsin_canary_stage_seconds{{stage=\"{}\"}} {}\n", name_of(static_cast<CanaryStage>(i)), *canary.seen.seconds[i]);
  }
}

}  // namespace

void append_metric_head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text += fmt::format("# HELP tocsin_{0} {2}\n# TYPE tocsin_{0} {1}\n", name, type, help);
}

void append_metric(std::string& text, std::string_view name, std::string_view type, std::string_view help, double value) {
  append_metric_head(text, name, type, help);
  text += fmt::format("tocsin_{} {}\n", name, value);
}

void append_process_metrics(std::string& text, Env& env, std::string_view name, std::string_view whose) {
  const Result<std::string> status = env.read_file("/proc/self/status", kProcBytesMax);
  if (!status) return;
  const auto kilobytes = [&](std::string_view line) {
    const std::size_t at = status->find(line);
    return at == std::string::npos ? 0.0 : 1024.0 * std::strtod(status->c_str() + at + line.size(), nullptr);
  };
  append_metric(text, fmt::format("{}_resident_bytes", name), "gauge", fmt::format("Memory of {}.", whose), kilobytes("\nVmRSS:"));
  append_metric(text, fmt::format("{}_resident_peak_bytes", name), "gauge", "The most it had.", kilobytes("\nVmHWM:"));
}

std::string service_metrics(Env& env, const ServiceStatus& status) {
  std::string text;
  append_sources(text, status);
  append_pollers(text, status);
  append_indicators(text, status);
  if (std::ranges::any_of(status.enrichment, [](const enrich::EnrichmentFile& file) { return file.kind == "indicators"; })) append_retro(text, status.retro);
  append_metric(text, "alerts_total", "counter", "Alerts that are stored.", static_cast<double>(status.alerts));
  append_metric(text, "records_safe", "counter", "Number behind the last record that is safe.", static_cast<double>(status.safe));
  append_metric(text, "records_looked_at", "counter", "Number behind the last record that rules were asked about.", static_cast<double>(status.looked_at));
  append_metric(text, "records_in_segments", "counter", "Number behind the last record in a segment.", static_cast<double>(status.stored));
  append_metric(text, "segment_files", "gauge", "Segments.", static_cast<double>(status.segment_files));
  append_metric(text, "segment_bytes", "gauge", "Their size.", static_cast<double>(status.segment_bytes));
  append_metric(text, "journal_queue_bytes", "gauge", "Records that wait to be written to the journal.", static_cast<double>(status.queued_bytes));
  append_metric(text, "tls_connections_refused_total", "counter", "Connections that TLS ports refused.", static_cast<double>(status.ingest.turned_away));
  append_metric(text, "rules_in_force", "gauge", "Rules and correlations that are asked.", status.rule_sets.empty() ? 0.0 : static_cast<double>(status.rule_sets.front().rules + status.rule_sets.front().correlations));
  append_metric(text, "trouble", "gauge", "1 where the service says what keeps it from working.", status.trouble.empty() ? 0 : 1);
  append_metric(text, "audit_leaves", "counter", "Leaves of the audit log.", static_cast<double>(status.audit.leaves));
  append_metric(text, "audit_leaves_signed", "counter", "Of those, that a checkpoint is over.", static_cast<double>(status.audit.signed_leaves));
  append_metric(text, "audit_waiting", "gauge", "Deeds that are not in the audit log yet.", static_cast<double>(status.audit.waiting));
  append_metric(text, "audit_trouble", "gauge", "1 where something is in the way of the audit log.", status.audit.trouble.empty() ? 0 : 1);
  append_canary(text, status);
  append_process_metrics(text, env, "process", "the process that keeps records and asks rules");
  return text;
}

}  // namespace tocsin
