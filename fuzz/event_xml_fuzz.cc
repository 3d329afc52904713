// Any bytes as a document of events, and each line of it as an event. However the document is cut into reads, the events are those that a plain search finds; every value of an event lies
// in its text, and there are no more of them than may be.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "collect/event_xml_frames.h"
#include "normalize/event_xml.h"

namespace {

using namespace tocsin;

struct Told : ReceivedVisitor {
  void record(const Received& received) override { events.emplace_back(received.raw); }
  std::vector<std::string> events;
};

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

/// By the words of the header: from <Event> to the next </Event>, what is longer than a record left out.
std::vector<std::string> plainly(std::string_view text) {
  constexpr std::string_view kBegin = "<Event", kEnd = "</Event>";
  std::vector<std::string> events;
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at)) {
    const std::size_t behind = at + kBegin.size();
    if (behind == text.size()) break;
    if (std::string_view("> \t\r\n").find(text[behind]) == std::string_view::npos) {
      at = behind;
      continue;
    }
    const std::size_t end = text.find(kEnd, behind);
    if (end == std::string_view::npos) break;
    const std::size_t size = end + kEnd.size() - at;
    if (size > kReceivedBytesMax) {
      at = behind;
      continue;
    }
    std::string& event = events.emplace_back(text.substr(at, size));
    std::ranges::replace_if(event, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    at += size;
  }
  return events;
}

void read_event(std::string_view line) {
  const PlainNaming naming;
  PathTable paths(naming);
  EventXmlParser parser(paths);
  TextArena arena;
  Event event;
  if (!EventXmlParser::begins(line) || !parser.parse(line, arena, event)) return;
  TOCSIN_CHECK(event.values.size() <= kEventXmlValuesMax + 1);
  for (const Value& value : event.values) {
    TOCSIN_CHECK(value.size == 0 || (value.data >= event.text.data() && value.data + value.size <= event.text.data() + event.text.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> expected = plainly(bytes);
  for (const std::size_t step : {size + 1, 1 + size % 7, std::size_t{1}}) {
    EventXmlFrames frames;
    Told told;
    for (std::size_t at = 0; at < bytes.size(); at += step) frames.read(bytes.substr(at, step), told);
    frames.finish(told);
    TOCSIN_CHECK(told.events == expected);
    TOCSIN_CHECK(frames.counts().events == expected.size());
  }
  is_event_document(bytes);
  for (const std::string& event : expected) read_event(event);
  read_event(bytes);
  return 0;
}
