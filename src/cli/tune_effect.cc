#include "cli/tune_effect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "base/text.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kWhatBytes = 100;

/// The gravest first.
int order_of(Verdict verdict) {
  constexpr std::array<int, 4> kOrder = {1, 3, 2, 0};  // none, false positive, benign, true positive
  return kOrder[static_cast<std::size_t>(verdict)];
}

std::string_view word_for(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kWords = {"not judged", "false positive", "benign", "TRUE POSITIVE"};
  return kWords[static_cast<std::size_t>(verdict)];
}

/// Not in the middle of a character.
std::string shortened(const std::string& text) {
  if (text.size() <= kWhatBytes) return terminal_safe(text);
  std::size_t end = kWhatBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return terminal_safe(text.substr(0, end)) + " …";
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) { return fmt::format("{} {}", count, count == 1 ? one : many); }

}  // namespace

std::size_t TuneEffect::count(Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(gone, verdict, &Gone::verdict));
}

TuneEffect tune_effect(const TuneAlerts& without, const TuneAlerts& with, const std::map<std::string, Verdict>& verdicts, const std::set<std::string>& rules) {
  TuneEffect effect;
  for (const auto& [id, alert] : without) {
    const bool own = rules.contains(alert.rule_id);
    if (own) ++effect.before;
    if (with.contains(id)) continue;
    const auto verdict = verdicts.find(id);
    effect.gone.push_back({id, alert, verdict == verdicts.end() ? Verdict::kNone : verdict->second});
    if (!own) ++effect.correlated;
  }
  for (const auto& [id, alert] : with) effect.new_alerts += without.contains(id) ? 0 : 1;
  std::ranges::sort(effect.gone, [](const TuneEffect::Gone& a, const TuneEffect::Gone& b) {
    return std::tuple(order_of(a.verdict), a.alert.time, a.id) < std::tuple(order_of(b.verdict), b.alert.time, b.id);
  });
  return effect;
}

std::string effect_text(const TuneEffect& effect, std::size_t shown) {
  std::string out = fmt::format("would hide {} of {}: {}, {} benign, {} not judged, {}\n", effect.gone.size() - effect.correlated, plural(effect.before, "alert", "alerts"),
                                plural(effect.count(Verdict::kFalsePositive), "false positive", "false positives"), effect.count(Verdict::kBenign), effect.count(Verdict::kNone),
                                plural(effect.count(Verdict::kTruePositive), "TRUE POSITIVE", "true positives"));
  if (effect.correlated > 0) {
    out += fmt::format("counted among these: {} that would be gone, and {} in their place, as they would count fewer events\n", plural(effect.correlated, "alert of a correlation", "alerts of correlations"), effect.new_alerts);
  }
  for (std::size_t i = 0; i < std::min(shown, effect.gone.size()); ++i) {
    const TuneEffect::Gone& one = effect.gone[i];
    const std::string time = one.alert.time == kNoTime ? "no time" : format_time(one.alert.time).substr(0, 19);
    out += fmt::format("  {:<14} {:<19}  {}  {}  {}  {}\n", word_for(one.verdict), time, one.id, terminal_safe(one.alert.host), terminal_safe(one.alert.user), shortened(one.alert.what.empty() ? one.alert.title : one.alert.what));
  }
  if (effect.gone.size() > shown) out += fmt::format("  and {} others (--top {} shows all)\n", effect.gone.size() - shown, effect.gone.size());
  return out;
}

}  // namespace tocsin::cli
