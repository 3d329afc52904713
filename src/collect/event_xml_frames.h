// Exports of Windows events as an XML document, cut into events: what the event viewer and Windows Event Collector save (all of them inside one <Events>, often in one line), and
// documents that somebody has laid out over several lines. The record of an event is its text from <Event> to </Event> in one line; line feeds in it become blanks. What stands
// between events is passed over. An event that is longer than kReceivedBytesMax, or that the document ends in, is damaged, and counted. One file, one thread.
//
// What an event says, normalize/event_xml.h reads. A file in which each line is an event needs no cutting, and is none of these.
//
//   EventXmlFrames frames;
//   while (read(bytes)) frames.read(bytes, visitor);
//   frames.finish(visitor);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "collect/byte_stream.h"
#include "collect/record_frames.h"

namespace tocsin {

/// What is_event_document wants to see: the declaration, and where the first event's first line ends.
inline constexpr std::size_t kEventXmlHeadBytes = 2 << 10;

/// Whether a text that begins so is a document of events, rather than lines that are.
bool is_event_document(std::string_view head);

class EventXmlFrames : public RecordFrames {
 public:
  struct Counts {
    std::uint64_t events = 0;   // handed on
    std::uint64_t damaged = 0;  // without an end, or too long
    bool operator==(const Counts&) const = default;
  };

  void read(std::string_view bytes, ReceivedVisitor& visitor) override;
  void finish(ReceivedVisitor& visitor) override;

  const Counts& counts() const { return counts_; }

 private:
  bool find_event();
  bool end_event(ReceivedVisitor& visitor);

  Counts counts_;
  std::string buffer_;        // from a place that may begin an event on
  std::size_t searched_ = 0;  // of it, without what is looked for
  bool inside_ = false;       // the buffer begins with an event
};

/// The events as lines; `source` gives the document from its first byte on.
std::unique_ptr<ByteStream> make_event_xml_stream(std::unique_ptr<ByteStream> source);

}  // namespace tocsin
