#include "collect/gelf_datagrams.h"

#include <algorithm>
#include <utility>

namespace tocsin {

namespace {

constexpr std::string_view kChunkMagic = "\x1e\x0f";
constexpr std::size_t kIdBytes = 8, kChunkHeadBytes = 12;
constexpr std::int64_t kWaitNs = kGelfChunkWaitMs * std::int64_t{1'000'000};
/// Room that a free message keeps: two chunks, as most that have any have.
constexpr std::size_t kKeptBytes = 16 << 10;

/// Never 0. Whoever makes two that are alike gains nothing: names are compared too.
std::uint64_t key_of(std::string_view id, std::string_view sender) {
  std::uint64_t key = 0xcbf29ce484222325;  // FNV-1a
  for (const std::string_view text : {id, sender}) {
    for (const char c : text) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return key | 1;
}

}  // namespace

bool GelfDatagrams::read_chunk(std::string_view datagram, Chunk& chunk) {
  if (datagram.size() < kChunkHeadBytes) return false;
  chunk.id = datagram.substr(kChunkMagic.size(), kIdBytes);
  chunk.number = static_cast<unsigned char>(datagram[10]);
  chunk.count = static_cast<unsigned char>(datagram[11]);
  chunk.part = datagram.substr(kChunkHeadBytes);
  return chunk.count <= kGelfChunksMax && chunk.number < chunk.count;
}

void GelfDatagrams::read(std::string_view datagram, const DatagramSender& sender, std::int64_t now_ns, ReceivedVisitor& visitor) {
  if (!datagram.starts_with(kChunkMagic)) return message(datagram, visitor);
  give_up_late(now_ns);
  Chunk one;
  if (!read_chunk(datagram, one)) {
    ++counts_.bad;
    return;
  }
  chunk(one, sender.key, now_ns, visitor);
}

void GelfDatagrams::chunk(const Chunk& chunk, std::string_view sender, std::int64_t now_ns, ReceivedVisitor& visitor) {
  const std::size_t place = place_of(chunk, sender, now_ns);
  Message& all = *messages_[place];
  if (all.count != chunk.count) {
    ++counts_.bad;
    return;
  }
  if (std::exchange(all.is_there[chunk.number], true)) {
    ++counts_.repeated;
    return;
  }
  if (all.bytes.size() + chunk.part.size() > kGelfPackedBytesMax) return give_up(place);
  all.places[chunk.number] = {static_cast<std::uint32_t>(all.bytes.size()), static_cast<std::uint32_t>(chunk.part.size())};
  all.bytes.append(chunk.part);
  ++all.have;
  ++counts_.chunks;
  unfinished_bytes_ += chunk.part.size();
  if (all.have == all.count) {
    whole_.clear();
    for (std::size_t i = 0; i < all.count; ++i) whole_.append(all.bytes, all.places[i].from, all.places[i].size);
    release(place);
    return message(whole_, visitor);
  }
  while (unfinished_bytes_ > kGelfUnfinishedBytesMax) give_up(oldest());
}

/// Of the message that it belongs to, which may be a new one.
std::size_t GelfDatagrams::place_of(const Chunk& chunk, std::string_view sender, std::int64_t now_ns) {
  const std::uint64_t key = key_of(chunk.id, sender);
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].key == key && messages_[i]->id == chunk.id && messages_[i]->sender == sender) return i;
  }
  const std::size_t place = free_place();
  heads_[place] = {key, now_ns};
  messages_[place]->sender.assign(sender);
  messages_[place]->id.assign(chunk.id);
  messages_[place]->count = chunk.count;
  if (unfinished_ == 0) earliest_ns_ = now_ns;
  ++unfinished_;
  return place;
}

std::size_t GelfDatagrams::free_place() {
  if (unfinished_ == kGelfUnfinishedMax) give_up(oldest());
  const auto free = std::ranges::find(heads_, std::uint64_t{0}, &Head::key);
  if (free != heads_.end()) return static_cast<std::size_t>(free - heads_.begin());
  heads_.emplace_back();
  messages_.push_back(std::make_unique<Message>());
  return messages_.size() - 1;
}

/// Of those that are unfinished, of which there is one.
std::size_t GelfDatagrams::oldest() const {
  std::size_t found = heads_.size();
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].key != 0 && (found == heads_.size() || heads_[i].begun_ns < heads_[found].begun_ns)) found = i;
  }
  return found;
}

void GelfDatagrams::give_up_late(std::int64_t now_ns) {
  if (unfinished_ == 0 || now_ns - earliest_ns_ < kWaitNs) return;
  earliest_ns_ = now_ns;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].key == 0) continue;
    if (now_ns - heads_[i].begun_ns >= kWaitNs) {
      give_up(i);
    } else {
      earliest_ns_ = std::min(earliest_ns_, heads_[i].begun_ns);
    }
  }
}

void GelfDatagrams::give_up(std::size_t place) {
  ++counts_.unfinished;
  release(place);
}

void GelfDatagrams::release(std::size_t place) {
  Message& message = *messages_[place];
  heads_[place] = {};
  --unfinished_;
  unfinished_bytes_ -= message.bytes.size();
  message.count = message.have = 0;
  message.is_there.fill(false);
  if (message.bytes.capacity() > kKeptBytes) message.bytes = std::string();
  message.bytes.clear();
}

void GelfDatagrams::message(std::string_view packed, ReceivedVisitor& visitor) {
  Received received;
  if (!unpacker_.unpack(packed, received.raw)) {
    ++counts_.bad;
    return;
  }
  // Some senders end it as they would over TCP.
  while (received.raw.ends_with('\0')) received.raw.remove_suffix(1);
  if (received.raw.empty()) return;
  ++counts_.messages;
  visitor.record(received);
}

void GelfDatagrams::finish() {
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].key != 0) give_up(i);
  }
}

std::uint64_t GelfDatagrams::take_lost() {
  const std::uint64_t lost = counts_.bad + counts_.unfinished;
  return lost - std::exchange(told_, lost);
}

}  // namespace tocsin
