// Events of Windows as rendered XML, one in a line: what `wevtutil qe /f:xml`, Get-WinEvent's ToXml(), Windows Event Collector's exports, Splunk's
// XmlWinEventLog and Sysmon for Linux (as the message of a syslog line) write. Where an export has several lines for an event, or all events in
// one line, collect/event_xml_stream.h has cut them before.
//
//   <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P' Guid='{…}'/><EventID>4624</EventID>…
//     <TimeCreated SystemTime='2026-03-02T08:15:30.120Z'/><Channel>Security</Channel><Computer>ws-07</Computer></System>
//     <EventData><Data Name='TargetUserName'>ann</Data></EventData><RenderingInfo Culture='en-US'><Message>…</Message></RenderingInfo></Event>
//
// The paths are those of the same event out of an EVTX file (collect/evtx_json.h), so that one mapping reads both: an element is its name, an attribute
// A.#attributes.<name>, the text of an element with attributes A.#text, <Data Name="k">x</Data> is k: "x", <Data>x</Data> is Data.#text, an
// element without anything is null. A name that comes again has one value more. Entities and characters by number are resolved, CDATA is text,
// comments and instructions are passed over; a document type is no part of an event, and makes the line one of no format.
// Beside them, as with every line, stands the line itself. One per thread; warm, it allocates nothing.
#pragma once

#include <array>
#include <string_view>

#include "normalize/line_format.h"

namespace tocsin {

/// Rendered events are five deep; UserData holds what a provider likes.
inline constexpr std::size_t kEventXmlDepthMax = 32;
/// The most that an event of a known provider has is some hundred.
inline constexpr std::size_t kEventXmlValuesMax = 2'048;
/// Longer names are no names, and each is a path.
inline constexpr std::size_t kEventXmlNameBytesMax = 256;

class TextScan;

class EventXmlParser : public LineFormat {
 public:
  explicit EventXmlParser(PathTable& paths);

  /// True if `text` begins like one, which is all that add_fields asks of it before it reads on.
  static bool begins(std::string_view text) { return text.starts_with("<Event>") || text.starts_with("<Event "); }

  bool parse(std::string_view line, TextArena& arena, Event& event) override;
  /// Room in the arena for as much as `text` must be left. False leaves the event as it was.
  bool add_fields(std::string_view text, TextArena& arena, Event& event);

 private:
  struct Element {
    std::string_view name;
    PathId path = 0;
    bool has_attributes = false;
    bool has_content = false;
    bool is_data = false;
  };

  bool read_document(TextScan& scan, TextArena& arena, Event& event);
  bool open_element(TextScan& scan, TextArena& arena, Event& event);
  bool read_attributes(TextScan& scan, Element& element, TextArena& arena, Event& event);
  bool close_element(TextScan& scan, Event& event);
  bool read_text(TextScan& scan, TextArena& arena, Event& event);
  void end_element(Event& event);
  bool add(Event& event, PathId path, std::string_view text);

  PathTable& paths_;
  std::array<Element, kEventXmlDepthMax> open_;
  std::size_t depth_ = 0;
  std::size_t values_before_ = 0;
};

}  // namespace tocsin
