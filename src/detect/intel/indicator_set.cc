#include "detect/intel/indicator_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"
#include "base/url_host.h"

namespace tocsin::intel {

namespace {

/// Parts of a row beside its kind, which has the low three bits.
enum Part : std::uint8_t { kHasFrom = 8, kHasUntil = 16, kHasUuid = 32, kHasText = 64 };
/// A UUID behind these is an id of STIX.
constexpr std::string_view kStixPrefix = "indicator--";
constexpr std::size_t kUuidBytes = 16, kUuidText = 36;
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kSecondsMax = UINT32_MAX;

void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

std::uint64_t take_varint(const char*& at) {
  std::uint64_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
}

std::uint32_t take_seconds(const char*& at) {
  std::uint32_t seconds;
  std::memcpy(&seconds, at, sizeof seconds);
  at += sizeof seconds;
  return seconds;
}

/// Seconds since 1970, up from a part of one; before that is the beginning, after 2106 the end of it.
std::uint32_t seconds_of(TimeUs time) { return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time / kSecondUs + (time % kSecondUs > 0 ? 1 : 0), 0, kSecondsMax)); }

/// The bytes of a UUID in its usual spelling (RFC 9562, 4), which the text then has again; "" if it is none.
std::string uuid_bytes(std::string_view text) {
  if (text.size() != kUuidText) return {};
  std::string bytes;
  for (std::size_t i = 0; i < kUuidText;) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i++] != '-') return {};
      continue;
    }
    unsigned byte = 0;
    for (int digit = 0; digit < 2; ++digit, ++i) {
      const char c = text[i];
      const bool decimal = c >= '0' && c <= '9';
      if (!decimal && (c < 'a' || c > 'f')) return {};
      byte = byte << 4 | static_cast<unsigned>(decimal ? c - '0' : c - 'a' + 10);
    }
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::string uuid_text(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

/// Not the middle of a character.
std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

std::uint8_t mark_of(std::uint64_t hash) { return static_cast<std::uint8_t>(hash) | 1; }

/// A place of a table of this size, by the upper bits of the hash.
std::size_t slot_of(std::uint64_t hash, std::size_t size) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>(static_cast<Wide>(hash) * size >> 64);
}

}  // namespace

Ask ask_of(EntityType type, std::string_view value) {
  switch (type) {
    case EntityType::kIp: return Ask::kAddress;
    case EntityType::kHost:
    case EntityType::kDomain: return Ask::kName;
    case EntityType::kUrl: return Ask::kUrl;
    case EntityType::kHash: return Ask::kHashes;
    case EntityType::kMailbox: return Ask::kMailbox;
    case EntityType::kUser: return value.find('@') != std::string_view::npos ? Ask::kMailbox : Ask::kNothing;
    default: return Ask::kNothing;
  }
}

std::string Found::reference() const {
  if (hidden) return {};
  if ((parts & kHasUuid) == 0) return std::string(reference_bytes);
  return std::string((parts & kHasText) != 0 ? kStixPrefix : std::string_view()) + uuid_text(reference_bytes);
}

Result<std::uint16_t> IndicatorSet::add_source(IndicatorSource source) {
  if (sources_.size() >= kSourcesMax) return Error{Code::kLimit, fmt::format("there are more than {} files of indicators and lists", kSourcesMax)};
  alerts_ = alerts_ || source.alerts;
  sources_.push_back(std::move(source));
  return static_cast<std::uint16_t>(sources_.size() - 1);
}

std::uint32_t IndicatorSet::word(const std::string& text) {
  if (text.empty()) return 0;
  const auto [at, added] = word_places_.try_emplace(text, static_cast<std::uint32_t>(words_.size()));
  if (added) words_.push_back(text);
  return at->second;
}

/// What has a label of its own only while there is room for one.
std::uint32_t IndicatorSet::label(const Indicator& indicator, std::uint16_t source) {
  const bool full = labels_.size() >= kLabelsMax;
  std::string key;
  append_number(key, source);
  key += static_cast<char>(indicator.confidence);
  key += indicator.source;
  key += '\0';
  key += indicator.tags;
  if (const auto known = label_places_.find(key); known != label_places_.end()) return known->second;
  if (full && !(indicator.tags.empty() && indicator.source.empty())) {
    Indicator bare;
    bare.confidence = indicator.confidence;
    return label(bare, source);
  }
  // At most kSourcesMax times 102 without tags and names come on top of the limit.
  const auto number = static_cast<std::uint32_t>(labels_.size());
  labels_.push_back({source, indicator.confidence, word(indicator.source), word(indicator.tags)});
  label_places_.emplace(std::move(key), number);
  return number;
}

