#include "collect/lumberjack_frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "collect/unpacked.h"

namespace tocsin {

namespace {

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

void append_ack(std::string& out, std::uint32_t sequence) {
  out += "2A";
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(sequence >> shift);
}

}  // namespace

Error LumberjackFrames::wrong(std::string_view what) const {
  return Error{Code::kInvalid, fmt::format("Lumberjack, window {}, behind event {}: {}", counts_.windows, counts_.events, what)};
}

/// The bytes of the frame, or 0 if it is not whole; then wanted_ is set.
Result<std::size_t> LumberjackFrames::read_frame(std::string_view bytes, Frame& frame) {
  if (bytes[0] == '1') return wrong("this is version 1 of the protocol; version 2 is spoken here, as by Beats since 1.0");
  if (bytes[0] == '\x16') return wrong("this is TLS, which this port does not speak");
  if (bytes[0] != '2') return wrong("this is no frame");
  wanted_ = 2;
  if (bytes.size() < wanted_) return std::size_t{0};
  frame.type = bytes[1];
  if (frame.type != 'W' && frame.type != 'J' && frame.type != 'C') return wrong("a frame of this type is not known; W, J and C are");
  const std::size_t head = frame.type == 'J' ? 10 : 6;
  wanted_ = head;
  if (bytes.size() < head) return std::size_t{0};
  frame.number = number_at(bytes, 2);
  if (frame.type == 'W') return head;
  const std::size_t size = number_at(bytes, head - 4);
  if (size > kLumberjackFrameBytesMax) return Error{Code::kLimit, wrong(fmt::format("a frame has {} bytes; {} are the most", size, kLumberjackFrameBytesMax)).message};
  wanted_ = head + size;
  if (bytes.size() < wanted_) return std::size_t{0};
  frame.payload = bytes.substr(head, size);
  return wanted_;
}

Result<std::size_t> LumberjackFrames::take(std::string_view bytes, ReceivedVisitor& visitor) {
  Frame frame;
  const std::size_t used = TRY(read_frame(bytes, frame));
  if (used == 0) return used;
  if (frame.type == 'W') {
    TRY(begin_window(frame.number));
  } else if (frame.type == 'C') {
    TRY(take_packed(frame.payload, visitor));
  } else if (window_left_ == 0) {
    return wrong("an event outside a window");
  } else {
    take_event(frame, visitor);
  }
  return used;
}

Status LumberjackFrames::begin_window(std::uint32_t events) {
  if (window_left_ > 0) return wrong(fmt::format("a window begins, and {} events of the one before did not come", window_left_));
  if (events == 0 || events > kLumberjackWindowMax) return wrong(fmt::format("a window of {} events; 1 to {} are one", events, kLumberjackWindowMax));
  window_left_ = events;
  last_taken_ = last_safe_ = 0;
  ++counts_.windows;
  return {};
}

/// All of it is looked at before any of it is taken.
Status LumberjackFrames::take_packed(std::string_view packed, ReceivedVisitor& visitor) {
  const Result<std::string> text = unpacked(packed, Packing::kZlib, kLumberjackUnpackedBytesMax);
  if (!text) return Error{text.error().code, wrong("a packed frame: " + text.error().message).message};
  for (const bool taking : {false, true}) {
    std::string_view rest = *text;
    for (std::uint32_t events = 1; !rest.empty(); ++events) {
      Frame frame;
      const std::size_t used = TRY(read_frame(rest, frame));
      if (used == 0) return wrong("a packed frame ends within an event");
      if (frame.type != 'J') return wrong("a packed frame holds what is no event");
      if (!taking && events > window_left_) return wrong("an event outside a window");
      rest.remove_prefix(used);
      if (taking) take_event(frame, visitor);
    }
  }
  ++counts_.packed;
  return {};
}

void LumberjackFrames::take_event(const Frame& frame, ReceivedVisitor& visitor) {
  Received received;
  received.raw = frame.payload.substr(0, kReceivedBytesMax);
  received.truncated = frame.payload.size() > kReceivedBytesMax;
  ++counts_.events;
  counts_.truncated += received.truncated ? 1 : 0;
  visitor.record(received);
  last_taken_ = frame.number;
  if (--window_left_ > 0) return;
  append_ack(acks_, frame.number);
  last_taken_ = last_safe_ = 0;
}

void LumberjackFrames::answer(std::string& out) {
  out += acks_;
  acks_.clear();
  if (last_taken_ == last_safe_) return;
  append_ack(out, last_taken_);
  last_safe_ = last_taken_;
}

/// What was acknowledged, once more.
void LumberjackFrames::keep_alive(std::string& out) { append_ack(out, last_safe_); }

}  // namespace tocsin
