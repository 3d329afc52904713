#include "collect/evtx_token.h"

#include "collect/evtx_utf16.h"

namespace tocsin {
namespace {

constexpr std::uint8_t kMoreBit = 0x40;

// Bytes of a value that stands in the token stream itself, where only strings and BinXML say how long they
// are.
std::uint32_t inline_size(EvtxType type, EvtxBytes rest) {
  switch (type) {
    case EvtxType::kNull: return 0;
    case EvtxType::kInt8:
    case EvtxType::kUInt8: return 1;
    case EvtxType::kInt16:
    case EvtxType::kUInt16: return 2;
    case EvtxType::kInt64:
    case EvtxType::kUInt64:
    case EvtxType::kReal64:
    case EvtxType::kFileTime:
    case EvtxType::kHexInt64: return 8;
    case EvtxType::kGuid:
    case EvtxType::kSystemTime: return 16;
    case EvtxType::kSid: return rest.size >= 2 ? 8 + 4u * rest.u8(1) : 8;
    default: return 4;
  }
}

bool has_inline_form(std::uint8_t type) {
  return type <= static_cast<std::uint8_t>(EvtxType::kHexInt64) &&
         type != static_cast<std::uint8_t>(EvtxType::kAnsiString) &&
         type != static_cast<std::uint8_t>(EvtxType::kBinary) && type != static_cast<std::uint8_t>(EvtxType::kSizeT);
}

}  // namespace

std::string evtx_text(EvtxBytes utf16) {
  std::string text(evtx_spelling_max(utf16.size), '\0');
  char* end = evtx_trim(text.data(), evtx_utf8(text.data(), utf16));
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

EvtxDamage evtx_definition(EvtxBytes chunk, std::uint32_t offset, EvtxFragment& into) {
  if (!chunk.has(offset, kEvtxDefinitionHeaderSize)) return {"template definition outside the chunk", offset};
  const std::uint32_t size = chunk.u32(offset + 20);
  const std::uint32_t begin = offset + kEvtxDefinitionHeaderSize;
  if (!chunk.has(begin, size)) return {"template definition larger than the chunk", offset};
  into = {.begin = begin, .end = begin + size, .dependency_ids = true};
  return {};
}

EvtxSubstitutionReader::EvtxSubstitutionReader(EvtxBytes chunk, std::uint32_t at, std::uint32_t end)
    : chunk_(chunk), descriptor_(at + 4), value_(at + 4), end_(end) {
  if (at > end || end - at < 4) {
    damage_ = {"substitutions outside the record", at};
  } else if (chunk.u32(at) > (end - at - 4) / 4) {
    damage_ = {"more substitutions than the record has room for", at};
  } else {
    count_ = chunk.u32(at);
    value_ = descriptor_ + 4 * count_;
  }
}

bool EvtxTokenReader::fail(const char* what) {
  if (!damage_) damage_ = {what, at_};
  return false;
}

// Whether `count` more bytes are there: the caller reads them at at_ - count.
bool EvtxTokenReader::take(std::uint32_t count) {
  if (count > end_ - at_) return fail("BinXML ends within a token");
  at_ += count;
  return true;
}

// The name at an offset, which may stand right here and is then stepped over.
bool EvtxTokenReader::name(EvtxToken& token) {
  constexpr std::uint32_t header = 8, terminator = 2;
  token.name_field = at_;
  if (!take(4)) return false;
  const std::uint32_t offset = chunk_.u32(at_ - 4);
  if (!chunk_.has(offset, header)) return fail("name outside the chunk");
  const std::uint32_t size = 2u * chunk_.u16(offset + 6);
  if (!chunk_.has(offset + header, size)) return fail("name larger than the chunk");
  token.name = chunk_.sub(offset + header, size);
  return offset != at_ || take(header + size + terminator);
}

bool EvtxTokenReader::open_as(EvtxToken& token, bool dependency_id) {
  if (dependency_id && !take(2)) return false;
  if (!take(4)) return false;
  if (chunk_.u32(at_ - 4) >= chunk_.size) return fail("element larger than the chunk");
  if (!name(token)) return false;
  return !token.with_attributes || take(4);
}

// Writers do not agree where the dependency id stands: if the element makes no sense one way, the other way
// is tried.
bool EvtxTokenReader::open(EvtxToken& token) {
  const std::uint32_t at = at_;
  if (open_as(token, dependency_ids_)) return true;
  const EvtxDamage first = damage_;
  damage_ = {};
  at_ = at;
  if (open_as(token, !dependency_ids_)) return true;
  damage_ = first;
  return false;
}

bool EvtxTokenReader::string(EvtxToken& token) {
  if (!take(2)) return false;
  const std::uint32_t size = 2u * chunk_.u16(at_ - 2);
  if (!take(size)) return false;
  token.value = {.type = static_cast<std::uint8_t>(EvtxType::kString), .bytes = chunk_.sub(at_ - size, size)};
  return true;
}

bool EvtxTokenReader::value(EvtxToken& token) {
  if (!take(1)) return false;
  const std::uint8_t type = chunk_.u8(at_ - 1);
  if (type == static_cast<std::uint8_t>(EvtxType::kString)) return string(token);
  token.value = {.type = type, .bytes = {}};
  if (type == static_cast<std::uint8_t>(EvtxType::kBinXml)) {  // to the end of the fragment: no length is given
    token.value.bytes = chunk_.sub(at_, end_ - at_);
    at_ = end_;
    return true;
  }
  if (!has_inline_form(type)) return fail("value of a type that has no form here");
  const std::uint32_t size = inline_size(static_cast<EvtxType>(type), chunk_.sub(at_, end_ - at_));
  if (!take(size)) return false;
  token.value.bytes = chunk_.sub(at_ - size, size);
  return true;
}

bool EvtxTokenReader::instance(EvtxToken& token) {
  if (!take(9)) return false;
  token.definition = chunk_.u32(at_ - 4);
  if (token.definition == at_) {
    if (!take(kEvtxDefinitionHeaderSize) || !take(chunk_.u32(at_ - 4))) return false;
  }
  token.substitutions = at_;
  EvtxSubstitutionReader substitutions(chunk_, at_, end_);
  for (EvtxValue ignored; substitutions.next(ignored);) {
  }
  // What is behind a damaged value is lost, but the values before it are not: the token stands.
  at_ = substitutions.damage() ? end_ : substitutions.at();
  return true;
}

bool EvtxTokenReader::substitution(EvtxToken& token) {
  if (!take(3)) return false;
  token.index = chunk_.u16(at_ - 3);
  token.value = {.type = chunk_.u8(at_ - 1), .bytes = {}};
  return true;
}

bool EvtxTokenReader::dispatch(std::uint8_t code, EvtxToken& token) {
  using Kind = EvtxToken::Kind;
  const auto is = [&](Kind kind) {
    token.kind = kind;
    return true;
  };
  switch (code) {
    case 0x00: return ended_ = is(Kind::kEnd);
    case 0x01:
    case 0x41: token.with_attributes = (code & kMoreBit) != 0; return is(Kind::kOpen) && open(token);
    case 0x02: return is(Kind::kCloseStart);
    case 0x03: return is(Kind::kCloseEmpty);
    case 0x04: return is(Kind::kCloseElement);
    case 0x05:
    case 0x45: return is(Kind::kValue) && value(token);
    case 0x06:
    case 0x46: return is(Kind::kAttribute) && name(token);
    case 0x07:
    case 0x47: return is(Kind::kCData) && string(token);
    case 0x08:
    case 0x48:
      if (!take(2)) return false;
      token.index = chunk_.u16(at_ - 2);
      return is(Kind::kCharRef);
    case 0x09:
    case 0x49: return is(Kind::kEntity) && name(token);
    case 0x0a: return is(Kind::kPiTarget) && name(token);
    case 0x0b: return is(Kind::kPiData) && string(token);
    case 0x0c: return is(Kind::kInstance) && instance(token);
    case 0x0d:
    case 0x0e: token.optional = code == 0x0e; return is(Kind::kSubstitution) && substitution(token);
    case 0x0f: return is(Kind::kHeader) && take(3);
    default: --at_; return fail("unknown BinXML token");
  }
}

bool EvtxTokenReader::next(EvtxToken& token) {
  if (ended_ || damage_ || at_ >= end_) return false;
  token = {};
  token.begin = at_;
  const std::uint8_t code = chunk_.u8(at_++);
  if (!dispatch(code, token)) return false;
  token.end = at_;
  return true;
}

}  // namespace tocsin
