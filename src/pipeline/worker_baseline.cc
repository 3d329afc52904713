// The part of a Worker that baselines have: what they see of an event, where a log-in came from, and the alerts of signs that make one by themselves.
#include <algorithm>

#include "base/ip_network.h"
#include "pipeline/worker.h"

namespace tocsin {

namespace {

/// An address with a port behind it, as some clouds write it: 203.0.113.7:443, [2001:db8::7]:443.
std::string_view without_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return text;
  return text[colon - 1] == ']' || text.find(':') == colon ? text.substr(0, colon) : text;
}

}  // namespace

void Worker::set_baselines(baseline::Baselines* baselines) {
  alert_.baseline.clear();  // nobody else would
  promoted_.clear();
  baselines_ = baselines;
  baseline_reader_.reset();
  if (baselines == nullptr) return;
  baseline_reader_.emplace(baselines->fields(), paths_, engine_.log_sources());
  baselines->promote(engine_.promoted());
}

/// Also where nothing but learning is to be done: what makes an alert now depends on what made one before.
void Worker::observe(const Event& event) {
  baseline_reader_->read(event, source_, received_, observed_);
  if (observed_.login.address != nullptr && places_) place_login();
  promoted_.clear();
  baselines_->ask_promoted(observed_, promoted_);
}

void Worker::place_login() {
  address_.clear();
  append_value_text(address_, *observed_.login.address);
  const std::optional<IpAddress> address = read_ip(without_port(address_));
  if (!address) return;
  const enrich::GeoPlace& place = places_->place_of(*address);
  observed_.login.place = {place.country, place.latitude, place.longitude, place.radius_km};
}

/// One for each kind of sign that the event has and that makes alerts.
void Worker::baseline_alerts(const Event& event, std::uint64_t index, int& highest) {
  for (std::size_t i = 0; i < kBaselineKindNames.size(); ++i) {
    const auto kind = static_cast<BaselineKind>(i);
    if (std::ranges::find(promoted_, kind, &BaselineSign::kind) == promoted_.end()) continue;
    const std::uint32_t card = engine_.baseline_card(kind);
    const std::uint8_t rank = engine_.card(card).level_rank;
    if (rank < options_.level_min) continue;
    highest = std::max(highest, static_cast<int>(rank));
    begin_own_alert(card, event, index);
    for (const BaselineSign& sign : promoted_) {
      if (sign.kind == kind) add_matched_of(sign);
    }
    write_alert(card, index);
    alert_.matched.clear();
  }
}

/// The value that the sign is about; of a log-in its address. A number of events is about none.
void Worker::add_matched_of(const BaselineSign& sign) {
  static const std::vector<std::string> kNoModifiers;
  const std::string_view kind = kBaselineKindNames[static_cast<std::size_t>(sign.kind)];
  if (baseline::kLoginKinds.has(sign.kind)) {
    const Value& address = *observed_.login.address;
    const std::vector<std::string>& names = paths_.meaning(address.path).names;
    alert_.matched.push_back({kind, names.empty() ? std::string_view(paths_.name(address.path)) : std::string_view(names.front()), &kNoModifiers, sign.value, address});
    return;
  }
  for (std::size_t i = 0; i < observed_.field_count; ++i) {
    const baseline::Observation::Field& field = observed_.fields[i];
    if (!sign.field.empty() && field.name == sign.field) alert_.matched.push_back({kind, field.name, &kNoModifiers, {}, *field.value});
  }
}

}  // namespace tocsin
