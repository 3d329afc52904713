// How a rule's tree becomes JSON. An object is written as if all were well; if what the schema asks of it is not there, everything since its
// first byte is taken back, and the values that it would have held are free again for `unmapped`.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "normalize/column_reader.h"
#include "normalize/ocsf.h"
#include "normalize/ocsf_values.h"

namespace tocsin {

namespace {

void append_quoted(std::string_view text, std::string& out) {
  out.push_back('"');
  append_json_escaped(out, text);
  out.push_back('"');
}

std::string_view part_of(std::string_view text, const OcsfNode& node) {
  if (node.take == OcsfTake::kAll) return text;
  const std::size_t at = text.find_last_of(node.at);
  if (node.take == OcsfTake::kAfter) return at == std::string_view::npos || at + 1 == text.size() ? text : text.substr(at + 1);
  return at == std::string_view::npos ? std::string_view() : text.substr(0, at);
}

}  // namespace

/// False, with nothing undone, if the class asks for what the event has not.
bool OcsfProjector::write(const OcsfRule& rule, const Event& event, std::string& out) {
  const std::uint32_t uid = rule.shape->uid;
  said_ = 0;
  out.append(rule.head);
  const std::size_t begin = out.size();
  constexpr std::string_view kActivity = "\"activity_id\":";
  if (rule.activity.what == OcsfNode::What::kFixed || !write_leaf(rule.activity, out)) {
    out.append(kActivity);
    out.append(rule.activity.what == OcsfNode::What::kFixed ? std::string_view(rule.activity.fixed) : "0");
  }
  constexpr std::size_t kKeyBytes = kActivity.size();
  std::uint32_t activity = 0;
  for (std::size_t i = begin + kKeyBytes; i < out.size() && out[i] >= '0' && out[i] <= '9'; ++i) activity = activity * 10 + static_cast<std::uint32_t>(out[i] - '0');
  out.append(",\"type_uid\":");
  append_integer(static_cast<std::int64_t>(std::uint64_t{uid} * 100 + activity), out);
  out.append(",\"time\":");
  append_integer(event.time == kNoTime ? 0 : event.time / 1'000, out);
  out.push_back(',');
  is_consumed_.assign(event.values.size(), false);
  if (!write_object(rule, rule.nodes.front(), out)) return false;
  for (const ValueIndex index : consumed_) is_consumed_[index] = true;
  write_observables(event, out);
  write_unmapped(event, out);
  out.push_back('}');
  return true;
}

bool OcsfProjector::write_node(const OcsfRule& rule, std::uint32_t id, std::string& out) {
  const OcsfNode& node = rule.nodes[id];
  if (!node.fragment.empty()) {
    out.append(node.fragment);
    return true;
  }
  if (!node.always && !has_any_of(node)) return false;
  switch (node.what) {
    case OcsfNode::What::kFixed: return true;  // its fragment is all of it
    case OcsfNode::What::kHashes: return write_hashes(node, out);
    case OcsfNode::What::kLeaf: return node.each ? write_each(rule, node, out) : write_leaf(node, out);
    case OcsfNode::What::kObject: break;
  }
  if (node.each) return write_each(rule, node, out);
  const Mark before = mark(out);
  out.append(node.key);
  out.append(node.list ? "[{" : "{");
  if (!write_object(rule, node, out)) {
    go_back(before, out);
    return false;
  }
  out.append(node.list ? "}]" : "}");
  return true;
}

/// The members, without braces. False if they are not what makes such an object.
bool OcsfProjector::write_object(const OcsfRule& rule, const OcsfNode& node, std::string& out) {
  const std::size_t said = said_, begin = out.size();
  std::size_t required = 0;
  bool one_of = node.one_of.empty();
  for (const std::uint32_t child : node.children) {
    const std::size_t size = out.size();
    if (size > begin) out.push_back(',');
    if (!write_node(rule, child, out)) {
      if (size > begin) out.pop_back();
      continue;
    }
    required += rule.nodes[child].needed ? 1 : 0;
    one_of = one_of || rule.nodes[child].is_one_of;
  }
  if (!one_of) one_of = write_last_resort(rule, node, out.size() > begin, out);
  if (required < node.required.size() || !one_of) return false;
  if (said == said_ && !node.stands) return false;
  if (node.is_metadata) write_original_time(out);
  return out.size() > begin;
}

/// Of those of which there must be one, the first that has something to say without the event.
bool OcsfProjector::write_last_resort(const OcsfRule& rule, const OcsfNode& node, bool behind_others, std::string& out) {
  for (const std::uint32_t child : node.one_of) {
    const OcsfNode& leaf = rule.nodes[child];
    if (leaf.what != OcsfNode::What::kLeaf || leaf.fixed.empty()) continue;
    if (behind_others) out.push_back(',');
    out.append(leaf.key);
    out.append(leaf.fixed);
    return true;
  }
  return false;
}

/// A list with one element for each value of the first field inside.
bool OcsfProjector::write_each(const OcsfRule& rule, const OcsfNode& node, std::string& out) {
  const OcsfNode* const leaf = first_leaf(rule, node);
  if (leaf == nullptr) return false;
  const Mark before = mark(out);
  out.append(node.key);
  out.push_back('[');
  const std::size_t begin = out.size();
  for (const OcsfFieldId field : leaf->from) {
    for (std::uint32_t link = first_link(field); link != kNone; link = links_[link].next) {
      const Mark element = mark(out);
      if (out.size() > begin) out.push_back(',');
      bool written = false;
      if (node.what == OcsfNode::What::kLeaf) {
        written = write_leaf_of(node, links_[link].value, out);
      } else {
        each_ = link;
        each_field_ = field;
        out.push_back('{');
        written = write_object(rule, node, out);
        out.push_back('}');
        each_ = kNone;
      }
      if (!written) go_back(element, out);
    }
    if (out.size() > begin) break;
  }
  if (out.size() == begin) {
    go_back(before, out);
    return false;
  }
  out.push_back(']');
  return true;
}

const OcsfNode* OcsfProjector::first_leaf(const OcsfRule& rule, const OcsfNode& node) const {
  if (node.what == OcsfNode::What::kLeaf) return &node;
  for (const std::uint32_t child : node.children) {
    if (const OcsfNode* const leaf = first_leaf(rule, rule.nodes[child]); leaf != nullptr) return leaf;
  }
  return nullptr;
}

/// Of the best field that says something of the type.
bool OcsfProjector::write_leaf(const OcsfNode& node, std::string& out) {
  const Mark before = mark(out);
  out.append(node.key);
  if (node.list) out.push_back('[');
  for (const OcsfFieldId field : node.from) {
    const bool of_element = each_ != kNone && field == each_field_;
    for (std::uint32_t link = of_element ? each_ : first_link(field); link != kNone; link = of_element ? kNone : links_[link].next) {
      if (!write_leaf_of(node, links_[link].value, out)) continue;
      if (node.list) out.push_back(']');
      return true;
    }
  }
  go_back(before, out);
  if (node.fixed.empty() || !node.needed) return false;
  out.append(node.key);
  out.append(node.fixed);
  return true;
}

bool OcsfProjector::says_nothing(const Value& value) {
  // Told by their length, mostly: the longest has ten bytes.
  constexpr std::size_t kBytesMax = std::ranges::max(kSaysNothing, {}, &std::string_view::size).size();
  return value.kind == ValueKind::kNull || (value.size <= kBytesMax && std::ranges::find(kSaysNothing, value.raw()) != std::end(kSaysNothing));
}

bool OcsfProjector::write_leaf_of(const OcsfNode& node, ValueIndex index, std::string& out) {
  const Value& value = this->value(index);
  if (says_nothing(value)) return false;
  if (node.translation) return write_translated(node, index, out);
  const std::size_t begin = out.size();
  if (node.kind == OcsfKind::kTime) {
    const TimeUs time = time_of(value, text_);
    if (time == kNoTime) return false;
    append_integer(time / 1'000, out);
  } else if (node.kind == OcsfKind::kJson) {
    append_value_json(out, value);
  } else {
    text_.clear();
    append_value_text(text_, value);
    const std::string_view text = part_of(text_, node);
    if (!node.words.empty() && std::ranges::find(node.words, text) == node.words.end()) return false;
    if (text.empty() || (node.no_address && is_address(text)) || !append_ocsf(node.kind, text, out)) return false;
  }
  ++said_;
  if (node.take == OcsfTake::kAll) consumed(index);
  if (node.observable != 0) observables_.push_back({node.observable_head, begin, out.size() - begin});
  return true;
}

/// The number; for 99 also the words. The field stays unmapped, for a number says less than it did.
bool OcsfProjector::write_translated(const OcsfNode& node, ValueIndex index, std::string& out) {
  text_.clear();
  folded_.clear();
  append_value_text(text_, value(index));
  append_folded(folded_, text_);
  const std::optional<std::int64_t> number = node.translation->number_of(folded_);
  if (!number) return false;
  append_integer(*number, out);
  ++said_;
  constexpr std::int64_t kOther = 99;
  if (*number != kOther || node.sibling.empty()) return true;
  out.push_back(',');
  out.append(node.sibling);
  append_quoted(text_, out);
  return true;
}

bool OcsfProjector::write_hashes(const OcsfNode& node, std::string& out) {
  const Mark before = mark(out);
  out.append(node.key);
  out.push_back('[');
  const std::size_t begin = out.size();
  for (const OcsfFieldId field : node.from) {
    for (std::uint32_t link = first_link(field); link != kNone; link = links_[link].next) {
      text_.clear();
      append_value_text(text_, value(links_[link].value));
      const std::size_t size = out.size();
      if (size > begin) out.push_back(',');
      if (append_fingerprints(text_, out) == 0) {
        out.resize(size);
        continue;
      }
      ++said_;
      consumed(links_[link].value);
    }
  }
  if (out.size() == begin) {
    go_back(before, out);
    return false;
  }
  out.push_back(']');
  return true;
}

/// Behind other members: what the source wrote for the event's time.
void OcsfProjector::write_original_time(std::string& out) {
  std::size_t best = event_->values.size();
  for (std::size_t i = 0; i < event_->values.size(); ++i) {
    const Value& value = event_->values[i];
    const std::uint8_t rank = time_ranks_[value.path];
    if (rank == 0 || value.kind == ValueKind::kNull || value.derived) continue;
    if (best == event_->values.size() || rank < time_ranks_[event_->values[best].path]) best = i;
  }
  if (best == event_->values.size() || time_of(event_->values[best], text_) != event_->time) return;
  out.append(",\"original_time\":");
  text_.clear();
  append_value_text(text_, event_->values[best]);
  append_quoted(text_, out);
  consumed(static_cast<ValueIndex>(best));
}

void OcsfProjector::consumed(ValueIndex index) {
  if (index < event_->values.size()) consumed_.push_back(index);
}

}  // namespace tocsin
