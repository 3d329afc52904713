#include "analyze/group_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace tocsin::analyze {

namespace {

constexpr std::string_view kEvidenceNames[kEvidences] = {"own", "beside", "around", "before", "burst", "gap", "hosts"};

void append_double(std::string& out, double number) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, number == 0 ? 0.0 : number).ptr);  // never -0
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

std::string_view situation_words(Situation situation) {
  constexpr std::string_view kWords[kSituations] = {"a rule that did not fire before",          "first time on this host",
                                                    "first time on this host for more than six hours",    "first time on this host for more than an hour",
                                                    "again on this host",                       "a rule that did not fire before, on this host alone",
                                                    "first time on this host, and alone",       "first time on this host for more than six hours, and alone",
                                                    "first time on this host for more than an hour, and alone", "again on this host, and alone"};
  return kWords[situation];
}

/// Of those, "A of B were attacks".
void append_tally(std::string& out, std::string_view what, const Tally& tally) {
  fmt::format_to(std::back_inserter(out), "{} of {} {} were attacks", tally.attacks, tally.groups, what);
}

/// Evidence as the share of attacks that it stands for.
double percent_of(const ConfidenceModel& model, double evidence) { return 100 * probability_of(log_odds(model.record().base_rate()) + evidence); }

void append_span(std::string& out, double seconds) {
  const auto append = [&](double count, std::string_view unit) { fmt::format_to(std::back_inserter(out), "{:.0f} {}", count, unit); };
  if (seconds < 2 * 3'600) return append(seconds / 60, "minutes");
  if (seconds < 2 * 86'400) return append(seconds / 3'600, "hours");
  append(seconds / 86'400, "days");
}

/// Why one group has its evidence, piece by piece.
class Words {
 public:
  Words(const ConfidenceModel& model, std::string_view rule, const ScoredGroup& scored) : model_(model), rule_(rule), scored_(scored) {}

  void append(std::string& out, Evidence evidence) const {
    switch (evidence) {
      case Evidence::kOwn: return append_own(out);
      case Evidence::kBeside: return append_highest(out, feature(Feature::kBeside), "nothing else on this host in the same five minutes", "on this host in the same five minutes");
      case Evidence::kAround: return append_around(out);
      case Evidence::kBefore: return append_before(out);
      case Evidence::kBurst: return append_burst(out);
      case Evidence::kGap: return append_gap(out);
      case Evidence::kHosts: return append_hosts(out);
    }
  }

 private:
  double feature(Feature one) const { return at(scored_.features, one); }

  void append_own(std::string& out) const {
    out += situation_words(scored_.context.situation);
    out += ": ";
    const auto& rules = model_.record().rules();
    const auto known = rules.find(rule_);
    if (known == rules.end()) {
      fmt::format_to(std::back_inserter(out), "no verdicts on this rule, others like it were attacks in {:.1f} %", percent_of(model_, feature(Feature::kOwn)));
      return;
    }
    const Tally& such = known->second[scored_.context.situation];
    if (such.groups > 0) return append_tally(out, "such groups of this rule", such);
    Tally all;
    for (const Tally& tally : known->second) all.add(tally);
    append_tally(out, "groups of this rule", all);
    out += ", but none was such";
  }

  void append_highest(std::string& out, double evidence, std::string_view none, std::string_view where) const {
    if (evidence <= kNoNeighbour) {
      out += none;
      return;
    }
    fmt::format_to(std::back_inserter(out), "{}, the strongest alert is of a kind of which {:.1f} % were attacks", where, percent_of(model_, evidence));
  }

  void append_around(std::string& out) const {
    const double sum = std::expm1(feature(Feature::kAround));
    if (sum == 0) {
      out += "no other suspicious alert on any host in the same five minutes";
      return;
    }
    fmt::format_to(std::back_inserter(out), "other suspicious alerts on all hosts in the same five minutes, {:.1f} together", sum);
  }

  void append_before(std::string& out) const {
    append_highest(out, feature(Feature::kPast60), "no alert on any host in the hour before", "on all hosts in the hour before");
    const double trace = std::expm1(feature(Feature::kTrace60));
    if (trace >= 0.05) fmt::format_to(std::back_inserter(out), "; what is left of all suspicious ones is {:.1f}", trace);
  }

  void append_burst(std::string& out) const {
    fmt::format_to(std::back_inserter(out), "{:.2g} times as many alerts of this rule on this host as in a usual hour", std::exp(feature(Feature::kBurst)));
  }

  void append_gap(std::string& out) const {
    if (feature(Feature::kGap) >= kGapNever) {
      out += "this rule was not seen on this host before";
      return;
    }
    append_span(out, std::exp(feature(Feature::kGap)));
    out += " since this rule was last seen on this host";
  }

  void append_hosts(std::string& out) const {
    if (scored_.context.hosts == 1) {
      out += "this rule fired on this host alone in these five minutes";
      return;
    }
    fmt::format_to(std::back_inserter(out), "this rule fired on {} hosts in the same five minutes", scored_.context.hosts);
  }

  const ConfidenceModel& model_;
  const std::string_view rule_;
  const ScoredGroup& scored_;
};

void append_base_words(std::string& out, const ConfidenceModel& model) {
  if (model.kind() == ConfidenceModel::Kind::kPrior) {
    out += "nothing was taught: about as many groups of alerts are attacks";
  } else if (model.kind() == ConfidenceModel::Kind::kRecord) {
    append_tally(out, "groups with a verdict", model.record().all());
  } else {
    out += "a quiet group: a rule of the usual record, nothing beside it and nothing before";
  }
}

void begin_item(std::string& out, std::string_view name, double weight) {
  out += "{\"name\":\"";
  out += name;
  out += "\",\"weight\":";
  append_double(out, weight);
  out += ",\"why\":\"";
}

}  // namespace

std::string_view name_of(Evidence evidence) { return kEvidenceNames[static_cast<std::size_t>(evidence)]; }

void append_group_line(std::string& out, const ConfidenceModel& model, const AlertNames& names, const AlertGroup& group, const ScoredGroup& scored) {
  const std::string_view rule = names.rules().name(group.rule);
  const Confidence& confidence = scored.confidence;
  out += "{\"rule\":";
  append_quoted(out, rule);
  out += ",\"host\":";
  append_quoted(out, names.hosts().name(group.host));
  fmt::format_to(std::back_inserter(out), ",\"start\":{},\"alerts\":{},\"confidence\":", group.start_s, group.alerts);
  append_double(out, confidence.confidence);
  out += ",\"evidence\":[";
  std::array<std::size_t, kEvidences> order{};
  for (std::size_t i = 0; i < kEvidences; ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return std::abs(confidence.weights[i]); });
  const Words words(model, rule, scored);
  for (const std::size_t i : order) {
    if (confidence.weights[i] == 0) continue;
    begin_item(out, kEvidenceNames[i], confidence.weights[i]);
    words.append(out, static_cast<Evidence>(i));
    out += "\"},";
  }
  begin_item(out, "base", confidence.base);
  append_base_words(out, model);
  out += "\"}]}\n";
}

}  // namespace tocsin::analyze
