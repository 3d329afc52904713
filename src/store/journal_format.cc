#include "store/journal_format.h"

#include <fmt/format.h>

#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/sha256.h"

namespace tocsin::journal {

namespace {

constexpr std::string_view kSegmentMark = "TOCSINJ1", kKeyMark = "TOCSINK1", kSegmentEnding = ".journal";
constexpr std::size_t kHeaderCheckedBytes = 48, kHeaderCheckBytes = 16, kNumberDigits = 20;

enum LineKind : std::uint8_t { kSource = 1, kCounts, kCountsBefore, kEnd };

std::string_view text_of(const Sha256& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

SealNonce nonce_of(std::uint64_t frame) {
  SealNonce nonce{};
  std::memcpy(nonce.data() + 4, &frame, sizeof frame);
  return nonce;
}

std::string additional_of(std::string_view header, std::uint64_t segment) {
  std::string additional(header.substr(0, kFrameHeaderBytes));
  append_number(additional, segment);
  return additional;
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  stored += other.stored;
  refused += other.refused;
  dropped += other.dropped;
  return *this;
}

void append_header(std::string& out, const SegmentHeader& header) {
  const std::size_t from = out.size();
  out.append(kSegmentMark);
  append_number(out, header.number);
  append_number(out, header.first);
  append_number(out, header.before);
  append_number(out, header.frames_before);
  append_number(out, header.made);
  out.append(text_of(sha256(std::string_view(out).substr(from))).substr(0, kHeaderCheckBytes));
}

std::optional<SegmentHeader> read_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMark)) return std::nullopt;
  const Sha256 digest = sha256(bytes.substr(0, kHeaderCheckedBytes));
  if (bytes.substr(kHeaderCheckedBytes, kHeaderCheckBytes) != text_of(digest).substr(0, kHeaderCheckBytes)) return std::nullopt;
  return SegmentHeader{number_at<std::uint64_t>(bytes, 8), number_at<Sequence>(bytes, 16), number_at<std::uint64_t>(bytes, 24),
                       number_at<std::uint64_t>(bytes, 32), number_at<TimeUs>(bytes, 40)};
}

void append_header(std::string& out, const FrameHeader& header) {
  out.append(kFrameMark);
  append_number(out, header.payload_bytes);
  append_number(out, header.number);
  append_number(out, header.first);
  append_number(out, header.records);
  append_number(out, header.lines);
  append_number(out, header.written);
}

std::optional<FrameHeader> read_frame_header(std::string_view bytes) {
  if (bytes.size() < kFrameHeaderBytes || !bytes.starts_with(kFrameMark)) return std::nullopt;
  FrameHeader header;
  header.payload_bytes = number_at<std::uint32_t>(bytes, 4);
  header.number = number_at<std::uint64_t>(bytes, 8);
  header.first = number_at<Sequence>(bytes, 16);
  header.records = number_at<std::uint32_t>(bytes, 24);
  header.lines = number_at<std::uint32_t>(bytes, 28);
  header.written = number_at<TimeUs>(bytes, 32);
  if (header.payload_bytes > kFrameBytesMax) return std::nullopt;
  return header;
}

std::size_t frame_bytes(const FrameHeader& header) { return kFrameHeaderBytes + header.payload_bytes + kSealTagBytes; }

void seal_frame(Seal& seal, std::uint64_t segment, FrameHeader header, std::string_view payload, std::string& out) {
  TOCSIN_CHECK(payload.size() <= kFrameBytesMax);
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  const std::size_t from = out.size();
  append_header(out, header);
  const std::string additional = additional_of(std::string_view(out).substr(from), segment);
  seal.seal(nonce_of(header.number), additional, payload, out);
}

bool open_frame(Seal& seal, std::uint64_t segment, const FrameHeader& header, std::string_view frame, std::string& payload) {
  if (frame.size() < frame_bytes(header)) return false;
  const std::string_view sealed = frame.substr(kFrameHeaderBytes, header.payload_bytes + kSealTagBytes);
  return seal.open(nonce_of(header.number), additional_of(frame, segment), sealed, payload);
}

void Payload::add(const Record& record) {
  TOCSIN_CHECK(lines_ == 0 && record.raw.size() <= kRecordBytesMax && record.details.size() <= kDetailsBytesMax);
  append_number(bytes_, static_cast<std::uint32_t>(4 + 8 + 2 + record.details.size() + record.raw.size()));
  append_number(bytes_, record.source);
  append_number(bytes_, record.received);
  append_number(bytes_, static_cast<std::uint16_t>(record.details.size()));
  bytes_.append(record.details);
  bytes_.append(record.raw);
  ++records_;
}

void Payload::begin_line(std::size_t size, std::uint8_t kind) {
  append_number(bytes_, static_cast<std::uint32_t>(1 + size));
  append_number(bytes_, kind);
  ++lines_;
}

