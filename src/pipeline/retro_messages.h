// What the service and the process that looks for new indicators in what is stored say to each other (retro_child.h), as bytes and back. Each message is u32 size, u8 kind and as many bytes (read_message()). Pure functions.
// That process reads bytes of others, so nothing that it says is believed: what is not as below fails with kInvalid, and what an alert says is checked by who takes it (retro_search.h).
//
//   from the service       kStart | kIndicators … | kGo
//   from the process       kReady | kFound, kProgress … | kDone
//
//   std::string message = retro_start_message(start);
//   IndicatorRows rows; rows.add(found); if (rows.is_full()) send(rows.take());
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "detect/intel/indicator_set.h"

namespace tocsin {

enum class RetroKind : std::uint8_t { kStart = 1, kIndicators, kGo, kReady = 65, kFound, kProgress, kDone };

/// Names of sources, and of allow-lists: as many as there may be, each with paths.
inline constexpr std::size_t kRetroStartBytesMax = 4u << 20;
/// Of indicators in one message.
inline constexpr std::size_t kRetroRowsBytes = 256u << 10;
inline constexpr std::size_t kRetroRowsBytesMax = kRetroRowsBytes + (16u << 10);
/// Of one alert; the stream's have some 3 KB. A larger one is left out and counted.
inline constexpr std::size_t kRetroAlertBytesMax = 1u << 20;
/// Of anything that the process says.
inline constexpr std::size_t kRetroAnswerBytesMax = kRetroAlertBytesMax + (16u << 10);

struct RetroStart {
  TimeUs since = kNoTime;       // events of that time and later
  std::uint64_t before = 0;     // and records below this number
  std::vector<intel::IndicatorSource> sources;  // by number
  std::vector<std::string> allowed;             // files of allow-lists
  std::deque<std::string> words;                // that place words of the sources point to
};

/// An alert as the process made it.
struct RetroFound {
  std::uint8_t card = 0;  // its place among indicator_cards()
  std::uint64_t sequence = 0;
  TimeUs time = kNoTime;
  std::string source, body;
};

struct RetroDone {
  std::uint64_t events = 0;         // that were asked
  std::uint64_t left_out = 0;       // hits that made no alert, since their indicator had enough
  std::uint64_t too_large = 0;      // alerts
  bool full = false;                // there were more alerts than one search may make, and it ended
  std::vector<std::string> common;  // indicators that had enough, the first few
  std::vector<std::string> troubles;  // what could not be read
};

std::string retro_start_message(const RetroStart& start);
Result<RetroStart> read_retro_start(std::string_view payload);
std::string retro_empty_message(RetroKind kind);

/// Rows of indicators on their way.
class IndicatorRows {
 public:
  void add(const intel::Found& found);
  bool is_full() const { return bytes_.size() >= kRetroRowsBytes; }
  bool empty() const { return bytes_.empty(); }
  /// As a message; then it is empty.
  std::string take();

 private:
  std::string bytes_;
};
/// Gives each with the number of its source, which is below `sources`.
Status read_indicator_rows(std::string_view payload, std::size_t sources, const std::function<Status(const intel::Indicator& indicator, std::uint16_t source)>& take);

std::string retro_found_message(const RetroFound& found);
Result<RetroFound> read_retro_found(std::string_view payload);
std::string retro_progress_message(std::uint64_t events);
Result<std::uint64_t> read_retro_progress(std::string_view payload);
std::string retro_done_message(const RetroDone& done);
Result<RetroDone> read_retro_done(std::string_view payload);

}  // namespace tocsin
