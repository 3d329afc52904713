// What the fuzzer starts from (fuzz/corpus/evtx) is written here, and this test holds the files to it: run
// with TOCSIN_UPDATE=1 to write them anew. Each seed shows the fuzzer one part of the format.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include "collect/evtx_builder.h"

namespace tocsin {
namespace {

const std::string kFolder = TOCSIN_SOURCE_DIR "/fuzz/corpus/evtx/";

// The content of the one record: what stands from byte 536 on.
std::string content(const std::function<void(EvtxBuilder&)>& write) {
  EvtxBuilder log;
  log.record(1, [&] { write(log); });
  return log.bytes.substr(kEvtxChunkHeaderSize + kEvtxRecordHeaderSize);
}

// A chunk without the zeros behind its records.
std::string short_chunk(const EvtxBuilder& log) { return log.chunk().substr(0, log.at()); }

void system_and_data(EvtxBuilder& log, std::uint32_t id) {
  log.instance(id,
               [&] {
                 log.open_with("Event", "xmlns", "n");
                 log.element("System", [&] {
                   log.open("EventID", true);
                   log.attribute("Qualifiers");
                   log.substitution(0, 0x06, true);
                   log.close_start();
                   log.substitution(1, 0x06);
                   log.close();
                   log.open("TimeCreated", true);
                   log.attribute("SystemTime");
                   log.substitution(2, 0x11);
                   log.close_empty();
                 });
                 log.substitution(3, 0x21, true);
                 log.close();
               },
               {evtx_null(), evtx_value<std::uint16_t>(EvtxType::kUInt16, 7),
                evtx_value(EvtxType::kFileTime, kEvtxTestTime), evtx_binxml([&log, id] {
                  log.header();
                  log.instance(id + 1, [&] { log.element("EventData", [&] { log.data("k", 0), log.data("l", 1); }); },
                               {evtx_text_value("v "), evtx_value<std::uint32_t>(EvtxType::kHexInt32, 10)});
                  log.end();
                })});
}

void direct_event(EvtxBuilder& log) {
  log.open_with("Event", "a", "1");
  log.element("E", [] {});
  log.open_with("Data", "Name", "k");
  log.text("x");
  log.entity("amp");
  log.close();
  log.element("Data", [&] { log.text("u"); });
  log.element("H", [&] { log.cdata("c"), log.char_ref(65); });
  log.element("H", [&] { log.text("again"); });
  log.close();
}

std::string values(std::initializer_list<EvtxTestValue> list) {
  return content([&](EvtxBuilder& log) {
    log.instance(
        1,
        [&] {
          log.element("E", [&] {
            for (unsigned i = 0; i < list.size(); ++i)
              log.element("V" + std::to_string(i), [&] { log.substitution(i); });
          });
        },
        list);
  });
}

EvtxTestValue zeros(unsigned type, std::size_t size) {
  return {.type = static_cast<std::uint8_t>(type), .bytes = std::string(size, '\1')};
}

std::map<std::string, std::string> seeds() {
  std::map<std::string, std::string> files;
  files["template"] = content([](EvtxBuilder& log) { system_and_data(log, 1); });
  files["direct"] = content(direct_event);
  files["list"] = content([](EvtxBuilder& log) {
    log.instance(1,
                 [&] {
                   log.element("E", [&] {
                     for (unsigned i = 0; i < 3; ++i) log.element("Data", [&] { log.substitution(i); });
                     log.data("k", 0), log.data("k", 1);
                   });
                 },
                 {evtx_null(),
                  evtx_text_value("a"),
                  {.type = 0x81, .bytes = evtx_utf16("b") + std::string(2, '\0') + evtx_utf16("c")}});
  });
  files["integers"] =
      values({zeros(3, 1), zeros(4, 1), zeros(5, 2), zeros(6, 2), zeros(7, 4), zeros(8, 4), zeros(9, 8), zeros(10, 8)});
  files["others"] = values(
      {zeros(2, 5), zeros(11, 4), zeros(12, 8), zeros(13, 4), zeros(14, 3), zeros(15, 16), zeros(16, 8), zeros(17, 8)});
  files["times"] = values({zeros(18, 16), zeros(19, 12), zeros(20, 4), zeros(21, 8), zeros(0x23, 4)});
  files["arrays"] = values({zeros(0x83, 2), zeros(0x86, 4), zeros(0x8a, 16), zeros(0x8d, 8), zeros(0x8f, 32),
                            zeros(0x91, 16), zeros(0x93, 24)});
  EvtxBuilder log;
  for (std::uint64_t id = 1; id < 4; ++id) log.record(id, [&] { system_and_data(log, id == 3 ? 3 : 1); });
  log.record(4, [&] { direct_event(log); });
  files["chunk"] = short_chunk(log);
  files["file"] = EvtxBuilder::file({short_chunk(log)});
  return files;
}

TEST(EvtxSeeds, AreWhatThisTestWrites) {
  const bool update = std::getenv("TOCSIN_UPDATE") != nullptr;
  if (update) std::filesystem::create_directories(kFolder);
  for (const auto& [name, bytes] : seeds()) {
    if (update) std::ofstream(kFolder + name, std::ios::binary) << bytes;
    std::ifstream in(kFolder + name, std::ios::binary);
    std::ostringstream there;
    there << in.rdbuf();
    EXPECT_EQ(there.str(), bytes) << kFolder + name << ": run with TOCSIN_UPDATE=1";
  }
}

}  // namespace
}  // namespace tocsin
