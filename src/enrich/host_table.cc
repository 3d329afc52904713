#include "enrich/host_table.h"

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"

namespace tocsin::enrich {

namespace {

constexpr std::int64_t kHourUs = std::int64_t{3'600} * 1'000'000;
/// For so long it is still that host's, if nobody says otherwise. Leases are renewed at half of their time, and a day is the usual one; who has logged in may have left at the end of a day's work.
constexpr std::int64_t known_us(HostTable::Kind kind) { return (kind == HostTable::Kind::kDhcp ? 24 : 8) * kHourUs; }

}  // namespace

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kHostNameBytesMax || name == "-" || name == "N/A" || name == "(none)" || name == "*" || folded(name) == "localhost") return false;
  return !read_ip(name) && std::ranges::none_of(name, [](char c) { return static_cast<std::uint8_t>(c) <= ' ' || c == 0x7F; });
}

std::size_t HostTable::set_of(const IpAddress& address) { return hash_fold(address.high ^ 0x2d358dccaa6c78a5u, address.low ^ 0x8bb84b93962eacc9u) % kHostSets * kHostWays; }

HostTable::Slot& HostTable::slot_for(const IpAddress& address) {
  if (slots_.empty()) slots_.resize(kHostSets * kHostWays);
  Slot* const set = &slots_[set_of(address)];
  Slot* oldest = set;
  for (Slot* slot = set; slot != set + kHostWays; ++slot) {
    if (!slot->spans.empty() && slot->address == address) return *slot;
    const bool better = slot->spans.empty() ? !oldest->spans.empty() : !oldest->spans.empty() && slot->last < oldest->last;
    if (better) oldest = slot;
  }
  oldest->address = address;
  oldest->spans.clear();
  oldest->last = kNoTime;
  return *oldest;
}

/// Behind the span that begins before it, or within that one, which two hosts share then.
void HostTable::add(std::vector<Span>& spans, const Sighting& sighting) {
  const auto after = std::ranges::upper_bound(spans, sighting.time, {}, &Span::first);
  const bool has_before = after != spans.begin();
  if (has_before && (after - 1)->host == sighting.host) {
    Span& before = *(after - 1);
    before.last = std::max(before.last, sighting.time);
    if (sighting.kind == Kind::kDhcp) before.kind = Kind::kDhcp;
    return;
  }
  if (after != spans.end() && after->host == sighting.host) {
    after->first = sighting.time;
    return;
  }
  const Span seen{std::string(sighting.host), std::string(sighting.source.substr(0, kHostSourceBytesMax)), sighting.time, sighting.time, sighting.kind};
  const auto at = spans.insert(after, seen);
  if (!has_before || (at - 1)->last <= sighting.time) return;
  Span rest = *(at - 1);
  (at - 1)->last = sighting.time;
  rest.first = rest.last;
  spans.insert(at + 1, std::move(rest));
}

void HostTable::learn(const Sighting& sighting) {
  if (sighting.time == kNoTime || !is_host_name(sighting.host)) return;
  Slot& slot = slot_for(sighting.address);
  add(slot.spans, sighting);
  while (slot.spans.size() > kHostSpansMax) slot.spans.erase(slot.spans.begin());
  slot.last = std::max(slot.last, sighting.time);
}

std::optional<Enrichment> HostTable::host_of(const IpAddress& address, TimeUs time) const {
  if (time == kNoTime || slots_.empty()) return std::nullopt;
  const Slot* const set = &slots_[set_of(address)];
  for (const Slot* slot = set; slot != set + kHostWays; ++slot) {
    if (slot->spans.empty() || slot->address != address) continue;
    const auto after = std::ranges::upper_bound(slot->spans, time, {}, &Span::first);
    if (after == slot->spans.begin()) return std::nullopt;
    const Span& span = *(after - 1);
    if (time > span.last + known_us(span.kind)) return std::nullopt;
    HostFact fact{span.host, span.kind == Kind::kDhcp ? "dhcp" : "log-in", span.first, after == slot->spans.end() ? kNoTime : after->first};
    return Enrichment{EntityType::kIp, {}, std::move(fact), {span.source, {}, {}, kNoTime}};
  }
  return std::nullopt;
}

std::size_t HostTable::size() const {
  return static_cast<std::size_t>(std::ranges::count_if(slots_, [](const Slot& slot) { return !slot.spans.empty(); }));
}

}  // namespace tocsin::enrich
