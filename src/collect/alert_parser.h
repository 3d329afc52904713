// One alert of another product, out of one line or one JSON object: which rule, on which host, when, and what somebody judged of it. Three forms: the columns of the AIT Alert Data Set, OCSF
// Detection Findings (ours and others'), and Elastic's alerts (ECS, kibana.alert.*). Which field means what: docs/score.md. A parser belongs to one thread; what it gives points into
// itself or the line and is good until the next call. What cannot be read is an error that says why, without its place, which the caller knows.
//
//   const auto parser = make_alert_parser(AlertForm::kOcsf, with_verdicts);
//   AlertBrief alert;
//   if (const Status status = parser->parse(line, alert); !status) …
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "event/alert_brief.h"

namespace tocsin {

enum class AlertForm : std::uint8_t { kAit, kOcsf, kEcs };

/// One alert: as much as a record from the network may have.
inline constexpr std::size_t kAlertBytesMax = 1u << 20;
/// A rule's or a host's name. No product's is longer; a text that is means that the wrong field was taken.
inline constexpr std::size_t kAlertNameBytesMax = 1'024;
/// Of one line of comma-separated values; AIT has 7.
inline constexpr std::size_t kAlertColumnsMax = 64;

class AlertParser {
 public:
  virtual ~AlertParser() = default;
  /// Whether the first line of a file is no alert but says what the columns are.
  virtual bool has_head() const { return false; }
  virtual Status take_head(std::string_view) { return {}; }
  virtual Status parse(std::string_view text, AlertBrief& alert) = 0;
};

/// Without verdicts the fields that hold them are not looked at.
std::unique_ptr<AlertParser> make_alert_parser(AlertForm form, bool with_verdicts);
std::unique_ptr<AlertParser> make_ait_parser(bool with_verdicts);
std::unique_ptr<AlertParser> make_ocsf_parser(bool with_verdicts);
std::unique_ptr<AlertParser> make_ecs_parser(bool with_verdicts);

/// Unix seconds, rounded down, out of RFC 3339 or a number since 1970, whose size tells seconds from milli-, micro- and nanoseconds (parse_epoch). Nothing for what is no time or not in the
/// years 0001 to 9999, nor for 0, by which products say that they do not know.
std::optional<std::int64_t> alert_time(std::string_view text);

/// What is wrong with a rule or a host of that name, if anything is.
Status check_alert_names(const AlertBrief& alert);

}  // namespace tocsin
