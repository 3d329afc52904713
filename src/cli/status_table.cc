#include "cli/status_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "base/text.h"

namespace tocsin::cli {

namespace {

namespace json = boost::json;

/// What is at the end of a path of names; null if it is not there, as in an answer of an older service.
const json::value& at(const json::value& from, std::initializer_list<const char*> names) {
  static const json::value kNothing;
  const json::value* value = &from;
  for (const char* const name : names) {
    const json::object* const object = value->if_object();
    value = object == nullptr ? nullptr : object->if_contains(name);
    if (value == nullptr) return kNothing;
  }
  return *value;
}

std::string text_of(const json::value& value, std::string_view without = "-") {
  const json::string* const text = value.if_string();
  return text == nullptr ? std::string(without) : terminal_safe(std::string_view(text->data(), text->size()));
}

std::uint64_t number_of(const json::value& value) {
  if (const std::uint64_t* const number = value.if_uint64()) return *number;
  const std::int64_t* const number = value.if_int64();
  return number == nullptr ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(0, *number));
}

/// 1234567 as 1,234,567.
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t from_end = 3; from_end < text.size(); from_end += 4) text.insert(text.size() - from_end, ",");
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1000 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

/// In the two largest units that are there: "6 min 40 s", "10 min".
std::string duration_text(std::uint64_t seconds) {
  const auto text = [](std::uint64_t whole, const char* unit, std::uint64_t rest, const char* smaller) {
    return rest == 0 ? fmt::format("{} {}", whole, unit) : fmt::format("{} {} {} {}", whole, unit, rest, smaller);
  };
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3'600) return text(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86'400) return text(seconds / 3'600, "h", seconds / 60 % 60, "min");
  return text(seconds / 86'400, "d", seconds / 3'600 % 24, "h");
}

std::string service_lines(const json::value& all) {
  const json::value& service = at(all, {"service"});
  const bool running = at(service, {"running"}) == true;
  std::string text;
  if (running) {
    text = fmt::format("running for {}, since {}\n", duration_text(number_of(at(service, {"uptime_seconds"}))), text_of(at(service, {"started"})));
  } else if (at(service, {"started"}).is_null()) {
    text = "no service runs on this data, and none has\n";
  } else if (at(service, {"stopped"}).is_null()) {
    text = fmt::format("not running, or not to be asked by this user; started {} and not stopped since\n", text_of(at(service, {"started"})));
  } else {
    text = fmt::format("not running; stopped {}\n", text_of(at(service, {"stopped"})));
  }
  const json::value& before = at(service, {"previous"});
  if (before.is_object() && at(before, {"graceful"}) == false) {
    text += fmt::format("restarted: the run before, of {}, was not stopped but ended (killed, or power was lost)\n", text_of(at(before, {"started"})));
  }
  return text;
}

std::string source_lines(const json::value& all) {
  std::string text = fmt::format("\n{:<28} {:>15} {:>15} {:>11} {:>11} {:>11} {:>8}  {}\n", "source", "received", "stored", "refused", "dropped",
                                 "unparsed", "lag s", "last seen");
  const json::array* const sources = at(all, {"sources"}).if_array();
  if (sources == nullptr || sources->empty()) return "\nnothing was received yet\n";
  for (const json::value& source : *sources) {
    const auto count = [&](const char* name) { return grouped(number_of(at(source, {name}))); };
    const json::value& lag = at(source, {"lag_seconds"});
    text += fmt::format("{:<28} {:>15} {:>15} {:>11} {:>11} {:>11} {:>8.1f}  {}\n", text_of(at(source, {"source"})), count("received"), count("stored"),
                        count("refused"), count("dropped"), count("parse_failures"), lag.is_number() ? lag.to_number<double>() : 0.0,
                        text_of(at(source, {"last_seen"})));
  }
  return text;
}

