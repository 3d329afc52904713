#include "collect/forward_message.h"

#include <fmt/format.h>

#include <iterator>

#include "collect/msgpack_json.h"
#include "collect/unpacked.h"

namespace tocsin {

namespace {

using Kind = MsgpackValue::Kind;

Error wrong(std::string_view what) { return Error{Code::kInvalid, fmt::format("Forward: {}", what)}; }

/// The bytes of the next value, with all that is in it; "" if there is none.
std::string_view take_value(MsgpackReader& reader) {
  const std::string_view rest = reader.rest();
  const std::size_t from = reader.at();
  return reader.skip() ? rest.substr(0, reader.at() - from) : std::string_view();
}

bool is_event_time(const MsgpackValue& value) { return value.kind == Kind::kExtension && value.type == 0 && value.bytes.size() == 8; }

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (const char byte : bytes.substr(at, 4)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

bool append_time(std::string& out, const MsgpackValue& value) {
  auto to = std::back_inserter(out);
  if (is_event_time(value)) {
    fmt::format_to(to, "{}.{:09}", number_at(value.bytes, 0), number_at(value.bytes, 4));
  } else if (value.kind == Kind::kNumber) {
    fmt::format_to(to, "{}", value.number);
  } else if (value.kind == Kind::kNegative) {
    fmt::format_to(to, "{}", static_cast<std::int64_t>(value.number));
  } else if (value.kind == Kind::kDouble) {
    fmt::format_to(to, "{}", value.real);
  } else {
    return false;
  }
  return true;
}

}  // namespace

/// Of Message the time and the record, else where the entries are.
Status ForwardMessageReader::read_second(MsgpackReader& reader, Parts& parts) const {
  MsgpackReader ahead = reader;
  MsgpackValue value;
  if (!ahead.next(value)) return wrong("a message has no entries");
  if (value.is_text()) {
    parts.entries = value.bytes;
    reader = ahead;
  } else if (value.kind == Kind::kArray) {
    const std::size_t head = ahead.at() - reader.at();
    parts.entries = take_value(reader).substr(head);
  } else {
    parts.time = take_value(reader);
    parts.record = take_value(reader);
    if (parts.record.empty()) return wrong("a message has a time and no record");
  }
  return {};
}

Status ForwardMessageReader::read_option(MsgpackReader& reader, Parts& parts) const {
  MsgpackValue value, key;
  if (!reader.next(value) || value.kind == Kind::kNil) return {};
  if (value.kind != Kind::kMap) return wrong("the option of a message is no map");
  for (std::uint32_t i = 0; i < value.count; ++i) {
    MsgpackValue item;
    if (!reader.next(key)) return wrong("the option of a message is no map");
    MsgpackReader ahead = reader;
    if (!ahead.next(item) || !reader.skip()) return wrong("the option of a message is no map");
    if (!item.is_text()) continue;
    if (key.bytes == "chunk") parts.chunk = item.bytes;
    if (key.bytes == "compressed") parts.compressed = item.bytes;
  }
  if (parts.chunk.size() > kForwardChunkBytesMax) return wrong(fmt::format("the name of a chunk has {} bytes; {} are the most", parts.chunk.size(), kForwardChunkBytesMax));
  return {};
}

Result<ForwardMessageReader::Parts> ForwardMessageReader::read_parts(std::string_view message) const {
  MsgpackReader reader(message);
  MsgpackValue value;
  if (!reader.next(value) || value.kind != Kind::kArray || value.count < 2 || value.count > 4) return wrong("this is no message: an array of two to four begins one");
  const std::uint32_t count = value.count;
  Parts parts;
  if (!reader.next(value) || !value.is_text()) return wrong("a message does not begin with its tag");
  if (value.bytes.size() > kForwardTagBytesMax) return wrong(fmt::format("a tag has {} bytes; {} are the most", value.bytes.size(), kForwardTagBytesMax));
  parts.tag = value.bytes;
  TRY(read_second(reader, parts));
  if (count == 4 && parts.time.empty()) return wrong("a message has a part too many");
  TRY(read_option(reader, parts));
  return parts;
}

Result<std::string_view> ForwardMessageReader::read(std::string_view message, ReceivedVisitor& visitor) {
  Parts parts = TRY(read_parts(message));
  if (!parts.time.empty()) {
    MsgpackValue value;
    fields_.clear();
    TRY(take_time(parts.time, false));
    if (!MsgpackReader(parts.record).next(value) || value.kind != Kind::kMap) return wrong("a record is no map");
    take_record(parts.tag, parts.record, visitor);
    return parts.chunk;
  }
  if (parts.compressed == "gzip") {
    Result<std::string> text = unpacked(parts.entries, Packing::kGzip, kForwardUnpackedBytesMax);
    if (!text) return Error{text.error().code, wrong("packed entries: " + text.error().message).message};
    unpacked_ = std::move(*text);
    parts.entries = unpacked_;
  } else if (!parts.compressed.empty() && parts.compressed != "text") {
    return wrong("entries are packed otherwise than by gzip: set that in the client");
  }
  TRY(check_entries(parts.entries));
  MsgpackReader reader(parts.entries);
  MsgpackValue value;
  while (reader.next(value)) {
    TRY(take_time(take_value(reader), true));
    take_record(parts.tag, take_value(reader), visitor);
  }
  std::string().swap(unpacked_);
  return parts.chunk;
}

/// Whether all of them are entries.
Status ForwardMessageReader::check_entries(std::string_view entries) {
  MsgpackReader reader(entries);
  for (std::size_t number = 1; !reader.at_end(); ++number) {
    const auto wrong_entry = [&](std::string_view what) { return wrong(fmt::format("entry {}: {}", number, what)); };
    MsgpackEnd end;
    const Result<std::size_t> size = end.find(reader.rest());
    if (!size) return wrong_entry(size.error().message);
    if (*size == 0) return wrong_entry("the message ends within it");
    MsgpackValue value;
    if (!reader.next(value) || value.kind != Kind::kArray || value.count != 2) return wrong_entry("it is not a time and a record");
    if (const Status time = take_time(take_value(reader), true); !time) return wrong_entry(time.error().message);
    MsgpackReader record = reader;
    if (!record.next(value) || value.kind != Kind::kMap) return wrong_entry("its record is no map");
    (void)take_value(reader);
  }
  return {};
}

/// Into time_ and fields_.
Status ForwardMessageReader::take_time(std::string_view bytes, bool with_metadata) {
  MsgpackReader reader(bytes);
  MsgpackValue value;
  time_.clear();
  fields_.clear();
  if (!reader.next(value)) return wrong("a time is none");
  if (!with_metadata || value.kind != Kind::kArray) return append_time(time_, value) ? Status() : Status(wrong("a time is neither seconds nor EventTime"));
  if (value.count != 2 || !reader.next(value) || !append_time(time_, value)) return wrong("a time is neither seconds nor EventTime");
  MsgpackReader ahead = reader;
  if (!ahead.next(value) || value.kind != Kind::kMap) return wrong("metadata are no map");
  if (value.count == 0) return {};
  append_msgpack_json(fields_, reader);
  if (fields_.size() > kForwardFieldsBytesMax) return wrong(fmt::format("metadata have {} bytes; {} are the most", fields_.size(), kForwardFieldsBytesMax));
  return {};
}

void ForwardMessageReader::take_record(std::string_view tag, std::string_view record, ReceivedVisitor& visitor) {
  record_.clear();
  MsgpackReader reader(record);
  append_msgpack_json(record_, reader);
  Received received;
  received.raw = std::string_view(record_).substr(0, kReceivedBytesMax);
  received.truncated = record_.size() > kReceivedBytesMax;
  received.source = tag;
  received.time = time_;
  received.fields = fields_;
  visitor.record(received);
}

void append_forward_ack(std::string& out, std::string_view chunk) {
  append_msgpack_map(out, 1);
  append_msgpack_text(out, "ack");
  append_msgpack_text(out, chunk);
}

}  // namespace tocsin
