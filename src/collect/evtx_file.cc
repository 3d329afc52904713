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

void EvtxSplitter::skip(std::size_t size) {
  at_ += size;
  offset_ += size;
}

// Steps over what is no chunk: to the next magic within the buffer, or so far that a magic across the end of the buffer
// is still found.
void EvtxSplitter::skip_to_chunk() {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  std::size_t size = rest.find(kEvtxChunkMagic, 1);
  if (size == std::string_view::npos) {
    size = ended_ ? rest.size() : std::max<std::size_t>(1, rest.size() - (kEvtxChunkMagic.size() - 1));
  }
  if (!all_zero(rest.substr(0, size))) skipped_bytes_ += size;
  skip(size);
}

// A chunk is 64 KiB. Only where its end is followed by neither a chunk nor zeros nor the end of the file, it may have been
// cut short and the next chunk stands inside it: taken if that header's checksum is right, so that bytes inside a record
// of a sound file can never pass for a chunk.
std::size_t EvtxSplitter::chunk_size() const {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  if (rest.size() <= kEvtxChunkSize) return rest.size();
  const std::string_view next = rest.substr(kEvtxChunkSize);
  if (kEvtxChunkMagic.starts_with(next.substr(0, kEvtxChunkMagic.size())) || all_zero(next)) return kEvtxChunkSize;
  const EvtxBytes view{reinterpret_cast<const std::uint8_t*>(rest.data()), kEvtxChunkSize};
  std::size_t inner = kEvtxChunkHeaderSize;
  while ((inner = rest.find(kEvtxChunkMagic, inner)) < kEvtxChunkSize - kEvtxChunkHeaderSize) {
    if (evtx_chunk_header_sound(view.sub(static_cast<std::uint32_t>(inner), kEvtxChunkHeaderSize))) return inner;
    ++inner;
  }
  return kEvtxChunkSize;
}

Result<bool> EvtxSplitter::next(EvtxChunk& into) {
  TRY(fill(kEvtxChunkSize + kEvtxChunkMagic.size()));
  if (!header_read_) {
    header_read_ = true;
    header_ = EvtxFileHeader::parse(buffer_);
    if (header_.magic_ok) {
      skip(std::min<std::size_t>(buffer_.size(), kEvtxFileHeaderSize));
      TRY(fill(kEvtxChunkSize + kEvtxChunkMagic.size()));
    }
  }
  while (!std::string_view(buffer_).substr(at_).starts_with(kEvtxChunkMagic)) {
    if (at_ == buffer_.size()) return false;
    skip_to_chunk();
    TRY(fill(kEvtxChunkSize + kEvtxChunkMagic.size()));
  }
  const std::size_t size = chunk_size();
  into.offset = offset_;
  into.bytes.swap(buffer_);  // fill left at_ at 0
  buffer_.assign(into.bytes, size);
  into.bytes.resize(size);
  offset_ += size;
  return true;
}

}  // namespace tocsin
