#include "detect/intel/json_items.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin::intel {

bool JsonItems::fail(const char* why) {
  if (trouble_.empty()) trouble_ = fmt::format("byte {}: {}", at_, why);
  return false;
}

bool JsonItems::open(bool array) {
  if (levels_.size() >= kJsonItemsDepthMax) return fail("brackets within brackets are too deep");
  if (begun_ && levels_.empty()) return fail("there is something behind the document");
  begun_ = true;
  const bool in_wanted = !levels_.empty() && levels_.back().array && levels_.back().wanted;
  if (!array && item_level_ == 0 && in_wanted) {
    item_level_ = levels_.size() + 1;
    item_.clear();
    too_large_ = false;
  }
  const bool wanted = array && (levels_.empty() || (!levels_.back().array && std::ranges::find(keys_, key_) != keys_.end()));
  levels_.push_back({array, wanted});
  key_.clear();
  return true;
}

bool JsonItems::close(bool array) {
  if (levels_.empty() || levels_.back().array != array) return fail("a bracket closes what is not open");
  const bool ends_item = item_level_ == levels_.size();
  levels_.pop_back();
  key_.clear();
  if (!ends_item) return true;
  item_level_ = 0;
  if (!too_large_) item_ += '}';
  if (take_(too_large_ ? std::string_view() : std::string_view(item_), ++items_)) return true;
  stopped_ = true;
  return false;
}

/// A key is the text before a colon.
void JsonItems::end_string() {
  in_string_ = false;
  if (item_level_ == 0) key_ = string_;
}

bool JsonItems::byte(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      end_string();
      return true;
    }
    if (string_.size() < kJsonItemsKeyBytesMax) string_ += c;
    return true;
  }
  switch (c) {
    case '"':
      in_string_ = true;
      string_.clear();
      return !levels_.empty() || fail("there is no bracket at the beginning");
    case '{': return open(false);
    case '[': return open(true);
    case '}': return close(false);
    case ']': return close(true);
    case ',': key_.clear(); return true;
    default: return !levels_.empty() || c == ' ' || c == '\t' || c == '\n' || c == '\r' || (c & 0x80) != 0 || fail("there is no bracket at the beginning");
  }
}

bool JsonItems::feed(std::string_view bytes) {
  if (!trouble_.empty() || stopped_) return false;
  for (const char c : bytes) {
    ++at_;
    if (!byte(c)) return false;
    if (item_level_ == 0) continue;
    too_large_ = too_large_ || item_.size() >= kJsonItemBytesMax;
    if (!too_large_) item_ += c;
  }
  return true;
}

bool JsonItems::finish() {
  if (!trouble_.empty() || stopped_) return false;
  if (!begun_) return fail("there is nothing in it");
  return levels_.empty() || fail("it ends in the middle");
}

}  // namespace tocsin::intel
