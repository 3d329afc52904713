#include "detect/correlate/held_hit.h"

#include <cstring>
#include <new>

namespace tocsin::correlate {
namespace {

// packed: u32 number of fields; per field u32 id, u32 length, bytes; then per entity u32 type, u32 length, bytes.

char* put_u32(char* to, std::uint32_t value) {
  std::memcpy(to, &value, 4);
  return to + 4;
}

std::uint32_t read_u32(std::string_view& from) {
  std::uint32_t value;
  std::memcpy(&value, from.data(), 4);
  from.remove_prefix(4);
  return value;
}

constexpr std::size_t kTextHeadBytes = 8;

char* put_text(char* to, std::uint32_t tag, std::string_view text) {
  to = put_u32(put_u32(to, tag), static_cast<std::uint32_t>(text.size()));
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

std::string_view read_text(std::string_view& from, std::uint32_t& tag) {
  tag = read_u32(from);
  const std::uint32_t size = read_u32(from);
  const std::string_view text = from.substr(0, size);
  from.remove_prefix(size);
  return text;
}

/// A heap block costs its caller this much more than it asked for.
constexpr std::size_t kBlockBytes = 16;

}  // namespace

std::size_t HeldHit::bytes() const {
  std::size_t size = sizeof(HeldHit) + kBlockBytes + packed_bytes + kBlockBytes;
  if (below != nullptr) size += sizeof(Below) + below->hits.capacity() * sizeof(HitRef) + 2 * kBlockBytes;
  return size;
}

HeldHit* HeldHit::make(std::size_t packed_bytes) {
  auto* const hit = new (::operator new(sizeof(HeldHit) + packed_bytes)) HeldHit();
  hit->packed_bytes = static_cast<std::uint32_t>(packed_bytes);
  return hit;
}

void HeldHit::Delete::operator()(HeldHit* hit) const {
  hit->~HeldHit();
  ::operator delete(hit);
}

void HitRef::release() {
  if (hit_ != nullptr && --hit_->uses == 0) hit_->store->free(hit_);
  hit_ = nullptr;
}

HitStore::HitStore(std::map<std::string, FieldId, std::less<>> fields) : fields_(std::move(fields)) {
  field_names_.resize(fields_.size());
  for (const auto& [name, id] : fields_) field_names_[id] = &name;
}

std::uint32_t HitStore::intern(const LogSource& log_source) {
  if (!log_sources_.empty() && *log_sources_[last_log_source_] == log_source) return last_log_source_;
  const auto [at, added] =
      log_source_ids_.emplace(log_source, static_cast<std::uint32_t>(log_sources_.size()));
  if (added) log_sources_.push_back(&at->first);
  return last_log_source_ = at->second;
}

HitRef HitStore::keep(const Hit& hit) {
  known_.clear();
  std::size_t size = 4;
  for (const auto& [name, value] : hit.fields) {
    const auto field = fields_.find(name);
    if (field == fields_.end()) continue;
    known_.emplace_back(field->second, value);
    size += kTextHeadBytes + value.size();
  }
  for (const AlertEntity& entity : hit.entities) size += kTextHeadBytes + entity.value.size();
  HeldHit* const held = HeldHit::make(size);
  held->store = this;
  held->order = {{hit.time, 0, hit.event}, hit.rule, 0};
  held->log_source = intern(hit.log_source);
  char* to = put_u32(held->text(), static_cast<std::uint32_t>(known_.size()));
  for (const auto& [field, value] : known_) to = put_text(to, field, value);
  for (const AlertEntity& entity : hit.entities) to = put_text(to, static_cast<std::uint32_t>(entity.type), entity.value);
  bytes_ += held->bytes();
  return HitRef(held);
}

HitRef HitStore::keep_match(const Order& order, const std::vector<std::pair<FieldId, std::string>>& values,
                            Below below) {
  std::size_t size = 4;
  for (const auto& [field, value] : values) size += kTextHeadBytes + value.size();
  HeldHit* const held = HeldHit::make(size);
  held->store = this;
  held->order = order;
  held->late = below.late;
  char* to = put_u32(held->text(), static_cast<std::uint32_t>(values.size()));
  for (const auto& [field, value] : values) to = put_text(to, field, value);
  below.hits.shrink_to_fit();
  held->below = std::make_unique<Below>(std::move(below));
  bytes_ += held->bytes();
  return HitRef(held);
}

/// A match lets go of the hits below it, which may be matches: by a list, not by recursion as deep as the chain.
void HitStore::free(HeldHit* hit) {
  bytes_ -= hit->bytes();
  if (hit->below == nullptr) return HeldHit::Delete()(hit);
  dying_.emplace_back(hit);
  if (freeing_) return;
  freeing_ = true;
  while (!dying_.empty()) {
    const OwnedHit last = std::move(dying_.back());
    dying_.pop_back();
    last->below.reset();
  }
  freeing_ = false;
}

Hit HitStore::restore(const HeldHit& held) const {
  Hit hit;
  hit.rule = held.order.node;
  hit.event = held.order.place.event;
  hit.time = held.order.place.time;
  hit.log_source = *log_sources_[held.log_source];
  std::string_view rest = held.packed();
  std::uint32_t tag = 0;
  for (std::uint32_t left = read_u32(rest); left > 0; --left) {
    const std::string_view value = read_text(rest, tag);
    hit.fields.emplace_back(*field_names_[tag], value);
  }
  while (!rest.empty()) {
    const std::string_view value = read_text(rest, tag);
    hit.entities.push_back({static_cast<EntityType>(tag), std::string(value)});
  }
  return hit;
}

std::string_view packed_field(const HeldHit& hit, FieldId field) {
  std::string_view rest = hit.packed();
  std::uint32_t tag = 0;
  for (std::uint32_t left = read_u32(rest); left > 0; --left) {
    const std::string_view value = read_text(rest, tag);
    if (tag == field) return value;
  }
  return {};
}

}  // namespace tocsin::correlate
