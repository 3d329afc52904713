#include "pipeline/indicator_hunt.h"

#include <algorithm>

#include "enrich/load_indicators.h"
#include "pipeline/kept_words.h"
#include "pipeline/record_reader.h"

namespace tocsin {

namespace {

void add_mistake(std::string& mistakes, const Error& error) { mistakes += (mistakes.empty() ? "" : "\n") + error.message; }

bool replaces_addresses(const protect::Policy& policy) {
  return std::ranges::any_of(policy.rules, [](const protect::PolicyRule& rule) { return rule.action == protect::Action::kPrefix; });
}

}  // namespace

Result<HuntedIndicators> read_hunted(Env& env, const enrich::EnrichSettings& settings, Protection& protection, const Naming& naming, std::vector<std::string>& notes) {
  HuntedIndicators hunted;
  hunted.set = std::make_unique<intel::IndicatorSet>(TRY(enrich::random_seed()));
  hunted.other_addresses = replaces_addresses(protection.policy());
  std::string mistakes;
  intel::AllowList allowed;
  for (const std::string& path : settings.allowed) {
    if (const Status read = allowed.read(env, path, notes); !read) add_mistake(mistakes, read.error());
  }
  KeptWords words(protection, naming);
  for (const enrich::ReputationSettings& file : settings.indicators) {
    const std::uint16_t number = TRY(hunted.set->add_source({.name = file.name, .file = file.file, .category = file.category, .score = file.score, .alerts = true}));
    intel::FileCounts counts;
    const auto take = [&](const intel::Indicator& indicator) -> Status {
      if (allowed.holds(indicator.kind, indicator.key)) return ++hunted.allowed, Status();
      intel::Indicator past = indicator;
      past.from = kNoTime;
      return words.translate(past, [&](const intel::Indicator& form) { return hunted.set->add(form, number); });
    };
    if (const Status read = intel::read_indicator_file(env, file.file, take, counts, notes); !read) add_mistake(mistakes, read.error());
    hunted.read += counts.taken;
    hunted.set->leave_out(number, std::move(counts.replaced));
    hunted.set->source(number).place_word = counts.place_word;
  }
  if (!mistakes.empty()) return Error{Code::kInvalid, std::move(mistakes)};
  // Where addresses stand for others, an allow-list cannot say which of them are meant; it has spoken of the indicators.
  if (hunted.other_addresses) hunted.set->ask_local_addresses();
  if (!hunted.other_addresses) hunted.set->set_allowed(std::move(allowed));
  hunted.set->finish();
  return hunted;
}

IndicatorHunt::IndicatorHunt(Engine& engine, const HuntedIndicators& indicators, Visit visit)
    : indicators_(indicators), visit_(std::move(visit)), no_hits_(engine.rules().rules.size()), worker_(engine, WorkerOptions{}, writer_, no_hits_) {
  worker_.watch_all([this](const Event& event, const PathTable& paths) { look_at(event, paths); });
}

bool IndicatorHunt::record(const store::StoredRecord& record) {
  hit_.source = record.source;
  hit_.sequence = record.sequence;
  hit_.time = record.received;
  put_record(record.raw, record.received, block_);
  worker_.process(block_, record.source, result_);
  ++events_;
  return wanted_;
}

void IndicatorHunt::look_at(const Event& event, const PathTable& paths) {
  if (matcher_ == nullptr) matcher_ = std::make_unique<intel::IndicatorMatcher>(*indicators_.set, paths);
  matcher_->collect(event);
  matcher_->match(event, hits_);
  if (hits_.empty()) return;
  ++events_hit_;
  if (event.time != kNoTime) hit_.time = event.time;
  for (const intel::IndicatorHit& one : hits_) {
    const std::vector<std::string>& names = paths.meaning(one.value.path).names;
    hit_.field = names.empty() ? std::string_view(paths.name(one.value.path)) : std::string_view(names.front());
    hit_.value.clear();
    append_value_text(hit_.value, one.value);
    hit_.found = &one.found;
    hit_.indicator = one.found.value();
    hit_.reference = one.found.reference();
    const bool stands_for_another = one.found.kind == intel::IndicatorKind::kKept || (indicators_.other_addresses && one.found.kind == intel::IndicatorKind::kNetwork);
    if (stands_for_another) {
      const std::size_t end = std::min(hit_.reference.find(' '), hit_.reference.size());
      hit_.indicator = hit_.reference.substr(0, end);
      hit_.reference.erase(0, std::min(end + 1, hit_.reference.size()));
    }
    wanted_ = wanted_ && visit_(hit_);
  }
}

}  // namespace tocsin
