#include "event/event.h"

#include <gtest/gtest.h>

#include "event/entity_names.h"

namespace tocsin {
namespace {

std::string text_of(std::string_view raw, ValueKind kind) {
  std::string out;
  append_value_text(out, Value{raw.data(), static_cast<std::uint32_t>(raw.size()), 0, kind});
  return out;
}

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

TEST(ValueText, NumbersAreCanonical) {
  EXPECT_EQ(text_of("4688", ValueKind::kNumber), "4688");
  EXPECT_EQ(text_of("4688.0", ValueKind::kNumber), "4688");
  EXPECT_EQ(text_of("4.688e3", ValueKind::kNumber), "4688");
  EXPECT_EQ(text_of("-0", ValueKind::kNumber), "0");
  EXPECT_EQ(text_of("0.1", ValueKind::kNumber), "0.1");
  EXPECT_EQ(text_of("18446744073709551615", ValueKind::kNumber), "18446744073709551615");
}

TEST(ValueText, EscapesAreUndone) { EXPECT_EQ(text_of(R"(C:\\a\u0041)", ValueKind::kJsonText), "C:\\aA"); }

TEST(PathTable, SameKeysSamePath) {
  const PlainNaming naming;
  PathTable paths(naming);
  const PathId event = paths.child(PathTable::kRoot, "Event");
  const PathId data = paths.child(event, "EventData");
  EXPECT_EQ(paths.name(data), "Event.EventData");
  EXPECT_EQ(paths.child(paths.child(PathTable::kRoot, "Event"), "EventData"), data);
  EXPECT_NE(paths.child(PathTable::kRoot, "EventData"), data);
}

/// Bytes after the key, as a parser's text has them.
std::string_view padded(std::string& room, std::string_view key) {
  room = std::string(key) + "0123456789abcdef";
  return {room.data(), key.size()};
}

TEST(PathTable, GuessesWhatFollowedTheLastTwoTimes) {
  const PlainNaming naming;
  PathTable paths(naming);
  std::string room;
  const PathId first = paths.child_after(PathTable::kRoot, PathTable::kRoot, "first");
  for (const std::string key : {"a", "sixteen_bytes_ok", "longer_than_sixteen_bytes"}) {
    EXPECT_EQ(paths.guess_after(first, PathTable::kRoot, padded(room, key)), PathTable::kOverflow);
    const PathId path = paths.child_after(first, PathTable::kRoot, key);
    EXPECT_EQ(path, paths.child(PathTable::kRoot, key));
    EXPECT_EQ(paths.guess_after(first, PathTable::kRoot, padded(room, key)), path);
  }
  EXPECT_NE(paths.guess_after(first, PathTable::kRoot, padded(room, "sixteen_bytes_ok")), PathTable::kOverflow);
  EXPECT_NE(paths.guess_after(first, PathTable::kRoot, padded(room, "longer_than_sixteen_bytes")), PathTable::kOverflow);
  EXPECT_EQ(paths.guess_after(first, PathTable::kRoot, padded(room, "longer_than_sixteen_bytez")), PathTable::kOverflow);
  EXPECT_EQ(paths.guess_after(first, PathTable::kRoot, padded(room, "a")), PathTable::kOverflow);  // three times ago
}

TEST(PathTable, AKeyWithABackslashIsNeverGuessedFromRawJson) {
  const PlainNaming naming;
  PathTable paths(naming);
  std::string room;
  paths.child_after(PathTable::kRoot, PathTable::kRoot, "a\\\\b");  // two backslashes; in JSON they would be four
  EXPECT_EQ(paths.guess_after(PathTable::kRoot, PathTable::kRoot, padded(room, "a\\\\b")), PathTable::kOverflow);
}

TEST(PathTable, StopsAtItsLimitAndSaysSo) {
  const PlainNaming naming;
  PathTable paths(naming);
  for (std::size_t i = 0; i < PathTable::kPathsMax + 10; ++i) paths.child(PathTable::kRoot, "k" + std::to_string(i));
  EXPECT_EQ(paths.size(), PathTable::kPathsMax);
  EXPECT_EQ(paths.overflowed(), 12u);
  EXPECT_EQ(paths.child(PathTable::kRoot, "another"), PathTable::kOverflow);
  EXPECT_EQ(paths.name(paths.child(PathTable::kRoot, "k7")), "k7");
}

TEST(LogSource, FitsWhatIsAsked) {
  const LogSourceClass sysmon{{{"windows", "process_creation", "sysmon"}}, {}};
  EXPECT_NE(sysmon.fits({"windows", "", ""}), nullptr);
  EXPECT_NE(sysmon.fits({"windows", "process_creation", ""}), nullptr);
  EXPECT_EQ(sysmon.fits({"linux", "", ""}), nullptr);
  EXPECT_EQ(sysmon.fits({"windows", "process_creation", "security"}), nullptr);
  EXPECT_EQ(LogSourceClass{}.fits({}), nullptr);
}

TEST(EntityNames, TheListForPeopleIsTheTable) {
  std::string list;
  for (const EntityName& one : kEntityNames) {
    list.append(list.empty() ? "" : ", ").append(one.name);
    EXPECT_EQ(entity_named(one.name), one.type);
    EXPECT_EQ(entity_name(one.type), one.name);
  }
  EXPECT_EQ(list, kEntityNameList);
  EXPECT_EQ(entity_named("none"), EntityType::kNone);
}

}  // namespace
}  // namespace tocsin
