// For tests and the fuzz corpus: writes small event logs token by token, valid unless told otherwise, so that
// no test needs a file from elsewhere. The bytes are those of evtx_format.h. Not part of the program.
//
//   EvtxBuilder log;
//   log.record(1, filetime, [&] {
//     log.instance(7, [&] { log.open("Event"); log.substitution(0); log.close(); }, {evtx_text_value("x")});
//   });
//   std::string file = EvtxBuilder::file({log.chunk()});
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collect/evtx_crc32.h"
#include "collect/evtx_format.h"

namespace tocsin {

inline constexpr std::uint64_t kEvtxTestTime = 133'000'000'001'234'567;  // 2022-06-18T04:26:40.123456Z

inline std::string evtx_utf16(std::string_view ascii) {
  std::string text;
  for (const char c : ascii) text += {c, '\0'};
  return text;
}

/// A substitution: bytes, or what writes BinXML in place.
struct EvtxTestValue {
  std::uint8_t type = 0;
  std::string bytes = {};
  std::function<void()> binxml = {};
};
inline EvtxTestValue evtx_null() { return {}; }
inline EvtxTestValue evtx_text_value(std::string_view ascii) { return {.type = 0x01, .bytes = evtx_utf16(ascii)}; }
template <class T>
EvtxTestValue evtx_value(EvtxType type, T value) {
  return {.type = static_cast<std::uint8_t>(type),
          .bytes = std::string(reinterpret_cast<const char*>(&value), sizeof value)};
}
inline EvtxTestValue evtx_binxml(std::function<void()> content) { return {.type = 0x21, .binxml = std::move(content)}; }

class EvtxBuilder {
 public:
  std::string bytes = std::string(kEvtxChunkHeaderSize, '\0');  // the chunk so far
  bool in_definition = false;

  void u8(unsigned value) { bytes += static_cast<char>(value); }
  void u16(unsigned value) { put(value, 2); }
  void u32(std::uint64_t value) { put(value, 4); }
  void u64(std::uint64_t value) { put(value, 8); }
  std::uint32_t at() const { return static_cast<std::uint32_t>(bytes.size()); }
  void patch(std::uint32_t where, std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes[where + i] = static_cast<char>(value >> (8 * i));
  }

  void record(std::uint64_t id, const std::function<void()>& content, std::uint64_t filetime = kEvtxTestTime) {
    const std::uint32_t begin = at();
    bytes += kEvtxRecordMagic;
    u32(0);
    u64(id);
    u64(filetime);
    header();
    content();
    end();
    while ((at() + 4) % kEvtxRecordAlignment != 0) u8(0);
    u32(at() + 4 - begin);
    patch(begin + 4, at() - begin, 4);
    if (first_id_ == 0) first_id_ = id;
    last_id_ = id;
    last_record_ = begin;
  }

  void header() { u32(0x0001010f); }
  void end() { u8(0x00); }
  void open(std::string_view name, bool attributes = false) {
    u8(attributes ? 0x41 : 0x01);
    if (in_definition) u16(0xffff);
    u32(0);
    write_name(name);
    if (attributes) u32(0);
  }
  void attribute(std::string_view name) {
    u8(0x06);
    write_name(name);
  }
  void close_start() { u8(0x02); }
  void close_empty() { u8(0x03); }
  void close() { u8(0x04); }
  void text(std::string_view ascii) {
    u8(0x05);
    u8(0x01);
    u16(static_cast<unsigned>(ascii.size()));
    bytes += evtx_utf16(ascii);
  }
  void cdata(std::string_view ascii) {
    u8(0x07);
    u16(static_cast<unsigned>(ascii.size()));
    bytes += evtx_utf16(ascii);
  }
  void char_ref(unsigned code) {
    u8(0x08);
    u16(code);
  }
  void entity(std::string_view name) {
    u8(0x09);
    write_name(name);
  }
  void substitution(unsigned index, unsigned type = 0x01, bool optional = false) {
    u8(optional ? 0x0e : 0x0d);
    u16(index);
    u8(type);
  }
  /// <name attribute="text">
  void open_with(std::string_view name, std::string_view attribute_name, std::string_view attribute_text) {
    open(name, true);
    attribute(attribute_name);
    text(attribute_text);
    close_start();
  }
  /// <name>content</name>
  void element(std::string_view name, const std::function<void()>& content) {
    open(name);
    close_start();
    content();
    close();
  }
  void data(std::string_view name, unsigned index) {
    open_with("Data", "Name", name);
    substitution(index);
    close();
  }

