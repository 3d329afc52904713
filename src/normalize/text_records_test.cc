// Text cut into records that stand alone: parsed one by one they give the events that the whole file gives, for every kind of log there is data of.
#include "normalize/text_records.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "normalize/text.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};
const PlainNaming kNaming;

using Values = std::vector<std::pair<std::string, std::string>>;

class Parsed {
 public:
  Parsed() : paths_(kNaming), parser_(paths_) {}
  void add(std::string_view text, std::string_view columns) {
    parser_.begin_file(1'700'000'000'000'000, columns);
    parser_.parse(text, [&](const Event& event, std::size_t) {
      Values& values = events.emplace_back();
      for (const Value& value : event.values) values.emplace_back(paths_.name(value.path), value.raw());
    });
  }
  std::vector<Values> events;

 private:
  PathTable paths_;
  TextParser parser_;
};

std::vector<std::string> split(const std::string& text, std::string& columns) {
  std::vector<std::string> records;
  TextRecords().split(text, columns, [&](std::string_view raw) { records.emplace_back(raw); });
  return records;
}

TEST(TextRecords, GiveTheEventsOfTheWholeFile) {
  std::size_t files = 0, heads = 0, joined = 0;
  for (const auto& entry : fs::recursive_directory_iterator(TOCSIN_SOURCE_DIR "/tests/data/text")) {
    if (!entry.is_regular_file() || entry.path().extension() != ".log") continue;
    std::stringstream content;
    content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const std::string text = content.str();
    Parsed whole, apart;
    whole.add(text, "");
    std::string columns;
    for (const std::string& raw : split(text, columns)) {
      const TextRecordParts parts = text_record_parts(raw);
      EXPECT_TRUE(parts.lines || parts.text.find('\n') == std::string_view::npos) << entry.path() << ": " << raw;
      apart.add(parts.text, parts.columns);
      heads += parts.columns.empty() ? 0 : 1;
      joined += parts.lines && parts.text.find('\n') != std::string_view::npos ? 1 : 0;
    }
    EXPECT_EQ(apart.events, whole.events) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 5u);
  EXPECT_GT(heads, 5u);
  EXPECT_GT(joined, 5u);
}

TEST(TextRecords, TheHeadInForceGoesOnInTheNextBlock) {
  std::string columns;
  EXPECT_EQ(split("#Version: 1\n#Fields: a b\n1 2\n", columns), (std::vector<std::string>{"#Version: 1", "#Fields: a b", "#Version: 1\n#Fields: a b\n1 2"}));
  EXPECT_EQ(columns, "#Version: 1\n#Fields: a b");
  EXPECT_EQ(split("3 4\n# a remark\n5 6\n", columns), (std::vector<std::string>{columns + "\n3 4", "# a remark", columns + "\n5 6"}));
  EXPECT_EQ(split("#Fields: c\n", columns), std::vector<std::string>{"#Fields: c"});
  EXPECT_EQ(columns, "#Fields: c");
  columns.clear();
  split("#Fields: " + std::string(kColumnsBytesMax, 'x') + "\n", columns);
  EXPECT_EQ(columns, "") << "too long to stand before every line";
}

TEST(TextRecords, LineFeedsOfOtherRecordsArePartOfTheLine) {
  for (const char* const raw : {"first\nsecond", "#a\nb", "#Fields: a\n#b", "type=A msg=audit(1.2:3): x=1\nno audit line",
                                "type=A msg=audit(1.2:3): x=1\ntype=A msg=audit(1.2:4): x=1"}) {
    const TextRecordParts parts = text_record_parts(raw);
    EXPECT_EQ(parts.text, raw);
    EXPECT_FALSE(parts.lines) << raw;
  }
  EXPECT_TRUE(text_record_parts("type=A msg=audit(1.2:3): x=1\ntype=B msg=audit(1.2:3): y=1").lines);
}

}  // namespace
}  // namespace tocsin
