#include "enrich/host_table.h"

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"

namespace tocsin::enrich {

namespace {

constexpr std::int64_t kHourUs = std::int64_t{3'600} * 1'000'000;
constexpr std::string_view kMagic = "TOCSINH1";
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
  const bool is_within = has_before && (after - 1)->last > sighting.time;  // and what comes after does not begin before it ends
  if (after != spans.end() && after->host == sighting.host && !is_within) {
    after->first = sighting.time;
    return;
  }
  const Span seen{std::string(sighting.host), std::string(sighting.source.substr(0, kHostSourceBytesMax)), sighting.time, sighting.time, sighting.kind};
  const auto at = spans.insert(after, seen);
  if (!is_within) return;
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
  ++changes_;
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

std::vector<const HostTable::Slot*> HostTable::latest_first(TimeUs since) const {
  std::vector<const Slot*> slots;
  for (const Slot& slot : slots_) {
    if (!slot.spans.empty() && slot.last >= since) slots.push_back(&slot);
  }
  std::ranges::sort(slots, [](const Slot* a, const Slot* b) { return a->last != b->last ? a->last > b->last : a->address < b->address; });
  return slots;
}

void HostTable::pack(const Slot& slot, std::string& out) {
  append_number(out, slot.address.high);
  append_number(out, slot.address.low);
  append_number(out, slot.last);
  append_number(out, static_cast<std::uint8_t>(slot.spans.size()));
  for (const Span& span : slot.spans) {
    append_number(out, static_cast<std::uint8_t>(span.kind));
    append_number(out, span.first);
    append_number(out, span.last);
    append_number(out, static_cast<std::uint16_t>(span.host.size()));
    out += span.host;
    append_number(out, static_cast<std::uint16_t>(span.source.size()));
    out += span.source;
  }
}

/// False if what is there could not have been written.
bool HostTable::unpack(ByteReader& bytes, Slot& slot) {
  slot.address.high = bytes.number<std::uint64_t>();
  slot.address.low = bytes.number<std::uint64_t>();
  slot.last = bytes.number<TimeUs>();
  const std::size_t count = bytes.number<std::uint8_t>();
  if (!bytes.good() || count == 0 || count > kHostSpansMax) return false;
  for (std::size_t i = 0; i < count; ++i) {
    Span& span = slot.spans.emplace_back();
    const auto kind = bytes.number<std::uint8_t>();
    span.kind = static_cast<Kind>(kind);
    span.first = bytes.number<TimeUs>();
    span.last = bytes.number<TimeUs>();
    span.host = bytes.take(bytes.number<std::uint16_t>());
    span.source = bytes.take(bytes.number<std::uint16_t>());
    const bool fits = kind <= static_cast<std::uint8_t>(Kind::kLogin) && is_host_name(span.host) && span.source.size() <= kHostSourceBytesMax && span.first != kNoTime && span.first <= span.last;
    const bool in_order = i == 0 || slot.spans[i - 1].first <= span.first;
    if (!bytes.good() || !fits || !in_order) return false;
  }
  return true;
}

std::string HostTable::packed(TimeUs since) const {
  std::string out(kMagic);
  for (const Slot* slot : latest_first(since)) {
    const std::size_t before = out.size();
    pack(*slot, out);
    if (out.size() <= kHostsPackedBytesMax) continue;
    out.resize(before);
    break;
  }
  return out;
}

bool HostTable::unpack(std::string_view bytes, TimeUs since) {
  if (!bytes.starts_with(kMagic) || bytes.size() > kHostsPackedBytesMax) return false;
  ByteReader reader(bytes.substr(kMagic.size()));
  std::vector<Slot> slots;
  while (!reader.at_end()) {
    if (slots.size() == kHostSets * kHostWays || !unpack(reader, slots.emplace_back())) return false;
  }
  if (!reader.good()) return false;
  slots_.clear();
  for (Slot& slot : slots) {
    if (slot.last >= since) slot_for(slot.address) = std::move(slot);
  }
  return true;
}

std::size_t HostTable::size() const {
  return static_cast<std::size_t>(std::ranges::count_if(slots_, [](const Slot& slot) { return !slot.spans.empty(); }));
}

}  // namespace tocsin::enrich
