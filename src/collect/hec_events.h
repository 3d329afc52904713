// The data of Splunk's HTTP Event Collector: the records in the body of a request. One reader belongs to one thread and is used for one body
// after the other; warm, it allocates nothing. Bodies are whole and unpacked.
//
//   event endpoint:  *(blank / event)
//   event = {"event": any, "time": number, "host": text, "source": text, "sourcetype": text, "index": text, "fields": {…}}
//   raw endpoint:    *(line LF), blank ones left out; the metadata stand in the query
//
// The record of an event is the bytes of its "event" value, or what they spell if that is a string. Metadata of one event do not
// carry over to the next; where it has none, those given to the reader hold. As with Splunk, reading stops at the first event that is
// bad: those before it are handed on and count, it and what follows do not, and the reply has its number, so that a client
// can send the rest.
//
//   const HecReply reply = reader.read(body, {}, visitor);
//   append_hec_reply(out, reply);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/hec.h"
#include "collect/received.h"

namespace tocsin {

class HecEventReader {
 public:
  /// kNoData, kInvalidDataFormat, kEventRequired, kEventBlank or kInvalidFields, the last four with the event's number. A record larger
  /// than kReceivedBytesMax or metadata longer than kHecMetaBytesMax is an invalid format, fields longer than kHecFieldsBytesMax are
  /// invalid fields.
  HecReply read(std::string_view body, const Received& metadata, ReceivedVisitor& visitor);

 private:
  enum Text : std::uint8_t { kRaw, kHost, kSource, kSourcetype, kIndex, kTime, kTexts };

  HecCode read_event(std::string_view body, std::size_t& at, Received& received);
  HecCode read_member(std::string_view key, std::string_view value, Received& received);
  HecCode read_raw(std::string_view value, Received& received);
  bool read_text(std::string_view value, Text which, std::string_view& text);

  std::array<std::string, kTexts> rooms_;  // of strings with escapes
};

/// The lines of a raw body. A line longer than kReceivedBytesMax is cut and marked. kNoData if there is none.
HecReply read_hec_lines(std::string_view body, const Received& metadata, ReceivedVisitor& visitor);

}  // namespace tocsin
