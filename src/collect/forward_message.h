// The messages of Fluent Forward, version 1: the records of one, which is one value of MessagePack. Pure; one reader belongs to one connection and is used for one
// message after the other.
//
//   message  = [tag, time, record, option?]            Message
//            | [tag, [entry, …], option?]              Forward
//            | [tag, entries, option?]                 PackedForward: a text or binary with entries one behind the other
//            | nil                                     a sign of life
//   entry    = [time, record]    time = seconds, or EventTime (extension 0: u32 seconds, u32 nanoseconds), or [time, metadata] as Fluent Bit has it
//   option   = {"chunk": text, "compressed": "gzip", …}
//
// A record is its JSON (collect/msgpack_json.h); the tag is its source, the time stands beside it ("1700000000.000000005"), metadata that are not empty are its
// fields. A record longer than kReceivedBytesMax is cut there and marked. With "compressed", entries are gzip. `chunk` wants an answer once all of the message is
// safe. All of a message is looked at before any of it is taken: a mistake says where and what, and nothing of that message is handed on.
//
//   std::string_view chunk = TRY(reader.read(message, visitor));
//   if (!chunk.empty()) append_forward_ack(out, chunk);
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/msgpack.h"
#include "collect/received.h"

namespace tocsin {

/// What a packed message unpacks to. Fluentd packs chunks of 8 MB.
inline constexpr std::size_t kForwardUnpackedBytesMax = 16u << 20;
inline constexpr std::size_t kForwardTagBytesMax = 1'024;
/// The name of a chunk; clients send 24 bytes.
inline constexpr std::size_t kForwardChunkBytesMax = 1'024;
/// Metadata of one entry, as JSON, as for HEC.
inline constexpr std::size_t kForwardFieldsBytesMax = 32 << 10;

class ForwardMessageReader {
 public:
  /// `message` is one whole value, as MsgpackEnd finds it. Its chunk, "" if it has none; good as long as `message` is.
  Result<std::string_view> read(std::string_view message, ReceivedVisitor& visitor);

 private:
  struct Parts {
    std::string_view tag, time, record;  // of Message
    std::string_view entries;            // else: values of MessagePack, one behind the other
    std::string_view chunk, compressed;
  };
  Result<Parts> read_parts(std::string_view message) const;
  Status read_second(MsgpackReader& reader, Parts& parts) const;
  Status read_option(MsgpackReader& reader, Parts& parts) const;
  Status check_entries(std::string_view entries);
  Status take_time(std::string_view value, bool with_metadata);
  void take_record(std::string_view tag, std::string_view record, ReceivedVisitor& visitor);

  std::string record_, time_, fields_;  // of an entry
  std::string unpacked_;
};

void append_forward_ack(std::string& out, std::string_view chunk);

}  // namespace tocsin