void Payload::add_source(SourceId source, std::string_view name) {
  begin_line(4 + name.size(), kSource);
  append_number(bytes_, source);
  bytes_.append(name);
}

void Payload::add_counts(SourceId source, const Counts& counts, bool before_segment) {
  begin_line(4 + 3 * 8, before_segment ? kCountsBefore : kCounts);
  append_number(bytes_, source);
  append_number(bytes_, counts.stored);
  append_number(bytes_, counts.refused);
  append_number(bytes_, counts.dropped);
}

void Payload::add_end() { begin_line(0, kEnd); }

void Payload::clear() {
  empty(bytes_);
  records_ = lines_ = 0;
}

namespace {

bool read_record(ByteReader& reader, Record& record) {
  ByteReader one(reader.take(reader.number<std::uint32_t>()));
  record.source = one.number<SourceId>();
  record.received = one.number<TimeUs>();
  record.details = one.take(one.number<std::uint16_t>());
  record.raw = one.rest();
  return reader.good() && one.good() && record.raw.size() <= kRecordBytesMax;
}

bool read_line(ByteReader& reader, PayloadVisitor& visitor) {
  ByteReader line(reader.take(reader.number<std::uint32_t>()));
  const auto kind = line.number<std::uint8_t>();
  if (kind == kEnd && line.good() && line.at_end()) return visitor.end(), true;
  const auto source = line.number<SourceId>();
  if (!line.good()) return false;
  if (kind == kSource) return true;  // told before the records
  if (kind != kCounts && kind != kCountsBefore) return false;
  Counts counts;
  counts.stored = line.number<std::uint64_t>();
  counts.refused = line.number<std::uint64_t>();
  counts.dropped = line.number<std::uint64_t>();
  if (!line.good() || !line.at_end()) return false;
  visitor.counts(source, counts, kind == kCountsBefore);
  return true;
}

/// The names of sources stand behind the records; whoever is given those has to know them.
void read_names(const FrameHeader& header, ByteReader reader, PayloadVisitor& visitor) {
  for (std::uint32_t i = 0; i < header.records && reader.good(); ++i) reader.take(reader.number<std::uint32_t>());
  for (std::uint32_t i = 0; i < header.lines && reader.good(); ++i) {
    ByteReader line(reader.take(reader.number<std::uint32_t>()));
    const bool is_name = line.number<std::uint8_t>() == kSource;
    const auto source = line.number<SourceId>();
    if (is_name && reader.good() && line.good()) visitor.source(source, line.rest());
  }
}

}  // namespace

bool read_payload(const FrameHeader& header, std::string_view payload, PayloadVisitor& visitor) {
  ByteReader reader(payload);
  read_names(header, reader, visitor);
  for (std::uint32_t i = 0; i < header.records; ++i) {
    Record record;
    if (!read_record(reader, record)) return false;
    visitor.record(header.first + i, record);
  }
  for (std::uint32_t i = 0; i < header.lines; ++i) {
    if (!read_line(reader, visitor)) return false;
  }
  return reader.good() && reader.at_end();
}

namespace {

std::string key_additional(std::uint64_t segment) {
  std::string additional(kKeyMark);
  append_number(additional, segment);
  return additional;
}

}  // namespace

Result<std::string> wrap_key(Seal& master, std::uint64_t segment, const SealKey& key) {
  SealNonce nonce;
  TRY(random_bytes(nonce.data(), nonce.size()));
  std::string file(kKeyMark);
  file.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  master.seal(nonce, key_additional(segment), key.bytes(), file);
  return file;
}

Result<SealKey> unwrap_key(Seal& master, std::uint64_t segment, std::string_view file) {
  const Error wrong{Code::kInvalid, "the key of this segment does not open with the master key in use"};
  if (file.size() != kKeyFileBytes || !file.starts_with(kKeyMark)) return wrong;
  SealNonce nonce;
  std::memcpy(nonce.data(), file.data() + kKeyMark.size(), nonce.size());
  std::string plain;
  if (!master.open(nonce, key_additional(segment), file.substr(kKeyMark.size() + nonce.size()), plain)) return wrong;
  Result<SealKey> key = SealKey::from(plain);
  std::fill(plain.begin(), plain.end(), '\0');
  return key;
}

std::string segment_path(const std::string& folder, std::uint64_t number) {
  return fmt::format("{}/{:020}{}", folder, number, kSegmentEnding);
}

std::string key_path(const std::string& folder, std::uint64_t number) { return fmt::format("{}/{:020}.key", folder, number); }

std::optional<std::uint64_t> segment_number(std::string_view file_name) {
  if (file_name.size() != kNumberDigits + kSegmentEnding.size() || !file_name.ends_with(kSegmentEnding)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : file_name.substr(0, kNumberDigits)) {
    if (c < '0' || c > '9' || number > UINT64_MAX / 10 - 1) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace tocsin::journal
