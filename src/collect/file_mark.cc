#include "collect/file_mark.h"

#include "base/bytes.h"
#include "base/sha256.h"

namespace tocsin {

Fingerprint Fingerprint::of(std::string_view text) {
  if (text.empty()) return {};
  const Sha256 digest = sha256(text);
  return {static_cast<std::uint32_t>(text.size()), number_at<std::uint64_t>({reinterpret_cast<const char*>(digest.data()), digest.size()}, 0)};
}

std::string packed(const FileMark& mark) {
  std::string bytes;
  append_number(bytes, std::uint8_t{1});  // the format of what follows
  append_number(bytes, static_cast<std::uint8_t>(mark.shape));
  for (const std::uint64_t number : {mark.log, mark.device, mark.inode, mark.offset}) append_number(bytes, number);
  for (const Fingerprint& print : {mark.head, mark.tail}) {
    append_number(bytes, print.bytes);
    append_number(bytes, print.hash);
  }
  for (const std::string* const text : {&mark.path, &mark.origin, &mark.columns}) {
    append_number(bytes, static_cast<std::uint16_t>(text->size()));
    bytes += *text;
  }
  return bytes;
}

std::optional<FileMark> unpacked_mark(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.number<std::uint8_t>() != 1) return std::nullopt;
  FileMark mark;
  mark.shape = static_cast<FileShape>(reader.number<std::uint8_t>());
  for (std::uint64_t* const number : {&mark.log, &mark.device, &mark.inode, &mark.offset}) *number = reader.number<std::uint64_t>();
  for (Fingerprint* const print : {&mark.head, &mark.tail}) {
    print->bytes = reader.number<std::uint32_t>();
    print->hash = reader.number<std::uint64_t>();
  }
  for (std::string* const text : {&mark.path, &mark.origin, &mark.columns}) *text = reader.take(reader.number<std::uint16_t>());
  if (!reader.good() || mark.shape > FileShape::kRecords) return std::nullopt;
  if (mark.head.bytes > kFileHeadBytes || mark.tail.bytes > kFileTailBytes || mark.tail.bytes > mark.offset) return std::nullopt;
  return mark;
}

}  // namespace tocsin
