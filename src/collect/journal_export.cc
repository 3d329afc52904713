#include "collect/journal_export.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "collect/base64.h"

namespace tocsin {

namespace {

constexpr std::size_t kSizeBytes = 8;
/// A name, its sign, and a value.
constexpr std::size_t kLineBytes = kJournalNameBytesMax + 1 + kJournalValueBytesMax;

bool is_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= kJournalNameBytesMax && (text[0] < '0' || text[0] > '9') && std::ranges::all_of(text, fits);
}

std::uint64_t key_of(std::string_view name) {
  std::uint64_t key = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : name) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return key;
}

void append_text(std::string& out, std::string_view value) {
  out += '"';
  append_json_escaped(out, value);
  out += '"';
}

}  // namespace

bool is_journal_export(std::string_view head) { return head.starts_with("__CURSOR="); }

void JournalExport::read(std::string_view bytes, ReceivedVisitor& visitor) {
  while (!bytes.empty()) {
    std::size_t used = 0;
    switch (state_) {
      case State::kLine: used = line(bytes, visitor); break;
      case State::kSize: used = size(bytes); break;
      case State::kData: used = data(bytes); break;
      case State::kDataEnd: used = data_end(bytes); break;
      case State::kSkip: used = skip(bytes); break;
    }
    bytes.remove_prefix(used);
  }
}

std::size_t JournalExport::line(std::string_view bytes, ReceivedVisitor& visitor) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::size_t room = kLineBytes - line_.size();
  line_.append(bytes.substr(0, std::min(end, room)));
  line_whole_ = line_whole_ && end <= room;
  if (end == bytes.size()) return end;
  end_line(visitor);
  return end + 1;
}

void JournalExport::end_line(ReceivedVisitor& visitor) {
  if (line_.empty()) return hand_on(visitor);
  const std::size_t sign = line_.find('=');
  const std::string_view name = std::string_view(line_).substr(0, sign);
  if (!is_name(name)) {
    between_ = true;
    return damage();
  }
  if (sign == std::string::npos) {
    name_.assign(name);
    state_ = State::kSize;
  } else {
    const std::string_view value = std::string_view(line_).substr(sign + 1);
    add(name, value.substr(0, kJournalValueBytesMax), line_whole_ && value.size() <= kJournalValueBytesMax);
  }
  line_.clear();
  line_whole_ = true;
}

std::size_t JournalExport::size(std::string_view bytes) {
  const std::size_t used = std::min(bytes.size(), kSizeBytes - line_.size());
  line_.append(bytes.substr(0, used));
  if (line_.size() < kSizeBytes) return used;
  needed_ = 0;
  for (std::size_t i = kSizeBytes; i > 0; --i) needed_ = needed_ << 8 | static_cast<unsigned char>(line_[i - 1]);
  line_.clear();
  if (needed_ > kJournalDataBytesMax) {
    between_ = false;
    damage();
  } else {
    state_ = needed_ == 0 ? State::kDataEnd : State::kData;
  }
  return used;
}

std::size_t JournalExport::data(std::string_view bytes) {
  const std::size_t used = std::min<std::uint64_t>(bytes.size(), needed_);
  const std::size_t room = kJournalValueBytesMax - line_.size();
  line_.append(bytes.substr(0, std::min(used, room)));
  line_whole_ = line_whole_ && used <= room;
  needed_ -= used;
  if (needed_ == 0) state_ = State::kDataEnd;
  return used;
}

std::size_t JournalExport::data_end(std::string_view bytes) {
  if (bytes[0] != '\n') {
    between_ = false;
    damage();
    return 0;
  }
  add(name_, line_, line_whole_);
  line_.clear();
  line_whole_ = true;
  state_ = State::kLine;
  return 1;
}

/// To behind the next empty line.
std::size_t JournalExport::skip(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == '\n' && between_) {
      state_ = State::kLine;
      return at + 1;
    }
    between_ = bytes[at] == '\n';
    if (between_) continue;
    at = std::min(bytes.find('\n', at), bytes.size()) - 1;
  }
  return bytes.size();
}

void JournalExport::damage() {
  ++counts_.damaged;
  state_ = State::kSkip;
  clear();
}

