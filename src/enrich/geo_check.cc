#include "enrich/geo_check.h"

#include <fmt/format.h>

#include <vector>

namespace tocsin::enrich {

namespace {

constexpr std::string_view kMark("\xAB\xCD\xEFMaxMind.com", 14);
constexpr std::size_t kMetadataBytesMax = 128u << 10;  // of the specification
constexpr std::size_t kSeparator = 16;

enum Type : unsigned {
  kExtended, kPointer, kText, kDouble, kBytes, kUint16, kUint32, kMap, kInt32, kUint64, kUint128, kArray, kContainer, kEndMarker, kBool, kFloat,
};

/// What a control byte says, and where what it speaks of begins.
struct Control {
  unsigned type = 0;
  std::size_t size = 0;     // of a pointer: where it leads
  std::size_t payload = 0;  // its first byte
};

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

/// Values of one section, to whose beginning pointers are relative.
class Section {
 public:
  Section(std::string_view bytes, const char* name) : bytes_(bytes), name_(name), checked_(bytes.size()), left_(1'000'000 + bytes.size() * kGeoChecksPerByte) {}

  /// The value that begins at `at`, and all that belongs to it.
  Status check_record(std::size_t at) {
    waiting_.push_back(at);
    while (!waiting_.empty()) {
      const std::size_t next = waiting_.back();
      waiting_.pop_back();
      if (next >= bytes_.size()) return wrong(next, "a pointer leads out of it");
      if (checked_[next]) continue;
      checked_[next] = true;
      values_ = 0;
      TRY(check(next, 0));
    }
    return {};
  }
  bool is_checked(std::size_t at) const { return checked_[at]; }

  Result<Control> control_at(std::size_t at) const {
    const std::size_t begin = at;
    const auto take = [&](std::size_t count, std::uint64_t& number) {
      if (bytes_.size() - at < count) return false;
      number = number_of(bytes_.substr(at, count));
      at += count;
      return true;
    };
    std::uint64_t first = 0, more = 0;
    if (at >= bytes_.size() || !take(1, first)) return wrong(begin, "it ends within a value");
    Control control{static_cast<unsigned>(first >> 5), first & 31, 0};
    if (control.type == kPointer) return pointer_at(begin, first);
    if (control.type == kExtended) {
      if (!take(1, more)) return wrong(begin, "it ends within a value");
      if (more == 0 || more > kFloat - kMap) return wrong(begin, "there is a value of a type that does not exist");
      control.type = static_cast<unsigned>(more) + kMap;
    }
    constexpr std::size_t kBeyond[] = {29, 285, 65'821};
    if (control.size >= 29) {
      const std::size_t bytes = control.size - 28;
      if (!take(bytes, more)) return wrong(begin, "it ends within a value");
      control.size = kBeyond[bytes - 1] + more;
    }
    control.payload = at;
    return control;
  }

  /// The value itself, where it may be behind a pointer.
  Result<Control> followed(std::size_t at) const {
    const Control control = TRY(control_at(at));
    return control.type == kPointer ? control_at(control.size) : Result<Control>(control);
  }
  std::string_view text(const Control& control) const { return bytes_.substr(control.payload, control.size); }

 private:
  Error wrong(std::size_t at, const char* what) const { return Error{Code::kInvalid, fmt::format("its {} is damaged at byte {}: {}", name_, at, what)}; }

  Result<Control> pointer_at(std::size_t at, std::uint64_t first) const {
    constexpr std::size_t kBase[] = {0, 2'048, 526'336, 0};
    const std::size_t kind = first >> 3 & 3, bytes = kind + 1;
    if (bytes_.size() - at - 1 < bytes) return wrong(at, "it ends within a pointer");
    std::uint64_t number = number_of(bytes_.substr(at + 1, bytes));
    if (kind < 3) number |= (first & 7) << (8 * bytes);
    return Control{kPointer, kBase[kind] + number, at + 1 + bytes};
  }

  /// Where the value at `at` ends. What its pointers lead to waits to be looked at.
  Result<std::size_t> check(std::size_t at, int depth) {
    if (left_-- == 0) return wrong(at, "its records overlap more than those of any real database");
    if (++values_ > kGeoRecordValuesMax) return wrong(at, "a record has too many values");
    if (depth > kGeoDepthMax) return wrong(at, "maps and lists are nested too deep");
    const Control control = TRY(control_at(at));
    switch (control.type) {
      case kPointer: return check_pointer(at, control);
      case kMap: return check_map(control, depth);
      case kArray: return check_items(control.payload, control.size, depth);
      case kContainer:
      case kEndMarker: return wrong(at, "there is a value of a type that no database has");
      case kBool: return control.size <= 1 ? Result<std::size_t>(control.payload) : wrong(at, "a truth value is neither 0 nor 1");
      default: break;
    }
    if (!is_size_of(control.type, control.size)) return wrong(at, "a number has a size that its type has not");
    if (bytes_.size() - control.payload < control.size) return wrong(at, "it ends within a value");
    return control.payload + control.size;
  }

  Result<std::size_t> check_pointer(std::size_t at, const Control& control) {
    if (control.size >= bytes_.size()) return wrong(at, "a pointer leads out of it");
    if (TRY(control_at(control.size)).type == kPointer) return wrong(at, "a pointer leads to a pointer");
    waiting_.push_back(control.size);
    return control.payload;
  }

  Result<std::size_t> check_map(const Control& control, int depth) {
    std::size_t at = control.payload;
    for (std::size_t i = 0; i < control.size; ++i) {
      const std::size_t key = at;
      at = TRY(check(at, depth + 1));
      if (TRY(followed(key)).type != kText) return wrong(key, "the key of a map is no text");
      at = TRY(check(at, depth + 1));
    }
    return at;
  }

  Result<std::size_t> check_items(std::size_t at, std::size_t count, int depth) {
    for (std::size_t i = 0; i < count; ++i) at = TRY(check(at, depth + 1));
    return at;
  }

  static bool is_size_of(unsigned type, std::size_t size) {
    switch (type) {
      case kDouble: return size == 8;
      case kFloat: return size == 4;
      case kUint16: return size <= 2;
      case kUint32:
      case kInt32: return size <= 4;
      case kUint64: return size <= 8;
      case kUint128: return size <= 16;
      default: return true;
    }
  }

  const std::string_view bytes_;
  const char* const name_;
  std::vector<bool> checked_;
  std::vector<std::size_t> waiting_;
  std::size_t values_ = 0, left_;
};

/// Of the metadata: the number under a key, if it is one of a type that is none but `type`.
class Metadata {
 public:
  explicit Metadata(const Section& section) : section_(section) {}

