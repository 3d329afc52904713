#include "collect/journal_export.h"

#include <gtest/gtest.h>

#include <random>

#include "base/memory_env.h"
#include "collect/byte_stream.h"
#include "collect/journal_stream.h"
#include "collect/journal_twin.h"
#include "collect/packed_testing.h"

namespace tocsin {
namespace {

using Record = JournalTwin::Record;
using std::string_literals::operator""s;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    records.push_back({std::string(received.raw), received.truncated});
    beside.push_back(std::string(received.host) + "|" + std::string(received.time) + "|" + std::string(received.id));
  }
  std::vector<Record> records;
  std::vector<std::string> beside;
  JournalExport::Counts counts;
};

/// Reads of `step` bytes each.
Told read(std::string_view bytes, std::size_t step = 1u << 30) {
  JournalExport journal;
  Told told;
  for (std::size_t at = 0; at < bytes.size(); at += step) journal.read(bytes.substr(at, step), told);
  journal.finish(told);
  told.counts = journal.counts();
  return told;
}

std::string data(const std::string& name, const std::string& value) {
  std::string out = name + "\n";
  for (std::size_t i = 0, size = value.size(); i < 8; ++i, size >>= 8) out += static_cast<char>(size & 0xff);
  return out + value + "\n";
}

const std::string kEntry = "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1772439330120000\n_HOSTNAME=web-01\nPRIORITY=6\nMESSAGE=say \"hello\" = \\x\n\n";
const std::string kJson = R"({"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1772439330120000","_HOSTNAME":"web-01","PRIORITY":"6","MESSAGE":"say \"hello\" = \\x"})";

TEST(JournalExport, AnEntryIsAnObjectWithTheJournalsNames) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, kEntry.size() * 2}) {
    const Told told = read(kEntry + "\n\n" + kEntry, step);
    EXPECT_EQ(told.records, (std::vector<Record>{{kJson, false}, {kJson, false}}));
    EXPECT_EQ(told.beside[1], "web-01|1772439330120000|s=1;i=2");
  }
}

TEST(JournalExport, DataMayHoldAnything) {
  const Told told = read(data("MESSAGE", "two\nlines\n\nand __CURSOR=x") + data("EMPTY", "") + "PRIORITY=\n\n" + data("MESSAGE", "a\xff\0b"s) + "\n");
  EXPECT_EQ(told.records, (std::vector<Record>{{R"({"MESSAGE":"two\nlines\n\nand __CURSOR=x","EMPTY":"","PRIORITY":""})", false},
                                               {"{\"MESSAGE\":\"a\xef\xbf\xbd\\u0000b\",\"MESSAGE.base64\":\"Yf8AYg==\"}", false}}));
}

TEST(JournalExport, ANameThatComesTwiceHasAnArray) {
  const Told told = read("A=1\nB=x\nA=2\n" + data("A", "\xff") + "\n");
  EXPECT_EQ(told.records, (std::vector<Record>{{"{\"A\":[\"1\",\"2\",\"\xef\xbf\xbd\"],\"A.base64\":[\"MQ==\",\"Mg==\",\"/w==\"],\"B\":\"x\"}", false}}));
}

TEST(JournalExport, DamageCostsOneEntry) {
  const std::string huge = "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\x7f";
  for (const std::string& bad : {"no name\n"s, "=x\n"s, "lower=x\n"s, "1A=x\n"s, std::string(65, 'A') + "=x\n", huge, "MESSAGE\n\1\0\0\0\0\0\0\0xy"s}) {
    const Told told = read("BEFORE=1\n" + bad + "REST=1\n\n" + kEntry);
    EXPECT_EQ(told.records, (std::vector<Record>{{kJson, false}})) << bad;
    EXPECT_EQ(told.counts, (JournalExport::Counts{.entries = 1, .damaged = 1})) << bad;
  }
}

