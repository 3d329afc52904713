#include "collect/evtx_xml.h"

#include <span>
#include <utility>

#include "base/text.h"

namespace tocsin {
namespace {

std::string char_text(std::uint16_t code) {
  std::string text;
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  append_utf8(text, surrogate ? 0xfffd : code);
  return text;
}

}  // namespace

std::string evtx_entity(const std::string& name) {
  if (name == "amp") return "&";
  if (name == "lt") return "<";
  if (name == "gt") return ">";
  if (name == "quot") return "\"";
  if (name == "apos") return "'";
  return "&" + name + ";";
}

struct EvtxXml::Level {
  std::span<const EvtxValue> values = {};
  bool filled = true;
  bool partial = false;         // values behind the last one were lost
  std::size_t stack_floor = 0;  // elements below belong to the fragment around
  bool in_start_tag = false;    // of stack_.back()
  bool in_attribute = false;
  std::uint32_t end = 0;
};

const EvtxAttribute* EvtxElement::find(std::string_view attribute) const {
  for (const EvtxAttribute& candidate : attributes) {
    if (candidate.name == attribute) return &candidate;
  }
  return nullptr;
}

bool EvtxXml::fail(const char* what, std::uint32_t offset) {
  if (!damage_) damage_ = {what, offset};
  return false;
}

void EvtxXml::read(const EvtxFragment& fragment) {
  Level level{.end = fragment.end};
  read_fragment(fragment, level);
}

void EvtxXml::read_definition(std::uint32_t offset) {
  EvtxFragment fragment;
  if (const EvtxDamage damage = evtx_definition(chunk_, offset, fragment)) {
    damage_ = damage;
    return;
  }
  Level level{.filled = false, .end = fragment.end};
  read_fragment(fragment, level);
}

// `level` brings the values; the rest of it is set here.
void EvtxXml::read_fragment(const EvtxFragment& fragment, Level& level) {
  if (nesting_ >= kEvtxNestingMax) {
    fail("templates nested too deep", fragment.begin);
    return;
  }
  ++nesting_;
  level.stack_floor = stack_.size();
  EvtxTokenReader reader(chunk_, fragment);
  EvtxToken token;
  while (!damage_ && reader.next(token)) {
    if (!budget_.spend(1)) {
      fail("limit on work for one chunk reached", token.begin);
    } else if (!add(token, level)) {
      fail("BinXML token out of place", token.begin);
    }
  }
  if (reader.damage()) fail(reader.damage().what, reader.damage().offset);
  if (damage_) {
    for (std::size_t i = level.stack_floor - 1; i < stack_.size(); ++i) {
      stack_[i]->content.push_back({.kind = EvtxPiece::Kind::kLost});
    }
  }
  stack_.resize(level.stack_floor);
  --nesting_;
}

bool EvtxXml::add(const EvtxToken& token, Level& level) {
  using Kind = EvtxToken::Kind;
  switch (token.kind) {
    case Kind::kOpen: return open(token, level);
    case Kind::kCloseStart: return close_start(level, false);
    case Kind::kCloseEmpty: return close_start(level, true);
    case Kind::kCloseElement: return close(level);
    case Kind::kAttribute:
      if (!level.in_start_tag) return false;
      stack_.back()->attributes.push_back({.name = evtx_text(token.name), .pieces = {}});
      level.in_attribute = true;
      return true;
    case Kind::kValue: return add_value(token.value, level);
    case Kind::kSubstitution: return add_substitution(token, level);
    case Kind::kInstance: instance(token, level); return true;
    case Kind::kCData:
      add_piece({.kind = EvtxPiece::Kind::kText, .text = evtx_text(token.value.bytes)}, level);
      return true;
    case Kind::kCharRef:
      add_piece({.kind = EvtxPiece::Kind::kText, .text = char_text(token.index)}, level);
      return true;
    case Kind::kEntity:
      add_piece({.kind = EvtxPiece::Kind::kText, .text = evtx_entity(evtx_text(token.name))}, level);
      return true;
    case Kind::kPiTarget:
    case Kind::kPiData:
    case Kind::kHeader:
    case Kind::kEnd: return true;
  }
  return false;
}

bool EvtxXml::open(const EvtxToken& token, Level& level) {
  if (level.in_start_tag) return false;
  if (stack_.size() > kEvtxElementDepthMax) return fail("elements nested too deep", token.begin);
  elements_.push_back({.name = evtx_text(token.name), .attributes = {}, .content = {}});
  EvtxElement* element = &elements_.back();
  stack_.back()->content.push_back({.kind = EvtxPiece::Kind::kElement, .element = element});
  stack_.push_back(element);
  level.in_start_tag = true;
  level.in_attribute = false;
  return true;
}

bool EvtxXml::close_start(Level& level, bool empty) {
  if (!level.in_start_tag) return false;
  level.in_start_tag = false;
  level.in_attribute = false;
  if (empty) stack_.pop_back();
  return true;
}

bool EvtxXml::close(Level& level) {
  if (level.in_start_tag || stack_.size() <= level.stack_floor) return false;
  stack_.pop_back();
  return true;
}

// In a start tag, a value before the first attribute belongs to nothing and is passed over, as Windows does.
void EvtxXml::add_piece(EvtxPiece piece, Level& level) {
  if (!level.in_start_tag) {
    stack_.back()->content.push_back(std::move(piece));
  } else if (level.in_attribute) {
    stack_.back()->attributes.back().pieces.push_back(std::move(piece));
  }
}

bool EvtxXml::add_value(const EvtxValue& value, Level& level) {
  if (!value.is(EvtxType::kBinXml)) {  // its size counts where it is spelled
    add_piece({.kind = EvtxPiece::Kind::kValue, .value = value}, level);
    return true;
  }
  if (level.in_start_tag) return true;
  const auto begin = static_cast<std::uint32_t>(value.bytes.data - chunk_.data);
  const EvtxFragment fragment{.begin = begin, .end = begin + value.bytes.size, .dependency_ids = false};
  Level inner{.values = level.values, .filled = level.filled, .partial = level.partial, .end = fragment.end};
  read_fragment(fragment, inner);
  return true;
}

bool EvtxXml::add_substitution(const EvtxToken& token, Level& level) {
  EvtxPiece piece{
      .kind = EvtxPiece::Kind::kSubstitution, .optional = token.optional, .index = token.index, .value = token.value};
  if (piece.is_nothing()) return true;
  if (!level.filled) {
    add_piece(std::move(piece), level);
    return true;
  }
  if (token.index < level.values.size()) return add_value(level.values[token.index], level);
  // A value that the writer left out is null; one that was lost is not known.
  add_piece({.kind = level.partial ? EvtxPiece::Kind::kLost : EvtxPiece::Kind::kValue}, level);
  return true;
}

void EvtxXml::instance(const EvtxToken& token, Level& level) {
  if (!level.filled) {
    fail("template instance inside a template definition", token.begin);
    return;
  }
  EvtxFragment fragment;
  if (const EvtxDamage damage = evtx_definition(chunk_, token.definition, fragment)) {
    fail(damage.what, token.begin);
    return;
  }
  std::vector<EvtxValue> values;
  EvtxSubstitutionReader reader(chunk_, token.substitutions, level.end);
  for (EvtxValue value; reader.next(value);) values.push_back(value);
  if (!budget_.spend(static_cast<std::uint32_t>(values.size()))) {
    fail("limit on work for one chunk reached", token.begin);
    return;
  }
  Level inner{.values = values, .partial = static_cast<bool>(reader.damage()), .end = fragment.end};
  read_fragment(fragment, inner);
  if (reader.damage()) fail(reader.damage().what, reader.damage().offset);
}

}  // namespace tocsin
