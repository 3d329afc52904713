// GELF over TCP and TLS: JSON texts, each with a NUL behind it. One object belongs to one connection and one thread. Nothing fails: a record is the
// bytes between two NULs as they came, JSON or not; that tells itself later. Nothing between two NULs is no record.
//
//   stream = *(text NUL) [text]        the last text is a record even without its NUL, marked as truncated
//
// A text longer than kGelfFrameBytesMax is cut there and marked; its remaining bytes are skipped and counted.
//
//   GelfFrames frames;
//   while (read(bytes)) frames.read(bytes, visitor);
//   frames.finish(visitor);
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/record_frames.h"

namespace tocsin {

/// The longest text handed on. A Java stack trace with its causes has 100 KB, and each connection may hold so much of one.
inline constexpr std::size_t kGelfFrameBytesMax = 256 << 10;
/// Connections of one listener, in all and from one address. Each may hold the beginning of a text: 128 MB in all. Clients make a connection for each record and end it without
/// waiting, so all that the kernel's queue holds (kListenBacklogMax) can be of one, and whoever is turned away then never hears that nobody read it.
inline constexpr std::size_t kGelfConnectionsMax = 512;
inline constexpr std::size_t kGelfPeerConnectionsMax = 512;
/// Room that is kept for the next text; usual ones have 1 to 4 KB.
inline constexpr std::size_t kGelfHeldBytesKept = 16 << 10;

class GelfFrames : public RecordFrames {
 public:
  struct Counts {
    std::uint64_t frames = 0;         // handed on
    std::uint64_t truncated = 0;      // longer than kGelfFrameBytesMax
    std::uint64_t skipped_bytes = 0;  // of those, what was left out
    std::uint64_t cut_off = 0;        // the connection ended before their NUL
    bool operator==(const Counts&) const = default;
  };

  void read(std::string_view bytes, ReceivedVisitor& visitor) override;
  void finish(ReceivedVisitor& visitor) override;

  const Counts& counts() const { return counts_; }

 private:
  void keep(std::string_view bytes);
  void hand_on(std::string_view text, std::size_t size, bool whole, ReceivedVisitor& visitor);

  std::string held_;      // the beginning of a text that earlier reads brought, at most kGelfFrameBytesMax
  std::size_t size_ = 0;  // bytes of the text that earlier reads brought
  Counts counts_;
};

}  // namespace tocsin
