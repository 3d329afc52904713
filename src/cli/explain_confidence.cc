#include "cli/explain_confidence.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kChangesShown = 5;

std::string calibration_words(const analyze::Calibrator& calibrator) {
  const analyze::Calibration& used = calibrator.current();
  if (used.version == 0) return fmt::format("none: {} verdicts; there is one from {} on, if some were attacks and some were not", calibrator.labels().size(), analyze::kCalibrateAt);
  return fmt::format("version {}, {}, of {} verdicts ({} by now)", used.version, used.kind_word(), used.labels, calibrator.labels().size());
}

std::string changes_text(const std::vector<analyze::Change>& changes, double confidence, double bar) {
  const char* const side = confidence >= bar ? "below" : "to or over";
  if (changes.empty()) return fmt::format("no single change takes it {} {:.1f} %\n", side, bar * 100);
  std::string text = fmt::format("what would take it {} {:.1f} %, the smallest change first\n", side, bar * 100);
  for (std::size_t i = 0; i < std::min(changes.size(), kChangesShown); ++i) {
    text += fmt::format("  {:+.2f}  {}: {:.1f} %\n", changes[i].weight, changes[i].words, changes[i].confidence * 100);
  }
  return text;
}

}  // namespace

std::string confidence_text(const analyze::IncidentBook& book, const std::string& id, std::optional<double> bar) {
  const auto at = std::ranges::find(book.alerts(), id, &analyze::IncidentAlert::id);
  if (at == book.alerts().end()) return {};
  const auto number = static_cast<std::size_t>(at - book.alerts().begin());
  const AlertConfidence known = book.confidences().explain(number, *at);
  std::string text = fmt::format("how probable it is: {:.1f} %, nine times in ten between {:.1f} and {:.1f} %\n", known.confidence.mean * 100, known.confidence.low * 100, known.confidence.high * 100);
  text += fmt::format("  {:+.2f}  base: a rule of medium level of which nothing is known\n", known.base);
  for (const EvidenceItem& item : known.evidence) text += fmt::format("  {:+.2f}  {}: {}\n", item.weight, item.name, terminal_safe(item.why));
  text += fmt::format("  {:+.2f}  together, in log-odds; calibration {}\n", known.score, calibration_words(book.confidences().calibrator()));
  for (const std::string_view role : known.missing) text += fmt::format("  the log does not say: {}; the range is wider for it\n", role);
  if (const Verdict verdict = book.confidences().verdict_of(number); verdict != Verdict::kNone) {
    text += fmt::format("  a person's verdict: {}; the numbers are without it\n", word_of(verdict));
  }
  if (bar) text += changes_text(book.confidences().changes_over(*bar, number), known.confidence.mean, *bar);
  return text;
}

}  // namespace tocsin::cli
