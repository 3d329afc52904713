// An event log from outside, whole ("ElfFile…"), as one chunk ("ElfChnk…"), or as the BinXML of one record (anything
// else). Besides not crashing, not hanging and not reading outside: compiled templates and the tree must agree on every
// value, a second reading with warm caches must agree with the first, and Event::text must cover every value.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "collect/evtx.h"
#include "event/path_table.h"

namespace {

using namespace tocsin;

struct NoNames : Naming {
  PathMeaning meaning(std::string_view) const override { return {}; }
};

class TextFile : public File {
 public:
  explicit TextFile(std::string_view text) : text_(text) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    size = std::min(size, text_.size());
    std::copy_n(text_.data(), size, into);
    text_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view text_;
};

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "evtx_fuzz: not so: %s\n", what);
  std::abort();
}

using FlatValue = std::tuple<PathId, ValueKind, std::string>;
struct SeenRecord {
  std::vector<FlatValue> values;
  TimeUs time = kNoTime;
  std::string_view damage;
};

std::vector<SeenRecord> read(EvtxChunkReader& reader, std::string_view chunk) {
  std::vector<SeenRecord> records;
  reader.read(chunk, [&](const EvtxRecord& record, Event& event) {
    SeenRecord& seen = records.emplace_back();
    seen.time = event.time;
    if (record.damage != nullptr) seen.damage = record.damage;
    for (const Value& value : event.values) {
      expect(value.data >= event.text.data(), "value before the text");
      expect(value.data + value.size <= event.text.data() + event.text.size(), "value behind the text");
      seen.values.emplace_back(value.path, value.kind, value.raw());
    }
    std::sort(seen.values.begin(), seen.values.end());
  });
  return records;
}

// Limits may stop one way before the other.
bool limited(const SeenRecord& record) { return record.damage.starts_with("limit"); }

void compare(const std::vector<SeenRecord>& a, const std::vector<SeenRecord>& b) {
  expect(a.size() == b.size(), "the same number of records");
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (limited(a[i]) || limited(b[i])) return;
    expect(a[i].damage.empty() == b[i].damage.empty(), "both damaged or neither");
    expect(a[i].values == b[i].values, "the same values");
    expect(a[i].time == b[i].time, "the same time");
  }
}

void read_chunk(std::string_view chunk) {
  static const NoNames names;
  PathTable paths(names);
  EvtxChunkReader fast(paths), slow(paths);
  slow.set_plain(true);
  const std::vector<SeenRecord> first = read(fast, chunk);
  compare(first, read(fast, chunk));
  compare(first, read(slow, chunk));
}

// The record around the content: offsets in it count from the chunk, so the content begins at 536.
std::string chunk_around(std::string_view content) {
  content = content.substr(0, kEvtxChunkSize - kEvtxChunkHeaderSize - kEvtxRecordSizeMin);
  const auto size = static_cast<std::uint32_t>(content.size()) + kEvtxRecordSizeMin;
  std::string chunk(kEvtxChunkHeaderSize, '\0');
  const auto put = [&](std::uint32_t value) { chunk.append(reinterpret_cast<const char*>(&value), sizeof value); };
  chunk.replace(0, kEvtxChunkMagic.size(), kEvtxChunkMagic);
  chunk += kEvtxRecordMagic;
  put(size);
  for (const std::uint32_t word : {1u, 0u, 0u, 0x01d00000u}) put(word);  // id and time
  chunk += content;
  put(size);
  return chunk;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.starts_with("ElfF")) {
    TextFile file(input);
    EvtxSplitter splitter(file);
    EvtxChunk chunk;
    while (splitter.next(chunk).value_or(false)) read_chunk(chunk.bytes);
    expect(splitter.bytes_read() == size, "the whole file was read");
  } else if (input.starts_with("ElfC")) {
    read_chunk(input);
  } else {
    read_chunk(chunk_around(input));
  }
  return 0;
}
