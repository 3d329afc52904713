#include "pipeline/rule_cost.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace tocsin {

namespace {

/// So often the sample is gone through, and the quickest counts: what else the machine did is no cost of the rule.
constexpr int kRounds = 3;
/// What is longer is worth a word.
constexpr double kLongFieldBytes = 300;
/// A rule that asks for nothing that is there, on any log source.
constexpr std::string_view kNothingRule =
    "title: nothing\n"
    "id: 00000000-0000-4000-8000-000000000000\n"
    "logsource: {category: nothing}\n"
    "detection:\n"
    "    selection: {a field that no event has: x}\n"
    "    condition: selection\n";

sigma::Rule nothing_rule() {
  sigma::LoadResult loaded = sigma::load({{"nothing", std::string(kNothingRule), false}}, {});
  TOCSIN_CHECK(loaded.set.rules.size() == 1, "a rule of our own loads");
  return std::move(loaded.set.rules.front());
}

template <class Visit>
void each_item(const sigma::Rule& rule, Visit&& visit) {
  for (const sigma::Selection& selection : rule.selections) {
    for (const auto& alternative : selection.alternatives) {
      for (const sigma::Item& item : alternative) visit(item);
    }
  }
}

}  // namespace

/// An event and the bytes that its values point into.
struct CostSample::Kept {
  Event event;
  std::string bytes;

  Kept(const Event& from) : event(from) {
    std::size_t size = from.text.size();
    for (const Value& value : from.values) size += value.size;
    bytes.reserve(size);
    bytes.append(from.text);
    for (Value& value : event.values) {
      const std::size_t at = bytes.size();
      bytes.append(value.raw());
      value.data = bytes.data() + at;  // reserved: it does not move
    }
    event.text = std::string_view(bytes).substr(0, from.text.size());
  }
};

struct CostSample::Class {
  std::uint64_t seen = 0;
  std::vector<std::unique_ptr<Kept>> kept;
};

CostSample::CostSample(Engine& engine) : engine_(engine), paths_(engine.taxonomy()) {}
CostSample::~CostSample() = default;

/// Ids are given in the order in which paths are met, so those of a table that met them in the same order are the same.
void CostSample::learn_paths(const PathTable& paths) {
  for (std::size_t id = paths_.size(); id < paths.size(); ++id) {
    const PathId own = paths_.child(paths.parent(static_cast<PathId>(id)), paths.key(static_cast<PathId>(id)));
    TOCSIN_CHECK(own == id, "paths are numbered in the order in which they are met");
  }
}

bool CostSample::add(const Event& event, const PathTable& paths) {
  if (classes_.size() <= event.log_source) classes_.resize(event.log_source + 1);
  std::unique_ptr<Class>& same = classes_[event.log_source];
  if (same == nullptr) same = std::make_unique<Class>();
  const std::uint64_t number = same->seen++;
  std::uint64_t place = number;
  if (number >= kCostEventsMax) place = random_() % (number + 1);  // each has the same chance (reservoir sampling)
  if (place >= kCostEventsMax) return true;
  learn_paths(paths);
  auto kept = std::make_unique<Kept>(event);
  const std::size_t before = place < same->kept.size() ? same->kept[place]->bytes.size() : 0;
  if (bytes_ - before + kept->bytes.size() > kCostBytesMax) return true;
  bytes_ = bytes_ - before + kept->bytes.size();
  if (place < same->kept.size()) {
    same->kept[place] = std::move(kept);
  } else {
    same->kept.push_back(std::move(kept));
  }
  return true;
}

std::size_t CostSample::size() const {
  std::size_t size = 0;
  for (const auto& same : classes_) size += same == nullptr ? 0 : same->kept.size();
  return size;
}

std::vector<const Event*> CostSample::events_of(const sigma::Rule& rule) const {
  std::vector<const Event*> events;
  for (LogSourceId id = 0; id < classes_.size(); ++id) {
    if (classes_[id] == nullptr || engine_.log_sources().get(id).fits(rule.log_source) == nullptr) continue;
    for (const auto& kept : classes_[id]->kept) events.push_back(&kept->event);
  }
  return events;
}

double CostSample::microseconds(Env& env, const sigma::Rule& rule, const std::vector<const Event*>& events) {
  sigma::RuleSet alone;
  alone.rules.push_back(rule);
  plan::Planner planner(alone, engine_.log_sources());
  match::MatcherOptions options;
  options.token_memory = false;
  match::Matcher matcher(planner, paths_, options);
  std::vector<std::uint32_t> matched;
  for (const Event* const event : events) matcher.match(*event, matched);  // what is compiled when it is first asked for is compiled
  std::int64_t quickest = INT64_MAX;
  for (int round = 0; round < kRounds; ++round) {
    const std::int64_t from = env.monotonic_ns();
    for (const Event* const event : events) matcher.match(*event, matched);
    quickest = std::min(quickest, env.monotonic_ns() - from);
  }
  return static_cast<double>(quickest) / 1e3 / static_cast<double>(events.size());
}

double CostSample::bytes_of(const std::string& field, const std::vector<const Event*>& events) const {
  double bytes = 0;
  for (const Event* const event : events) {
    for (const Value& value : event->values) {
      if (std::ranges::find(paths_.meaning(value.path).names, field) != paths_.meaning(value.path).names.end()) bytes += value.size;
    }
  }
  return bytes / static_cast<double>(events.size());
}

/// What usually takes time, in the order in which it does.
std::string CostSample::why(const sigma::Rule& rule, const std::vector<const Event*>& events) const {
  std::string regex_field, long_field;
  std::size_t regexes = 0, keywords = 0;
  double longest = 0;
  each_item(rule, [&](const sigma::Item& item) {
    if (item.field.empty()) ++keywords;
    for (const sigma::Pattern& pattern : item.patterns) {
      if (pattern.kind != sigma::Pattern::Kind::kRegex) continue;
      ++regexes;
      regex_field = item.field;
    }
    const double bytes = item.field.empty() ? 0 : bytes_of(item.field, events);
    if (bytes > longest) longest = bytes, long_field = item.field;
  });
  if (regexes > 0) {
    return fmt::format("{} regular expression{}, on {}: ask for a fixed text with it (|contains), or begin with a line that rarely holds", regexes, regexes == 1 ? "" : "s",
                       regex_field.empty() ? "every value" : regex_field);
  }
  if (keywords > 0) return "keywords, looked for in every value of each event: name the field";
  if (longest > kLongFieldBytes) return fmt::format("it searches {}, {:.0f} bytes in each event: ask for something that is equal in a short field as well", long_field, longest);
  return "";
}

std::vector<RuleCost> CostSample::measure(Env& env) {
  std::vector<RuleCost> costs;
  sigma::Rule nothing = nothing_rule();
  for (std::uint32_t i = 0; i < engine_.rules().rules.size(); ++i) {
    const sigma::Rule& rule = engine_.rules().rules[i];
    RuleCost& cost = costs.emplace_back();
    cost.rule = i;
    const std::vector<const Event*> events = events_of(rule);
    cost.events = events.size();
    if (events.empty()) continue;
    nothing.log_source = rule.log_source;
    cost.microseconds = std::max(0.0, microseconds(env, rule, events) - microseconds(env, nothing, events));
    cost.why = why(rule, events);
  }
  return costs;
}

}  // namespace tocsin
