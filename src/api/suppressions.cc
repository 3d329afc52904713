// What hides alerts: /api/v1/suppressions; and which rules are out of the shadow: /api/v1/rules/{id}/promotion.
#include <fmt/format.h>

#include <charconv>

#include "api/answer.h"
#include "api/route.h"
#include "api/suppression_desk.h"
#include "event/entity_names.h"
#include "report/json_text.h"
#include "report/suppression_text.h"

namespace tocsin::api {

namespace {

constexpr std::size_t kWordBytesMax = 64, kRuleIdBytesMax = 256;
constexpr std::uint64_t kMinuteUs = 60'000'000;
constexpr auto kMinutesMax = static_cast<std::uint64_t>(kSuppressionAgeMaxUs) / kMinuteUs;

Result<std::int64_t> number_of(const Call& call) {
  std::int64_t number = 0;
  const std::string& text = call.names[0];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return Error{Code::kNotFound, fmt::format("there is no suppression '{}'", text)};
  return number;
}

Result<Suppression> one_of(Context& context, std::int64_t number) {
  std::optional<Suppression> one = TRY(Suppressions(context.state).one(number));
  if (!one) return Error{Code::kNotFound, fmt::format("there is no suppression {}", number)};
  return std::move(*one);
}

HttpReply answer_with(int status, const Suppression& one, TimeUs now, const std::string& warning = {}) {
  std::string body;
  append_suppression(body, one, now);
  if (!warning.empty()) {
    body.back() = ',';
    append_part(body, "warning", warning);
    body += '}';
  }
  return json_answer(status, body);
}

HttpReply preview_answer(const Suppression& wanted, const SuppressionPreview& preview) {
  std::string body = "{";
  append_part(body, "rule", wanted.rule);
  body += R"(,"entity":)";
  if (wanted.type == EntityType::kNone) {
    body += "null";
  } else {
    body += '{';
    append_part(body, "type", std::string(entity_name(wanted.type)));
    body += ',';
    append_part(body, "value", wanted.entity);
    body += '}';
  }
  body += fmt::format(R"(,"days":30,"alerts":{},"hosts":{},"whole":{},"true_positive_count":{},"true_positives":[)", preview.alerts, preview.hosts, preview.whole, preview.attack_count);
  for (const StoredAlert& alert : preview.attacks) {
    body += &alert == preview.attacks.data() ? "{" : ",{";
    append_part(body, "id", alert.id);
    body += ',';
    append_part(body, "title", alert.title);
    body += R"(,"time":)";
    append_time_or_null(body, alert.time);
    body += '}';
  }
  return json_answer(200, body + "]}");
}

Result<Suppression> read_wanted(const Fields& fields, TimeUs now) {
  Suppression wanted;
  wanted.rule = TRY(fields.text_or_none("rule", kRuleIdBytesMax));
  if (fields.has("entity_type")) {
    const std::string type = TRY(fields.text("entity_type", kWordBytesMax));
    wanted.type = entity_named(type);
    if (wanted.type == EntityType::kNone) return Error{Code::kInvalid, fmt::format("'entity_type' is one of {}", kEntityNameList)};
  }
  wanted.entity = TRY(fields.text_or_none("entity", kSuppressionEntityBytesMax));
  wanted.until = now + static_cast<TimeUs>(TRY(fields.number_or("minutes", 0, 1, kMinutesMax)) * kMinuteUs);
  wanted.window_us = static_cast<std::int64_t>(TRY(fields.number_or("window_minutes", 0, 1, static_cast<std::uint64_t>(kSuppressionWindowMaxUs) / kMinuteUs)) * kMinuteUs);
  wanted.owner = TRY(fields.text("owner", kSuppressionOwnerBytesMax));
  wanted.reason = TRY(fields.text("reason", kSuppressionReasonBytesMax));
  return wanted;
}

}  // namespace

Result<HttpReply> get_suppressions(Call& call, Context& context) {
  std::string body = R"({"suppressions":[)";
  const std::vector<Suppression> all = TRY(Suppressions(context.state).all());
  for (const Suppression& one : all) {
    if (&one != all.data()) body += ',';
    append_suppression(body, one, call.request.received);
  }
  return json_answer(200, body + "]}");
}

Result<HttpReply> get_suppression(Call& call, Context& context) {
  const std::int64_t number = TRY(number_of(call));
  return answer_with(200, TRY(one_of(context, number)), call.request.received);
}

Result<HttpReply> post_suppression(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"alert", "rule", "entity_type", "entity", "minutes", "window_minutes", "level_max", "owner", "reason", "dry_run"}));
  Suppression wanted = TRY(read_wanted(fields, call.request.received));
  SuppressionDesk desk(context.incidents, context.state);
  const std::string alert = TRY(fields.text_or_none("alert", kWordBytesMax));
  if (!alert.empty()) TRY(desk.fill_from(wanted, alert));
  wanted.level_max = preset_level_max(wanted);
  if (fields.has("level_max")) {
    const auto level = level_rank_of(TRY(fields.text("level_max", kWordBytesMax)));
    if (!level) return Error{Code::kInvalid, "'level_max' is informational, low, medium or high"};
    wanted.level_max = *level;
  }
  if (TRY(fields.truth("dry_run")).value_or(false)) return preview_answer(wanted, TRY(desk.preview(wanted, call.request.received)));
  const Suppression made = TRY(desk.add(std::move(wanted), call.actor()));
  return answer_with(201, made, call.request.received, TRY(desk.warning(made, call.request.received)));
}

Result<HttpReply> delete_suppression(Call& call, Context& context) {
  const std::int64_t number = TRY(number_of(call));
  TRY(Suppressions(context.state).take_back(number, call.parameter("why"), call.actor()));
  return answer_with(200, TRY(one_of(context, number)), call.request.received);
}

Result<HttpReply> post_rule_promotion(Call& call, Context& context) {
  if (call.names[0].size() > kRuleIdBytesMax) return Error{Code::kNotFound, "there is no such rule"};
  TRY(Suppressions(context.state).promote(call.names[0], call.actor()));
  return json_answer(201, "{}");
}

Result<HttpReply> delete_rule_promotion(Call& call, Context& context) {
  TRY(Suppressions(context.state).demote(call.names[0], call.actor()));
  return json_answer(200, "{}");
}

}  // namespace tocsin::api
