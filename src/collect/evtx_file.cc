#include <algorithm>

#include "collect/evtx.h"
#include "collect/evtx_crc32.h"

namespace tocsin {
namespace {

bool all_zero(std::string_view bytes) {
  return bytes.empty() || (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

bool evtx_chunk_header_sound(EvtxBytes header) {
  constexpr std::uint32_t summed = 120, tables = 128;
  if (!header.has(0, kEvtxChunkHeaderSize)) return false;
  if ((header.u32(120) & kEvtxFlagNoChecksum) != 0) return true;
  const std::uint32_t crc = evtx_crc32(0, header.sub(0, summed));
  return evtx_crc32(crc, header.sub(tables, kEvtxChunkHeaderSize - tables)) == header.u32(124);
}

EvtxFileHeader EvtxFileHeader::parse(std::span<const char> bytes) {
  constexpr std::uint32_t used = 128, summed = 120;
  EvtxFileHeader header;
  const EvtxBytes view{reinterpret_cast<const std::uint8_t*>(bytes.data()),
                       static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), kEvtxFileHeaderSize))};
  if (!view.has(0, used)) return header;
  const std::uint32_t flags = view.u32(120);
  header.magic_ok = view.starts_with(0, kEvtxFileMagic);
  header.checksum_ok = (flags & kEvtxFlagNoChecksum) != 0 || evtx_crc32(0, view.sub(0, summed)) == view.u32(124);
  header.dirty = (flags & kEvtxFlagDirty) != 0;
  header.first_chunk = view.u64(8);
  header.last_chunk = view.u64(16);
  header.next_record_id = view.u64(24);
  header.minor = view.u16(36);
  header.major = view.u16(38);
  header.chunk_count = view.u16(42);
  return header;
}

namespace {

// Whether some record lies in a block, both of its sizes being the same.
bool has_record(std::string_view block) {
  const EvtxBytes view{reinterpret_cast<const std::uint8_t*>(block.data()), static_cast<std::uint32_t>(block.size())};
  for (std::uint32_t at = 0; view.has(at, kEvtxRecordSizeMin); at += kEvtxRecordAlignment) {
    if (!view.starts_with(at, kEvtxRecordMagic)) continue;
    const std::uint32_t size = view.u32(at + 4);
    if (size >= kEvtxRecordSizeMin && view.has(at, size) && view.u32(at + size - 4) == size) return true;
  }
  return false;
}

// Whether a sound chunk header inside a chunk is that of the next chunk, this one having been cut short. It
// is if it stands behind the records, or if the records do not have the checksum they should: so bytes inside
// a record of a sound chunk can never pass for a chunk.
bool is_cut(EvtxBytes chunk, std::uint32_t inner) {
  if (!evtx_chunk_header_sound(chunk.sub(inner, kEvtxChunkHeaderSize))) return false;
  const std::uint32_t end = chunk.u32(48);
  if (end < kEvtxChunkHeaderSize || end > chunk.size || inner >= end) return true;
  const EvtxBytes records = chunk.sub(kEvtxChunkHeaderSize, end - kEvtxChunkHeaderSize);
  return evtx_crc32(0, records) != chunk.u32(52);
}

}  // namespace

// Makes at least `size` bytes available behind at_, or all there are.
Status EvtxSplitter::fill(std::size_t size) {
  buffer_.erase(0, at_);
  at_ = 0;
  while (buffer_.size() < size && !ended_) {
    const std::size_t have = buffer_.size();
    buffer_.resize(size);
    const Result<std::size_t> got = file_.read(buffer_.data() + have, size - have);
    buffer_.resize(have + (got ? *got : 0));
    if (!got || *got == 0) ended_ = true;
    if (!got) return got.error();
  }
  return {};
}

// A chunk is 64 KiB. Only where neither a chunk nor the end of the file follows, it may have been cut short.
std::size_t EvtxSplitter::chunk_size() const {
  const std::string_view rest = buffer_;
  if (rest.size() <= kEvtxChunkSize) return rest.size();
  if (rest.substr(kEvtxChunkSize).starts_with(kEvtxChunkMagic)) return kEvtxChunkSize;
  const EvtxBytes view{reinterpret_cast<const std::uint8_t*>(rest.data()), kEvtxChunkSize};
  std::size_t inner = rest.find(kEvtxChunkMagic, kEvtxChunkMagic.size());
  while (inner <= kEvtxChunkSize - kEvtxChunkHeaderSize) {
    if (is_cut(view, static_cast<std::uint32_t>(inner))) return inner;
    inner = rest.find(kEvtxChunkMagic, inner + 1);
  }
  return kEvtxChunkSize;
}

// The next `size` bytes become the chunk; what is behind them stays.
void EvtxSplitter::take(std::size_t size, EvtxChunk& into) {
  into.offset = offset_;
  into.bytes.swap(buffer_);  // fill left at_ at 0
  buffer_.assign(into.bytes, size);
  into.bytes.resize(size);
  offset_ += size;
}

Result<bool> EvtxSplitter::next(EvtxChunk& into) {
  constexpr std::size_t ahead = kEvtxChunkSize + kEvtxChunkMagic.size();
  if (!header_read_) {
    header_read_ = true;
    TRY(fill(ahead));
    header_ = EvtxFileHeader::parse(buffer_);
    on_grid_ = header_.magic_ok;
    if (on_grid_) offset_ = at_ = std::min<std::size_t>(buffer_.size(), kEvtxFileHeaderSize);
  }
  while (true) {
    TRY(fill(ahead));
    if (buffer_.empty()) return false;
    std::size_t size = 0;
    if (buffer_.starts_with(kEvtxChunkMagic)) {
      on_grid_ = true;
      size = chunk_size();
    } else {
      size = std::min<std::size_t>({buffer_.find(kEvtxChunkMagic, 1), buffer_.size(), kEvtxChunkSize});
      const std::string_view block = std::string_view(buffer_).substr(0, size);
      if (!on_grid_ || !has_record(block)) {
        if (!all_zero(block)) skipped_bytes_ += size;
        at_ += size;
        offset_ += size;
        continue;
      }
    }
    take(size, into);
    return true;
  }
}

}  // namespace tocsin
