#include <fmt/format.h>

#include <cmath>

#include "analyze/alert_confidence.h"

namespace tocsin::analyze {

namespace {

std::string percent(double share) { return fmt::format("{:.{}f} %", share * 100, share < 0.1 ? 1 : 0); }

std::string span_words(double seconds) {
  if (seconds < 7'200) return fmt::format("{:.0f} minutes", seconds / 60);
  if (seconds < 2 * 86'400) return fmt::format("{:.0f} hours", seconds / 3'600);
  return fmt::format("{:.0f} days", seconds / 86'400);
}

std::string groups_words(const GroupCounts& counts) {
  const std::uint32_t all = counts.attacks + counts.others;
  return fmt::format("{} of {} judged group{} of its alerts", counts.attacks, all, all == 1 ? "" : "s");
}

std::string subject_words(const AlertSigns& signs) { return signs.has_host ? "this host" : signs.has_account ? "this account" : "this address"; }

std::string novelty_words(const AlertSigns& signs) {
  if (signs.gap_here_s != kNever) return fmt::format("the rule was quiet for {} about {}", span_words(static_cast<double>(signs.gap_here_s)), subject_words(signs));
  if (signs.gap_fleet_s == kNever) return "the rule did not fire anywhere in the 14 days before";
  return fmt::format("the rule did not fire about {} in the 14 days before", subject_words(signs));
}

std::string rarity_words(const AlertSigns& signs) {
  std::string words = fmt::format("{:.0f} alerts of the rule about {} in the day before", static_cast<double>(signs.usual_here), subject_words(signs));
  if (!signs.has_host) return words;
  if (signs.rule_hosts == 0) return words + fmt::format("; it fired on none of {} other hosts in 14 days", signs.fleet_hosts);
  return words + fmt::format("; it fired on {}{} of {} other hosts in 14 days", signs.rule_hosts >= 64 ? "at least " : "", signs.rule_hosts, signs.fleet_hosts);
}

std::string stages_words(const AlertSigns& signs) {
  if (signs.incident_tactics >= signs.host_tactics) return fmt::format("{} different tactics of ATT&CK in its incident up to here", signs.incident_tactics);
  return fmt::format("{} different tactics of ATT&CK on this host in 24 hours", signs.host_tactics);
}

/// A value is cut where a path of Windows still is whole.
constexpr std::size_t kValueBytesShown = 200;

std::string shown(std::string_view value) {
  if (value.size() <= kValueBytesShown) return std::string(value);
  std::size_t end = kValueBytesShown;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;
  return std::string(value.substr(0, end)) + "…";
}

std::string whose_words(const BaselineSign& sign) {
  if (sign.subject.empty()) return "anywhere";
  return fmt::format("{} {}", sign.subject_type == EntityType::kHost ? "on" : sign.subject_type == EntityType::kNone ? "from" : "of", shown(sign.subject));
}

std::string days_words(double days) { return days < 2 ? fmt::format("{:.0f} hours", days * 24) : fmt::format("{:.0f} days", days); }

std::string sign_words(const BaselineSign& sign) {
  const std::string whose = whose_words(sign), value = shown(sign.value), days = days_words(sign.days);
  switch (sign.kind) {
    case BaselineKind::kFirstSeen: return fmt::format("{} was never seen as {} {} in {}, in {:.0f} events", value, sign.field, whose, days, sign.usual);
    case BaselineKind::kRare: return fmt::format("{} was seen as {} {} {:.1f} times in {:.0f} events, of {}", value, sign.field, whose, sign.observed, sign.usual, days);
    case BaselineKind::kVolume: return fmt::format("{:.0f} events {} in an hour that usually has {:.0f}, by {}", sign.observed, whose, sign.usual, days);
    case BaselineKind::kNewCountry: return fmt::format("a log-in {} from {}, from where none came in {}, of {:.0f} log-ins", whose, value, days, sign.usual);
    case BaselineKind::kTravel: return fmt::format("a log-in {} {:.0f} km from the one beside it, {}: in the time between, {:.0f} km are possible", whose, sign.observed, value, sign.usual);
    case BaselineKind::kBeacon: return fmt::format("connections {} to {} every {:.0f} seconds, give or take {:.0f}, for {}", whose, value, sign.observed, sign.usual, days);
    case BaselineKind::kOutlier: return fmt::format("an hour {} that is as a whole unlike its others in {}: above all by its {}, {:.0f} where {:.0f} are usual", whose, days, value, sign.observed, sign.usual);
  }
  return {};
}

/// The stronger of those that may have made this evidence.
std::string unusual_words(const AlertFacts& facts, BaselineKind kind, BaselineKind other) {
  const BaselineSign* said = nullptr;
  for (const BaselineSign& sign : facts.unusual) {
    if ((sign.kind == kind || sign.kind == other) && (said == nullptr || sign.kind == other)) said = &sign;
  }
  return said == nullptr ? std::string() : sign_words(*said);
}

}  // namespace

std::string AlertConfidences::record_words(const AlertSigns& signs) const {
  const GroupCounts counts = records_.without_own(signs, records_.counts_of(signs.rule));
  const std::string worth = percent(records_.of_rule(signs).mean());
  if (counts.attacks + counts.others == 0) {
    const std::string_view status = kStatusWords[static_cast<std::size_t>(signs.status)];
    return fmt::format("no verdict on the rule yet: by its level{} it is taken to be right in {}", status.empty() ? "" : fmt::format(" and its status {}", status), worth);
  }
  return fmt::format("{} were attacks; with what its level promises {}", groups_words(counts), worth);
}

std::string AlertConfidences::near_words(std::span<const RuleNumber> rules, std::string_view where) const {
  const Strongest found = strongest(rules);
  return fmt::format("{} within the hour: \"{}\", right in {}", where, rules_[found.rule].title, percent(records_.mean_of(found.rule, rules_[found.rule])));
}

std::string AlertConfidences::words(Reason reason, const AlertSigns& signs, const AlertFacts& facts) const {
  switch (reason) {
    case Reason::kRecord: return record_words(signs);
    case Reason::kHere: return fmt::format("about {} {} were attacks", subject_words(signs), groups_words(records_.without_own(signs, records_.counts_of_place(signs.place))));
    case Reason::kNovelty: return novelty_words(signs);
    case Reason::kRarity: return rarity_words(signs);
    case Reason::kValue: return "the rule met a value that it had not met in 14 days, and it mostly meets the same";
    case Reason::kAccount: return "the rule did not fire about this account in the 14 days before";
    case Reason::kBurst: return fmt::format("{:.0f} alerts of the rule about {} in the last hour, {:.1f} in a usual one", static_cast<double>(signs.recent_here) + 1, subject_words(signs), static_cast<double>(signs.usual_here) / 24);
    case Reason::kBeside: return near_words(signs.beside, "on this host");
    case Reason::kAcross: return near_words(signs.across, "about this account on another host");
    case Reason::kAround: return near_words(signs.around, "on another host");
    case Reason::kStages: return stages_words(signs);
    case Reason::kIntel:
      return facts.malicious <= 1 ? fmt::format("on the list {} of what is bad", facts.malicious_list) : fmt::format("on the list {} of what is bad, with {} of 100", facts.malicious_list, facts.malicious - 2);
    case Reason::kKnownGood: return fmt::format("on the list {} of what is known to be good", facts.benign_list);
    case Reason::kAsset: return fmt::format("its criticality in the register is {} ({})", kCriticalityWords[static_cast<std::size_t>(signs.criticality)], facts.asset);
    case Reason::kHours:
      return fmt::format("{} of {} alerts of this account were in this hour of the week or beside it", signs.account_hour, signs.account_alerts);
    case Reason::kFirstSeen: return unusual_words(facts, BaselineKind::kFirstSeen, BaselineKind::kFirstSeen);
    case Reason::kRareValue: return unusual_words(facts, BaselineKind::kRare, BaselineKind::kRare);
    case Reason::kVolume: return unusual_words(facts, BaselineKind::kVolume, BaselineKind::kVolume);
    case Reason::kLogin: return unusual_words(facts, BaselineKind::kNewCountry, BaselineKind::kTravel);
    case Reason::kBeacon: return unusual_words(facts, BaselineKind::kBeacon, BaselineKind::kBeacon);
    case Reason::kOutlier: return unusual_words(facts, BaselineKind::kOutlier, BaselineKind::kOutlier);
  }
  return {};
}

}  // namespace tocsin::analyze
