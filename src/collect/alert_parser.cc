#include "collect/alert_parser.h"

#include <fmt/format.h>

#include "base/time.h"

namespace tocsin {

namespace {

constexpr std::int64_t kFirstSecond = -62'135'596'800, kLastSecond = 253'402'300'799;  // of the years 0001 and 9999

/// Ten digits or fewer, which most times are; -1 if it is anything else.
std::int64_t plain_seconds(std::string_view text) {
  if (text.empty() || text.size() > 10) return -1;
  std::int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

std::optional<std::int64_t> alert_time(std::string_view text) {
  std::int64_t seconds = plain_seconds(text);
  if (seconds < 0) {
    std::optional<TimeUs> time = parse_time(text);
    if (!time) time = parse_epoch(text);
    if (!time || *time == kNoTime) return std::nullopt;
    seconds = *time / 1'000'000 - (*time % 1'000'000 < 0 ? 1 : 0);
    if (*time == 0) return std::nullopt;
  } else if (seconds == 0) {
    return std::nullopt;
  }
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
  return seconds;
}

Status check_alert_names(const AlertBrief& alert) {
  if (alert.rule.empty()) return Error{Code::kInvalid, "it names no rule"};
  if (alert.rule.size() > kAlertNameBytesMax) return Error{Code::kLimit, fmt::format("the rule's name has {} bytes, {} at most", alert.rule.size(), kAlertNameBytesMax)};
  if (alert.host.size() > kAlertNameBytesMax) return Error{Code::kLimit, fmt::format("the host's name has {} bytes, {} at most", alert.host.size(), kAlertNameBytesMax)};
  return {};
}

std::unique_ptr<AlertParser> make_alert_parser(AlertForm form, bool with_verdicts) {
  switch (form) {
    case AlertForm::kAit: return make_ait_parser(with_verdicts);
    case AlertForm::kOcsf: return make_ocsf_parser(with_verdicts);
    case AlertForm::kEcs: return make_ecs_parser(with_verdicts);
  }
  return nullptr;
}

}  // namespace tocsin
