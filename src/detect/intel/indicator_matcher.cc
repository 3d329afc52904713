#include "detect/intel/indicator_matcher.h"

#include <algorithm>

namespace tocsin::intel {

namespace {

/// Fields that are no entity, since they hold several things or what is only part of one. Lists are taken apart at blanks, commas and semicolons.
struct Field {
  std::string_view name;
  Ask ask;
};
constexpr Field kFields[] = {
    {"QueryResults", Ask::kList},          // Sysmon 22, Microsoft-Windows-DNS-Client
    {"answers", Ask::kList},               // Zeek
    {"dns.answers.data", Ask::kList},      // ECS
    {"dns.resolved_ip", Ask::kAddress},
    {"dns.answers.rdata", Ask::kList},     // Suricata
    {"cs-referer", Ask::kUrl},
    {"referrer", Ask::kUrl},
    {"http.request.referrer", Ask::kUrl},
    {"http.http_refer", Ask::kUrl},
};

/// An address that begins like this is another host's in every network, if it is one at all, and so makes no alert (IndicatorSet::ask). Half of what is asked are these.
bool is_surely_local(std::string_view address) { return address.starts_with("10.") || address.starts_with("192.168.") || address.starts_with("127."); }

}  // namespace

Ask ask_of_meaning(std::string_view path, const PathMeaning& meaning) {
  const auto named = [&](const Field& field) { return path == field.name || std::ranges::find(meaning.names, field.name) != meaning.names.end(); };
  if (const auto* const found = std::ranges::find_if(kFields, named); found != std::end(kFields)) return found->ask;
  // Accounts are asked for where they look like mailboxes.
  return meaning.entity == EntityType::kUser ? Ask::kMailbox : ask_of(meaning.entity, "");
}

IndicatorMatcher::IndicatorMatcher(const IndicatorSet& set, const PathTable& paths) : set_(set), paths_(paths), skips_local_(!set.asks_local_addresses() && !set.has(IndicatorKind::kKept)) {}

void IndicatorMatcher::learn_paths() {
  for (auto path = static_cast<PathId>(asks_.size()); path < paths_.size(); ++path) asks_.push_back(ask_of_meaning(paths_.name(path), paths_.meaning(path)));
}

/// All that the value is found under, at any time, of sources that make alerts. Until the next call.
const std::vector<Found>& IndicatorMatcher::rows_of(const Asked& one) {
  const Value& value = *one.value;
  Known& known = known_[one.place.pair / 2 % kKnownPlaces];
  const bool keeps = one.place.mark != 0;
  if (keeps && known.mark == one.place.mark && known.raw == value.raw()) return known.rows;
  std::string_view text = value.raw();
  if (value.kind != ValueKind::kText) {
    text_.clear();
    append_value_text(text_, value);
    text = text_;
  }
  rows_.clear();
  set_.ask(one.ask, text, [&](const Found& found) {
    if (found.source->alerts) rows_.push_back(found);
  });
  if (keeps && !rows_.empty() && rows_.size() <= kKnownRowsMax) known = {one.place.mark, std::string(value.raw()), rows_};
  return rows_;
}

/// False: no indicator that makes alerts is found under it at any time.
bool IndicatorMatcher::look(const Asked& one, TimeUs time, std::vector<IndicatorHit>& hits) {
  const std::vector<Found>& rows = rows_of(one);
  std::size_t taken = 0;
  for (const Found& found : rows) {
    if (taken >= kHitsOfValueMax || hits.size() >= kHitsMax) break;
    if (!found.holds_at(time)) continue;
    ++taken;
    hits.push_back({*one.value, found});
  }
  return !rows.empty();
}

void IndicatorMatcher::collect(const Event& event) {
  collected_.clear();
  if (asks_.size() < paths_.size()) learn_paths();
  for (const Value& value : event.values) {
    const Ask ask = asks_[value.path];
    if (ask == Ask::kNothing) continue;
    if (value.derived) return;  // and all behind it: they say in other words what stands before
    if (value.size < AskedMemory::kBytesMin || value.kind == ValueKind::kNull || value.kind == ValueKind::kBool) continue;
    if (ask == Ask::kAddress && skips_local_ && is_surely_local(value.raw())) continue;
    collected_.push_back({&value, ask, memory_.find(ask, value)});
  }
}

void IndicatorMatcher::match(const Event& event, std::vector<IndicatorHit>& hits) {
  hits.clear();
  for (const Asked& one : collected_) {
    if (memory_.holds(one.place, *one.value)) {
      ++remembered_;
    } else if (!look(one, event.time, hits)) {
      memory_.put(one.place, *one.value);
    }
  }
  asked_ += collected_.size();
}

}  // namespace tocsin::intel
