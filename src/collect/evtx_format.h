// The EVTX file format as bytes: constants, limits, and a view that checks its bounds. Written from
// Microsoft's [MS-EVEN6] (BinXml, 2.2.12 to 2.2.18), J. Metz's description in libevtx, and what real files
// do. Included by every evtx_*.h; pure data, safe from any thread. All numbers are little-endian; all offsets
// count from the chunk.
//
// FILE HEADER, 4,096 bytes, of which 128 are used
//     0  "ElfFile\0"        8  first chunk, u64     16  last chunk, u64       24  next record id, u64
//    32  128, u32          36  minor version, u16   38  major version, u16    40  4,096, u16     42  chunks, u16
//   120  flags, u32: 1 dirty, 2 full, 4 no checksum                          124  CRC-32 of bytes 0 to 119
//   Nothing in it is needed to find the chunks: they follow, one every 64 KiB, to the end of the file. Unused ones are
//   zeros. Where a chunk should be and its magic is not, the block is still read as one if there are records in it;
//   otherwise the search goes on byte by byte, so that a file that was cut, carved or joined is read as well.
//
// CHUNK, 65,536 bytes; nothing refers to another chunk
//     0  "ElfChnk\0"        8  first, 16 last record number, u64   24  first, 32  last record id, u64
//    40  128, u32          44  offset of the last record, u32      48  end of the records, u32
//    52  CRC-32 of the bytes from 512 to the end of the records
//   120  flags, u32: 1 dirty, 4 no checksum                       124  CRC-32 of bytes 0 to 119 and 128 to 511
//   128  64 offsets of names by hash (u32)                        384  32 offsets of templates by hash (u32)
//   512  records, one after another, 8-byte aligned. Behind them: zeros, or records of the time before a circular log
//        wrapped.
//   The two hash tables are for the writer; a reader follows the offsets inside the records and does not trust them.
//   Recovery: a wrong checksum is reported and the chunk is read all the same. If the flags say dirty, the end of the
//   records may be stale: reading goes on behind it as long as the record ids continue without a gap (old records do
//   not). Where a record should begin and none does, the next 8-byte boundary with an intact record is taken.
//
// RECORD
//     0  "**\0\0"           4  size of the whole, u32       8  record id, u64      16  written, FILETIME
//    24  BinXml      size - 4  size again, u32
//   Intact header: the magic, and a size that fits the chunk. The second size wrong: the record counts, as damaged.
//
// BINXML: tokens. The bit 0x40 means "more follows" (attributes for 01, attributes for 06, content for
// others).
//   00        end of the fragment
//   01 / 41   start of an element: dependency id u16 (only inside a template definition), size of the element u32,
//             NAME, and with 41 the size of the attribute list u32
//   02 / 03   end of the start tag / of an empty element
//   04        end tag
//   05 / 45   value: type u8, then for a string its length in characters u16 and UTF-16; for the other types the bytes
//   06 / 46   attribute: NAME; what follows until the next attribute or 02, 03 is its value
//   07 / 47   CDATA: length u16, UTF-16           08 / 48   character reference: u16       09 / 49   entity: NAME
//   0a, 0b    processing instruction: NAME, then length u16, UTF-16
//   0c        template instance: 01, id u32, offset of the DEFINITION u32, the definition itself if that offset is
//             here, then the SUBSTITUTIONS
//   0d / 0e   substitution / optional substitution: index u16, type u8 (what the writer expects; the instance decides)
//   0f        start of a fragment: 01 01 00
//   NAME: offset u32; if that offset is the very next byte, the name itself stands here: next u32, hash u16,
//     length u16, UTF-16, 0 u16. Otherwise it stands anywhere else in the chunk.
//   DEFINITION: next u32, GUID, size u32, then BinXml of that size. Shared by all records of the chunk.
//   SUBSTITUTIONS: count u32; per value size u16, type u8, 0 u8; then the values, one after another. A type 0 still has
//     its size. A value of type 21 is BinXml again, usually with a template of its own (EventData inside Event).
//
// VALUE TYPES (80 added: an array of them, without gaps; strings in an array end in a 0)
//   00 null   01 UTF-16   02 text in the code page   03..0a int8 uint8 int16 uint16 int32 uint32 int64 uint64
//   0b 0c float double   0d bool (4 bytes)   0e bytes   0f GUID   10 size_t   11 FILETIME   12 SYSTEMTIME   13 SID
//   14 15 hexadecimal int32 int64   20 handle   21 BinXml   23 XML
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tocsin {

inline constexpr std::uint32_t kEvtxFileHeaderSize = 4096;
inline constexpr std::uint32_t kEvtxChunkSize = 65'536;
inline constexpr std::uint32_t kEvtxChunkHeaderSize = 512;
inline constexpr std::uint32_t kEvtxRecordHeaderSize = 24;
/// A record with no content at all: header and second size.
inline constexpr std::uint32_t kEvtxRecordSizeMin = kEvtxRecordHeaderSize + 4;
inline constexpr std::uint32_t kEvtxRecordAlignment = 8;
inline constexpr std::uint32_t kEvtxDefinitionHeaderSize = 24;
inline constexpr std::string_view kEvtxFileMagic{"ElfFile\0", 8};
inline constexpr std::string_view kEvtxChunkMagic{"ElfChnk\0", 8};
inline constexpr std::string_view kEvtxRecordMagic{"**\0\0", 4};
inline constexpr std::uint32_t kEvtxFlagDirty = 1;
inline constexpr std::uint32_t kEvtxFlagNoChecksum = 4;

/// Elements inside elements. Real events have fewer than 12; recursion over the tree stays shallow.
inline constexpr std::uint32_t kEvtxElementDepthMax = 64;
/// Template instances inside values of template instances. Real events have 2; a definition that contains
/// itself ends here.
inline constexpr std::uint32_t kEvtxNestingMax = 8;
/// Values of one event. An array of bytes that fills a chunk has 65,024.
inline constexpr std::uint32_t kEvtxValuesMax = 65'536;
/// Text of one event. 64 KiB of honest values stay under 256 KiB; only repeated substitutions reach this.
inline constexpr std::uint32_t kEvtxTextBytesMax = 4u << 20;
/// Work for one chunk, in tokens, values and bytes of definitions touched: real chunks need under 300,000,
/// and a hostile one ends within 0.1 s. Records past it count as damaged.
inline constexpr std::uint32_t kEvtxStepsMax = 1'000'000;
/// The same for one record, which also bounds the memory of its tree (about 200 bytes a step). A record full
/// of the smallest tokens has 65,000.
inline constexpr std::uint32_t kEvtxRecordStepsMax = 200'000;
/// Text made for one chunk. A real chunk makes less than its own size.
inline constexpr std::uint32_t kEvtxChunkTextBytesMax = 32u << 20;
/// Compiled templates kept between chunks: a busy host has about a thousand of 5 kB each. When full, all are
/// dropped.
inline constexpr std::size_t kEvtxTemplatesMax = 2'048;
inline constexpr std::size_t kEvtxTemplateBytesMax = 16u << 20;

enum class EvtxType : std::uint8_t {
  kNull = 0x00, kString = 0x01, kAnsiString = 0x02, kInt8 = 0x03, kUInt8 = 0x04, kInt16 = 0x05, kUInt16 = 0x06,
  kInt32 = 0x07, kUInt32 = 0x08, kInt64 = 0x09, kUInt64 = 0x0a, kReal32 = 0x0b, kReal64 = 0x0c, kBool = 0x0d,
  kBinary = 0x0e, kGuid = 0x0f, kSizeT = 0x10, kFileTime = 0x11, kSystemTime = 0x12, kSid = 0x13, kHexInt32 = 0x14,
  kHexInt64 = 0x15, kHandle = 0x20, kBinXml = 0x21, kXml = 0x23,
};
inline constexpr std::uint8_t kEvtxArrayBit = 0x80;

/// A stretch of bytes that is only read where it has some. Positions are 32-bit: a chunk is 64 KiB.
struct EvtxBytes {
  const std::uint8_t* data = nullptr;
  std::uint32_t size = 0;

  bool has(std::uint32_t at, std::uint32_t count) const { return at <= size && count <= size - at; }
  /// The unchecked reads: after has() only.
  std::uint8_t u8(std::uint32_t at) const { return data[at]; }
  std::uint16_t u16(std::uint32_t at) const { return load<std::uint16_t>(at); }
  std::uint32_t u32(std::uint32_t at) const { return load<std::uint32_t>(at); }
  std::uint64_t u64(std::uint32_t at) const { return load<std::uint64_t>(at); }
  bool starts_with(std::uint32_t at, std::string_view text) const {
    return has(at, static_cast<std::uint32_t>(text.size())) && std::memcmp(data + at, text.data(), text.size()) == 0;
  }
  /// Must lie within: after has() only.
  EvtxBytes sub(std::uint32_t at, std::uint32_t count) const { return {data + at, count}; }

 private:
  template <class T>
  T load(std::uint32_t at) const {  // little-endian machines only, as the whole program (x86-64, arm64)
    T value;
    std::memcpy(&value, data + at, sizeof value);
    return value;
  }
};

/// What went wrong, and where. The text is a constant.
struct EvtxDamage {
  const char* what = nullptr;
  std::uint32_t offset = 0;
  explicit operator bool() const { return what != nullptr; }
};

/// FILETIME (100 ns since 1601-01-01) as microseconds since 1970.
inline std::int64_t evtx_time(std::uint64_t filetime) {
  return static_cast<std::int64_t>(filetime / 10) - 11'644'473'600'000'000;
}

}  // namespace tocsin
