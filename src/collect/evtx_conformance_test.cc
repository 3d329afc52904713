// Real logs: the events of an EVTX file are those of the JSON that stands beside it, and the fast way agrees
// with the slow one on every record there is.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "collect/evtx.h"
#include "event/path_table.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

struct NoNames : Naming {
  PathMeaning meaning(std::string_view) const override { return {}; }
};

std::string data_folder() {
  const char* given = std::getenv("TOCSIN_DATA");
  return given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data";
}

std::vector<std::string> files_below(const std::string& folder, const std::string& extension) {
  std::vector<std::string> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// Path and JSON text, sorted: an event as a multiset.
using Flat = std::vector<std::pair<std::string, std::string>>;

Flat flat(const Event& event, const PathTable& paths) {
  Flat result;
  for (const Value& value : event.values) {
    std::string json;
    append_value_json(json, value);
    result.emplace_back(paths.name(value.path), json);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string cut_to_microseconds(std::string_view path, std::string text) {
  const bool is_time = path == "Event.System.TimeCreated.#attributes.SystemTime";
  const std::size_t dot = text.find('.');
  if (!is_time || dot == std::string::npos || text.size() < dot + 8) return text;
  return text.substr(0, dot + 7) + "Z\"";
}

void flatten(simdjson::dom::element element, const std::string& path, Flat& into) {
  using Type = simdjson::dom::element_type;
  switch (element.type()) {
    case Type::OBJECT:
      for (const auto field : simdjson::dom::object(element)) {
        flatten(field.value, path.empty() ? std::string(field.key) : path + "." + std::string(field.key), into);
      }
      return;
    case Type::ARRAY:
      for (const auto item : simdjson::dom::array(element)) flatten(item, path, into);
      return;
    case Type::STRING: {
      std::string json = "\"";
      append_json_escaped(json, std::string_view(element));
      into.emplace_back(path, cut_to_microseconds(path, json + "\""));
      return;
    }
    default: into.emplace_back(path, simdjson::minify(element)); return;
  }
}

// A file of one or several pretty-printed objects.
std::vector<Flat> flat_json(const std::string& text) {
  std::vector<Flat> events;
  const simdjson::padded_string padded(text);
  simdjson::dom::parser parser;
  simdjson::dom::document_stream stream;
  if (parser.parse_many(padded, 1u << 20).get(stream) != simdjson::SUCCESS) return events;
  for (auto document : stream) {
    simdjson::dom::element element;
    if (document.get(element) != simdjson::SUCCESS) break;
    flatten(element, "", events.emplace_back());
    std::sort(events.back().begin(), events.back().end());
  }
  return events;
}

struct Read {
  std::vector<Flat> events;
  std::uint64_t damaged = 0;
};

Read read_evtx(const std::string& path, EvtxChunkReader& reader, const PathTable& paths) {
  Read result;
  const auto file = Env::system().open(path);
  if (!file) return result;
  EvtxSplitter splitter(**file);
  EvtxChunk chunk;
  while (splitter.next(chunk).value_or(false)) {
    const EvtxChunkStats stats =
        reader.read(chunk.bytes, [&](const EvtxRecord&, Event& event) { result.events.push_back(flat(event, paths)); });
    result.damaged += stats.damaged;
  }
  return result;
}

// What somebody changed in a JSON file by hand, so that it is not what stands in the EVTX file: file, path,
// their text, our text. (The record has "Explorer.EXE" in UTF-16, and no other spelling.)
struct Edited {
  const char *file, *path, *json, *evtx;
};
constexpr Edited kEdited[] = {{"ad691d92-15f2-4181-9aa4-723c74f9ddc3.json", "Event.EventData.ParentCommandLine",
                               R"("C:\\Windows\\Explorer.exe")", R"("C:\\Windows\\Explorer.EXE")"}};

int undo_edits(const std::string& file, std::vector<Flat>& events) {
  int edits = 0;
  for (const Edited& edited : kEdited) {
    if (!file.ends_with(edited.file)) continue;
    for (Flat& event : events) {
      for (auto& [path, text] : event) {
        if (path != edited.path || text != edited.json) continue;
        text = edited.evtx;
        ++edits;
      }
      std::sort(event.begin(), event.end());
    }
  }
  return edits;
}

std::string difference(const Flat& json, const Flat& evtx) {
  std::ostringstream out;
  Flat only;
  std::set_difference(json.begin(), json.end(), evtx.begin(), evtx.end(), std::back_inserter(only));
  for (const auto& [path, text] : only) out << "  JSON only: " << path << " = " << text << "\n";
  only.clear();
  std::set_difference(evtx.begin(), evtx.end(), json.begin(), json.end(), std::back_inserter(only));
  for (const auto& [path, text] : only) out << "  EVTX only: " << path << " = " << text << "\n";
  return out.str();
}

TEST(EvtxConformance, RegressionPairsAreTheSameEvents) {
  const std::vector<std::string> files = files_below(data_folder() + "/sigma/regression_data", ".json");
  if (files.empty()) GTEST_SKIP() << "skipped: no data at " << data_folder();
  const NoNames names;
  PathTable paths(names);
  EvtxChunkReader reader(paths);
  std::size_t pairs = 0, events = 0;
  int edits = 0;
  for (const std::string& file : files) {
    std::vector<Flat> json = flat_json(read_file(file));
    edits += undo_edits(file, json);
    const Read evtx = read_evtx(file.substr(0, file.size() - 5) + ".evtx", reader, paths);
    EXPECT_EQ(evtx.damaged, 0u) << file;
    ASSERT_EQ(json.size(), evtx.events.size()) << file;
    for (std::size_t i = 0; i < json.size(); ++i) {
      EXPECT_EQ(json[i], evtx.events[i]) << file << " event " << i << "\n" << difference(json[i], evtx.events[i]);
    }
    ++pairs;
    events += json.size();
  }
  std::printf("%zu pairs, %zu events, %d values edited by hand in the JSON\n", pairs, events, edits);
  EXPECT_GE(pairs, 202u);
  EXPECT_LE(edits, 1);
}

TEST(EvtxConformance, FastAndSlowAgree) {
  std::vector<std::string> files = files_below(data_folder() + "/sigma/regression_data", ".evtx");
  for (const char* folder : {"/evtx-mitre", "/evtx-odd"}) {
    for (std::string& file : files_below(data_folder() + folder, ".evtx")) files.push_back(std::move(file));
  }
  if (files.empty()) GTEST_SKIP() << "skipped: no data at " << data_folder();
  const NoNames names;
  PathTable paths(names);
  EvtxChunkReader fast(paths), slow(paths);
  slow.set_plain(true);
  for (const std::string& file : files) {
    const Read by_template = read_evtx(file, fast, paths), by_tree = read_evtx(file, slow, paths);
    EXPECT_EQ(by_template.damaged, by_tree.damaged) << file;
    ASSERT_EQ(by_template.events.size(), by_tree.events.size()) << file;
    for (std::size_t i = 0; i < by_tree.events.size(); ++i) {
      EXPECT_EQ(by_template.events[i], by_tree.events[i]) << file << " event " << i << "\n"
                                                          << difference(by_tree.events[i], by_template.events[i]);
    }
  }
  std::printf("%llu records by templates or directly, %llu by the tree\n",
              static_cast<unsigned long long>(fast.fast_records()),
              static_cast<unsigned long long>(fast.slow_records()));
  EXPECT_GT(fast.fast_records(), 20 * fast.slow_records());
}

}  // namespace
}  // namespace tocsin
