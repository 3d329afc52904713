// The alerts of a file, one after the other, whatever packs it (byte_stream.h): lines of comma-separated values, lines of JSON, or JSON documents one after the other or in an array. A line that
// cannot be read is counted and named with its place, and the rest is read. One thread.
//
//   const Result<AlertFileCounts> counts = read_alerts(env, "alerts.csv.zst", {AlertForm::kAit, true}, [&](const AlertBrief& alert) { return groups.add(alert); });
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/env.h"
#include "collect/alert_parser.h"

namespace tocsin {

struct AlertFileRules {
  AlertForm form = AlertForm::kAit;
  bool with_verdicts = false;
};

/// Of one file: more bad lines than these are counted and not named.
inline constexpr std::size_t kBadAlertsNamedMax = 5;

struct AlertFileCounts {
  std::uint64_t alerts = 0, bad = 0;
  /// "line 17: …", or "byte 1024: …" of a document; at most kBadAlertsNamedMax.
  std::vector<std::string> named;
  /// Why it ended before its end, a packed file that is damaged for instance; else "".
  std::string broken;
};

/// `take` may stop it with an error, which is then the result. An error is also a file that cannot be opened or has no usable head; it begins with
/// the path.
Result<AlertFileCounts> read_alerts(Env& env, const std::string& path, AlertFileRules rules, const std::function<Status(const AlertBrief&)>& take);

}  // namespace tocsin
