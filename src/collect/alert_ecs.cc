// Alerts in the Elastic Common Schema, one object each: Kibana's own (kibana.alert.*, dots within the names or objects within objects, with or without the "_source" of a search's hit), older ones
// (signal.*), and whatever else has @timestamp and rule.name.
#include <algorithm>
#include <array>
#include <cctype>

#include "collect/alert_json.h"

namespace tocsin {

namespace {

constexpr std::array<std::string_view, 5> kRules = {"kibana.alert.rule.name", "signal.rule.name", "rule.name", "kibana.alert.rule.uuid", "rule.id"};
constexpr std::array<std::string_view, 6> kHosts = {"host.name", "host.hostname", "host.id", "agent.name", "observer.name", "host.ip"};

/// kibana.alert.workflow_reason, since 9.2: duplicate, automated_closure, other and a team's own words say nothing of the alert. Tags are the team's, but Kibana offers "False Positive".
Verdict verdict_of(std::string_view word) {
  std::string plain(word.substr(0, 40));
  std::ranges::transform(plain, plain.begin(), [](unsigned char c) { return c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(c)); });
  if (plain == "true_positive") return Verdict::kTruePositive;
  if (plain == "benign_positive" || plain == "benign" || plain == "benign_true_positive") return Verdict::kBenign;
  return plain == "false_positive" ? Verdict::kFalsePositive : Verdict::kNone;
}

class EcsParser : public AlertParser {
 public:
  explicit EcsParser(bool with_verdicts) : with_verdicts_(with_verdicts) {}

  Status parse(std::string_view text, AlertBrief& alert) override {
    TRY(json_.parse(text));
    if (const AlertJson::Element source = json_.at({"_source"}); source && source->is_object()) json_.set_root(*source);
    const std::optional<std::int64_t> time = time_of();
    if (!time) return Error{Code::kInvalid, "it says no time in '@timestamp'"};
    alert.time_s = *time;
    alert.rule = first_of(kRules);
    alert.host = first_of(kHosts);
    if (with_verdicts_) take_verdict(alert);
    return check_alert_names(alert);
  }

 private:
  /// @timestamp of an alert of Kibana's is when the rule ran: nobody knew of it before, whatever the time of its event (kibana.alert.original_time).
  std::optional<std::int64_t> time_of() const {
    const AlertJson::Element element = json_.dotted("@timestamp");
    if (const std::optional<std::int64_t> number = AlertJson::number(element)) return alert_time(std::to_string(*number));
    return alert_time(AlertJson::text(element));
  }

  template <std::size_t count>
  std::string_view first_of(const std::array<std::string_view, count>& places) const {
    for (const std::string_view place : places) {
      if (const std::string_view text = AlertJson::text(json_.dotted(place)); !text.empty()) return text;
    }
    return {};
  }

  void take_verdict(AlertBrief& alert) const {
    alert.verdict_word = AlertJson::text(json_.dotted("kibana.alert.workflow_reason"));
    alert.verdict = verdict_of(alert.verdict_word);
    if (alert.verdict != Verdict::kNone) return;
    const AlertJson::Element tags = json_.dotted("kibana.alert.workflow_tags");
    simdjson::dom::array all;
    if (!tags || tags->get(all) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element tag : all) alert.verdict = std::max(alert.verdict, verdict_of(AlertJson::text(tag)));
  }

  const bool with_verdicts_;
  AlertJson json_;
};

}  // namespace

std::unique_ptr<AlertParser> make_ecs_parser(bool with_verdicts) { return std::make_unique<EcsParser>(with_verdicts); }

}  // namespace tocsin
