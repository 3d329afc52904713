// Captures as libpcap and Wireshark write them, packet by packet: pcap (both orders of bytes, micro- and nanoseconds) and pcapng. One thread at a time. What is damaged
// ends the capture, since nothing says where the next packet begins: everything before it was given out, and trouble() says where it was.
//
//   pcap     = magic: A1B2C3D4, or A1B23C4D with nanoseconds  version: 2 × 16 bits  zone, accuracy  snapshot length: 32 bits  link type: 32 bits, the lower 16 count   24 bytes
//              *(seconds: 32 bits  fraction: 32 bits  captured: 32 bits  length: 32 bits  captured bytes)
//   pcapng   = *block                                                       draft-ietf-opsawg-pcapng
//   block    = type: 32 bits  size of all: 32 bits  body  padding to 4  the size again
//   sections = 0A0D0D0A, whose body begins with 1A2B3C4D in the order of bytes of what follows
//   packets  = 6: interface, time: 2 × 32 bits, captured, length, bytes; 3: length, bytes, which have no time of their own and get that of the packet before; 2: as 6, of old
//   interfaces = 1: link type: 16 bits, 16 bits, snapshot length: 32 bits, options: 9 is the unit of time (10^-n, or 2^-n with the highest bit), 14 the seconds to add
//
//   CaptureReader reader(std::move(stream));
//   while (reader.next(packet)) …
//   if (reader.trouble()) …
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/byte_stream.h"

namespace tocsin {

/// What is_capture wants to see.
inline constexpr std::size_t kCaptureHeadBytes = 12;
/// A packet; the most that libpcap writes.
inline constexpr std::size_t kCapturePacketBytesMax = 256 << 10;
/// A block of pcapng that is no packet; it is passed over, so this only tells damage.
inline constexpr std::size_t kCaptureBlockBytesMax = 64u << 20;
/// Interfaces of a section.
inline constexpr std::size_t kCaptureInterfacesMax = 4'096;

bool is_capture(std::string_view head);

struct CapturedPacket {
  std::string_view bytes;     // good until the next
  std::int64_t time_ns = 0;   // since 1970
  std::uint32_t length = 0;   // on the wire, as the capture says
  std::uint16_t link = 0;     // its LINKTYPE
};

class CaptureReader {
 public:
  explicit CaptureReader(std::unique_ptr<ByteStream> source);
  /// False at the end, also where that is too early.
  bool next(CapturedPacket& packet);
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  struct Interface {
    std::uint16_t link = 0;
    std::uint32_t snapshot = 0;
    std::uint64_t units = 1'000'000;  // of a second
    std::int64_t offset_s = 0;
  };

  bool have(std::size_t bytes);
  std::string_view view(std::size_t bytes) const { return std::string_view(buffer_).substr(at_, bytes); }
  void use(std::size_t bytes);
  bool skip(std::size_t bytes);
  bool fail(const char* what);
  std::uint16_t number16(std::size_t at) const;
  std::uint32_t number32(std::size_t at) const;

  bool begin();
  bool next_classic(CapturedPacket& packet);
  bool next_block(CapturedPacket& packet);
  bool section(std::uint32_t size);
  bool interface(std::uint32_t size);
  void options(std::string_view body, Interface& about) const;
  bool enhanced(std::uint32_t size, bool old, CapturedPacket& packet);
  bool simple(std::uint32_t size, CapturedPacket& packet);
  std::int64_t time_of(const Interface& about, std::uint64_t count) const;

  std::unique_ptr<ByteStream> source_;
  std::string buffer_;
  std::size_t at_ = 0;         // what is before was used
  std::size_t done_ = 0;       // to be used before the next packet: what was given out
  std::uint64_t offset_ = 0;   // of at_ in the capture
  bool started_ = false, ended_ = false, swapped_ = false, classic_ = false;
  std::uint32_t fraction_ns_ = 1'000;
  std::uint16_t link_ = 0;
  std::int64_t last_ns_ = 0;
  std::vector<Interface> interfaces_;
  std::optional<Error> trouble_;
};

}  // namespace tocsin