void JournalExport::clear() {
  line_.clear();
  line_whole_ = true;
  fields_.clear();
  texts_.clear();
  truncated_ = false;
}

void JournalExport::add(std::string_view name, std::string_view value, bool whole) {
  if (!whole) truncated_ = true;
  if (fields_.size() >= kJournalFieldsMax || texts_.size() + value.size() > kJournalEntryBytesMax) {
    truncated_ = true;
    return;
  }
  Field field;
  field.key = key_of(name);
  field.name = {static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(name.size())};
  texts_.append(name);
  field.value = {static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(value.size())};
  texts_.append(value);
  fields_.push_back(field);
}

/// The first value of that name.
std::string_view JournalExport::value_of(std::string_view name) const {
  const std::uint64_t key = key_of(name);
  const auto found = std::ranges::find_if(fields_, [&](const Field& field) { return field.key == key && text(field.name) == name; });
  return found == fields_.end() ? std::string_view() : text(found->value);
}

/// All values of the name that the field is the first of, with a comma before; false where it is not the first.
bool JournalExport::append_field(std::size_t index) {
  const auto same = [&](const Field& other) { return other.key == fields_[index].key && text(other.name) == text(fields_[index].name); };
  if (std::find_if(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(index), same) != fields_.begin() + static_cast<std::ptrdiff_t>(index)) return false;
  const auto next = [&](std::size_t at) {
    return static_cast<std::size_t>(std::find_if(fields_.begin() + static_cast<std::ptrdiff_t>(at) + 1, fields_.end(), same) - fields_.begin());
  };
  const bool several = next(index) < fields_.size();
  const auto append_member = [&](std::string_view tail, auto append) {
    (json_ += ",\"").append(text(fields_[index].name)).append(tail).append(several ? "\":[" : "\":");
    for (std::size_t i = index; i < fields_.size(); i = next(i)) {
      if (i != index) json_ += ',';
      append(text(fields_[i].value));
    }
    if (several) json_ += ']';
  };
  append_member("", [this](std::string_view value) { append_text(json_, value); });
  bool all_text = true;
  for (std::size_t i = index; i < fields_.size(); i = next(i)) all_text = all_text && is_valid_utf8(text(fields_[i].value));
  if (all_text) return true;
  append_member(".base64", [this](std::string_view value) {
    json_ += '"';
    append_base64(json_, value);
    json_ += '"';
  });
  return true;
}

void JournalExport::hand_on(ReceivedVisitor& visitor) {
  if (fields_.empty()) return;
  json_.clear();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const std::size_t before = json_.size();
    append_field(i);
    if (json_.size() < kReceivedBytesMax) continue;
    json_.resize(before);
    truncated_ = true;
  }
  if (!json_.empty()) {
    json_.front() = '{';
    json_ += '}';
    Received received;
    received.raw = json_;
    received.host = value_of("_HOSTNAME").substr(0, kJournalMetaBytesMax);
    received.time = value_of("__REALTIME_TIMESTAMP").substr(0, kJournalMetaBytesMax);
    received.id = value_of("__CURSOR").substr(0, kJournalMetaBytesMax);
    received.truncated = truncated_;
    ++counts_.entries;
    if (truncated_) ++counts_.truncated;
    visitor.record(received);
  }
  if (texts_.capacity() > kJournalRoomBytesKept) texts_ = std::string();
  if (json_.capacity() > kJournalRoomBytesKept) json_ = std::string();
  if (line_.capacity() > kJournalRoomBytesKept) line_ = std::string();
  clear();
}

/// An entry whose end did not come is handed on as far as it is whole.
void JournalExport::finish(ReceivedVisitor& visitor) {
  const bool at_field = state_ == State::kLine && line_.empty();
  if (!at_field) truncated_ = true;
  if (state_ == State::kLine && is_name(std::string_view(line_).substr(0, line_.find('='))) && line_.find('=') != std::string::npos) {
    const std::size_t sign = line_.find('=');
    add(std::string_view(line_).substr(0, sign), std::string_view(line_).substr(sign + 1, kJournalValueBytesMax), false);
  }
  hand_on(visitor);
  state_ = State::kLine;
  clear();
}

}  // namespace tocsin
