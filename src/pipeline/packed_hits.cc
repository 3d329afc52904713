#include "pipeline/packed_hits.h"

#include <cstring>

#include "base/sorted_spool.h"
#include "detect/correlate/correlator.h"

namespace tocsin {

namespace {

constexpr std::size_t kSourceAt = 8;  // after the time

void append_u32(std::string& out, std::uint32_t number) { out.append(reinterpret_cast<const char*>(&number), sizeof number); }

std::uint32_t take_u32(std::string_view& from) {
  std::uint32_t number = 0;
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return number;
}

std::string_view take_text(std::string_view& from) {
  const std::uint32_t size = take_u32(from);
  const std::string_view text = from.substr(0, size);
  from.remove_prefix(size);
  return text;
}

}  // namespace

std::vector<HitFields> wanted_hit_fields(const sigma::RuleSet& set) {
  std::vector<HitFields> wanted(set.rules.size());
  if (set.correlations.empty()) return wanted;
  const Correlator correlator(set, {});
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    wanted[i].wanted = correlator.wants(i);
    if (wanted[i].wanted) wanted[i].fields = correlator.fields_wanted(i);
  }
  return wanted;
}

HitPacker::HitPacker(PackedHits& hits, std::uint32_t rule, std::uint64_t index, TimeUs time, LogSourceId log_source)
    : out_(hits.bytes), begin_(out_.size()) {
  append_u32(out_, 0);  // the length, once it is known
  append_key(out_, time);
  append_key(out_, std::uint32_t{0});  // the source, once it is known
  append_key(out_, index);
  append_key(out_, rule);
  append_u32(out_, log_source);
  count_at_ = out_.size();
  append_u32(out_, 0);
}

HitPacker::~HitPacker() {
  put_u32(count_at_, count_);
  put_u32(begin_, static_cast<std::uint32_t>(out_.size() - begin_ - sizeof(std::uint32_t)));
}

void HitPacker::put_u32(std::size_t at, std::uint32_t number) { std::memcpy(out_.data() + at, &number, sizeof number); }

void HitPacker::field(std::uint32_t place, const Value& value) {
  append_u32(out_, place);
  const std::size_t length_at = out_.size();
  append_u32(out_, 0);
  append_value_text(out_, value);
  put_u32(length_at, static_cast<std::uint32_t>(out_.size() - length_at - sizeof(std::uint32_t)));
  ++count_;
}

void HitPacker::entity(const AlertEntity& entity) {
  append_u32(out_, static_cast<std::uint32_t>(entity.type));
  append_u32(out_, static_cast<std::uint32_t>(entity.value.size()));
  out_.append(entity.value);
}

std::string_view next_packed_hit(std::string_view& hits) { return hits.empty() ? std::string_view() : take_text(hits); }

void place_packed_hit(std::string& hit, EventRef event) {
  std::string key;
  append_key(key, event.source);
  append_key(key, event.index);
  hit.replace(kSourceAt, key.size(), key);
}

EventRef packed_hit_event(std::string_view hit) {
  hit.remove_prefix(kSourceAt);
  EventRef event;
  event.source = read_key_u32(hit);
  event.index = read_key_u64(hit);
  return event;
}

Hit HitUnpacker::unpack(std::string_view packed) const {
  Hit hit;
  hit.time = read_key_i64(packed);
  hit.event.source = read_key_u32(packed);
  hit.event.index = read_key_u64(packed);
  hit.rule = read_key_u32(packed);
  const LogSourceClass& log_source = log_sources_.get(take_u32(packed));
  if (const LogSource* source = log_source.fits(rules_.rules[hit.rule].log_source)) hit.log_source = *source;
  for (std::uint32_t left = take_u32(packed); left > 0; --left) {
    const std::uint32_t place = take_u32(packed);
    hit.fields.emplace_back(fields_[hit.rule].fields[place], take_text(packed));
  }
  while (!packed.empty()) {
    const auto type = static_cast<EntityType>(take_u32(packed));
    hit.entities.push_back({type, std::string(take_text(packed))});
  }
  return hit;
}

}  // namespace tocsin
