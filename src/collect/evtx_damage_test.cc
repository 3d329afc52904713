// Damage, real and made: nothing crashes, hangs or reads outside (the sanitizers see to that), one chunk's
// damage never stops the next, what is readable is read and what is not is said; and every limit is reached
// once.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "collect/evtx.h"
#include "collect/evtx_builder.h"
#include "event/path_table.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

struct NoNames : Naming {
  PathMeaning meaning(std::string_view) const override { return {}; }
};

class TextFile : public File {
 public:
  explicit TextFile(std::string_view text, std::size_t step = SIZE_MAX) : text_(text), step_(step) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    size = std::min({size, step_, text_.size()});
    std::copy_n(text_.data(), size, into);
    text_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view text_;
  std::size_t step_;
};

struct Total {
  std::vector<EvtxChunkStats> chunks;
  std::vector<std::uint64_t> offsets, ids;
  std::uint64_t records = 0, damaged = 0, skipped = 0;
  std::vector<const char*> damage;  // of the records that have some
};

Total read_file(std::string_view file, EvtxChunkReader& reader, std::size_t step = SIZE_MAX) {
  Total total;
  TextFile text(file, step);
  EvtxSplitter splitter(text);
  EvtxChunk chunk;
  while (splitter.next(chunk).value_or(false)) {
    total.offsets.push_back(chunk.offset);
    total.chunks.push_back(reader.read(chunk.bytes, [&](const EvtxRecord& record, Event&) {
      total.ids.push_back(record.id);
      if (record.damage != nullptr) total.damage.push_back(record.damage);
    }));
    total.records += total.chunks.back().records;
    total.damaged += total.chunks.back().damaged;
  }
  total.skipped = splitter.skipped_bytes();
  EXPECT_EQ(splitter.bytes_read(), file.size());
  return total;
}

struct Fixture {
  NoNames names;
  PathTable paths{names};
  EvtxChunkReader reader{paths};
};

void add_records(EvtxBuilder& log, std::uint64_t first, int count) {
  for (int i = 0; i < count; ++i) {
    log.record(first + i, [&] {
      log.instance(1, [&] { log.element("Event", [&] { log.element("A", [&] { log.substitution(0); }); }); },
                   {evtx_text_value("value")});
    });
  }
}

std::string chunk_of(std::uint64_t first, int count) {
  EvtxBuilder log;
  add_records(log, first, count);
  return log.chunk();
}

TEST(EvtxDamage, SplitterFindsEveryChunk) {
  Fixture f;
  const std::string one = chunk_of(1, 3), two = chunk_of(4, 5);
  const std::string zeros(kEvtxChunkSize, '\0'), noise(1001, 'E');
  const std::string file = EvtxBuilder::file({one, zeros, two});
  for (const std::size_t step : {SIZE_MAX, std::size_t{1000}}) {
    const Total total = read_file(file, f.reader, step);
    EXPECT_EQ(total.records, 8u);
    EXPECT_EQ(total.skipped, 0u);
    EXPECT_EQ(total.offsets, (std::vector<std::uint64_t>{4096, 4096 + 2 * 65536}));
  }
  std::string bad = file;  // a chunk's magic is gone: where a chunk should be, its records are read all the same
  bad[4096] = 'x';
  EXPECT_EQ(read_file(bad, f.reader).records, 8u);
  EXPECT_FALSE(read_file(bad, f.reader).chunks[0].magic_ok);
  bad[0] = 'x';  // and that of the file: nobody knows where a chunk should be
  EXPECT_EQ(read_file(bad, f.reader).records, 5u);
  EXPECT_EQ(read_file(bad, f.reader).skipped, 65536u);
  const Total shifted = read_file(noise + one + noise + two + noise, f.reader);  // carved, nothing aligned
  EXPECT_EQ(shifted.records, 8u);
  EXPECT_EQ(shifted.skipped, 3 * noise.size());
  const Total cut = read_file(EvtxBuilder::file({one.substr(0, 1000), two}), f.reader);  // joined after a cut
  EXPECT_EQ(cut.offsets, (std::vector<std::uint64_t>{4096, 5096}));
  EXPECT_EQ(cut.ids.back(), 8u);
  EXPECT_EQ(read_file(two, f.reader).records, 5u);  // no file header at all
  EXPECT_EQ(read_file("", f.reader).records, 0u);
  EXPECT_EQ(read_file("ElfFile", f.reader).records, 0u);
}

