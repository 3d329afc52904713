// Documents of events: each event once, whatever the cuts; what is none, and what is damaged.
#include "collect/event_xml_frames.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

class Records : public ReceivedVisitor {
 public:
  void record(const Received& received) override { all.emplace_back(received.raw); }
  std::vector<std::string> all;
};

std::vector<std::string> read(const std::string& text, std::size_t bytes, EventXmlFrames::Counts& counts) {
  EventXmlFrames frames;
  Records records;
  for (std::size_t at = 0; at < text.size(); at += bytes) frames.read(std::string_view(text).substr(at, bytes), records);
  frames.finish(records);
  counts = frames.counts();
  return records.all;
}

const std::string kDocument =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events><Event xmlns='e'><System/></Event><Event>\r\n  <EventData/>\n</Event><EventX/> <Eventual><Event>3</Event></Events>\n";
const std::vector<std::string> kEvents = {"<Event xmlns='e'><System/></Event>", "<Event>    <EventData/> </Event>", "<Event>3</Event>"};

TEST(EventXmlFrames, GiveEachEventOnceWhateverTheCuts) {
  for (std::size_t bytes = 1; bytes <= kDocument.size(); ++bytes) {
    EventXmlFrames::Counts counts;
    EXPECT_EQ(read(kDocument, bytes, counts), kEvents) << bytes;
    EXPECT_EQ(counts, (EventXmlFrames::Counts{3, 0}));
  }
}

TEST(EventXmlFrames, CountWhatHasNoEnd) {
  EventXmlFrames::Counts counts;
  EXPECT_TRUE(read("<Events><Event><A>", 4, counts).empty());
  EXPECT_EQ(counts, (EventXmlFrames::Counts{0, 1}));
}

TEST(EventXmlFrames, AnEventThatIsTooLongIsDamagedAndTheNextIsRead) {
  const std::string filling(kReceivedBytesMax, 'x');
  for (const std::size_t bytes : {std::size_t{4096}, 3 * kReceivedBytesMax}) {
    EventXmlFrames::Counts counts;
    EXPECT_EQ(read("<Events><Event>" + filling + "</Event><Event>2</Event></Events>", bytes, counts), std::vector<std::string>{"<Event>2</Event>"}) << bytes;
    EXPECT_EQ(counts, (EventXmlFrames::Counts{1, 1})) << bytes;
  }
  EventXmlFrames::Counts counts;
  const std::string longest = "<Event>" + filling.substr(15) + "</Event>";
  EXPECT_EQ(read(longest, 4096, counts), std::vector<std::string>{longest});
}

TEST(EventXmlFrames, ADocumentIsToldFromLines) {
  for (const char* text : {"<Events>", "<Events xmlns='x'>", "\xEF\xBB\xBF<?xml version='1.0'?>\r\n<Event xmlns='e'>", "<?xml version='1.0'?><Events>", "<Event xmlns='e'>\n  <System>", " \n<Event>\n</Event>"}) EXPECT_TRUE(is_event_document(text)) << text;
  for (const char* text : {"<Event><System/></Event>\n<Event>", "<Event><System/></Event>", "<Eventual>", "<?xml version='1.0'?><feedback>", "<?xml version", "x<Events>", "", "<Event"}) EXPECT_FALSE(is_event_document(text)) << text;
}

}  // namespace
}  // namespace tocsin