Status IndicatorSet::add(const Indicator& indicator, std::uint16_t source) {
  IndicatorSource& from = sources_[source];
  if (!from.benign && allowed_.holds(indicator.kind, indicator.key)) {
    ++from.allowed;
    return {};
  }
  if (rows_ >= kIndicatorsMax) return Error{Code::kLimit, fmt::format("{}: all indicators and lists together have more than {} entries", from.file, kIndicatorsMax)};
  std::uint8_t head = static_cast<std::uint8_t>(indicator.kind);
  std::string_view reference = cut(indicator.reference, kReferenceBytesMax);
  const bool of_stix = reference.starts_with(kStixPrefix);
  const std::string uuid = uuid_bytes(of_stix ? reference.substr(kStixPrefix.size()) : reference);
  if (indicator.from != kNoTime) head |= kHasFrom;
  if (indicator.until != kNoTime) head |= kHasUntil;
  if (!uuid.empty()) head |= kHasUuid;
  if (uuid.empty() ? !reference.empty() : of_stix) head |= kHasText;
  Indicator labelled;
  labelled.confidence = indicator.confidence;
  labelled.source = cut(indicator.source, kTagsBytesMax);
  labelled.tags = cut(indicator.tags, kTagsBytesMax);
  std::string row(1, static_cast<char>(head));
  append_varint(row, label(labelled, source));
  append_varint(row, indicator.place);
  if ((head & kHasFrom) != 0) append_number(row, seconds_of(indicator.from));
  if ((head & kHasUntil) != 0) append_number(row, seconds_of(indicator.until));
  row += uuid;
  if (uuid.empty() && !reference.empty()) {
    append_varint(row, reference.size());
    row += reference;
  }
  append_varint(row, indicator.key.size());
  row += indicator.key;
  if (block_used_ + row.size() > kBlockBytes) {
    if ((blocks_.size() + 1) * kBlockBytes > kIndicatorBytesMax) return Error{Code::kLimit, fmt::format("{}: all indicators and lists together have more than {} MiB", from.file, kIndicatorBytesMax >> 20)};
    blocks_.push_back(std::make_unique<char[]>(kBlockBytes));
    block_used_ = 0;
  }
  char* const to = blocks_.back().get() + block_used_;
  std::memcpy(to, row.data(), row.size());
  block_used_ += row.size();
  if (block_used_ < kBlockBytes) blocks_.back()[block_used_] = static_cast<char>(0xff);  // no row begins so: the end of the block's rows
  ++rows_;
  ++counts_[static_cast<std::size_t>(indicator.kind)];
  v4_count_ += indicator.kind == IndicatorKind::kNetwork && indicator.key.size() == kV4KeyBytes ? 1 : 0;
  ++from.entries;
  return {};
}

Found IndicatorSet::read(const char* row, std::size_t* size) const {
  const char* at = row;
  Found found;
  const auto head = static_cast<std::uint8_t>(*at++);
  found.kind = static_cast<IndicatorKind>(head & 7);
  found.parts = head & 0xf8;
  const Label& label = labels_[take_varint(at)];
  found.place = static_cast<std::uint32_t>(take_varint(at));
  if ((head & kHasFrom) != 0) found.from = take_seconds(at) * kSecondUs;
  if ((head & kHasUntil) != 0) found.until = take_seconds(at) * kSecondUs;
  if ((head & (kHasUuid | kHasText)) != 0) {
    const std::size_t bytes = (head & kHasUuid) != 0 ? kUuidBytes : take_varint(at);
    found.reference_bytes = {at, bytes};
    at += bytes;
  }
  const std::size_t bytes = take_varint(at);
  found.key = {at, bytes};
  found.source_number = label.source;
  found.source = &sources_[label.source];
  found.confidence = label.confidence;
  found.named_source = words_[label.named_source];
  found.tags = words_[label.tags];
  if (size != nullptr) *size = static_cast<std::size_t>(at + bytes - row);
  return found;
}

/// An address is asked for in networks of each length: those within its IPv4 block of 256 stand together in the filter.
std::uint64_t IndicatorSet::near(IndicatorKind kind, std::string_view key, std::uint64_t hash) const {
  constexpr unsigned char kBlockBits = 120;
  const bool in_block = kind == IndicatorKind::kNetwork && key.size() == kV4KeyBytes && static_cast<unsigned char>(key[0]) >= kBlockBits;
  return in_block ? hash_bytes(key.substr(1, 3), seed_) : hash;
}

