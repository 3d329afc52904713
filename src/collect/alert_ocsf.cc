// Alerts as OCSF Detection Findings (class 2004; what Tocsin writes, and what other products do), and Incident Findings (2005), one object each. Schema: ocsf/ocsf-schema 1.9.0-dev.
#include <fmt/format.h>

#include <array>

#include "collect/alert_json.h"

namespace tocsin {

namespace {

constexpr std::int64_t kDetectionFinding = 2004, kIncidentFinding = 2005;
constexpr std::int64_t kHostname = 1, kIpAddress = 2;  // observable.type_id

/// verdict_id of the incident profile: 0 unknown, 1 false positive, 2 true positive, 3 disregard, 4 suspicious, 5 benign, 6 test, 7 insufficient data, 8 security risk, 9 managed
/// elsewhere, 10 duplicate, 99 other. What leaves it open is no verdict.
Verdict verdict_of(std::int64_t id) {
  switch (id) {
    case 1: return Verdict::kFalsePositive;
    case 2: case 8: return Verdict::kTruePositive;
    case 3: case 5: case 6: return Verdict::kBenign;
    default: return Verdict::kNone;
  }
}

class OcsfParser : public AlertParser {
 public:
  explicit OcsfParser(bool with_verdicts) : with_verdicts_(with_verdicts) {}

  Status parse(std::string_view text, AlertBrief& alert) override {
    TRY(json_.parse(text));
    const std::int64_t class_uid = AlertJson::number(json_.at({"class_uid"})).value_or(0);
    if (class_uid != kDetectionFinding && class_uid != kIncidentFinding) {
      return Error{Code::kInvalid, fmt::format("its class_uid is {}: {} is a Detection Finding, {} an Incident Finding", class_uid, kDetectionFinding, kIncidentFinding)};
    }
    const std::optional<std::int64_t> time = time_of();
    if (!time) return Error{Code::kInvalid, "it says no time: milliseconds since 1970 in 'time', or RFC 3339 in 'time_dt'"};
    alert.time_s = *time;
    alert.rule = rule();
    alert.host = host();
    if (with_verdicts_) take_verdict(alert);
    return check_alert_names(alert);
  }

 private:
  std::optional<std::int64_t> time_of() {
    if (const std::optional<std::int64_t> number = AlertJson::number(json_.at({"time"})); number && *number != 0) {
      number_ = fmt::format("{}", *number);
      return alert_time(number_);
    }
    return alert_time(AlertJson::text(json_.at({"time_dt"})));
  }

  /// The name of the analytic is what stays the same over its findings; a title may name what was found.
  std::string_view rule() const {
    const AlertJson::Element info = json_.at({"finding_info"});
    const std::array<AlertJson::Element, 5> places = {AlertJson::at(info, {"analytic", "name"}), AlertJson::at(info, {"analytic", "uid"}), AlertJson::at(info, {"types"}),
                                                      AlertJson::at(info, {"title"}), json_.at({"finding_info_list", "title"})};
    for (const AlertJson::Element& place : places) {
      if (const std::string_view text = AlertJson::text(place); !text.empty()) return text;
    }
    return {};
  }

  /// The device that it is about, then the resource, then what the evidence or the observables say.
  std::string_view host() const {
    for (const AlertJson::Element& owner : {json_.at({"device"}), json_.at({"resources"}), json_.at({"evidences", "device"}), json_.at({"evidences", "dst_endpoint"})}) {
      for (const std::string_view name : {"hostname", "name", "uid", "ip"}) {
        if (const std::string_view text = AlertJson::text(AlertJson::at(owner, {name})); !text.empty()) return text;
      }
    }
    for (const std::int64_t type : {kHostname, kIpAddress}) {
      if (const std::string_view text = observable(type); !text.empty()) return text;
    }
    return {};
  }

  /// Domains have the type of hostnames too; ours are told apart by their name.
  std::string_view observable(std::int64_t type) const {
    simdjson::dom::array all;
    const AlertJson::Element observables = json_.at({"observables"});
    if (!observables || observables->get(all) != simdjson::SUCCESS) return {};
    for (const simdjson::dom::element one : all) {
      const bool fits = AlertJson::number(AlertJson::at(one, {"type_id"})) == type && !AlertJson::text(AlertJson::at(one, {"name"})).ends_with(".domain");
      const std::string_view value = fits ? AlertJson::text(AlertJson::at(one, {"value"})) : std::string_view();
      if (!value.empty()) return value;
    }
    return {};
  }

  void take_verdict(AlertBrief& alert) const {
    alert.verdict = verdict_of(AlertJson::number(json_.at({"verdict_id"})).value_or(0));
    alert.verdict_word = AlertJson::text(json_.at({"verdict"}));
    simdjson::dom::array evidences;
    const AlertJson::Element list = json_.at({"evidences"});
    if (alert.verdict != Verdict::kNone || !list || list->get(evidences) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element evidence : evidences) {
      alert.verdict = std::max(alert.verdict, verdict_of(AlertJson::number(AlertJson::at(evidence, {"verdict_id"})).value_or(0)));
    }
  }

  const bool with_verdicts_;
  AlertJson json_;
  std::string number_;
};

}  // namespace

std::unique_ptr<AlertParser> make_ocsf_parser(bool with_verdicts) { return std::make_unique<OcsfParser>(with_verdicts); }

}  // namespace tocsin
