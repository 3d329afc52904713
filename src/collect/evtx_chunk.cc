// The records of a chunk: where they begin and end, and how to go on where they do not.
#include <algorithm>

#include "collect/evtx.h"
#include "collect/evtx_crc32.h"
#include "collect/evtx_decoder.h"

namespace tocsin {

EvtxChunkReader::EvtxChunkReader(PathTable& paths) : decoder_(std::make_unique<EvtxDecoder>(paths)) {}
EvtxChunkReader::~EvtxChunkReader() = default;

Event& EvtxChunkReader::event() { return decoder_->event(); }
std::uint64_t EvtxChunkReader::fast_records() const { return decoder_->fast(); }
std::uint64_t EvtxChunkReader::slow_records() const { return decoder_->slow(); }
std::size_t EvtxChunkReader::templates() const { return decoder_->templates(); }

void EvtxChunkReader::note(const char* damage, std::uint32_t offset) {
  if (stats_.damage != nullptr) return;
  stats_.damage = damage;
  stats_.damage_offset = offset;
}

void EvtxChunkReader::open(std::span<const char> chunk) {
  chunk_ = {reinterpret_cast<const std::uint8_t*>(chunk.data()),
            static_cast<std::uint32_t>(std::min<std::size_t>(chunk.size(), kEvtxChunkSize))};
  stats_ = {};
  at_ = end_ = chunk_.size;
  last_id_ = 0;
  decoder_->start_chunk(chunk_);
  stats_.truncated = chunk_.size < kEvtxChunkSize;
  if (stats_.truncated) note("chunk shorter than 64 KiB", chunk_.size);
  if (!chunk_.has(0, kEvtxChunkHeaderSize)) return note("chunk header incomplete", 0);
  stats_.magic_ok = chunk_.starts_with(0, kEvtxChunkMagic);
  if (!stats_.magic_ok) note("wrong magic of the chunk", 0);
  const std::uint32_t flags = chunk_.u32(120), end = chunk_.u32(48);
  stats_.dirty = (flags & kEvtxFlagDirty) != 0;
  stats_.header_checksum_ok = evtx_chunk_header_sound(chunk_);
  if (!stats_.header_checksum_ok) note("checksum of the chunk header is wrong", 124);
  at_ = kEvtxChunkHeaderSize;
  const bool end_ok = end >= kEvtxChunkHeaderSize && end <= chunk_.size;
  if (!end_ok) note("end of the records outside the chunk", 48);
  end_ = end_ok ? end : chunk_.size;
  stats_.data_checksum_ok =
      (flags & kEvtxFlagNoChecksum) != 0 || (end_ok && evtx_crc32(0, chunk_.sub(at_, end_ - at_)) == chunk_.u32(52));
  if (!stats_.data_checksum_ok) note("checksum of the records is wrong", 52);
}

// The size of the record at `at`, or 0 if there is none with an intact header.
std::uint32_t EvtxChunkReader::record_size(std::uint32_t at) const {
  if (!chunk_.has(at, kEvtxRecordSizeMin) || !chunk_.starts_with(at, kEvtxRecordMagic)) return 0;
  const std::uint32_t size = chunk_.u32(at + 4);
  return size >= kEvtxRecordSizeMin && chunk_.has(at, size) ? size : 0;
}

// Moves at_ to the next record. Behind the end mark only a record that goes on where the last one left off is
// one: a stale mark leaves out such records, while records of an earlier round of the log have other ids.
bool EvtxChunkReader::find_record() {
  if (at_ < end_) return record_size(at_) != 0 || resync();
  if (record_size(at_) == 0 || stats_.records == 0 || chunk_.u64(at_ + 8) != last_id_ + 1) return false;
  ++stats_.recovered;
  note("records behind the end mark", at_);
  return true;
}

// The next aligned place where a record begins whose second size agrees.
bool EvtxChunkReader::resync() {
  const std::uint32_t from = at_;
  note("no record where one should begin", at_);
  at_ = (at_ + kEvtxRecordAlignment) / kEvtxRecordAlignment * kEvtxRecordAlignment;
  for (; at_ < end_; at_ += kEvtxRecordAlignment) {
    const std::uint32_t size = record_size(at_);
    if (size != 0 && chunk_.u32(at_ + size - 4) == size) break;
  }
  at_ = std::min(at_, end_);
  stats_.skipped_bytes += at_ - from;
  return at_ < end_;
}

bool EvtxChunkReader::next() {
  if (!find_record()) return false;
  const std::uint32_t size = record_size(at_);
  record_ = {.id = chunk_.u64(at_ + 8), .written = evtx_time(chunk_.u64(at_ + 16)), .offset = at_};
  last_id_ = record_.id;
  ++stats_.records;
  decode(size);
  at_ += size;
  return true;
}

void EvtxChunkReader::decode(std::uint32_t size) {
  EvtxDamage damage = decoder_->decode(at_ + kEvtxRecordHeaderSize, at_ + size - 4, plain_);
  const bool same = chunk_.u32(at_ + size - 4) == size;
  if (!damage && !same) damage = {"the two sizes of the record differ", at_ + size - 4};
  if (!damage) return;
  record_.damage = damage.what;
  record_.damage_offset = damage.offset;
  ++stats_.damaged;
  note(damage.what, damage.offset);
}

}  // namespace tocsin
