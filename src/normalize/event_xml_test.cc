// Events as XML: the paths and texts of an event, what XML may say in other ways, and what is none.
#include "normalize/event_xml.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace tocsin {
namespace {

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

/// Path to texts; null is "(null)". Nothing if the line is of another format.
std::map<std::string, std::vector<std::string>> fields_of(const std::string& line) {
  const PlainNaming naming;
  PathTable paths(naming);
  EventXmlParser parser(paths);
  TextArena arena;
  Event event;
  std::map<std::string, std::vector<std::string>> fields;
  if (!parser.parse(line, arena, event)) return fields;
  for (const Value& value : event.values) {
    if (value.path != PathTable::kRoot) fields[paths.name(value.path)].push_back(value.kind == ValueKind::kNull ? "(null)" : std::string(value.raw()));
  }
  return fields;
}

using Fields = std::map<std::string, std::vector<std::string>>;

TEST(EventXml, HasThePathsOfAnEventLog) {
  EXPECT_EQ(fields_of("<Event xmlns='urn:e'><System><Provider Name='P' Guid=\"{1}\"/><EventID Qualifiers='0'>4624</EventID><Channel>Security</Channel><Correlation/></System>"
                      "<EventData><Data Name='TargetUserName'>ann</Data><Data Name='Empty'></Data><Data>a</Data><Data>b</Data><Data/></EventData></Event>"),
            (Fields{{"Event.#attributes.xmlns", {"urn:e"}},
                    {"Event.System.Provider.#attributes.Name", {"P"}},
                    {"Event.System.Provider.#attributes.Guid", {"{1}"}},
                    {"Event.System.EventID.#attributes.Qualifiers", {"0"}},
                    {"Event.System.EventID.#text", {"4624"}},
                    {"Event.System.Channel", {"Security"}},
                    {"Event.System.Correlation", {"(null)"}},
                    {"Event.EventData.TargetUserName", {"ann"}},
                    {"Event.EventData.Empty", {"(null)"}},
                    {"Event.EventData.Data.#text", {"a", "b"}}}));
}

TEST(EventXml, ResolvesWhatStandsForACharacter) {
  EXPECT_EQ(fields_of("<Event><A>&lt;&amp;&gt; &#65;&#x20ac;&#x1F512;&quot;&apos; &nbsp; & &#xD800; &#0;</A><B a='&quot;&#9;'>x</B></Event>"),
            (Fields{{"Event.A", {"<&> A\xE2\x82\xAC\xF0\x9F\x94\x92\"' &nbsp; & &#xD800; &#0;"}}, {"Event.B.#attributes.a", {"\"\t"}}, {"Event.B.#text", {"x"}}}));
}

TEST(EventXml, TakesProtectedTextAndPassesCommentsOver) {
  EXPECT_EQ(fields_of("<Event>\n <!-- <A>no</A> --><A>x<![CDATA[<y>&amp;]]>z</A><?go on?>\r\n\t<B> </B> </Event>\r\n"), (Fields{{"Event.A", {"x<y>&amp;z"}}, {"Event.B", {"(null)"}}}));
}

TEST(EventXml, ABlankThatIsDataStays) { EXPECT_EQ(fields_of("<Event><EventData><Data Name='k'> </Data></EventData></Event>"), (Fields{{"Event.EventData.k", {" "}}})); }

TEST(EventXml, IsNotWhatEndsEarlyOrElsewhere) {
  for (const char* line : {"<Event><A>x</B></Event>", "<Event><A>x</A>", "<Event><A a=x></A></Event>", "<Event><A a='x></A></Event>", "<Event></Event>x", "<Events></Events>", "<Event", "<Event>",
                           "<Event><A><![CDATA[x</A></Event>", "<Event><!-- </Event>", "<Event></Event><Event></Event>", "<Event><!DOCTYPE x></Event>", "<Eventual></Eventual>"}) {
    EXPECT_EQ(fields_of(line), Fields()) << line;
  }
}

std::string nested(std::size_t depth) {
  std::string line;
  for (std::size_t i = 0; i < depth; ++i) line += i == 0 ? "<Event>" : "<a>";
  line += "x";
  for (std::size_t i = depth; i > 0; --i) line += i == 1 ? "</Event>" : "</a>";
  return line;
}

TEST(EventXml, HasLimits) {
  EXPECT_EQ(fields_of(nested(kEventXmlDepthMax)).size(), 1u);
  EXPECT_TRUE(fields_of(nested(kEventXmlDepthMax + 1)).empty());
  const auto many = [](std::size_t count) {
    std::string line = "<Event>";
    for (std::size_t i = 0; i < count; ++i) line += "<a>x</a>";
    return line + "</Event>";
  };
  EXPECT_EQ(fields_of(many(kEventXmlValuesMax))["Event.a"].size(), kEventXmlValuesMax);
  EXPECT_TRUE(fields_of(many(kEventXmlValuesMax + 1)).empty());
  const std::string name(kEventXmlNameBytesMax, 'n');
  EXPECT_EQ(fields_of("<Event><" + name + ">x</" + name + "></Event>").size(), 1u);
  EXPECT_TRUE(fields_of("<Event><n" + name + ">x</n" + name + "></Event>").empty());
}

}  // namespace
}  // namespace tocsin
