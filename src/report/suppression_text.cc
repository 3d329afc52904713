#include "report/suppression_text.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/json_text.h"
#include "report/page.h"

namespace tocsin {

namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;

std::string alerts(std::uint64_t count) { return fmt::format("{} alert{}", grouped(count), count == 1 ? "" : "s"); }

std::string state_words(const Suppression& suppression, TimeUs now) {
  switch (state_of(suppression, now)) {
    case SuppressionState::kInForce: return "in force until " + format_time(suppression.until);
    case SuppressionState::kExpired: return "expired " + format_time(suppression.until);
    default: return fmt::format("taken back {} by {}", format_time(suppression.taken_back), suppression.taken_back_by);
  }
}

std::string came_of_it(const Suppression& suppression) {
  std::string text = suppression.hidden == 0 ? "has hidden no alert" : "hid " + alerts(suppression.hidden);
  if (suppression.hosts > 0) text += fmt::format(" on {} host{}", suppression.hosts, suppression.hosts == 1 ? "" : "s");
  if (suppression.hidden > 0) text += fmt::format(", {} to {}", format_time(suppression.first), format_time(suppression.last));
  if (suppression.first_ones > 0) text += fmt::format("; {} reached people as the first of a window", grouped(suppression.first_ones));
  if (suppression.too_grave > 0) text += fmt::format("; {} broke through: graver than {}", grouped(suppression.too_grave), kLevelWords[suppression.level_max]);
  if (suppression.watched > 0) text += fmt::format("; {} broke through: about what is under attack", grouped(suppression.watched));
  return text;
}

void append_field(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_string(out, text);
}

void append_time(std::string& out, std::string_view name, TimeUs time) {
  out.append(",\"").append(name).append("\":");
  append_time_or_null(out, time);
}

}  // namespace

std::string hidden_text(const HiddenAlerts& hidden) {
  std::string text;
  if (hidden.suppressed > 0) text = fmt::format("{} suppressed", alerts(hidden.suppressed) + (hidden.suppressed == 1 ? " is" : " are"));
  if (hidden.in_shadow > 0) text += fmt::format("{}{} of rules in shadow", text.empty() ? "" : ", ", alerts(hidden.in_shadow) + (hidden.in_shadow == 1 ? " is" : " are"));
  return text;
}

std::string suppression_text(const Suppression& suppression, TimeUs now) {
  std::string text = fmt::format("{:>4}  {}  {}\n", suppression.number, terminal_safe(words_of(suppression)), state_words(suppression, now));
  text += fmt::format("      {}\n", came_of_it(suppression));
  text += fmt::format("      owner {}, made {} by {}: {}\n", terminal_safe(suppression.owner), format_time(suppression.made), terminal_safe(suppression.who), terminal_safe(suppression.reason));
  if (suppression.taken_back != kNoTime && !suppression.taken_back_why.empty()) text += fmt::format("      taken back: {}\n", terminal_safe(suppression.taken_back_why));
  return text;
}

void append_suppression(std::string& out, const Suppression& suppression, TimeUs now) {
  out += fmt::format(R"({{"schema":"tocsin.suppression/1","number":{},"state":"{}")", suppression.number, kSuppressionStateWords[static_cast<std::size_t>(state_of(suppression, now))]);
  append_time(out, "made", suppression.made);
  append_field(out, "by", suppression.who);
  append_field(out, "owner", suppression.owner);
  append_field(out, "reason", suppression.reason);
  out += ',';
  append_part(out, "rule", suppression.rule);
  out += ",\"entity\":null";
  if (suppression.type != EntityType::kNone) {
    out.resize(out.size() - 4);
    out += fmt::format(R"({{"type":"{}",)", entity_name(suppression.type));
    append_part(out, "value", suppression.entity);
    out += '}';
  }
  out += fmt::format(R"(,"level_max":"{}","window_minutes":{})", kLevelWords[suppression.level_max], suppression.window_us == 0 ? std::string("null") : std::to_string(suppression.window_us / kMinuteUs));
  append_time(out, "until", suppression.until);
  out += ",\"taken_back\":null";
  if (suppression.taken_back != kNoTime) {
    out.resize(out.size() - 4);
    out += '{';
    out += "\"time\":";
    append_time_or_null(out, suppression.taken_back);
    append_field(out, "by", suppression.taken_back_by);
    append_field(out, "why", suppression.taken_back_why);
    out += '}';
  }
  out += fmt::format(R"(,"hidden":{{"alerts":{},"hosts":{})", suppression.hidden, suppression.hosts);
  append_time(out, "first", suppression.first);
  append_time(out, "last", suppression.last);
  out += fmt::format(R"(}},"first_ones":{},"broke_through":{{"level":{},"watched":{}}}}})", suppression.first_ones, suppression.too_grave, suppression.watched);
}

}  // namespace tocsin
