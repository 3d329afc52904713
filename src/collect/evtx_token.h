// BinXML as a stream of tokens (the bytes are written down in evtx_format.h): every read is checked, nothing
// is allocated, nothing is interpreted. Used by the XML tree (evtx_xml) and by the template cache. One
// thread; a reader is a small value. Fails with an EvtxDamage: the stream ends there.
//
//   EvtxTokenReader reader(chunk, {.begin = 536, .end = 900, .dependency_ids = false});
//   EvtxToken token;
//   while (reader.next(token)) …
//   if (reader.damage()) …
#pragma once

#include <cstdint>
#include <string>

#include "collect/evtx_format.h"
#include "collect/evtx_value.h"

namespace tocsin {

struct EvtxToken {
  enum class Kind : std::uint8_t {
    kEnd,
    kOpen,
    kCloseStart,
    kCloseEmpty,
    kCloseElement,
    kValue,
    kAttribute,
    kCData,
    kCharRef,
    kEntity,
    kPiTarget,
    kPiData,
    kInstance,
    kSubstitution,
    kHeader,
  };
  Kind kind = Kind::kEnd;
  bool optional = false;            // kSubstitution
  bool with_attributes = false;     // kOpen
  std::uint16_t index = 0;          // kSubstitution: which; kCharRef: the character
  std::uint32_t begin = 0;          // of the token
  std::uint32_t end = 0;            // behind it
  std::uint32_t name_field = 0;     // where the offset of the name stands (kOpen, kAttribute, kEntity, kPiTarget)
  EvtxBytes name;                   // UTF-16
  EvtxValue value;                  // kValue, kCData and kPiData (as strings); kSubstitution: the declared type
  std::uint32_t definition = 0;     // kInstance: offset of its definition
  std::uint32_t substitutions = 0;  // kInstance: offset of the count
};

struct EvtxFragment {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool dependency_ids = false;  // elements carry one: inside a template definition
};

/// The BinXML of the definition at `offset`, or damage.
EvtxDamage evtx_definition(EvtxBytes chunk, std::uint32_t offset, EvtxFragment& into);

/// The values of a template instance, one by one.
class EvtxSubstitutionReader {
 public:
  /// From the count at `at`; values may reach to `end`.
  EvtxSubstitutionReader(EvtxBytes chunk, std::uint32_t at, std::uint32_t end);
  std::uint32_t count() const { return count_; }
  /// The next value. A value that passes the end is damage, and so is everything behind it.
  bool next(EvtxValue& value) {
    if (read_ == count_ || damage_) return false;
    const std::uint32_t size = chunk_.u16(descriptor_);
    if (size > end_ - value_) {
      damage_ = {"substitution larger than the record", descriptor_};
      return false;
    }
    value.type = chunk_.u8(descriptor_ + 2);
    value.exact = false;
    value.bytes = chunk_.sub(value_, size);
    descriptor_ += 4;
    value_ += size;
    ++read_;
    return true;
  }
  /// Behind the last value read.
  std::uint32_t at() const { return value_; }
  const EvtxDamage& damage() const { return damage_; }

 private:
  EvtxBytes chunk_;
  std::uint32_t count_ = 0, read_ = 0;
  std::uint32_t descriptor_ = 0, value_ = 0, end_ = 0;
  EvtxDamage damage_;
};

class EvtxTokenReader {
 public:
  /// `fragment` must lie within the chunk.
  EvtxTokenReader(EvtxBytes chunk, const EvtxFragment& fragment)
      : chunk_(chunk), at_(fragment.begin), end_(fragment.end), dependency_ids_(fragment.dependency_ids) {}

  bool next(EvtxToken& token);
  const EvtxDamage& damage() const { return damage_; }
  std::uint32_t at() const { return at_; }

 private:
  bool fail(const char* what);
  bool take(std::uint32_t count);
  bool open(EvtxToken& token);
  bool open_as(EvtxToken& token, bool dependency_id);
  bool name(EvtxToken& token);
  bool value(EvtxToken& token);
  bool string(EvtxToken& token);
  bool instance(EvtxToken& token);
  bool substitution(EvtxToken& token);
  bool dispatch(std::uint8_t code, EvtxToken& token);

  EvtxBytes chunk_;
  std::uint32_t at_, end_;
  bool dependency_ids_;
  bool ended_ = false;
  EvtxDamage damage_;
};

/// A name or string as UTF-8.
std::string evtx_text(EvtxBytes utf16);

}  // namespace tocsin
