// Objects of STIX 2.1 (OASIS, part 4.7: indicator) and attributes of MISP (the MISP core format, 2.4), each parsed by itself.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstring>
#include <optional>

#include "base/hash.h"
#include "base/seal.h"
#include "base/time.h"
#include "detect/intel/entry_lines.h"
#include "detect/intel/indicator_file.h"
#include "detect/intel/json_items.h"
#include "detect/intel/stix_pattern.h"

namespace tocsin::intel {

namespace {

namespace json = boost::json;

/// Of an indicator of which only a part is asked for, so that who sees an alert knows.
constexpr std::string_view kPartlyTag = "partly";

/// Most objects fit.
constexpr std::size_t kRoomBytes = 64u << 10;

std::string_view text_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string().data(), value->get_string().size()) : std::string_view();
}

bool is_true(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

void append_tags(const json::object& object, std::string_view key, std::string& tags) {
  const json::value* const value = object.if_contains(key);
  const json::array* const all = value == nullptr ? nullptr : value->if_array();
  if (all == nullptr) return;
  for (const json::value& one : *all) {
    const json::object* const named = one.if_object();  // MISP: {"name": …}
    const std::string_view text = named != nullptr ? text_at(*named, "name") : one.is_string() ? std::string_view(one.get_string().data(), one.get_string().size()) : std::string_view();
    if (text.empty() || tags.size() + text.size() + 1 > kTagsBytesMax) continue;
    tags += tags.empty() ? "" : ",";
    tags += text;
  }
}

Status stix_indicator(const EntrySink& sink, const json::object& object, std::uint32_t number) {
  if (is_true(object, "revoked")) return ++sink.counts.retired, Status();
  const std::string_view id = text_at(object, "id"), pattern = text_at(object, "pattern"), language = text_at(object, "pattern_type");
  const std::string where = fmt::format("{}: object {}", sink.path, number);
  if (!language.empty() && language != "stix") return sink.refuse(where, id, fmt::format("has a pattern in '{}', which is no list's to answer,", language.substr(0, kRefusedBytesMax))), Status();
  if (pattern.empty()) return sink.refuse(where, id, "has no pattern"), Status();
  Indicator indicator;
  indicator.reference = id;
  indicator.place = number;
  append_tags(object, "indicator_types", indicator.tags);
  append_tags(object, "labels", indicator.tags);
  if (const json::value* const confidence = object.if_contains("confidence"); confidence != nullptr) {
    const std::int64_t* const value = confidence->if_int64();
    if (value == nullptr || *value < 0 || *value > 100) return sink.refuse(where, id, "has a confidence that is no number from 0 to 100"), Status();
    indicator.confidence = static_cast<std::uint8_t>(*value);
  }
  for (const auto& [key, time] : {std::pair("valid_from", &indicator.from), std::pair("valid_until", &indicator.until)}) {
    if (const std::string_view written = text_at(object, key); !written.empty()) {
      const std::optional<TimeUs> read = parse_time(written);
      if (!read) return sink.refuse(where, id, fmt::format("has a {} that is no time", key)), Status();
      *time = *read;
    }
  }
  const StixPattern read = read_stix_pattern(pattern);
  for (const std::string& why : read.unusable) sink.refuse(where, id, why);
  if (!read.left_out.empty() && !read.keys.empty()) {
    sink.tell_part(where, id, fmt::format("{}", fmt::join(read.left_out, ", ")));
    if (indicator.tags.size() + kPartlyTag.size() + 1 <= kTagsBytesMax) indicator.tags += (indicator.tags.empty() ? "" : ",") + std::string(kPartlyTag);
  }
  for (const TypedKey& key : read.keys) {
    indicator.kind = key.kind;
    indicator.key = key.key;
    TRY(sink.keep(indicator));
  }
  return {};
}

/// "ip-dst|port" has two parts, as has its value; false of `of_no_use`: none of them is matched.
Status misp_attribute(const EntrySink& sink, const json::object& object, std::uint32_t number) {
  const json::value* const to_ids = object.if_contains("to_ids");
  const bool wanted = to_ids != nullptr && ((to_ids->is_bool() && to_ids->get_bool()) || (to_ids->is_string() && to_ids->get_string() == "1"));
  if (!wanted || is_true(object, "deleted")) return ++sink.counts.retired, Status();
  std::string_view type = text_at(object, "type"), value = text_at(object, "value");
  const std::string where = fmt::format("{}: attribute {}", sink.path, number);
  if (type == "malware-sample") value = value.substr(value.rfind('|') + 1);
  Indicator indicator;
  indicator.reference = text_at(object, "uuid");
  indicator.place = number;
  append_tags(object, "Tag", indicator.tags);
  const std::string_view whole = value;
  bool any = false, any_kind = false;
  while (!type.empty()) {
    const std::size_t type_end = std::min(type.find('|'), type.size()), value_end = type_end < type.size() ? std::min(value.find('|'), value.size()) : value.size();
    const std::optional<IndicatorKind> kind = kind_named(type.substr(0, type_end));
    any_kind = any_kind || kind;
    if (std::optional<std::string> key = kind ? key_of(*kind, refanged(value.substr(0, value_end))) : std::nullopt) {
      indicator.kind = *kind;
      indicator.key = std::move(*key);
      any = true;
      TRY(sink.keep(indicator));
    }
    type.remove_prefix(std::min(type_end + 1, type.size()));
    value.remove_prefix(std::min(value_end + 1, value.size()));
  }
  if (!any) sink.refuse(where, whole, any_kind ? fmt::format("is no {}", text_at(object, "type")) : fmt::format("is of type '{}', which is not matched", text_at(object, "type").substr(0, kRefusedBytesMax)));
  return {};
}

}  // namespace

