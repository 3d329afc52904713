#include "collect/evtx_direct.h"

#include <utility>

#include "collect/evtx_utf16.h"

namespace tocsin {
namespace {

constexpr std::string_view kData{"D\0a\0t\0a\0", 8}, kName{"N\0a\0m\0e\0", 8};

}  // namespace

void EvtxDirect::start_chunk(EvtxBytes chunk) {
  chunk_ = chunk;
  ++chunk_number_;
}

std::string_view EvtxDirect::utf8(EvtxBytes utf16) {
  if (scratch_.size() < evtx_spelling_max(utf16.size)) scratch_.resize(evtx_spelling_max(utf16.size));
  char* end = evtx_trim(scratch_.data(), evtx_utf8(scratch_.data(), utf16));
  return {scratch_.data(), static_cast<std::size_t>(end - scratch_.data())};
}

/// Whether the name is spelled as `utf16`: as everywhere, a zero ends it and blanks at its end do not count. Both are four letters.
bool EvtxDirect::spells(EvtxBytes name, std::string_view utf16) {
  if (!name.starts_with(0, utf16)) return false;
  return name.size == utf16.size() || utf8(name).size() == utf16.size() / 2;
}

PathId EvtxDirect::child(PathId parent, EvtxBytes name) {
  const auto offset = static_cast<std::uint32_t>(name.data - chunk_.data);
  Memo& memo = memos_[(offset / 2 * 31 + parent * 7) % kMemos];
  if (memo.chunk == chunk_number_ && memo.name == offset && memo.parent == parent) return memo.path;
  memo = {chunk_number_, offset, parent, paths_.child(parent, utf8(name))};
  return memo.path;
}

bool EvtxDirect::first_visit(PathId path) {
  if (path >= visited_.size()) visited_.resize(paths_.size());
  if (path == PathTable::kOverflow || visited_[path] == record_) return false;
  visited_[path] = record_;
  return true;
}

bool EvtxDirect::open(const EvtxToken& token, PathId parent) {
  if (frames_.size() >= kEvtxElementDepthMax || in_start_tag_ || done_) return false;
  if (!frames_.empty()) {
    if (frames_.back().has_text || frames_.back().unnamed) return false;
    frames_.back().has_children = true;
    parent = frames_.back().path;
  }
  Frame frame;
  frame.data = frame.unnamed = spells(token.name, kData);
  if (!frame.data) {
    frame.path = frame.text_path = child(parent, token.name);
    if (!first_visit(frame.path)) return false;
    if (frames_.empty()) root_ = frame.path;
  } else if (frames_.empty()) {
    return false;
  }
  frames_.push_back(frame);
  in_start_tag_ = true;
  wants_value_ = false;
  return true;
}

bool EvtxDirect::attribute(const EvtxToken& token) {
  if (!in_start_tag_ || wants_value_) return false;
  const Frame& frame = frames_.back();
  wants_value_ = true;
  is_name_ = frame.data && spells(token.name, kName);
  if (frame.data) return true;
  attribute_path_ = child(paths_.child(frame.path, "#attributes"), token.name);
  return first_visit(attribute_path_);
}

bool EvtxDirect::add_value(PathId path, const EvtxValue& value) {
  return sink_.add(path, value) && !sink_.full() && sink_.event().values.back().kind != ValueKind::kNull;
}

bool EvtxDirect::attribute_value(const EvtxValue& value) {
  if (!wants_value_) return false;
  wants_value_ = false;
  Frame& frame = frames_.back();
  if (frame.data) {
    if (!is_name_) return true;
    if (!frame.unnamed || !value.is(EvtxType::kString)) return false;
    frame.unnamed = false;
    frame.path = frame.text_path = paths_.child(frames_[frames_.size() - 2].path, utf8(value.bytes));
    return first_visit(frame.path);
  }
  if (!add_value(attribute_path_, value)) return false;
  if (!frame.has_attribute) frame.text_path = paths_.child(frame.path, "#text");
  frame.has_attribute = true;
  return true;
}

bool EvtxDirect::begin_list_item() {
  Frame& parent = frames_[frames_.size() - 2];
  const PathId list = paths_.child(parent.path, "Data");
  frames_.back().text_path = paths_.child(list, "#text");
  return std::exchange(parent.has_list, true) || first_visit(list);
}

bool EvtxDirect::close_start() {
  if (!in_start_tag_ || wants_value_) return false;
  in_start_tag_ = false;
  return !frames_.back().unnamed || begin_list_item();
}

bool EvtxDirect::close() {
  if (in_start_tag_ || frames_.empty()) return false;
  const Frame frame = frames_.back();
  frames_.pop_back();
  done_ = frames_.empty();
  if (frame.has_text || frame.has_children) return true;
  if (frame.unnamed) return false;  // its parent may turn out to be empty
  if (!frame.has_attribute) sink_.add_null(frame.path);
  return true;
}

bool EvtxDirect::may_have_text() const { return !frames_.empty() && !frames_.back().has_children; }

// Texts of one element join; in a list, or beside attributes, each is an element of an array.
bool EvtxDirect::text(const EvtxValue& value) {
  if (in_start_tag_) return attribute_value(value);
  if (!may_have_text() || !add_value(frames_.back().text_path, value)) return false;
  return end_text();
}

bool EvtxDirect::entity(const EvtxToken& token) {
  if (in_start_tag_ || !may_have_text()) return false;
  sink_.add_text(frames_.back().text_path, evtx_entity(evtx_text(token.name)), ValueKind::kText);
  return end_text();
}

bool EvtxDirect::end_text() {
  Frame& frame = frames_.back();
  const bool joins = std::exchange(frame.has_text, true) && !frame.unnamed && !frame.has_attribute;
  return !joins || sink_.join_last();
}

bool EvtxDirect::add(const EvtxToken& token, PathId parent) {
  using Kind = EvtxToken::Kind;
  switch (token.kind) {
    case Kind::kOpen: return open(token, parent);
    case Kind::kAttribute: return attribute(token);
    case Kind::kCloseStart: return close_start();
    case Kind::kCloseEmpty: return close_start() && close();
    case Kind::kCloseElement: return close();
    case Kind::kValue: return text(token.value);
    case Kind::kEntity: return entity(token);
    case Kind::kHeader:
    case Kind::kEnd: return true;
    default: return false;
  }
}

bool EvtxDirect::read(const EvtxFragment& fragment, PathId parent, PathId& root) {
  if (memos_.empty()) memos_.resize(kMemos);
  frames_.clear();
  in_start_tag_ = done_ = false;
  EvtxTokenReader reader(chunk_, fragment);
  EvtxToken token;
  bool ok = budget_.spend((fragment.end - fragment.begin) / 4);
  while (ok && reader.next(token)) ok = add(token, parent);
  root = root_;
  return ok && !reader.damage() && done_;
}

}  // namespace tocsin
