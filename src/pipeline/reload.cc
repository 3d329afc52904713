#include "pipeline/reload.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/canary_rule.h"
#include "report/json_text.h"
#include "store/rule_trials.h"

namespace tocsin {

namespace {

/// So many are told; the rest is counted. Whoever broke a folder of rules sees why with the first of them.
constexpr std::size_t kBrokenTold = 20;

/// What is wrong with files that was not wrong before; "" if nothing is.
std::string newly_broken(const std::vector<std::string>& broken, const std::vector<std::string>& before) {
  std::vector<std::string> found;
  std::ranges::set_difference(broken, before, std::back_inserter(found));
  if (found.empty()) return "";
  std::string text = "rules cannot be loaded:";
  for (std::size_t i = 0; i < std::min(found.size(), kBrokenTold); ++i) text += "\n" + found[i];
  if (found.size() > kBrokenTold) text += fmt::format("\nand {} more", found.size() - kBrokenTold);
  return text;
}

std::string as_json(const Reloaded& done) {
  std::string text = fmt::format(R"({{"rules":{},"correlations":{},"changed":{},"from_record":{},"sha256":)", done.rules.rules, done.rules.correlations,
                                 done.changed, done.rules.from);
  append_string(text, done.rules.sha256);
  text += fmt::format(",\"on_trial\":{},\"left_out\":{},\"enrichment_files\":{},\"need_restart\":", done.on_trial, done.left_out, done.enrichment_files);
  append_strings(text, done.need_restart);
  return text + '}';
}

std::string in_words(const Reloaded& done) {
  std::string text = done.changed ? fmt::format("{} rules and {} correlations hold from record {} on", done.rules.rules, done.rules.correlations, done.rules.from)
                                  : "the rules are what they were; settings were read again";
  if (done.on_trial > 0) text += "; " + words_of_trials(done.on_trial);
  if (done.enrichment_files > 0) text += fmt::format("; enrichment has {} files", done.enrichment_files);
  for (const std::string& name : done.need_restart) text += "; " + name + " has changed and needs a restart";
  return text;
}

}  // namespace

ArchiverLimits ServiceConfiguration::limits() const {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  return {std::chrono::seconds(store_after_seconds), {static_cast<std::int64_t>(keep_days) * kDayUs, keep_bytes, keep_sources}, {.age_us = static_cast<std::int64_t>(keep_alerts_days) * kDayUs}};
}

Result<std::size_t> try_new_rules(ServiceConfiguration& next, State& state, TimeUs now) {
  std::vector<std::string> ids;
  const sigma::RuleSet& set = next.engine->rules();
  const std::optional<std::uint32_t> canary = canary_card(*next.engine);
  for (std::size_t i = 0; i < set.rules.size(); ++i) {
    if (i != canary) ids.push_back(set.rules[i].id);
  }
  for (const sigma::Correlation& correlation : set.correlations) ids.push_back(correlation.id);
  const std::set<std::string> on_trial = TRY(RuleTrials(state).take(ids, next.try_new_rules, now));
  next.engine->put_in_shadow(on_trial);
  return on_trial.size();
}

std::string words_of_trials(std::size_t count) {
  return fmt::format("{} that {} new {} nobody yet: `tocsin rules shadow` shows what {} find{}, `tocsin rules promote ID` lets {} be heard", count == 1 ? "one rule" : fmt::format("{} rules", count),
                     count == 1 ? "is" : "are", count == 1 ? "reaches" : "reach", count == 1 ? "it" : "they", count == 1 ? "s" : "", count == 1 ? "it" : "them");
}

Reloader::Reloader(Place place, ReadConfiguration read, const ServiceConfiguration& first, std::function<void(const std::string&)> log)
    : place_(place), read_(std::move(read)), log_(std::move(log)), broken_(first.broken), read_enricher_(first.read_enricher), retro_days_(first.retro_days) {}

Result<Reloaded> Reloader::take(ServiceConfiguration& next, const std::function<bool()>& cancelled) {
  if (std::string wrong = newly_broken(next.broken, broken_); !wrong.empty()) return Error{Code::kInvalid, std::move(wrong)};
  const std::vector<RuleSetFacts> in_force = TRY(place_.state.rule_sets(1));
  Reloaded done;
  done.changed = in_force.empty() || in_force.front().sha256 != next.rules.sha256;
  done.rules = done.changed ? next.rules : in_force.front();
  done.left_out = next.broken.size();
  done.need_restart = next.need_restart;
  if (done.changed) {
    done.on_trial = TRY(try_new_rules(next, place_.state, place_.env.now_us()));
    auto made = std::make_unique<StreamRules>(std::move(next.engine), next.rules);
    made->prepare(place_.stream.log_sources());
    done.rules.from = TRY(place_.stream.exchange(std::move(made), cancelled));
  }
  done.enrichment_files = next.enricher == nullptr ? 0 : next.enricher->files().size();
  retro_days_ = next.retro_days;
  place_.stream.set_enricher(next.enricher);
  place_.archiver.set_limits(next.limits());
  broken_ = next.broken;
  read_enricher_ = next.read_enricher;
  return done;
}

Result<std::string> Reloader::reload(const std::function<bool()>& cancelled) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Result<ServiceConfiguration> next = read_();
  const Result<Reloaded> done = next ? take(*next, cancelled) : Result<Reloaded>(next.error());
  const std::string message = done ? in_words(*done) : done.error().message;
  log_((done ? "reloaded: " : "not reloaded, what was in force stays: ") + message);
  {
    const std::lock_guard<std::mutex> last_lock(last_mutex_);
    last_ = {place_.env.now_us(), done.has_value(), message};
  }
  if (!done) return done.error();
  return as_json(*done);
}

Status Reloader::reload_enrichment() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!read_enricher_) return {};
  Result<std::shared_ptr<const enrich::Enricher>> enricher = read_enricher_();
  if (!enricher) return Error{enricher.error().code, "indicators were not loaded anew, those before stay: " + enricher.error().message};
  place_.stream.set_enricher(std::move(*enricher));
  return {};
}

LastReload Reloader::last() const {
  const std::lock_guard<std::mutex> lock(last_mutex_);
  return last_;
}

}  // namespace tocsin
