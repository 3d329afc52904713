#include "collect/evtx_decoder.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/time.h"
#include "collect/evtx_json.h"

namespace tocsin {
namespace {

constexpr std::uint8_t kInstanceToken = 0x0c, kHeaderToken = 0x0f, kEndToken = 0x00;
constexpr std::uint32_t kHeaderTokenSize = 4, kInstanceTokenSize = 10;
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

}  // namespace

struct EvtxDecoder::Run {
  const EvtxTemplate& compiled;
  std::size_t values;  // where this instance's substitutions begin in values_
  std::size_t count;   // and how many they are
  std::uint32_t nesting;
  std::uint32_t text;  // where the template's static text stands in the arena
  std::size_t mark = 0;
  std::size_t lone_null = kNone;  // the one value of the list so far, a null
};

void EvtxDecoder::start_chunk(EvtxBytes chunk) {
  chunk_ = chunk;
  budget_.start_chunk();
  sink_.start_chunk();
  templates_.start_chunk();
  direct_.start_chunk(chunk);
}

EvtxDamage EvtxDecoder::decode(std::uint32_t begin, std::uint32_t end, bool plain) {
  templates_.make_room();
  budget_.start_record();
  sink_.clear();
  values_.clear();
  direct_.start_record();
  PathId root = 0;
  if (!plain && fragment(begin, end, PathTable::kRoot, 0, root) && !sink_.full()) {
    finish();
    ++fast_;
    return {};
  }
  ++slow_;
  return decode_slowly(begin, end);
}

void EvtxDecoder::finish() {
  sink_.finish();
  Event& event = sink_.event();
  for (const Value& value : event.values) {
    if (value.path != templates_.time_path()) continue;
    const std::optional<TimeUs> time = parse_time(value.raw());
    if (time && (event.time == kNoTime || *time < event.time)) event.time = *time;
  }
}

EvtxDamage EvtxDecoder::decode_slowly(std::uint32_t begin, std::uint32_t end) {
  budget_.start_record();
  sink_.clear();
  EvtxXml xml(chunk_, budget_);
  xml.read({.begin = begin, .end = end, .dependency_ids = false});
  const char* damage = evtx_flatten(xml, paths_, budget_, sink_);
  finish();
  if (xml.damage()) return xml.damage();
  if (damage != nullptr) return {damage, begin};
  if (xml.root().content.empty()) return {"record without content", begin};
  if (sink_.full()) return {"limit on values or text of one event reached", begin};
  return {};
}

// A fragment that is one template instance, or one element. False if it is not, or in any way out of the
// ordinary: the slow path then finds out what it is.
bool EvtxDecoder::fragment(std::uint32_t begin, std::uint32_t end, PathId parent, std::uint32_t nesting, PathId& root) {
  if (end - begin >= kHeaderTokenSize && chunk_.u8(begin) == kHeaderToken) begin += kHeaderTokenSize;
  if (end - begin < kInstanceTokenSize || nesting >= kEvtxNestingMax) return false;
  if (chunk_.u8(begin) != kInstanceToken) return direct_.read({.begin = begin, .end = end}, parent, root);
  std::uint32_t at = begin + kInstanceTokenSize;
  const std::uint32_t definition = chunk_.u32(at - 4);
  if (definition == at) {
    if (end - at < kEvtxDefinitionHeaderSize) return false;
    const std::uint32_t size = chunk_.u32(at + 20);
    at += kEvtxDefinitionHeaderSize;
    if (size > end - at) return false;
    at += size;
  }
  const EvtxTemplate* compiled = templates_.find(chunk_, definition, parent, budget_);
  if (compiled == nullptr || !compiled->plain) return false;
  const std::size_t values = values_.size();
  EvtxSubstitutionReader reader(chunk_, at, end);
  for (EvtxValue value; reader.next(value);) values_.push_back(value);
  if (reader.damage() || (reader.at() != end && chunk_.u8(reader.at()) != kEndToken)) return false;
  root = compiled->root;
  const bool ok = run(*compiled, values, nesting);
  values_.resize(values);
  return ok;
}

bool EvtxDecoder::run(const EvtxTemplate& compiled, std::size_t values, std::uint32_t nesting) {
  const std::size_t count = values_.size() - values;
  if (!budget_.spend(static_cast<std::uint32_t>(compiled.ops.size() + count))) return false;
  Run run{
      .compiled = compiled, .values = values, .count = count, .nesting = nesting, .text = sink_.copy(compiled.text)};
  for (const EvtxOp& op : compiled.ops) {
    if (!step(op, run)) return false;
  }
  return true;
}

inline EvtxValue EvtxDecoder::value(const EvtxOp& op, const Run& run) const {
  return op.index < run.count ? values_[run.values + op.index] : EvtxValue{};
}

bool EvtxDecoder::step(const EvtxOp& op, Run& run) {
  switch (op.kind) {
    case EvtxOp::Kind::kStatic: {
      const bool as_text = (op.flags & EvtxOp::kMarked) != 0 && sink_.size() != run.mark;
      sink_.add_copied(as_text ? op.text_path : op.path, op.value_kind, run.text + op.from, op.size);
      return true;
    }
    case EvtxOp::Kind::kMark: run.mark = sink_.size(); return true;
    case EvtxOp::Kind::kNullUnless:
      if (sink_.size() == run.mark) sink_.add_null(op.path);
      return true;
    case EvtxOp::Kind::kAttribute: return attribute(op, run);
    case EvtxOp::Kind::kContent: return content(op, run);
    case EvtxOp::Kind::kListItem: return list_item(op, run);
    case EvtxOp::Kind::kLoser: return loser(op, run);
  }
  return false;
}

// Long values cost more than one step: a hostile template may name the same one over and over.
bool EvtxDecoder::add(PathId path, const EvtxValue& value) {
  constexpr std::uint32_t bytes_per_step = 64;
  if (value.bytes.size >= bytes_per_step && !budget_.spend(value.bytes.size / bytes_per_step)) return false;
  return sink_.add(path, value);
}

bool EvtxDecoder::last_is_null(const EvtxValue& value) {
  const std::vector<Value>& values = sink_.event().values;
  return !value.is_array() && !values.empty() && values.back().kind == ValueKind::kNull;
}

bool EvtxDecoder::content(const EvtxOp& op, Run& run) {
  const EvtxValue given = value(op, run);
  if (given.is(EvtxType::kBinXml)) return nested(op, given, run);
  if ((op.flags & EvtxOp::kBeforeChildren) != 0) return given.is(EvtxType::kNull);
  const bool as_text =
      (op.flags & EvtxOp::kAsText) != 0 || ((op.flags & EvtxOp::kMarked) != 0 && sink_.size() != run.mark);
  return add(as_text ? op.text_path : op.path, given);
}

bool EvtxDecoder::nested(const EvtxOp& op, const EvtxValue& value, Run& run) {
  if (value.bytes.size == 0) {
    const bool has_attribute = (op.flags & EvtxOp::kMarked) != 0 && sink_.size() != run.mark;
    if ((op.flags & EvtxOp::kHasNull) != 0 && !has_attribute) sink_.add_null(op.path);
    return true;
  }
  const auto begin = static_cast<std::uint32_t>(value.bytes.data - chunk_.data);
  PathId root = 0;
  if (!fragment(begin, begin + value.bytes.size, op.path, run.nesting + 1, root)) return false;
  const auto siblings = run.compiled.siblings.begin() + op.from;
  return std::find(siblings, siblings + op.size, root) == siblings + op.size;
}

bool EvtxDecoder::attribute(const EvtxOp& op, Run& run) {
  const EvtxValue given = value(op, run);
  if (given.is(EvtxType::kNull)) return true;
  if (given.is(EvtxType::kBinXml) || given.is_array() || !add(op.path, given)) return false;
  if (last_is_null(given)) sink_.remove(sink_.size() - 1);
  return true;
}

bool EvtxDecoder::list_item(const EvtxOp& op, Run& run) {
  const EvtxValue given = value(op, run);
  if (given.is(EvtxType::kBinXml)) return false;
  const bool first = (op.flags & EvtxOp::kFirst) != 0;
  const bool replaces = !first && run.lone_null != kNone;
  if (replaces) sink_.remove(run.lone_null);
  run.lone_null = kNone;
  if (!add(op.path, given)) return false;
  if ((first || replaces) && last_is_null(given)) run.lone_null = sink_.size() - 1;
  return true;
}

bool EvtxDecoder::loser(const EvtxOp& op, Run& run) {
  const EvtxValue given = value(op, run);
  if (given.is(EvtxType::kBinXml) || !add(op.path, given)) return false;
  if (last_is_null(given)) sink_.remove(sink_.size() - 1);
  return true;
}

}  // namespace tocsin
