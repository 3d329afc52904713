// Alerts as lines of `tocsin.alert/1`, from files or from what the service stored, into a book of incidents. What cannot be read is said with its place, and the rest is read.
//
//   AlertLines lines(book);
//   const bool whole = read_alert_files(env, paths, lines);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyze/incident_book.h"
#include "base/env.h"
#include "pipeline/output.h"
#include "store/state.h"

namespace tocsin::cli {

/// A line of an alert is some KB; a correlation's, which names 10,000 events, a few MB.
inline constexpr std::size_t kAlertLineMax = std::size_t{16} << 20;

/// Lines of alerts, cut from what comes.
class AlertLines : public ByteSink {
 public:
  /// The line of the first alert of which the id begins with `keep` is kept.
  explicit AlertLines(analyze::IncidentBook& book, std::string keep = {}) : book_(book), keep_(std::move(keep)) {}

  void begin(std::string name);
  Status write(std::string_view bytes) override;
  /// The last line may lack its end.
  void end();
  /// Says what was refused or left out; false if anything was.
  bool is_whole() const;
  const std::string& kept() const { return kept_; }

 private:
  void line();
  void refuse(const std::string& why);

  analyze::IncidentBook& book_;
  std::string keep_, kept_, name_, rest_;
  std::uint64_t line_number_ = 0, refused_ = 0, left_out_ = 0;
};

/// `-` is standard input. False if one of them could not be read.
bool read_alert_files(Env& env, const std::vector<std::string>& paths, AlertLines& lines);

struct StoredAlertRange {
  std::optional<TimeUs> since = {}, until = {};
  int level_min = 0;
  WhichAlerts which = WhichAlerts::kReaching;
};
/// What the service stored, the last kBookAlertsMax of it. An exit code.
int read_stored_alerts(State& state, const StoredAlertRange& range, AlertLines& lines);

/// "none", or a number from 0; nothing and a complaint for another word. Empty: no limit.
std::optional<std::uint32_t> calibration_max(const std::string& word);

}  // namespace tocsin::cli