  Result<Control> find(std::string_view key, unsigned type) const {
    const Control map = TRY(section_.control_at(0));
    if (map.type != kMap) return Error{Code::kInvalid, "its metadata is no map"};
    std::size_t at = map.payload;
    for (std::size_t i = 0; i < map.size; ++i) {
      const bool is_it = section_.text(TRY(section_.followed(at))) == key;
      at = TRY(end_of(at));
      if (is_it) {
        const Control value = TRY(section_.followed(at));
        if (value.type == type) return value;
        break;
      }
      at = TRY(end_of(at));
    }
    return Error{Code::kInvalid, fmt::format("its metadata says nothing of {}", key)};
  }
  /// A list of texts, or a map of texts: the library reads them when it opens a database, and where it finds others it refuses it and loses memory.
  Status check_texts(std::string_view key, unsigned type) const {
    const Control all = TRY(find(key, type));
    std::size_t at = all.payload;
    for (std::size_t i = 0; i < (type == kMap ? 2 * all.size : all.size); ++i) {
      if (TRY(section_.followed(at)).type != kText) return Error{Code::kInvalid, fmt::format("its metadata has something else than texts as {}", key)};
      at = TRY(end_of(at));
    }
    return {};
  }
  Result<std::uint64_t> number(std::string_view key, unsigned type) const { return number_of(section_.text(TRY(find(key, type)))); }

 private:
  /// Of what has been checked.
  Result<std::size_t> end_of(std::size_t at) const {
    const Control control = TRY(section_.control_at(at));
    if (control.type == kPointer || control.type == kBool) return control.payload;
    if (control.type != kMap && control.type != kArray) return control.payload + control.size;
    std::size_t end = control.payload;
    const std::size_t items = control.type == kMap ? 2 * control.size : control.size;
    for (std::size_t i = 0; i < items; ++i) end = TRY(end_of(end));
    return end;
  }

