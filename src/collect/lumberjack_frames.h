// Lumberjack, version 2, by which Beats and Logstash send events: frames out of the bytes of a connection, and the acknowledgements. Pure; one object
// belongs to one connection and one thread. Numbers are big-endian.
//
//   frame    = "2" type …
//   window   = "2W" u32 events        so many follow before an answer has to come
//   event    = "2J" u32 sequence, u32 size, JSON
//   packed   = "2C" u32 size, zlib    of events, whole ones; a packed frame holds no other
//   ack      = "2A" u32 sequence      server to client: this event and those before it are safe
//
// The JSON of an event is the record, byte for byte; nobody here reads it. One longer than kReceivedBytesMax is cut there and marked. With the last event of a
// window its sequence is acknowledged; where a read ended within one, that of the last event that is safe, as a sign of life too. Whatever is no
// frame, an event outside a window, damage in a packed frame and what exceeds a limit end the connection; of a packed frame with damage nothing is taken. Version 1
// (frames "1…", and "D") is refused by name.
//
//   LumberjackFrames beats;
//   Result<std::size_t> used = beats.take(bytes, visitor);
//   beats.answer(out);
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/acked_protocol.h"

namespace tocsin {

class LumberjackFrames : public AckedProtocol {
 public:
  /// The payload of one frame, packed or not. Beats pack up to 2,048 events of a kilobyte or two.
  static constexpr std::size_t kLumberjackFrameBytesMax = 16u << 20;
  /// What a packed frame unpacks to.
  static constexpr std::size_t kLumberjackUnpackedBytesMax = 16u << 20;
  /// Events of one window. Nothing is held for it; Beats have 50 to 4,096, and more is no window.
  static constexpr std::uint32_t kLumberjackWindowMax = 1u << 20;

  struct Counts {
    std::uint64_t windows = 0, events = 0, packed = 0, truncated = 0;
    bool operator==(const Counts&) const = default;
  };

  Result<std::size_t> take(std::string_view bytes, ReceivedVisitor& visitor) override;
  std::size_t wanted() const override { return wanted_; }
  void answer(std::string& out) override;
  void keep_alive(std::string& out) override;

  const Counts& counts() const { return counts_; }

 private:
  struct Frame {
    char type = 0;
    std::uint32_t number = 0;  // the window, or the sequence
    std::string_view payload;
  };

  Result<std::size_t> read_frame(std::string_view bytes, Frame& frame);
  Status take_packed(std::string_view packed, ReceivedVisitor& visitor);
  Status begin_window(std::uint32_t events);
  void take_event(const Frame& frame, ReceivedVisitor& visitor);
  Error wrong(std::string_view what) const;

  std::size_t wanted_ = 0;
  std::uint32_t window_left_ = 0;  // events
  std::uint32_t last_taken_ = 0;   // of this window; 0: none that is to be acknowledged
  std::uint32_t last_safe_ = 0;    // acknowledged
  std::string acks_;               // of windows that were taken to their end
  Counts counts_;
};

}  // namespace tocsin