TEST(JournalExport, TheLastEntryMayLackItsEnd) {
  EXPECT_EQ(read(kEntry.substr(0, kEntry.size() - 1)).records, (std::vector<Record>{{kJson, false}}));
  EXPECT_EQ(read("A=1\nB=hal").records, (std::vector<Record>{{R"({"A":"1","B":"hal"})", true}}));
  EXPECT_EQ(read("A=1\nB\n\5\0\0\0"s).records, (std::vector<Record>{{R"({"A":"1"})", true}}));
  EXPECT_EQ(read(("A=1\n" + data("B", "12345")).substr(0, 17)).records, (std::vector<Record>{{R"({"A":"1"})", true}}));
}

TEST(JournalExport, LongValuesAndEntriesAreCut) {
  const std::string longest(kJournalValueBytesMax, 'x');
  const Told told = read("A=" + longest + "\n\nA=" + longest + "y\n\n" + data("A", longest + "y") + "B=1\n\n");
  ASSERT_EQ(told.records.size(), 3u);
  EXPECT_TRUE(told.records[0] == (Record{"{\"A\":\"" + longest + "\"}", false}));
  EXPECT_TRUE(told.records[1] == (Record{"{\"A\":\"" + longest + "\"}", true}));
  EXPECT_TRUE(told.records[2] == (Record{"{\"A\":\"" + longest + "\",\"B\":\"1\"}", true}));
  std::string many;
  for (std::size_t i = 0; i <= kJournalFieldsMax; ++i) many += "F" + std::to_string(i) + "=1\n";
  const Told fields = read(many + "\n");
  EXPECT_TRUE(fields.records[0].truncated);
  EXPECT_TRUE(fields.records[0].json.ends_with("\"F1023\":\"1\"}"));
  // What is escaped becomes longer: it is left out, and what follows is not.
  const Told escaped = read("A=" + std::string(kJournalValueBytesMax, '\1') + "\nB=1\n\n");
  EXPECT_EQ(escaped.records, (std::vector<Record>{{R"({"B":"1"})", true}}));
}

TEST(JournalExport, AgreesWithTheTwinOnMadeUpBytes) {
  const std::vector<std::string> pieces = {"A=1\n", "B=\n", "\n", "\n\n", kEntry, data("A", "x\ny"), data("C", "\xff\xfe"), "A\n", "x", "=", "bad\n", "\0"s, "A\n\2\0\0\0\0\0\0\0abc"s, std::string(66, 'N') + "=1\n"};
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    std::mt19937 random(seed);
    std::string bytes;
    for (unsigned i = 0; i < 12; ++i) bytes += pieces[random() % pieces.size()];
    if (random() % 3 == 0) bytes.resize(random() % (bytes.size() + 1));
    const JournalTwin twin(bytes);
    for (const std::size_t step : {std::size_t{1}, std::size_t{1} + random() % 9, bytes.size() + 1}) {
      const Told told = read(bytes, step);
      ASSERT_EQ(told.records, twin.records) << seed;
      ASSERT_EQ(told.counts, twin.counts) << seed;
    }
  }
}

std::string lines_of(const std::string& bytes, std::size_t step, std::string& trouble) {
  MemoryEnv env;
  env.add_file("x", bytes);
  const auto stream = ByteStream::open(env, "x");
  EXPECT_TRUE(stream);
  std::string all;
  while (true) {
    std::string part(step, '\0');
    const Result<std::size_t> got = (*stream)->read(part.data(), part.size());
    if (!got) trouble = got.error().message;
    if (!got || *got == 0) return all;
    all.append(part, 0, *got);
  }
}

TEST(JournalStream, ASavedExportIsLinesOfJsonPackedOrNot) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{1000}}) {
    std::string trouble;
    EXPECT_EQ(lines_of(kEntry + kEntry, step, trouble), kJson + "\n" + kJson + "\n");
    EXPECT_EQ(lines_of(packed(kEntry), step, trouble), kJson + "\n");
    EXPECT_EQ(trouble, "");
    EXPECT_EQ(lines_of(kEntry + "bad\n\n" + kEntry, step, trouble), kJson + "\n" + kJson + "\n");
    EXPECT_EQ(trouble, "journal export: 1 entries are damaged");
  }
  EXPECT_TRUE(is_encoded(kEntry));
  EXPECT_FALSE(is_encoded("__CURSOR: x"));
}

}  // namespace
}  // namespace tocsin