  const Section& section_;
};

Result<GeoMetadata> read_metadata(std::string_view bytes) {
  Section section(bytes, "metadata");
  TRY(section.check_record(0));
  const Metadata metadata(section);
  GeoMetadata found;
  found.nodes = static_cast<std::uint32_t>(TRY(metadata.number("node_count", kUint32)));
  found.record_bits = static_cast<unsigned>(TRY(metadata.number("record_size", kUint16)));
  found.ip_version = static_cast<unsigned>(TRY(metadata.number("ip_version", kUint16)));
  found.built = TRY(metadata.number("build_epoch", kUint64));
  found.type = section.text(TRY(metadata.find("database_type", kText)));
  TRY(metadata.number("binary_format_minor_version", kUint16));
  TRY(metadata.check_texts("languages", kArray));
  TRY(metadata.check_texts("description", kMap));
  const std::uint64_t version = TRY(metadata.number("binary_format_major_version", kUint16));
  if (version != 2) return Error{Code::kInvalid, fmt::format("it is of version {} of the format; this program knows 2", version)};
  if (found.ip_version != 4 && found.ip_version != 6) return Error{Code::kInvalid, "it is of neither IPv4 nor IPv6"};
  if (found.record_bits != 24 && found.record_bits != 28 && found.record_bits != 32) return Error{Code::kInvalid, "its tree has records of a size that does not exist"};
  if (found.nodes == 0) return Error{Code::kInvalid, "its tree has no nodes"};
  return found;
}

/// Both records of the node that begins here.
std::pair<std::uint32_t, std::uint32_t> records_of(const char* node, unsigned bits) {
  const auto byte = [&](int i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(node[i])); };
  if (bits == 24) return {byte(0) << 16 | byte(1) << 8 | byte(2), byte(3) << 16 | byte(4) << 8 | byte(5)};
  if (bits == 28) return {(byte(3) & 0xF0) << 20 | byte(0) << 16 | byte(1) << 8 | byte(2), (byte(3) & 0x0F) << 24 | byte(4) << 16 | byte(5) << 8 | byte(6)};
  return {byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3), byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7)};
}

Status check_tree(std::string_view tree, std::string_view data, GeoMetadata& metadata) {
  Section section(data, "data");
  const std::size_t node_bytes = metadata.record_bits / 4;
  for (std::uint32_t node = 0; node < metadata.nodes; ++node) {
    const auto [left, right] = records_of(tree.data() + node * node_bytes, metadata.record_bits);
    for (const std::uint32_t record : {left, right}) {
      if (record <= metadata.nodes) continue;
      const std::size_t offset = std::size_t{record} - metadata.nodes;
      if (offset < kSeparator || offset - kSeparator >= data.size()) return Error{Code::kInvalid, fmt::format("its tree is damaged: node {} leads out of the file", node)};
      if (section.is_checked(offset - kSeparator)) continue;
      ++metadata.records;
      TRY(section.check_record(offset - kSeparator));
    }
  }
  return {};
}

}  // namespace

Result<GeoMetadata> check_geo_database(std::string_view bytes) {
  const std::size_t from = bytes.size() > kMetadataBytesMax ? bytes.size() - kMetadataBytesMax : 0;
  const std::size_t mark = bytes.substr(from).rfind(kMark);
  if (mark == std::string_view::npos) return Error{Code::kInvalid, "it is no MaxMind database (.mmdb), or its end is missing"};
  const std::size_t end_of_data = from + mark;
  GeoMetadata metadata = TRY(read_metadata(bytes.substr(end_of_data + kMark.size())));
  const std::size_t tree_bytes = std::size_t{metadata.nodes} * (metadata.record_bits / 4);
  if (tree_bytes + kSeparator > end_of_data) return Error{Code::kInvalid, fmt::format("its tree has {} nodes, and there are not as many bytes: a part is missing", metadata.nodes)};
  const std::size_t data = tree_bytes + kSeparator;
  TRY(check_tree(bytes.substr(0, tree_bytes), bytes.substr(data, end_of_data - data), metadata));
  return metadata;
}

}  // namespace tocsin::enrich
