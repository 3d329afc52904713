#include "respond/cacao/member_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "respond/cacao/value.h"

namespace tocsin::cacao {

namespace json = boost::json;

namespace {

/// What is shown of a value that is wrong.
constexpr std::size_t kShownMax = 80;

std::string_view text_of(const json::value& value) { return {value.get_string().data(), value.get_string().size()}; }

std::string shown(std::string_view text) { return "'" + std::string(text.substr(0, kShownMax)) + (text.size() > kShownMax ? "…'" : "'"); }

}  // namespace

void Notes::add(Mistake::Kind kind, std::string pointer, std::string message) {
  if (mistakes_.size() < kMistakesMax) {
    mistakes_.push_back({kind, std::move(pointer), std::move(message)});
  } else if (kind == Mistake::Kind::kError) {
    ++errors_left_out_;
  }
}

std::vector<Mistake> Notes::take() {
  if (errors_left_out_ > 0) mistakes_.push_back({Mistake::Kind::kError, "", fmt::format("and {} mistakes more", errors_left_out_)});
  return std::move(mistakes_);
}

std::string under(std::string_view pointer, std::string_view member) {
  std::string text(pointer);
  text += '/';
  for (const char c : member) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

const json::object* object_of(const json::value& value, const std::string& pointer, Notes& notes) {
  if (value.is_object()) return &value.get_object();
  notes.error(pointer, "is no object");
  return nullptr;
}

const json::value* MemberReader::find(std::string_view name, Need need) {
  asked_.emplace(name);
  const json::value* const value = object_.if_contains(view(name));
  if (value == nullptr && need == Need::kRequired) notes_.error(pointer_, fmt::format("'{}' is missing", name));
  return value;
}

std::string MemberReader::text(std::string_view name, Need need) {
  const json::value* const value = find(name, need);
  if (value == nullptr) return "";
  if (!value->is_string()) return wrong(name, "is no text"), "";
  if (need == Need::kRequired && value->get_string().empty()) wrong(name, "is empty");
  return std::string(text_of(*value));
}

bool MemberReader::flag(std::string_view name) {
  const json::value* const value = find(name, Need::kOptional);
  if (value == nullptr) return false;
  if (!value->is_bool()) return wrong(name, "is neither true nor false"), false;
  return value->get_bool();
}

std::uint64_t MemberReader::number(std::string_view name, std::uint64_t most, std::uint64_t preset) {
  const json::value* const value = find(name, Need::kOptional);
  if (value == nullptr) return preset;
  const bool whole = value->is_uint64() || (value->is_int64() && value->get_int64() >= 0);
  const std::uint64_t number = value->is_uint64() ? value->get_uint64() : whole ? static_cast<std::uint64_t>(value->get_int64()) : 0;
  if (!whole || number > most) return wrong(name, fmt::format("is no whole number from 0 to {}", most)), preset;
  return number;
}

std::string MemberReader::word(std::string_view name, std::initializer_list<std::string_view> words, Need need) {
  std::string given = text(name, need);
  if (given.empty() || std::ranges::find(words, given) != words.end()) return given;
  wrong(name, fmt::format("{} is none of {}", shown(given), fmt::join(words, ", ")));
  return "";
}

std::string MemberReader::id(std::string_view name, Need need) {
  std::string given = text(name, need);
  if (given.empty() || !type_of_id(given).empty()) return given;
  wrong(name, shown(given) + " is no identifier (type--UUID)");
  return "";
}

std::string MemberReader::time(std::string_view name, Need need) {
  std::string given = text(name, need);
  if (given.empty() || (given.ends_with('Z') && parse_time(given))) return given;
  wrong(name, shown(given) + " is no time in UTC (2026-01-31T09:00:00.000Z)");
  return "";
}

std::string MemberReader::base64(std::string_view name, Need need) {
  const std::string given = text(name, need);
  std::optional<std::string> bytes = from_base64(given, Base64::kPlain);
  if (!bytes) wrong(name, "is no Base64");
  return bytes.value_or("");
}

void MemberReader::items(std::string_view name, std::size_t most, Need need, const std::function<void(const json::value&, const std::string&)>& each) {
  const json::value* const value = find(name, need);
  if (value == nullptr) return;
  if (!value->is_array()) return wrong(name, "is no list");
  const json::array& list = value->get_array();
  if (list.empty()) wrong(name, "is an empty list: leave it out");
  if (list.size() > most) return wrong(name, fmt::format("has {} entries, {} are the most", list.size(), most));
  for (std::size_t i = 0; i < list.size(); ++i) each(list[i], under(under(pointer_, name), std::to_string(i)));
}

std::vector<std::string> MemberReader::texts(std::string_view name, std::size_t most, Need need) {
  std::vector<std::string> all;
  items(name, most, need, [&](const json::value& value, const std::string& pointer) {
    if (value.is_string()) {
      all.emplace_back(text_of(value));
    } else {
      notes_.error(pointer, "is no text");
    }
  });
  return all;
}

std::vector<std::string> MemberReader::ids(std::string_view name, std::size_t most, Need need) {
  std::vector<std::string> all = texts(name, most, need);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (type_of_id(all[i]).empty()) notes_.error(under(under(pointer_, name), std::to_string(i)), shown(all[i]) + " is no identifier (type--UUID)");
  }
  return all;
}

json::object MemberReader::object(std::string_view name) {
  const json::value* const value = find(name, Need::kOptional);
  if (value == nullptr) return {};
  const json::object* const found = object_of(*value, under(pointer_, name), notes_);
  return found == nullptr ? json::object() : *found;
}

void MemberReader::members(std::string_view name, std::size_t most, Need need, const std::function<void(std::string_view, const json::value&, const std::string&)>& each) {
  const json::value* const value = find(name, need);
  const json::object* const found = value == nullptr ? nullptr : object_of(*value, under(pointer_, name), notes_);
  if (found == nullptr) return;
  if (found->size() > most) return wrong(name, fmt::format("has {} members, {} are the most", found->size(), most));
  for (const json::key_value_pair& member : *found) {
    const std::string_view key(member.key().data(), member.key().size());
    each(key, member.value(), under(under(pointer_, name), key));
  }
}

void MemberReader::end() {
  for (const json::key_value_pair& member : object_) {
    const std::string_view key(member.key().data(), member.key().size());
    if (!asked_.contains(key)) notes_.warn(under(pointer_, key), "is not known here, and nothing is done with it");
  }
}

}  // namespace tocsin::cacao
