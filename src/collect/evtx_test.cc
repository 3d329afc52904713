// The reader on logs that the test itself writes: shapes, value types, damage and limits that real files may
// not have. Every log is read by templates and by the tree, and both must give the same.
#include "collect/evtx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collect/evtx_builder.h"
#include "event/path_table.h"

namespace tocsin {
namespace {

struct NoNames : Naming {
  PathMeaning meaning(std::string_view) const override { return {}; }
};

using Flat = std::vector<std::string>;  // "path=json", sorted

struct SeenRecord {
  EvtxRecord record;
  Flat values;
  TimeUs time = kNoTime;
  bool text_covers = true;
};

struct Seen {
  std::vector<SeenRecord> records;
  EvtxChunkStats stats;
  std::uint64_t fast = 0;
};

Flat flat(const Event& event, const PathTable& paths) {
  Flat result;
  for (const Value& value : event.values) {
    std::string text = paths.name(value.path) + "=";
    append_value_json(text, value);
    result.push_back(std::move(text));
  }
  std::sort(result.begin(), result.end());
  return result;
}

Seen read(const std::string& chunk, bool plain) {
  const NoNames names;
  PathTable paths(names);
  EvtxChunkReader reader(paths);
  reader.set_plain(plain);
  Seen seen;
  seen.stats = reader.read(chunk, [&](const EvtxRecord& record, Event& event) {
    bool covers = true;
    for (const Value& value : event.values) {
      covers &= value.data >= event.text.data() && value.data + value.size <= event.text.data() + event.text.size();
    }
    seen.records.push_back({record, flat(event, paths), event.time, covers});
  });
  seen.fast = reader.fast_records();
  return seen;
}

// Both ways, which must agree; the fast one's result.
Seen read_both(const std::string& chunk) {
  Seen fast = read(chunk, false);
  const Seen slow = read(chunk, true);
  EXPECT_EQ(fast.records.size(), slow.records.size());
  for (std::size_t i = 0; i < std::min(fast.records.size(), slow.records.size()); ++i) {
    EXPECT_EQ(fast.records[i].values, slow.records[i].values);
    EXPECT_EQ(fast.records[i].time, slow.records[i].time);
    EXPECT_TRUE(fast.records[i].text_covers);
    EXPECT_TRUE(slow.records[i].text_covers);
  }
  EXPECT_EQ(fast.stats.damaged, slow.stats.damaged);
  return fast;
}

// The one record of a log whose root is <E>, written by `content`, as values below "E." (the path without
// it).
Flat below_root(EvtxBuilder& log, bool expect_fast = true) {
  const Seen seen = read_both(log.chunk());
  EXPECT_EQ(seen.records.size(), 1u);
  if (seen.records.empty()) return {};
  EXPECT_EQ(seen.records[0].record.damage, nullptr);
  EXPECT_EQ(seen.fast, expect_fast ? 1u : 0u);
  Flat result;
  for (const std::string& value : seen.records[0].values) {
    result.push_back(value.starts_with("E.") ? value.substr(2) : value);
  }
  return result;
}

// <E>…</E> as a template with these substitutions.
Flat shape(const std::function<void(EvtxBuilder&)>& content, const std::vector<EvtxTestValue>& values,
           bool expect_fast = true) {
  EvtxBuilder log;
  log.record(1, [&] {
    log.instance(
        1, [&] { log.element("E", [&] { content(log); }); }, values);
  });
  return below_root(log, expect_fast);
}

// The same content without a template.
Flat direct(const std::function<void(EvtxBuilder&)>& content, bool expect_fast = true) {
  EvtxBuilder log;
  log.record(1, [&] { log.element("E", [&] { content(log); }); });
  return below_root(log, expect_fast);
}

// One value of a type, as its JSON.
std::string spelled(const EvtxTestValue& value) {
  const Flat values = shape([](EvtxBuilder& log) { log.element("V", [&] { log.substitution(0); }); }, {value});
  std::string joined;
  for (const std::string& text : values) joined += (joined.empty() ? "" : " ") + text.substr(2);
  return joined;
}

EvtxTestValue raw(unsigned type, std::string bytes) {
  return {.type = static_cast<std::uint8_t>(type), .bytes = std::move(bytes)};
}

TEST(Evtx, ARecordWithAllThatIsUsual) {
  EvtxBuilder log;
  log.record(77, [&] {
    log.instance(1,
                 [&] {
                   log.open_with("Event", "xmlns", "http://x");
                   log.element("System", [&] {
                     log.open("Provider", true);
                     log.attribute("Name");
                     log.text("P");
                     log.attribute("Guid");
                     log.substitution(0, 0x0f, true);
                     log.close_empty();
                     log.open("EventID", true);
                     log.attribute("Qualifiers");
                     log.substitution(1, 0x06, true);
                     log.close_start();
                     log.substitution(2, 0x06);
                     log.close();
                     log.open("TimeCreated", true);
                     log.attribute("SystemTime");
                     log.substitution(3, 0x11);
                     log.close_empty();
                   });
                   log.substitution(4, 0x21, true);
                   log.close();
                 },
                 {evtx_null(), evtx_null(), evtx_value<std::uint16_t>(EvtxType::kUInt16, 4688),
                  evtx_value(EvtxType::kFileTime, kEvtxTestTime), evtx_binxml([&] {
                    log.header();
                    log.instance(2,
                                 [&] {
                                   log.element("EventData", [&] {
                                     log.data("Image", 0);
                                     log.data("Empty", 1);
                                   });
                                 },
                                 {evtx_text_value("C:\\a.exe "), evtx_null()});
                    log.end();
                  })});
  });
  const Seen seen = read_both(log.chunk());
  ASSERT_EQ(seen.records.size(), 1u);
  EXPECT_EQ(seen.fast, 1u);
  EXPECT_EQ(seen.stats.damage, nullptr);
  EXPECT_EQ(seen.records[0].record.id, 77u);
  EXPECT_EQ(format_time(seen.records[0].record.written), "2022-06-18T04:26:40.123456Z");
  EXPECT_EQ(seen.records[0].time, seen.records[0].record.written);
  EXPECT_EQ(seen.records[0].values,
            (Flat{"Event.#attributes.xmlns=\"http://x\"", "Event.EventData.Empty=null",
                  "Event.EventData.Image=\"C:\\\\a.exe\"", "Event.System.EventID=4688",
                  "Event.System.Provider.#attributes.Name=\"P\"",
                  "Event.System.TimeCreated.#attributes.SystemTime=\"2022-06-18T04:26:40.123456Z\""}));
}

TEST(Evtx, AttributesDecideWhereContentGoes) {
  const auto element = [](EvtxBuilder& log) {
    log.open("A", true);
    log.attribute("x");
    log.substitution(0);
    log.close_start();
    log.substitution(1);
    log.close();
  };
  EXPECT_EQ(shape(element, {evtx_text_value("1"), evtx_text_value("2")}),
            (Flat{"A.#attributes.x=\"1\"", "A.#text=\"2\""}));
  EXPECT_EQ(shape(element, {evtx_null(), evtx_text_value("2")}), Flat{"A=\"2\""});
  EXPECT_EQ(shape(element, {evtx_text_value("1"), evtx_null()}), (Flat{"A.#attributes.x=\"1\"", "A.#text=null"}));
  EXPECT_EQ(shape(element, {evtx_null(), evtx_null()}), Flat{"A=null"});
  EXPECT_EQ(shape(element, {}), Flat{"A=null"});  // the instance has fewer values than the definition names
  const auto empty = [](EvtxBuilder& log) {
    log.open("A", true);
    log.attribute("x");
    log.substitution(0);
    log.close_empty();
  };
  EXPECT_EQ(shape(empty, {evtx_text_value("")}), Flat{"A.#attributes.x=\"\""});
  EXPECT_EQ(shape(empty, {evtx_null()}), Flat{"A=null"});
}

TEST(Evtx, DataElementsAreKeysOrAList) {
  const auto list = [](EvtxBuilder& log) {
    for (unsigned i = 0; i < 3; ++i) log.element("Data", [&] { log.substitution(i); });
  };
  EXPECT_EQ(shape(list, {evtx_text_value("a"), evtx_null(), evtx_text_value("c")}),
            (Flat{"Data.#text=\"a\"", "Data.#text=\"c\"", "Data.#text=null"}));
  EXPECT_EQ(shape(list, {evtx_null(), evtx_null(), evtx_text_value("c")}), Flat{"Data.#text=\"c\""});
  EXPECT_EQ(shape(list, {evtx_null(), evtx_null(), evtx_null()}), Flat{"Data.#text=null"});
  EXPECT_EQ(shape(list, {raw(0x81, evtx_utf16("x ") + std::string(2, '\0') + evtx_utf16("y") + std::string(2, '\0')),
                         evtx_null(), evtx_text_value("c")}),
            (Flat{"Data.#text=\"c\"", "Data.#text=\"x \"", "Data.#text=\"y\"", "Data.#text=null"}));
  EXPECT_EQ(shape([](EvtxBuilder& log) { log.data("k", 0); }, {raw(0x84, "\x01\x02")}), (Flat{"k=1", "k=2"}));
  EXPECT_EQ(shape([](EvtxBuilder& log) { log.data("k", 0); }, {raw(0x84, "")}), Flat{});
}

TEST(Evtx, ANameThatComesAgainTakesThePlainKey) {
  const auto twice = [](EvtxBuilder& log) { log.data("k", 0), log.data("k", 1); };
  EXPECT_EQ(shape(twice, {evtx_text_value("a"), evtx_text_value("b")}), (Flat{"k=\"b\"", "k_1=\"a\""}));
  EXPECT_EQ(shape(twice, {evtx_null(), evtx_text_value("b")}), Flat{"k=\"b\""});
  const auto thrice = [](EvtxBuilder& log) { log.data("k", 0), log.data("k", 1), log.data("k", 2); };
  EXPECT_EQ(shape(thrice, {evtx_text_value("a"), evtx_text_value("b"), evtx_text_value("c")}, false),
            (Flat{"k=\"c\"", "k_1=\"a\"", "k_2=\"b\""}));
  const auto elements = [](EvtxBuilder& log) {
    for (const char* text : {"a", "b"}) log.element("H", [&] { log.text(text); });
  };
  EXPECT_EQ(direct(elements, false), (Flat{"H=\"b\"", "H_1=\"a\""}));
}

TEST(Evtx, TextsOfOneElementJoinOrFormAnArray) {
  const auto pieces = [](EvtxBuilder& log) {
    log.text("a");
    log.entity("amp");
    log.text("b");
  };
  EXPECT_EQ(direct([&](EvtxBuilder& log) { log.element("V", [&] { pieces(log); }); }), Flat{"V=\"a&b\""});
  EXPECT_EQ(direct([&](EvtxBuilder& log) {
              log.open_with("V", "x", "1");
              pieces(log);
              log.close();
            }),
            (Flat{"V.#attributes.x=\"1\"", "V.#text=\"&\"", "V.#text=\"a\"", "V.#text=\"b\""}));
  EXPECT_EQ(direct([&](EvtxBuilder& log) { log.element("V", [&] { log.cdata("<c>"), log.char_ref(0x20ac); }); }, false),
            Flat{"V=\"<c>\u20ac\""});
  EXPECT_EQ(direct([&](EvtxBuilder& log) { log.element("V", [&] { log.entity("nbsp"); }); }), Flat{"V=\"&nbsp;\""});
}

TEST(Evtx, DirectElementsFollowTheSameRules) {
  EXPECT_EQ(direct([](EvtxBuilder& log) {
              log.open_with("A", "x", "1");
              log.close();
              log.element("B", [] {});
              log.open_with("Data", "Name", "k");
              log.text("v ");
              log.close();
              log.element("Data", [&] { log.text("u"); });
              log.element("Data", [&] { log.text("w"); });
            }),
            (Flat{"A.#attributes.x=\"1\"", "B=null", "Data.#text=\"u\"", "Data.#text=\"w\"", "k=\"v\""}));
}

TEST(Evtx, EveryValueType) {
  EXPECT_EQ(spelled(evtx_null()), "null");
  EXPECT_EQ(spelled(evtx_text_value("")), "\"\"");
  EXPECT_EQ(spelled(evtx_text_value("a\tb \r\n")), "\"a\\tb\"");
  EXPECT_EQ(spelled(raw(0x01, evtx_utf16("ab") + std::string(2, '\0') + evtx_utf16("c"))), "\"ab\"");
  EXPECT_EQ(spelled(raw(0x01, std::string("\xe4\0\x3d\xd8\x00\xde\x00\xd8", 8))), "\"\u00e4\U0001f600\ufffd\"");
  EXPECT_EQ(spelled(raw(0x02, std::string("\x80 a\0b", 5))), "\"\u20ac ab\"");
  EXPECT_EQ(spelled(evtx_value<std::int8_t>(EvtxType::kInt8, -5)), "-5");
  EXPECT_EQ(spelled(evtx_value<std::uint8_t>(EvtxType::kUInt8, 250)), "250");
  EXPECT_EQ(spelled(evtx_value<std::int16_t>(EvtxType::kInt16, -300)), "-300");
  EXPECT_EQ(spelled(evtx_value<std::uint16_t>(EvtxType::kUInt16, 65535)), "65535");
  EXPECT_EQ(spelled(evtx_value<std::int32_t>(EvtxType::kInt32, INT32_MIN)), "-2147483648");
  EXPECT_EQ(spelled(evtx_value<std::uint32_t>(EvtxType::kUInt32, UINT32_MAX)), "4294967295");
  EXPECT_EQ(spelled(evtx_value<std::int64_t>(EvtxType::kInt64, INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(spelled(evtx_value<std::uint64_t>(EvtxType::kUInt64, UINT64_MAX)), "18446744073709551615");
  EXPECT_EQ(spelled(evtx_value(EvtxType::kReal32, 0.1f)), "0.1");
  EXPECT_EQ(spelled(evtx_value(EvtxType::kReal64, -2.0)), "-2.0");
  EXPECT_EQ(spelled(evtx_value(EvtxType::kReal64, 1.0 / 0.0)), "null");
  EXPECT_EQ(spelled(evtx_value<std::uint32_t>(EvtxType::kBool, 0)), "false");
  EXPECT_EQ(spelled(evtx_value<std::uint32_t>(EvtxType::kBool, 512)), "true");
  EXPECT_EQ(spelled(evtx_value<std::uint8_t>(EvtxType::kBool, 1)), "true");
  EXPECT_EQ(spelled(raw(0x0e, std::string("\x00\xab\x10", 3))), "\"00AB10\"");
  EXPECT_EQ(spelled(raw(0x0f, "\x5f\x38\x70\x57\x2a\xc2\xe0\x43\xbf\x4c\x06\xf5\x69\x8f\xfb\xd9")),
            "\"5770385F-C22A-43E0-BF4C-06F5698FFBD9\"");
  EXPECT_EQ(spelled(evtx_value<std::uint32_t>(EvtxType::kSizeT, 0xABC)), "\"0xabc\"");
  EXPECT_EQ(spelled(evtx_value<std::uint64_t>(EvtxType::kSizeT, 0)), "\"0x0\"");
  EXPECT_EQ(spelled(evtx_value(EvtxType::kFileTime, kEvtxTestTime)), "\"2022-06-18T04:26:40.123456Z\"");
  EXPECT_EQ(spelled(evtx_value<std::uint64_t>(EvtxType::kFileTime, 0)), "\"1601-01-01T00:00:00.000000Z\"");
  EXPECT_EQ(spelled(evtx_value<std::uint64_t>(EvtxType::kFileTime, UINT64_MAX)), "\"+60056-05-28T05:36:10.955161Z\"");
  EXPECT_EQ(spelled(raw(0x12, std::string("\xe4\x07\x02\0\6\0\x1d\0\x17\0\x3b\0\x3a\0\x07\0", 16))),
            "\"2020-02-29T23:59:58.007000Z\"");
  EXPECT_EQ(spelled(raw(0x12, std::string(16, '\0'))), "\"1601-01-01T00:00:00.000000Z\"");
  EXPECT_EQ(spelled(raw(0x13, std::string("\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", 16))), "\"S-1-5-32-544\"");
  EXPECT_EQ(spelled(evtx_value<std::int32_t>(EvtxType::kHexInt32, -1)), "\"0xffffffff\"");
  EXPECT_EQ(spelled(evtx_value<std::uint64_t>(EvtxType::kHexInt64, 1ull << 63)), "\"0x8000000000000000\"");
}

TEST(Evtx, EveryArrayType) {
  EXPECT_EQ(spelled(raw(0x83, "\xff\x01")), "-1 1");
  EXPECT_EQ(spelled(raw(0x86, std::string("\x01\x00\xff\xff", 4))), "1 65535");
  EXPECT_EQ(spelled(raw(0x88, std::string("\x01\x00\x00\x00\x02\x00\x00\x00", 8))), "1 2");
  EXPECT_EQ(spelled(raw(0x8d, std::string("\x01\x00\x00\x00\x00\x00\x00\x00", 8))), "false true");
  EXPECT_EQ(spelled(raw(0x94, std::string("\x0a\x00\x00\x00\x0b\x00\x00\x00", 8))), "\"0xa\" \"0xb\"");
  EXPECT_EQ(spelled(raw(0x82, std::string("a\0b", 3))), "\"a\" \"b\"");
  EXPECT_EQ(spelled(raw(0x93, std::string("\1\1\0\0\0\0\0\5\x12\0\0\0\1\1\0\0\0\0\0\5\x13\0\0\0", 24))),
            "\"S-1-5-18\" \"S-1-5-19\"");
  EXPECT_EQ(spelled(raw(0x91, std::string(16, '\0'))),
            "\"1601-01-01T00:00:00.000000Z\" \"1601-01-01T00:00:00.000000Z\"");
}

TEST(Evtx, FixedTypesWithoutBytesAreNull) {
  for (const unsigned type : {0x03u, 0x08u, 0x0au, 0x0cu, 0x0du, 0x0fu, 0x10u, 0x11u, 0x12u, 0x13u, 0x15u}) {
    EXPECT_EQ(spelled(raw(type, "")), "null") << type;
  }
}

// A value that does not fit its type is left out, not called null: a rule may ask for null.
TEST(Evtx, ValuesThatDoNotFitAreDamage) {
  const std::vector<EvtxTestValue> bad = {
      raw(0x08, "ab"),
      raw(0x0f, "short"),
      raw(0x12, std::string("\xe4\x07\x0d\0\6\0\x1d\0\x17\0\x3b\0\x3a\0\x07\0", 16)),
      raw(0x13, std::string("\1\5\0\0\0\0\0\5", 8)),
      raw(0x10, "abc"),
      raw(0x77, "ab")};
  for (const EvtxTestValue& value : bad) {
    EvtxBuilder log;
    log.record(1, [&] {
      log.instance(1, [&] { log.element("E", [&] { log.data("bad", 0), log.data("good", 1); }); },
                   {value, evtx_text_value("x")});
    });
    const Seen seen = read_both(log.chunk());
    ASSERT_EQ(seen.records.size(), 1u);
    EXPECT_NE(seen.records[0].record.damage, nullptr);
    EXPECT_EQ(seen.records[0].values, Flat{"E.good=\"x\""});
    EXPECT_EQ(seen.stats.damaged, 1u);
  }
}

TEST(Evtx, TemplatesAreFoundAgainInOtherChunks) {
  const NoNames names;
  PathTable paths(names);
  EvtxChunkReader reader(paths);
  // The second chunk knows the names from elsewhere, so that the definition's bytes are others.
  for (int round = 0; round < 2; ++round) {
    EvtxBuilder log;
    if (round == 1) log.record(1, [&] { log.element("k", [&] { log.element("E", [] {}); }); });
    log.record(2, [&] {
      log.instance(9, [&] { log.element("E", [&] { log.data("k", 0), log.element("k2", [&] { log.text("s"); }); }); },
                   {evtx_text_value("v")});
    });
    Flat last;
    reader.read(log.chunk(), [&](const EvtxRecord&, Event& event) { last = flat(event, paths); });
    EXPECT_EQ(last, (Flat{"E.k2=\"s\"", "E.k=\"v\""}));
  }
  EXPECT_EQ(reader.templates(), 1u);
  // The same GUID with another name in it is another template.
  EvtxBuilder log;
  log.record(3, [&] {
    log.instance(9, [&] { log.element("E", [&] { log.data("K", 0), log.element("k2", [&] { log.text("s"); }); }); },
                 {evtx_text_value("v")});
  });
  Flat last;
  reader.read(log.chunk(), [&](const EvtxRecord&, Event& event) { last = flat(event, paths); });
  EXPECT_EQ(last, (Flat{"E.K=\"v\"", "E.k2=\"s\""}));
  EXPECT_EQ(reader.templates(), 2u);
}

TEST(Evtx, ATemplateWithAnotherElementNameIsAnother) {
  const NoNames names;
  PathTable paths(names);
  EvtxChunkReader reader(paths);
  for (const char* name : {"Aa", "Ab"}) {
    EvtxBuilder log;
    log.record(1, [&] { log.instance(1, [&] { log.element("E", [&] { log.element(name, [] {}); }); }, {}); });
    Flat seen;
    reader.read(log.chunk(), [&](const EvtxRecord&, Event& event) { seen = flat(event, paths); });
    EXPECT_EQ(seen, Flat{std::string("E.") + name + "=null"});
  }
}

// BinXML in a value is an element beside those of the template, and may have the name of one of them.
TEST(Evtx, ANestedElementMayHaveTheNameOfItsNeighbour) {
  for (const char* name : {"S", "T"}) {
    EvtxBuilder log;
    const auto nested = [&] {
      log.header();
      log.instance(2, [&] { log.element(name, [&] { log.text("nested"); }); }, {});
      log.end();
    };
    log.record(1, [&] {
      const auto define = [&] {
        log.element("E", [&] {
          log.element("S", [&] { log.text("beside"); });
          log.substitution(0, 0x21, true);
        });
      };
      log.instance(1, define, {evtx_binxml(nested)});
    });
    const bool same = name == std::string("S");
    EXPECT_EQ(below_root(log, !same),
              same ? (Flat{"S=\"nested\"", "S_1=\"beside\""}) : (Flat{"S=\"beside\"", "T=\"nested\""}));
  }
}

// What damage took is not there. Null would be a statement about the event.
TEST(Evtx, LostValuesAreLeftOut) {
  EvtxBuilder log;
  log.record(1, [&] {
    const auto define = [&] {
      log.element("E", [&] {
        log.data("first", 0);
        log.data("second", 1);
        log.open("A", true);
        log.attribute("x");
        log.substitution(1);
        log.close_empty();
        log.element("never", [] {});
      });
    };
    log.instance(1, define, {evtx_text_value("a"), evtx_text_value("b")});
    log.patch(log.at() - 2 - 2 - 4, 0x7000, 2);  // the size of the second value
  });
  const Seen seen = read_both(log.chunk());
  ASSERT_EQ(seen.records.size(), 1u);
  EXPECT_STREQ(seen.records[0].record.damage, "substitution larger than the record");
  EXPECT_EQ(seen.records[0].values, (Flat{"E.first=\"a\"", "E.never=null"}));
}

}  // namespace
}  // namespace tocsin