// What looks like a chunk header inside a record of a sound file is data.
TEST(EvtxDamage, AChunkHeaderInsideARecordIsData) {
  Fixture f;
  EvtxBuilder log;
  const std::string inner = chunk_of(900, 1).substr(0, kEvtxChunkHeaderSize);
  log.record(1, [&] {
    log.instance(1, [&] { log.element("E", [&] { log.substitution(0, 0x0e); }); }, {{.type = 0x0e, .bytes = inner}});
  });
  log.record(2, [&] { log.element("E", [] {}); });
  const Total total = read_file(EvtxBuilder::file({log.chunk(), chunk_of(3, 1)}), f.reader);
  EXPECT_EQ(total.ids, (std::vector<std::uint64_t>{1, 2, 3}));
  const std::string zeros(kEvtxChunkSize, '\0');  // nothing says that the first chunk is whole but its checksum
  EXPECT_EQ(read_file(EvtxBuilder::file({log.chunk(), zeros}), f.reader).ids, (std::vector<std::uint64_t>{1, 2}));
}

TEST(EvtxDamage, FileHeaderIsReported) {
  std::string file = EvtxBuilder::file({chunk_of(1, 1)});
  EvtxFileHeader header = EvtxFileHeader::parse(file);
  EXPECT_TRUE(header.magic_ok && header.checksum_ok && !header.dirty);
  EXPECT_EQ(header.major, 3);
  EXPECT_EQ(header.chunk_count, 1);
  file[120] = 1;  // dirty: not part of the sum
  file[20] = 1;
  header = EvtxFileHeader::parse(file);
  EXPECT_TRUE(header.magic_ok && !header.checksum_ok && header.dirty);
  EXPECT_FALSE(EvtxFileHeader::parse(std::string_view("ElfFile")).magic_ok);
}

TEST(EvtxDamage, ChecksumsAreReportedAndTheChunkIsRead) {
  Fixture f;
  std::string chunk = chunk_of(1, 3);
  EXPECT_EQ(f.reader.read(chunk, [](const EvtxRecord&, Event&) {}).damage, nullptr);
  chunk[kEvtxChunkHeaderSize + 16] ^= 1;  // a time
  EvtxChunkStats stats = f.reader.read(chunk, [](const EvtxRecord&, Event&) {});
  EXPECT_TRUE(!stats.data_checksum_ok && stats.header_checksum_ok);
  EXPECT_EQ(stats.records, 3u);
  chunk[8] ^= 1;
  stats = f.reader.read(chunk, [](const EvtxRecord&, Event&) {});
  EXPECT_TRUE(!stats.data_checksum_ok && !stats.header_checksum_ok);
  chunk[120] = 4;  // no checksums
  stats = f.reader.read(chunk, [](const EvtxRecord&, Event&) {});
  EXPECT_TRUE(stats.data_checksum_ok && stats.header_checksum_ok);
  EXPECT_EQ(stats.damage, nullptr);
}

TEST(EvtxDamage, AStaleEndOfRecordsIsSeenThrough) {
  Fixture f;
  EvtxBuilder log;
  add_records(log, 1, 2);
  const std::uint32_t end = log.at();
  add_records(log, 3, 2);
  add_records(log, 90, 1);  // of an earlier round
  std::string chunk = log.chunk();
  for (int i = 0; i < 4; ++i) chunk[48 + i] = static_cast<char>(end >> (8 * i));
  const EvtxChunkStats stats = f.reader.read(chunk, [](const EvtxRecord&, Event&) {});
  EXPECT_EQ(stats.records, 4u);
  EXPECT_EQ(stats.recovered, 2u);
  chunk[49] = '\x7f';
  chunk[50] = '\x7f';  // outside the chunk
  EXPECT_EQ(f.reader.read(chunk, [](const EvtxRecord&, Event&) {}).records, 5u);
}

