// Any bytes as lines of text. No line is lost: every event's lines are the lines of the input, in order of their first,
// and every value lies in the event's text. Cut into blocks, the same lines give the same events. By the coded formats alone, and with the shipped mappings.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"

namespace {

using namespace tocsin;

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

/// The index of each event and a hash of all it holds.
struct Seen {
  std::size_t index = 0;
  std::uint64_t hash = 0;
  bool operator==(const Seen&) const = default;
};

class Reader {
 public:
  explicit Reader(const TextFormats* formats) : paths_(naming_), parser_(paths_, formats) {}

  void parse(std::string_view block, std::string_view fields) {
    parser_.begin_file(kReference, fields);
    std::size_t records = 0, last = 0;
    const std::size_t lines = parser_.parse(block, [&](const Event& event, std::size_t index) {
      TOCSIN_CHECK(events.size() == before_ || index > last);
      last = index;
      std::uint64_t hash = hash_bytes("", static_cast<std::uint64_t>(event.time));
      for (const Value& value : event.values) {
        TOCSIN_CHECK(value.size == 0 || value.data >= event.text.data());
        TOCSIN_CHECK(value.size == 0 || value.data + value.size <= event.text.data() + event.text.size());
        records += value.path == PathTable::kRoot;
        hash =
            hash_bytes(value.raw(), hash_bytes(paths_.name(value.path), hash) + static_cast<std::uint64_t>(value.kind));
      }
      events.push_back({lines_ + index, hash});
    });
    TOCSIN_CHECK(records == lines);
    lines_ += lines;
    before_ = events.size();
  }

  std::vector<Seen> events;

 private:
  static constexpr TimeUs kReference = 1'704'423'721'000'000;  // 2024-01-05

  const PlainNaming naming_;
  PathTable paths_;
  TextParser parser_;
  std::size_t lines_ = 0, before_ = 0;
};

}  // namespace

namespace {

void read_both_ways(std::string_view text, const TextFormats* formats) {
  const std::size_t size = text.size();
  Reader whole(formats), in_blocks(formats);
  whole.parse(text, {});
  std::string_view fields;
  for (std::size_t from = 0, bytes = 1 + size / 3; from < size;) {
    const std::string_view rest = text.substr(from);
    const std::size_t used = text_cut(rest.substr(0, bytes), bytes >= rest.size());
    bytes *= 2;
    if (used == 0) continue;
    in_blocks.parse(rest.substr(0, used), fields);
    if (const std::string_view found = text_fields_line(rest.substr(0, used)); !found.empty()) fields = found;
    from += used;
    bytes = 1 + size / 3;
  }
  TOCSIN_CHECK(in_blocks.events == whole.events);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto taxonomy = Taxonomy::load(Taxonomy::shipped());
  TOCSIN_CHECK(taxonomy.has_value());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_both_ways(text, nullptr);
  read_both_ways(text, &(*taxonomy)->formats());
  return 0;
}
