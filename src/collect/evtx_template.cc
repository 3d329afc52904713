#include "collect/evtx_template.h"

#include "base/hash.h"

namespace tocsin {
namespace {

std::string_view view(EvtxBytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

void add_part(EvtxFingerprint& print, EvtxFingerprint::Kind kind, EvtxBytes bytes) {
  if (kind != EvtxFingerprint::Kind::kSkip) print.bytes += view(bytes);
  const bool merge = kind != EvtxFingerprint::Kind::kName && !print.parts.empty() && print.parts.back().kind == kind;
  if (merge) {
    print.parts.back().size += bytes.size;
  } else {
    print.parts.push_back({kind, bytes.size});
  }
}

// Steps over the name field at `at` if the name is the one expected.
bool match_name(EvtxBytes chunk, std::uint32_t end, std::uint32_t& at, std::string_view expected) {
  constexpr std::uint32_t header = 8, terminator = 2;
  if (end - at < 4) return false;
  const std::uint32_t offset = chunk.u32(at);
  at += 4;
  if (!chunk.has(offset, header) || 2u * chunk.u16(offset + 6) != expected.size()) return false;
  if (!chunk.starts_with(offset + header, expected)) return false;
  if (offset != at) return true;
  const auto size = header + static_cast<std::uint32_t>(expected.size()) + terminator;
  if (size > end - at) return false;
  at += size;
  return true;
}

}  // namespace

EvtxFingerprint evtx_fingerprint(EvtxBytes chunk, const EvtxFragment& definition) {
  using Kind = EvtxFingerprint::Kind;
  EvtxFingerprint print;
  EvtxTokenReader reader(chunk, definition);
  EvtxToken token;
  print.to_the_end = true;
  while (reader.next(token)) {
    if (token.kind == EvtxToken::Kind::kEnd) print.to_the_end = false;
    if (token.name_field == 0) {
      add_part(print, Kind::kSame, chunk.sub(token.begin, token.end - token.begin));
      continue;
    }
    add_part(print, Kind::kSame, chunk.sub(token.begin, 1));
    const std::uint32_t sizes = token.name_field - token.begin - 1;  // of the element, with its dependency id
    if (sizes != 0) add_part(print, Kind::kSkip, chunk.sub(token.begin + 1, sizes));
    add_part(print, Kind::kName, token.name);
    if (token.with_attributes) add_part(print, Kind::kSkip, chunk.sub(token.end - 4, 4));
  }
  return print;
}

bool EvtxFingerprint::matches(EvtxBytes chunk, const EvtxFragment& definition) const {
  std::uint32_t at = definition.begin;
  std::string_view expected = bytes;
  for (const Part& part : parts) {
    if (part.kind == Kind::kName) {
      if (!match_name(chunk, definition.end, at, expected.substr(0, part.size))) return false;
      expected.remove_prefix(part.size);
      continue;
    }
    if (part.size > definition.end - at) return false;
    if (part.kind == Kind::kSame) {
      if (std::memcmp(chunk.data + at, expected.data(), part.size) != 0) return false;
      expected.remove_prefix(part.size);
    }
    at += part.size;
  }
  return !to_the_end || at == definition.end;
}

std::size_t EvtxTemplate::bytes() const {
  return sizeof *this + ops.capacity() * sizeof(EvtxOp) + text.capacity() + siblings.capacity() * sizeof(PathId) +
         fingerprint.parts.capacity() * sizeof(EvtxFingerprint::Part) + fingerprint.bytes.capacity();
}

std::size_t EvtxTemplateCache::KeyHash::operator()(const Key& key) const {
  return hash_bytes(reinterpret_cast<const char*>(key.guid.data()), key.guid.size(), key.parent);
}

EvtxTemplateCache::EvtxTemplateCache(PathTable& paths) : paths_(paths), time_path_(PathTable::kRoot) {
  for (const char* key : {"Event", "System", "TimeCreated", "#attributes", "SystemTime"}) {
    time_path_ = paths.child(time_path_, key);
  }
}

void EvtxTemplateCache::start_chunk() { slots_.fill({}); }

void EvtxTemplateCache::make_room() {
  if (count_ < kEvtxTemplatesMax && bytes_ < kEvtxTemplateBytesMax) return;
  templates_.clear();
  count_ = bytes_ = 0;
  start_chunk();
}

const EvtxTemplate* EvtxTemplateCache::find(EvtxBytes chunk, std::uint32_t offset, PathId parent, EvtxBudget& budget) {
  Slot& slot = slots_[(offset / 8 + parent) % kSlots];
  if (slot.offset == offset && slot.parent == parent && slot.found != nullptr) return slot.found;
  const EvtxTemplate* found = look_up(chunk, offset, parent, budget);
  if (found != nullptr) slot = {offset, parent, found};
  return found;
}

const EvtxTemplate* EvtxTemplateCache::look_up(EvtxBytes chunk, std::uint32_t offset, PathId parent,
                                               EvtxBudget& budget) {
  EvtxFragment definition;
  if (evtx_definition(chunk, offset, definition)) return nullptr;
  Key key{.guid = {}, .parent = parent};
  std::memcpy(key.guid.data(), chunk.data + offset + 4, key.guid.size());
  if (const auto known = templates_.find(key); known != templates_.end()) {
    for (const auto& candidate : known->second) {
      if (!budget.spend((definition.end - definition.begin) / 8 + 1)) return nullptr;
      if (candidate->fingerprint.matches(chunk, definition)) return candidate.get();
    }
  }
  if (!budget.spend(definition.end - definition.begin)) return nullptr;
  EvtxXml xml(chunk, budget);
  xml.read_definition(offset);
  if (xml.damage()) return nullptr;
  auto compiled = std::make_unique<EvtxTemplate>(evtx_compile(xml, parent, paths_));
  compiled->fingerprint = evtx_fingerprint(chunk, definition);
  bytes_ += compiled->bytes();
  ++count_;
  return templates_[key].emplace_back(std::move(compiled)).get();
}

}  // namespace tocsin