namespace {

/// An object of STIX has an id and, each time it changes, another time of change.
struct Version {
  std::array<std::uint64_t, 2> id;  // its hashes, under seeds that nobody outside knows
  TimeUs modified;
  std::uint32_t place;
};

}  // namespace

struct ObjectEntries::Parser {
  Parser() : parser({}, {.max_depth = kJsonItemsDepthMax}) {
    std::uint8_t random[sizeof seeds];
    if (random_bytes(random, sizeof random)) std::memcpy(seeds.data(), random, sizeof random);
  }
  void note(std::string_view id, std::string_view modified, std::uint32_t place) {
    const std::optional<TimeUs> time = parse_time(modified);
    if (!id.empty() && time && versions.size() < kStixVersionsMax) versions.push_back({{hash_bytes(id, seeds[0]), hash_bytes(id, seeds[1])}, *time, place});
  }
  std::array<std::uint64_t, 2> seeds = {};
  std::vector<Version> versions;
  std::vector<unsigned char> room = std::vector<unsigned char>(kRoomBytes);
  json::parser parser;
};

ObjectEntries::ObjectEntries(const EntrySink& sink) : sink_(sink), parser_(std::make_unique<Parser>()) {}
ObjectEntries::~ObjectEntries() = default;

Status ObjectEntries::object(std::string_view text, std::uint32_t number) {
  const std::string where = fmt::format("{}: object {}", sink_.path, number);
  if (text.empty()) return sink_.refuse(where, "", fmt::format("has more than {} MiB", kJsonItemBytesMax >> 20)), Status();
  json::monotonic_resource memory(parser_->room.data(), parser_->room.size());
  parser_->parser.reset(&memory);
  boost::system::error_code error;
  parser_->parser.write(text.data(), text.size(), error);
  if (error) return sink_.refuse(where, text.substr(0, kRefusedBytesMax), "is no JSON: " + error.message()), Status();
  const json::value value = parser_->parser.release();
  const json::object& object = value.get_object();
  if (text_at(object, "type") == "indicator") {
    parser_->note(text_at(object, "id"), text_at(object, "modified"), number);
    return stix_indicator(sink_, object, number);
  }
  if (object.contains("value") && object.contains("category")) return misp_attribute(sink_, object, number);
  return {};
}

/// Of versions of one object that were made at the same time the first stays.
void ObjectEntries::finish() {
  std::vector<Version>& all = parser_->versions;
  std::ranges::sort(all, [](const Version& a, const Version& b) { return a.id != b.id ? a.id < b.id : a.modified != b.modified ? a.modified > b.modified : a.place < b.place; });
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].id == all[i - 1].id) sink_.counts.replaced.push_back(all[i].place);
  }
}

}  // namespace tocsin::intel