/// One more row of a key, unless it has enough of them, or the same is said already.
void IndicatorSet::insert(std::uint32_t place, const Found& row) {
  const std::uint64_t hash = this->hash(row.kind, row.key);
  std::size_t same = 0;
  for (std::size_t at = slot_of(hash, slots_.size());; at = at + 1 == slots_.size() ? 0 : at + 1) {
    if (marks_[at] == 0) {
      marks_[at] = mark_of(hash);
      slots_[at] = place;
      filter_.add(row.kind, hash, near(row.kind, row.key, hash));
      return;
    }
    if (marks_[at] != mark_of(hash)) continue;
    const Found other = read(row_at(slots_[at]));
    if (other.kind != row.kind || other.key != row.key) continue;
    const bool said = other.source == row.source && other.from == row.from && other.until == row.until && other.confidence == row.confidence && other.named_source == row.named_source;
    if (said || ++same >= kSameKeyMax) {
      --rows_;
      return;
    }
  }
}

void IndicatorSet::add_network(std::string_view key) {
  const IpNetwork network = network_of(key);
  const bool v4 = network.bits >= 96 && network.base.is_v4();
  (v4 ? v4_bits_ : v6_bits_).set(network.bits);
  if (v4) filter_.add_v4(network);
}

void IndicatorSet::leave_out(std::uint16_t source, std::vector<std::uint32_t> places) {
  if (places.empty()) return;
  if (left_out_.size() <= source) left_out_.resize(source + std::size_t{1});
  std::ranges::sort(places);
  left_out_[source] = std::move(places);
}

bool IndicatorSet::is_left_out(const Found& row) const { return row.source_number < left_out_.size() && std::ranges::binary_search(left_out_[row.source_number], row.place); }

void IndicatorSet::finish() {
  filter_ = KeyFilter(counts_, v4_count_ > 0);
  slots_.assign(rows_ + rows_ / 2 + 1, kNoRow);
  marks_.assign(slots_.size(), 0);
  for (std::size_t block = 0; block < blocks_.size(); ++block) {
    std::size_t size = 0;
    for (std::size_t at = 0; at < kBlockBytes && blocks_[block][at] != static_cast<char>(0xff); at += size) {
      const Found row = read(blocks_[block].get() + at, &size);
      if (is_left_out(row)) {
        --rows_;
        --sources_[row.source_number].entries;
        continue;
      }
      if (row.kind == IndicatorKind::kNetwork) add_network(row.key);
      insert(static_cast<std::uint32_t>(block * kBlockBytes + at + 1), row);
    }
  }
  left_out_ = {};
  word_places_ = {};
  label_places_ = {};
}

void IndicatorSet::each(const Visit& visit) const {
  for (std::size_t at = 0; at < slots_.size(); ++at) {
    if (marks_[at] != 0) visit(read(row_at(slots_[at])));
  }
}

std::size_t IndicatorSet::bytes() const {
  std::size_t all = blocks_.size() * kBlockBytes + slots_.capacity() * sizeof(std::uint32_t) + marks_.capacity() + labels_.capacity() * sizeof(Label) + filter_.bytes();
  for (const std::string& word : words_) all += sizeof word + word.capacity();
  return all;
}

template <class Take>
void IndicatorSet::each_of(IndicatorKind kind, std::string_view key, Take&& take) const {
  if (!has(kind)) return;
  const std::uint64_t hash = this->hash(kind, key);
  if (!filter_.may_hold(kind, hash, near(kind, key, hash))) return;
  const std::uint8_t mark = mark_of(hash);
  for (std::size_t at = slot_of(hash, slots_.size()); marks_[at] != 0; at = at + 1 == slots_.size() ? 0 : at + 1) {
    if (marks_[at] != mark) continue;
    const Found row = read(row_at(slots_[at]));
    if (row.kind == kind && row.key == key) take(row);
  }
}

/// Sources that spoke before of longer networks, or nearer names.
struct IndicatorSet::Told {
  std::bitset<kSourcesMax> before, now;
  bool first(const Found& row) {
    now.set(row.source_number);
    return !before[row.source_number];
  }
  void next() { before |= now; }
};

void IndicatorSet::ask_address(const IpAddress& address, const Visit& visit) const {
  const bool v4 = address.is_v4();
  const std::bitset<129>& lengths = v4 ? v4_bits_ : v6_bits_;
  if (lengths.none() || (v4 && !filter_.may_hold_v4(address))) return;
  std::optional<bool> local, allowed;
  Told told;
  char key[17];
  for (int bits = 128; bits >= (v4 ? 96 : 0); --bits) {
    if (!lengths[static_cast<std::size_t>(bits)]) continue;
    const IpAddress base = first_bits(address, static_cast<unsigned>(bits));
    std::size_t size = 0;
    key[size++] = static_cast<char>(bits);
    if (!v4) {
      for (int shift = 56; shift >= 0; shift -= 8) key[size++] = static_cast<char>(base.high >> shift);
    }
    for (int shift = v4 ? 24 : 56; shift >= 0; shift -= 8) key[size++] = static_cast<char>(base.low >> shift);
    each_of(IndicatorKind::kNetwork, {key, size}, [&](const Found& row) {
      if (!local) local = !asks_local_ && scope_of(address) == IpScope::kLocal;
      if (!row.source->benign && !allowed) allowed = !asks_local_ && allowed_.holds(IndicatorKind::kNetwork, network_key({address, 128}));
      if ((row.source->benign || (!*local && !*allowed)) && told.first(row)) visit(row);
    });
    told.next();
  }
}

