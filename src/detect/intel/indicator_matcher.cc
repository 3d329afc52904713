#include "detect/intel/indicator_matcher.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

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

}  // namespace

Ask ask_of_meaning(std::string_view path, const PathMeaning& meaning) {
  const auto named = [&](const Field& field) { return path == field.name || std::ranges::find(meaning.names, field.name) != meaning.names.end(); };
  if (const auto* const found = std::ranges::find_if(kFields, named); found != std::end(kFields)) return found->ask;
  // Accounts are asked for where they look like mailboxes.
  return meaning.entity == EntityType::kUser ? Ask::kMailbox : ask_of(meaning.entity, "");
}

IndicatorMatcher::IndicatorMatcher(const IndicatorSet& set, const PathTable& paths) : set_(set), paths_(paths) {}

Ask IndicatorMatcher::ask_of_path(PathId path) {
  if (path >= asks_.size()) asks_.resize(std::max<std::size_t>(paths_.size(), path + 1));
  std::uint8_t& ask = asks_[path];
  if (ask == 0) ask = static_cast<std::uint8_t>(static_cast<int>(ask_of_meaning(paths_.name(path), paths_.meaning(path))) + 1);
  return static_cast<Ask>(ask - 1);
}

/// Whether an indicator is found under it at any time.
bool IndicatorMatcher::look(Ask ask, TimeUs time, const Value& value, std::vector<IndicatorHit>& hits) {
  text_.clear();
  append_value_text(text_, value);
  bool found_any = false;
  std::size_t taken = 0;
  set_.ask(ask, text_, [&](const Found& found) {
    found_any = true;
    if (!found.source->alerts || !found.holds_at(time) || taken >= kHitsOfValueMax || hits.size() >= kHitsMax) return;
    ++taken;
    hits.push_back({value, found});
  });
  return found_any;
}

void IndicatorMatcher::match_value(Ask ask, const Event& event, const Value& value, std::vector<IndicatorHit>& hits) {
  ++asked_;
  // Two places for each value: the one that came last, and the one before it.
  const auto remember = [&](auto* pair) {
    const auto mark = static_cast<std::uint8_t>(static_cast<int>(ask) + 1 + (value.kind == ValueKind::kJsonText ? 0x40 : 0));
    const auto is_it = [&](const auto& slot) { return slot.ask == mark && slot.size == value.size && std::memcmp(slot.bytes, value.data, value.size) == 0; };
    if (is_it(pair[0]) || is_it(pair[1])) {
      ++remembered_;
      return;
    }
    if (look(ask, event.time, value, hits)) return;
    pair[1] = pair[0];
    pair[0].ask = mark;
    pair[0].size = static_cast<std::uint8_t>(value.size);
    std::memcpy(pair[0].bytes, value.data, value.size);
  };
  if (value.size > sizeof(Long::bytes)) {
    look(ask, event.time, value, hits);
    return;
  }
  const std::uint64_t hash = hash_bytes(value.raw(), static_cast<std::uint64_t>(ask));
  if (value.size <= sizeof(Short::bytes)) {
    remember(&short_[hash % (kShortSlots / 2) * 2]);
  } else {
    remember(&long_[hash % (kLongSlots / 2) * 2]);
  }
}

void IndicatorMatcher::match(const Event& event, std::vector<IndicatorHit>& hits) {
  hits.clear();
  for (const Value& value : event.values) {
    if (value.derived) return;  // and all behind it: they say in other words what stands before
    const Ask ask = value.path < asks_.size() && asks_[value.path] != 0 ? static_cast<Ask>(asks_[value.path] - 1) : ask_of_path(value.path);
    if (ask != Ask::kNothing && value.size > 3 && value.kind != ValueKind::kNull && value.kind != ValueKind::kBool) match_value(ask, event, value, hits);
  }
}

}  // namespace tocsin::intel