TEST(EvtxDamage, RecordsBehindADamagedOneAreFound) {
  Fixture f;
  EvtxBuilder log;
  std::vector<std::uint32_t> begins;
  for (int i = 0; i < 4; ++i) {
    begins.push_back(log.at());
    log.record(1 + i, [&] { log.element("E", [&] { log.text("x"); }); });
  }
  const std::string sound = log.chunk();
  const auto ids = [&](const std::string& chunk) {
    std::vector<std::uint64_t> result;
    f.reader.read(chunk, [&](const EvtxRecord& record, Event&) { result.push_back(record.id); });
    return result;
  };
  EXPECT_EQ(ids(sound), (std::vector<std::uint64_t>{1, 2, 3, 4}));
  std::string chunk = sound;
  chunk[begins[1]] = 'x';  // no magic: not a record
  EXPECT_EQ(ids(chunk), (std::vector<std::uint64_t>{1, 3, 4}));
  chunk = sound;
  chunk[begins[1] + 6] = '\x7f';  // a size beyond the chunk: no intact header
  EXPECT_EQ(ids(chunk), (std::vector<std::uint64_t>{1, 3, 4}));
  chunk = sound;
  chunk[begins[2] - 4] ^= 1;  // the second size: counts, as damaged
  EXPECT_EQ(ids(chunk), (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(f.reader.stats().damaged, 1u);
  chunk = sound;
  for (int i = 4; i < 8; ++i) chunk[begins[1] + i] = 0;  // a size of zero
  EXPECT_EQ(ids(chunk), (std::vector<std::uint64_t>{1, 3, 4}));
}

// The damage of the only record of the log, "" if there is none.
std::string damage_of(EvtxBuilder& log, EvtxChunkReader& reader) {
  std::string damage;
  reader.read(log.chunk(),
              [&](const EvtxRecord& record, Event&) { damage = record.damage == nullptr ? "" : record.damage; });
  return damage;
}

TEST(EvtxDamage, OffsetsOutsideTheChunkAreNamed) {
  Fixture f;
  EvtxBuilder name, definition, count, content;
  name.record(1, [&] { name.u8(0x01), name.u32(0), name.u32(0xfffffff0); });
  EXPECT_EQ(damage_of(name, f.reader), "name outside the chunk");
  definition.record(1, [&] {
    definition.u8(0x0c), definition.u8(1), definition.u32(0), definition.u32(0xfffffff0), definition.u32(0);
  });
  EXPECT_EQ(damage_of(definition, f.reader), "template definition outside the chunk");
  count.record(1, [&] {
    count.instance(1, [&] { count.element("E", [] {}); }, {});
    count.patch(count.at() - 4, 0xffffffff, 4);
  });
  EXPECT_EQ(damage_of(count, f.reader), "more substitutions than the record has room for");
  content.record(1, [] {});
  EXPECT_EQ(damage_of(content, f.reader), "record without content");
}

TEST(EvtxDamage, NestingEnds) {
  Fixture f;
  EvtxBuilder elements;
  elements.record(1, [&] {
    for (std::uint32_t i = 0; i <= kEvtxElementDepthMax; ++i) elements.open("E"), elements.close_start();
  });
  EXPECT_EQ(damage_of(elements, f.reader), "elements nested too deep");
  EvtxBuilder values;
  std::function<void(int)> nest = [&](int left) {
    const auto define = [&] { values.element("E", [&] { values.substitution(0, 0x21); }); };
    values.instance(1, define, {left == 0 ? evtx_null() : evtx_binxml([&, left] { nest(left - 1); })});
  };
  values.record(1, [&] { nest(static_cast<int>(kEvtxNestingMax)); });
  EXPECT_EQ(damage_of(values, f.reader), "templates nested too deep");
  EvtxBuilder cyclic;  // a definition that is an instance of itself
  cyclic.record(1, [&] {
    const std::uint32_t here = cyclic.at() + 10;
    cyclic.instance(1, [&] { cyclic.u8(0x0c), cyclic.u8(1), cyclic.u32(1), cyclic.u32(here), cyclic.u32(0); }, {});
  });
  EXPECT_EQ(damage_of(cyclic, f.reader), "templates nested too deep");
}

TEST(EvtxDamage, ValuesTextAndWorkEnd) {
  Fixture f;
  const auto repeat = [](EvtxBuilder& log, int times, EvtxTestValue value) {
    log.record(1, [&] {
      log.instance(1,
                   [&] {
                     log.element("E", [&] {
                       for (int i = 0; i < times; ++i) log.element("Data", [&] { log.substitution(0); });
                     });
                   },
                   {std::move(value)});
    });
  };
  EvtxBuilder values, text, work;
  repeat(values, 400, {.type = 0x84, .bytes = std::string(1000, 'x')});
  std::string damage = damage_of(values, f.reader);
  EXPECT_TRUE(damage.starts_with("limit on")) << damage;
  repeat(text, 400, {.type = 0x0e, .bytes = std::string(20'000, 'x')});
  damage = damage_of(text, f.reader);
  EXPECT_TRUE(damage.starts_with("limit on")) << damage;
  EXPECT_LE(f.reader.event().text.size(), kEvtxTextBytesMax);
  EXPECT_LE(f.reader.event().values.size(), kEvtxValuesMax);
  // Records that each cost much: a long list of instances of one large definition, over and over.
  work.record(1, [&] {
    const auto define = [&] {
      for (int i = 0; i < 2000; ++i) work.element("E", [] {});
    };
    for (int i = 0; i < 100; ++i) work.instance(1, define, {});
  });
  for (int i = 0; i < 20; ++i) {
    work.record(2 + i, [&] {
      for (int k = 0; k < 100; ++k) work.instance(1, [] {}, {});
    });
  }
  std::vector<std::string> all;
  f.reader.read(work.chunk(), [&](const EvtxRecord& record, Event&) {
    all.emplace_back(record.damage == nullptr ? "" : record.damage);
  });
  ASSERT_EQ(all.size(), 21u);
  EXPECT_EQ(std::count(all.begin(), all.end(), "limit on work for one chunk reached") +
                std::count(all.begin(), all.end(), "limit on work or text reached"),
            21);
}

TEST(EvtxDamage, TheTemplateCacheStartsAnewWhenFull) {
  Fixture f;
  std::size_t most = 0;
  for (std::uint32_t round = 0; round < 2 * kEvtxTemplatesMax / 50 + 2; ++round) {
    EvtxBuilder log;
    for (std::uint32_t i = 0; i < 50; ++i) {
      log.record(1 + i, [&] { log.instance(50 * round + i, [&] { log.element("E", [] {}); }, {}); });
    }
    EXPECT_EQ(f.reader.read(log.chunk(), [](const EvtxRecord&, Event&) {}).damage, nullptr);
    most = std::max(most, f.reader.templates());
  }
  EXPECT_LE(most, kEvtxTemplatesMax);
  EXPECT_GT(most, kEvtxTemplatesMax - 50);
  EXPECT_LT(f.reader.templates(), most);
}

// <E> with `count` unnamed Data, all of them substitution 0.
void repeat_value(EvtxBuilder& log, std::uint32_t template_id, int count, EvtxTestValue value) {
  const auto define = [&] {
    log.element("E", [&] {
      for (int i = 0; i < count; ++i) log.element("Data", [&] { log.substitution(0); });
    });
  };
  log.instance(template_id, define, {std::move(value)});
}

TEST(EvtxDamage, TheTextOfAChunkEnds) {
  Fixture f;
  EvtxBuilder log;
  for (std::uint64_t id = 1; id <= 12; ++id) {  // 3.8 MB of text each
    log.record(id, [&] { repeat_value(log, 1, 1900, {.type = 0x0e, .bytes = std::string(1000, 'x')}); });
  }
  std::uint64_t text = 0;
  std::vector<bool> damaged;
  f.reader.read(log.chunk(), [&](const EvtxRecord& record, Event& event) {
    text += event.text.size();
    damaged.push_back(record.damage != nullptr);
  });
  EXPECT_FALSE(damaged.front());
  EXPECT_TRUE(damaged.back());
  EXPECT_LE(text, kEvtxChunkTextBytesMax + 2 * kEvtxTextBytesMax);
}

TEST(EvtxDamage, LargeTemplatesFillTheCacheSooner) {
  Fixture f;
  std::size_t most = 0;
  std::uint32_t round = 0;
  do {
    EvtxBuilder log;
    log.record(1, [&] { repeat_value(log, ++round, 1900, evtx_text_value("x")); });
    EXPECT_EQ(f.reader.read(log.chunk(), [](const EvtxRecord&, Event&) {}).damage, nullptr);
    most = std::max(most, f.reader.templates());
  } while (f.reader.templates() == most && round < kEvtxTemplatesMax);
  EXPECT_LT(most, kEvtxTemplatesMax / 4);
}

std::string data_folder() {
  const char* given = std::getenv("TOCSIN_DATA");
  return given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data";
}

std::vector<std::string> real_files(const std::string& folder) {
  std::vector<std::string> files;
  if (!fs::is_directory(data_folder() + folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(data_folder() + folder)) {
    if (entry.path().extension() == ".evtx") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::uint64_t number(const std::string& bytes, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, 8);
  return value;
}

// In a chunk with both checksums right, the records are as many as its header says, one after another, none
// damaged.
TEST(EvtxDamage, RealFilesGiveEveryRecordOfEverySoundChunk) {
  std::vector<std::string> files = real_files("/evtx-odd");
  for (std::string& file : real_files("/evtx-mitre")) files.push_back(std::move(file));
  if (files.empty()) GTEST_SKIP() << "skipped: no data at " << data_folder();
  Fixture f;
  std::uint64_t records = 0, damaged = 0, sound = 0;
  for (const std::string& path : files) {
    const std::string bytes = slurp(path);
    const Total total = read_file(bytes, f.reader);
    for (std::size_t i = 0; i < total.chunks.size(); ++i) {
      const EvtxChunkStats& stats = total.chunks[i];
      if (!stats.header_checksum_ok || !stats.data_checksum_ok || stats.damage != nullptr) continue;
      const std::uint64_t first = number(bytes, total.offsets[i] + 8), last = number(bytes, total.offsets[i] + 16);
      EXPECT_EQ(stats.records, last - first + 1) << path << " chunk at " << total.offsets[i];
      ++sound;
    }
    records += total.records;
    damaged += total.damaged;
    if (total.damaged == 0 && total.skipped == 0) continue;
    std::printf("%s: %llu records, %llu damaged, %llu bytes in no chunk\n", fs::path(path).filename().c_str(),
                static_cast<unsigned long long>(total.records), static_cast<unsigned long long>(total.damaged),
                static_cast<unsigned long long>(total.skipped));
  }
  std::printf("%zu files, %llu sound chunks, %llu records, %llu damaged\n", files.size(),
              static_cast<unsigned long long>(sound), static_cast<unsigned long long>(records),
              static_cast<unsigned long long>(damaged));
  EXPECT_GT(sound, 0u);
  EXPECT_LT(damaged * 100, records);
}

// Bytes flipped, set and cut at random (the same each time): it ends, and what it hands out can be read.
TEST(EvtxDamage, AnyDamageIsSurvived) {
  std::vector<std::string> seeds = {EvtxBuilder::file({chunk_of(1, 20), chunk_of(21, 20)})};
  for (const char* name :
       {"/evtx-odd/sysmon.evtx", "/evtx-odd/issue_201.evtx", "/evtx-odd/Security_with_size_t.evtx"}) {
    if (fs::exists(data_folder() + name)) seeds.push_back(slurp(data_folder() + name).substr(0, 4096 + 2 * 65536));
  }
  Fixture f;
  std::mt19937 random(3);
  std::uint64_t seen = 0;
  for (int round = 0; round < 400; ++round) {
    std::string file = seeds[static_cast<std::size_t>(round) % seeds.size()];
    const int changes = 1 << random() % 8;
    for (int i = 0; i < changes; ++i) {
      const std::size_t at = random() % file.size();
      file[at] = random() % 2 == 0 ? static_cast<char>(file[at] ^ 1 << random() % 8) : static_cast<char>(random());
    }
    if (round % 5 == 0) file.resize(random() % file.size());
    TextFile text(file);
    EvtxSplitter splitter(text);
    EvtxChunk chunk;
    while (splitter.next(chunk).value_or(false)) {
      f.reader.read(chunk.bytes, [&](const EvtxRecord&, Event& event) {
        for (const Value& value : event.values) {
          ASSERT_GE(value.data, event.text.data());
          ASSERT_LE(value.data + value.size, event.text.data() + event.text.size());
        }
        ++seen;
      });
    }
  }
  EXPECT_GT(seen, 10'000u);
}

}  // namespace
}  // namespace tocsin