void IndicatorSet::ask_name(std::string_view name, const Visit& visit) const {
  if (!has(IndicatorKind::kDomain) && !has(IndicatorKind::kName)) return;
  if (name.starts_with("*.")) name.remove_prefix(2);
  char room[kPlainHostBytesMax];
  std::string other;
  std::optional<std::string_view> plain = plain_host(name, room);
  if (!plain) plain = other = comparable_host(name);
  const std::string_view host = *plain;
  std::optional<bool> allowed;
  Told told;
  const auto take = [&](const Found& row) {
    if (!row.source->benign && !allowed) allowed = allowed_.holds(IndicatorKind::kName, host);
    if ((row.source->benign || !*allowed) && told.first(row)) visit(row);
  };
  each_of(IndicatorKind::kName, host, take);
  std::string_view rest = host;
  for (std::size_t labels = 0; !rest.empty() && labels < kNameLabelsMax; ++labels) {
    each_of(IndicatorKind::kDomain, rest, take);
    told.next();
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return;
    rest.remove_prefix(dot + 1);
  }
}

void IndicatorSet::ask_url(std::string_view url, const Visit& visit) const {
  // A path alone leads nowhere.
  if (url.starts_with('/') && !url.starts_with("//")) return;
  if (has(IndicatorKind::kUrl)) {
    const std::string key = comparable_url(url);
    std::optional<bool> allowed;
    each_of(IndicatorKind::kUrl, key, [&](const Found& row) {
      if (!row.source->benign && !allowed) allowed = allowed_.holds(IndicatorKind::kUrl, key);
      if (row.source->benign || !*allowed) visit(row);
    });
  }
  ask(Ask::kName, url_host(url), visit);
}

/// "SHA256=…,MD5=…", as Sysmon writes them, or one alone.
void IndicatorSet::ask_hashes(std::string_view hashes, const Visit& visit) const {
  for (std::size_t count = 0; !hashes.empty() && count < kHashesMax; ++count) {
    const std::size_t end = std::min(hashes.find(','), hashes.size());
    std::string_view hash = hashes.substr(0, end);
    hashes.remove_prefix(std::min(end + 1, hashes.size()));
    hash.remove_prefix(hash.rfind('=') + 1);
    const std::optional<std::string> key = key_of(IndicatorKind::kHash, hash);
    if (!key) continue;
    each_of(IndicatorKind::kHash, *key, [&](const Found& row) {
      if (row.source->benign || !allowed_.holds(IndicatorKind::kHash, *key)) visit(row);
    });
  }
}

void IndicatorSet::ask_mailbox(std::string_view mailbox, const Visit& visit) const {
  const std::optional<std::string> key = key_of(IndicatorKind::kMailbox, mailbox);
  if (!key) return;
  each_of(IndicatorKind::kMailbox, *key, [&](const Found& row) {
    if (row.source->benign || !allowed_.holds(IndicatorKind::kMailbox, *key)) visit(row);
  });
  ask_name(std::string_view(*key).substr(key->rfind('@') + 1), visit);
}

void IndicatorSet::ask(Ask ask, std::string_view value, const Visit& visit) const {
  if (rows_ == 0 || value.empty() || value.size() > kIndicatorValueBytesMax) return;
  if (has(IndicatorKind::kKept)) each_of(IndicatorKind::kKept, folded(value), visit);
  switch (ask) {
    case Ask::kNothing: return;
    case Ask::kAddress:
    case Ask::kName: {
      if (const std::optional<IpAddress> address = read_ip(value)) return ask_address(*address, visit);
      if (ask == Ask::kName) ask_name(value, visit);
      return;
    }
    case Ask::kUrl: return ask_url(value, visit);
    case Ask::kHashes: return ask_hashes(value, visit);
    case Ask::kMailbox: return ask_mailbox(value, visit);
    case Ask::kList:
      for (std::size_t at = 0; at < value.size();) {
        const std::size_t end = std::min(value.find_first_of(" ;,\t", at), value.size());
        if (end > at) this->ask(Ask::kName, value.substr(at, end - at), visit);
        at = end + 1;
      }
  }
}

}  // namespace tocsin::intel
