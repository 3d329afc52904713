// An alert as text, in the formats that `tocsin scan` writes. A writer is stateless and safe from any thread.
//
// While a block is being processed the final index of an event is not known (the blocks before it may still be on their
// way), and the id depends on it. So a writer leaves holes and says where; the pipeline fills them once the index is
// known.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/alert.h"

namespace tocsin {

/// Text with the places where id and index belong. Offsets ascend and are relative to the text.
struct AlertText {
  struct Hole {
    std::size_t at = 0;
    enum class Kind : std::uint8_t { kId, kIndex } kind = Kind::kId;
  };
  std::string text;
  std::vector<Hole> holes;

  void clear() {
    text.clear();
    holes.clear();
  }
};

class AlertWriter {
 public:
  virtual ~AlertWriter() = default;
  /// What stands before the first alert, e.g. a CSV header line.
  virtual std::string head() const { return {}; }
  /// Appends one alert, line end included. `alert.events[i].index` of a single-event alert is left as a hole; a
  /// correlation's indexes are final, only its id is a hole.
  virtual void write(const Alert& alert, AlertText& out) const = 0;
};

/// For whoever wants what is counted and not the alerts.
class SilentWriter : public AlertWriter {
 public:
  void write(const Alert&, AlertText&) const override {}
};

std::unique_ptr<AlertWriter> make_ndjson_writer();
std::unique_ptr<AlertWriter> make_csv_writer();
std::unique_ptr<AlertWriter> make_ocsf_writer();

/// 32 hexadecimal digits of SHA-256 over the rule's id, the source and the index of each event, each followed by a
/// line feed.
std::string alert_id(std::string_view rule_id, const std::vector<std::pair<std::string_view, std::uint64_t>>& events);

}  // namespace tocsin
