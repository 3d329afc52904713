// Where one syslog message ends and the next begins in the bytes of a TCP or TLS connection (RFC 6587; RFC 5425 is its octet
// counting). One object belongs to one connection and one thread. Nothing fails: what is odd is counted, and its bytes are
// handed on all the same. What comes out does not depend on how the bytes were cut into reads.
//
//   frame    = counted / line           which one is told by its first bytes, frame by frame
//   counted  = count SP message         `count` is 1 to 8 digits, not beginning with 0, at most kCountMax; the message is that
//                                       many bytes and begins with "<", else it is no count
//   line     = *byte trailer            trailer: LF, or NUL; a CR before it belongs to it
//
// Between frames LF, CR and NUL are skipped, since some senders end counted frames with them too; for the same reason an LF,
// CR LF or NUL that ends a counted message is dropped. Digits that look like a count and are none (too large, beginning with 0, or a space
// but no "<" after them) count as bad; that frame is read as a line, so that reading is in step again at the next LF. Digits
// that go on otherwise are a line that begins with a number, such as a time.
//
// A message longer than kFrameBytesMax is cut there and marked; its remaining bytes are skipped and counted.
//
//   SyslogFrames frames;
//   while (read(bytes)) frames.read(bytes, visitor);
//   frames.finish(visitor);   // the connection was closed
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/record_frames.h"

namespace tocsin {

class SyslogFrames : public RecordFrames {
 public:
  /// The longest message handed on. RFC 5425 asks for 8 KiB at least; auditd and Java stack traces reach 30 KB.
  static constexpr std::size_t kFrameBytesMax = 64 << 10;
  /// The largest count that is believed: all of it is skipped past kFrameBytesMax, and a damaged count must not swallow
  /// a connection.
  static constexpr std::size_t kCountMax = 16u << 20;
  /// Digits of a count; kCountMax has 8.
  static constexpr std::size_t kCountDigitsMax = 8;

  struct Counts {
    std::uint64_t frames = 0;         // handed on
    std::uint64_t counted = 0;        // of them, those with a count
    std::uint64_t truncated = 0;      // longer than kFrameBytesMax
    std::uint64_t skipped_bytes = 0;  // of those, what was left out
    std::uint64_t bad_counts = 0;     // looked like a count and were none
    std::uint64_t cut_off = 0;  // the connection ended within a counted message: its beginning is handed on, marked
    bool operator==(const Counts&) const = default;
  };

  void read(std::string_view bytes, ReceivedVisitor& visitor) override;
  void finish(ReceivedVisitor& visitor) override;

  const Counts& counts() const { return counts_; }

 private:
  enum class State : std::uint8_t { kBetween, kCount, kCountEnd, kLine, kCounted };

  std::size_t between(std::string_view bytes, std::size_t at);
  std::size_t count(std::string_view bytes, std::size_t at);
  std::size_t count_end(std::string_view bytes, std::size_t at);
  std::size_t line(std::string_view bytes, std::size_t at, ReceivedVisitor& visitor);
  std::size_t counted(std::string_view bytes, std::size_t at, ReceivedVisitor& visitor);
  void bad_count();
  void keep(std::string_view bytes);
  void end_line(std::string_view text, std::size_t size, char last, ReceivedVisitor& visitor);
  void end_counted(std::string_view text, std::size_t size, ReceivedVisitor& visitor);
  void hand_on(std::string_view text, std::size_t size, ReceivedVisitor& visitor);

  State state_ = State::kBetween;
  std::string held_;        // the beginning of a frame that earlier reads brought, at most kFrameBytesMax
  std::size_t size_ = 0;    // bytes of the frame that earlier reads brought
  char last_ = 0;           // the last of them
  std::size_t needed_ = 0;  // kCounted: bytes to come
  Counts counts_;
};

}  // namespace tocsin