  /// The definition is written where its id is first used, and referred to from then on.
  void instance(std::uint32_t id, const std::function<void()>& definition, const std::vector<EvtxTestValue>& values) {
    u8(0x0c);
    u8(0x01);
    u32(id);
    const auto known = definitions_.find(id);
    u32(known != definitions_.end() ? known->second : at() + 4);
    if (known == definitions_.end()) define(id, definition);
    u32(values.size());
    const std::uint32_t table = at();
    bytes.append(4 * values.size(), '\0');
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint32_t begin = at();
      if (values[i].binxml) {
        values[i].binxml();
      } else {
        bytes += values[i].bytes;
      }
      patch(table + static_cast<std::uint32_t>(4 * i), at() - begin, 2);
      bytes[table + 4 * i + 2] = static_cast<char>(values[i].type);
    }
  }

  std::string chunk() const {
    EvtxBuilder sealed = *this;
    const std::uint32_t end = at();
    sealed.bytes.replace(0, kEvtxChunkMagic.size(), kEvtxChunkMagic);
    for (const std::uint32_t where : {8u, 24u}) sealed.patch(where, first_id_, 8);
    for (const std::uint32_t where : {16u, 32u}) sealed.patch(where, last_id_, 8);
    sealed.patch(40, 128, 4);
    sealed.patch(44, last_record_, 4);
    sealed.patch(48, end, 4);
    sealed.patch(52, crc(sealed.bytes, kEvtxChunkHeaderSize, end, 0), 4);
    sealed.bytes.resize(kEvtxChunkSize);
    seal_header(sealed.bytes);
    return sealed.bytes;
  }
  static void seal_header(std::string& chunk) {
    EvtxBuilder sealed;
    const std::uint32_t sum = crc(chunk, 128, 512, crc(chunk, 0, 120, 0));
    for (int i = 0; i < 4; ++i) chunk[124 + i] = static_cast<char>(sum >> (8 * i));
  }

  static std::string file(const std::vector<std::string>& chunks) {
    EvtxBuilder header;
    header.bytes.assign(kEvtxFileHeaderSize, '\0');
    header.bytes.replace(0, kEvtxFileMagic.size(), kEvtxFileMagic);
    header.patch(16, chunks.empty() ? 0 : chunks.size() - 1, 8);
    header.patch(32, 128, 4);
    header.patch(36, 1, 2);
    header.patch(38, 3, 2);
    header.patch(40, kEvtxFileHeaderSize, 2);
    header.patch(42, chunks.size(), 2);
    header.patch(124, crc(header.bytes, 0, 120, 0), 4);
    for (const std::string& chunk : chunks) header.bytes += chunk;
    return header.bytes;
  }

 private:
  static std::uint32_t crc(const std::string& text, std::uint32_t begin, std::uint32_t end, std::uint32_t from) {
    return evtx_crc32(from, {reinterpret_cast<const std::uint8_t*>(text.data()) + begin, end - begin});
  }
  void put(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  }
  void write_name(std::string_view name) {
    const auto known = names_.find(std::string(name));
    u32(known != names_.end() ? known->second : at() + 4);
    if (known != names_.end()) return;
    names_[std::string(name)] = at();
    u32(0);
    u16(0);
    u16(static_cast<unsigned>(name.size()));
    bytes += evtx_utf16(name);
    u16(0);
  }
  void define(std::uint32_t id, const std::function<void()>& definition) {
    definitions_[id] = at();
    u32(0);
    u32(id);  // the GUID
    bytes.append(12, '\x11');
    const std::uint32_t size = at();
    u32(0);
    const bool before = std::exchange(in_definition, true);
    header();
    definition();
    end();
    in_definition = before;
    patch(size, at() - size - 4, 4);
  }

  std::map<std::string, std::uint32_t> names_;
  std::map<std::uint32_t, std::uint32_t> definitions_;
  std::uint64_t first_id_ = 0, last_id_ = 0;
  std::uint32_t last_record_ = 0;
};

}  // namespace tocsin
