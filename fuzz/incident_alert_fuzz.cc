// Any bytes as lines of alerts and of verdicts: what can be read is in exactly one incident, with a probability in its range, and its page and its line can be written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "analyze/incident_book.h"
#include "analyze/verdict_line.h"
#include "base/check.h"
#include "report/incident_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  analyze::IncidentBook book;
  std::vector<AlertVerdict> verdicts;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    Result<analyze::IncidentAlert> alert = analyze::read_incident_alert(line);
    if (alert) book.add(std::move(*alert));
    Result<AlertVerdict> verdict = analyze::read_verdict(line);
    if (verdict) verdicts.push_back(std::move(*verdict));
  }
  std::size_t placed = 0;
  for (const Incident& incident : book.incidents(verdicts)) {
    TOCSIN_CHECK(0 < incident.confidence.low && incident.confidence.low <= incident.confidence.mean && incident.confidence.mean <= incident.confidence.high && incident.confidence.high < 1);
    placed += incident.alerts.size();
    std::string line;
    append_incident_ndjson(line, incident);
    TOCSIN_CHECK(line.ends_with("}\n") && line.find('\n') == line.size() - 1);
    TOCSIN_CHECK(!incident_text(incident, {false, 80, true}).empty());
  }
  TOCSIN_CHECK(placed == book.size());
  return 0;
}