/// A zone of half hours that would explain a clock that is off by so much; "" for none. Later than it says by 2 h is a clock of UTC-2 read as UTC.
std::string zone_text(double skew) {
  constexpr double kHalfHour = 1'800, kNear = 120, kFarthest = 14 * 3600;
  const double halves = std::round(skew / kHalfHour);
  if (halves == 0 || std::abs(skew - halves * kHalfHour) > kNear || std::abs(skew) > kFarthest) return "";
  const auto minutes = static_cast<int>(std::abs(halves) * 30);
  return fmt::format(", or writes the local time of {}{:02}:{:02}", halves < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/// Sources whose events say other times than the clock.
std::string clock_lines(const json::value& all) {
  constexpr double kShown = 300;
  std::string text;
  const json::array* const sources = at(all, {"sources"}).if_array();
  for (const json::value& source : sources == nullptr ? json::array() : *sources) {
    const json::value& told = at(source, {"clock_skew_seconds"});
    const double skew = told.is_number() ? told.to_number<double>() : 0;
    if (std::abs(skew) < kShown) continue;
    const std::string by = duration_text(static_cast<std::uint64_t>(std::abs(skew)));
    text += fmt::format("CLOCK     {}: {}{}\n", text_of(at(source, {"source"})),
                        skew > 0 ? fmt::format("events say a time that is {} ahead: its clock is fast", by)
                                 : fmt::format("events come {} after the time they say: its clock is slow, it sends old logs", by),
                        zone_text(skew));
  }
  return text;
}

/// Sources that have said nothing for longer than is usual of them.
std::string silence_lines(const json::value& all) {
  std::string text;
  const json::array* const sources = at(all, {"sources"}).if_array();
  for (const json::value& source : sources == nullptr ? json::array() : *sources) {
    if (at(source, {"silent"}).is_object()) text += fmt::format("SILENT    {}: {}\n", text_of(at(source, {"source"})), text_of(at(source, {"silent", "text"})));
  }
  return text;
}

/// One line each, and what is in its way below it.
std::string poller_lines(const json::value& all) {
  const json::array* const pollers = at(all, {"pollers"}).if_array();
  if (pollers == nullptr || pollers->empty()) return {};
  std::string text = fmt::format("\n{:<20} {:<14} {:>9}  {:<28} {:<28} {}\n", "poller", "kind", "requests", "last answer", "read up to", "next");
  for (const json::value& poller : *pollers) {
    text += fmt::format("{:<20} {:<14} {:>9}  {:<28} {:<28} {}\n", text_of(at(poller, {"name"})), text_of(at(poller, {"kind"})), grouped(number_of(at(poller, {"requests"}))),
                        text_of(at(poller, {"last_answer"})), text_of(at(poller, {"read_up_to"})), text_of(at(poller, {"next"}), "now"));
    if (at(poller, {"trouble"}).is_string()) text += fmt::format("  TROUBLE {}\n", text_of(at(poller, {"trouble"})));
  }
  return text;
}

/// How far the audit log is; nothing without a service.
std::string audit_lines(const json::value& all) {
  const json::value& audit = at(all, {"audit"});
  if (at(all, {"service", "running"}) != true || !audit.is_object()) return {};
  std::string text = fmt::format("audit     {} leaves, {} of them signed", grouped(number_of(at(audit, {"leaves"}))), grouped(number_of(at(audit, {"signed"}))));
  if (number_of(at(audit, {"waiting"})) > 0) text += fmt::format("; {} wait", grouped(number_of(at(audit, {"waiting"}))));
  return text + "\n";
}

/// The last canary's way, and what is in its way.
std::string canary_lines(const json::value& all) {
  const json::value& canary = at(all, {"canary"});
  std::string text;
  if (at(canary, {"last_out"}).is_string()) {
    text = fmt::format("canary    the last came in at {} and out", text_of(at(canary, {"last_out"})));
    const json::object* const seconds = at(canary, {"seconds"}).if_object();
    for (const auto& [stage, time] : seconds == nullptr ? json::object() : *seconds) text += fmt::format(", {} {:.3f} s", terminal_safe(std::string_view(stage.data(), stage.size())), time.to_number<double>());
    text += '\n';
  } else if (number_of(at(canary, {"every_seconds"})) > 0) {
    text = fmt::format("canary    none came out yet; one is sent every {}\n", duration_text(number_of(at(canary, {"every_seconds"}))));
  }
  if (number_of(at(canary, {"imitated"})) > 0) text += fmt::format("canary    {} records looked like canaries and were not sent by this service\n", grouped(number_of(at(canary, {"imitated"}))));
  if (at(canary, {"alarm"}).is_object()) text += fmt::format("CANARY    since {}: {}\n", text_of(at(canary, {"alarm", "since"})), text_of(at(canary, {"alarm", "text"})));
  return text;
}

/// What alerts say beside their events, and from when that is.
std::string enrichment_lines(const json::value& all) {
  std::string text;
  const json::array* const files = at(all, {"enrichment", "files"}).if_array();
  for (const json::value& file : files == nullptr ? json::array() : *files) {
    text += fmt::format("enrich    {} {}: {} entries, of {}, from {}\n", text_of(at(file, {"kind"})), text_of(at(file, {"name"})), grouped(number_of(at(file, {"entries"}))),
                        text_of(at(file, {"built"}), "unknown time"), text_of(at(file, {"file"})));
  }
  if (text.find("enrich    indicators ") != std::string::npos) text += fmt::format("enrich    {} alerts about indicators since the start\n", grouped(number_of(at(all, {"enrichment", "indicator_alerts"}))));
  const json::array* const warnings = at(all, {"enrichment", "warnings"}).if_array();
  for (const json::value& warning : warnings == nullptr ? json::array() : *warnings) text += fmt::format("OLD       {}\n", text_of(warning));
  return text;
}

/// Log-ins, and whether anybody knows where they come from; and alerts of signs that make them by themselves.
std::string baseline_lines(const json::value& all) {
  const json::value& baselines = at(all, {"baselines"});
  std::string text, kinds;
  const std::uint64_t log_ins = number_of(at(baselines, {"log_ins"})), placed = number_of(at(baselines, {"log_ins_placed"})), held_back = number_of(at(baselines, {"held_back"}));
  if (log_ins > 0) {
    text += fmt::format("log-ins   {} succeeded since the start, of {} it is known where they came from{}\n", grouped(log_ins), grouped(placed),
                        placed == 0 ? ": without a database of places (enrich.databases), or with private addresses alone, nothing is said of countries and travel" : "");
  }
  const json::array* const alerts = at(baselines, {"alerts"}).if_array();
  for (const json::value& kind : alerts == nullptr ? json::array() : *alerts) kinds += (kinds.empty() ? "" : ", ") + text_of(kind);
  if (!kinds.empty()) text += fmt::format("signs     that make alerts by themselves: {}\n", kinds);
  if (held_back > 0) text += fmt::format("SIGNS     {} made no alert since the start, for there were too many of their kind within an hour (docs/baselines.md)\n", grouped(held_back));
  return text;
}

/// New indicators in what is stored: what is looked for, and what came of the last search.
std::string retro_lines(const json::value& all) {
  const json::value& retro = at(all, {"retro"});
  const json::value& last = at(retro, {"last"});
  std::string text;
  if (at(retro, {"searches"}) == true) {
    text += fmt::format("retro     {} indicators that came at {} are looked for in {} days of stored events; {} events were asked so far\n", grouped(number_of(at(retro, {"indicators"}))), text_of(at(retro, {"arrived"})),
                        number_of(at(retro, {"days"})), grouped(number_of(at(retro, {"events"}))));
  }
  if (last.is_object()) {
    text += fmt::format("retro     {}: {} indicators that came at {} were looked for in {} stored events: {} alerts, {} that there were already\n", text_of(at(last, {"ended"})), grouped(number_of(at(last, {"indicators"}))),
                        text_of(at(last, {"arrived"})), grouped(number_of(at(last, {"events"}))), grouped(number_of(at(last, {"alerts"}))), grouped(number_of(at(last, {"repeated"}))));
    if (at(last, {"limits"}).is_string()) text += fmt::format("RETRO     {}\n", text_of(at(last, {"limits"})));
  }
  if (at(retro, {"trouble"}).is_string()) text += fmt::format("RETRO     new indicators were not looked for in what is stored, it is tried again: {}\n", text_of(at(retro, {"trouble"})));
  return text;
}

std::string rule_lines(const json::value& all) {
  const json::value& rules = at(all, {"rules"});
  std::string text;
  if (rules.is_object()) {
    text = fmt::format("rules     {} and {} correlations from {}, since {} (record {}), {:.12}\n", grouped(number_of(at(rules, {"rules"}))),
                       number_of(at(rules, {"correlations"})), text_of(at(rules, {"paths"})), text_of(at(rules, {"since"})),
                       number_of(at(rules, {"from_record"})), text_of(at(rules, {"sha256"})));
  }
  if (at(all, {"reload", "taken"}) == false) {
    text += fmt::format("reload    REFUSED {}; the rules above hold: {}\n", text_of(at(all, {"reload", "at"})), text_of(at(all, {"reload", "message"})));
  }
  return text;
}

std::string progress_lines(const json::value& all) {
  const auto count = [&](const char* part, const char* name) { return grouped(number_of(at(all, {part, name}))); };
  const auto bytes = [&](const char* part, const char* name) { return bytes_text(number_of(at(all, {part, name}))); };
  std::string text = fmt::format("\nrecords   {} are safe; {} looked at ({} wait); {} in segments ({} wait)\n", count("records", "safe"),
                                 count("records", "looked_at"), count("queue", "to_look_at"), count("records", "stored"), count("queue", "to_store"));
  if (at(all, {"service", "running"}) == true) text += fmt::format("queue     {} received and not in the journal yet\n", bytes("queue", "bytes"));
  text += fmt::format("disk      journal {}, segments {} in {} files, state {}; {} free\n", bytes("disk", "journal_bytes"), bytes("disk", "segment_bytes"),
                      count("segments", "files"), bytes("disk", "state_bytes"), bytes("disk", "free_bytes"));
  text += fmt::format("alerts    {}\n", grouped(number_of(at(all, {"alerts"}))));
  const std::uint64_t refused = number_of(at(all, {"ingest", "refused_connections"}));
  if (refused == 0) return text;
  return text + fmt::format("TLS       {} {} refused since the start; why is in what the service printed\n", grouped(refused), refused == 1 ? "connection was" : "connections were");
}

}  // namespace

bool is_well(std::string_view status) {
  boost::system::error_code failed;
  const json::value all = json::parse(json::string_view(status.data(), status.size()), failed);
  return !failed && at(all, {"service", "running"}) == true && !at(all, {"trouble"}).is_string() && !at(all, {"canary", "alarm"}).is_object() && silence_lines(all).empty();
}

Result<std::string> status_table(std::string_view status) {
  boost::system::error_code failed;
  const json::value all = json::parse(json::string_view(status.data(), status.size()), failed);
  if (failed || at(all, {"schema"}) != "tocsin.status/1") return Error{Code::kInvalid, "the answer is no status that this program knows"};
  std::string text = service_lines(all) + source_lines(all) + clock_lines(all) + silence_lines(all) + poller_lines(all) + progress_lines(all) + canary_lines(all) + audit_lines(all) + rule_lines(all) + enrichment_lines(all) + baseline_lines(all) + retro_lines(all);
  if (at(all, {"trouble"}).is_string() && at(all, {"trouble"}) != at(all, {"canary", "alarm", "text"})) text += fmt::format("TROUBLE   {}\n", text_of(at(all, {"trouble"})));
  return text;
}

}  // namespace tocsin::cli
