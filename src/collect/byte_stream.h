// The bytes of an input file as they were before somebody compressed them: plain, gzip (RFC 1952, several members),
// zstd (RFC 8878, several frames, skippable ones too), told apart by their first bytes; and text as UTF-8 where it is
// UTF-16 (utf16_stream.h), and an export of the journal, a capture of packets, mails and reports on them as lines of JSON (journal_stream.h,
// capture_stream.h, mail_stream.h). One thread at a time. Damage in a compressed stream is an error after everything before it was
// delivered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/env.h"
#include "collect/mail_rules.h"

namespace tocsin {

/// Beyond this much output, a ratio above kInflateRatioMax is taken for a bomb. gzip cannot exceed 1,032 to 1; zstd can, and
/// a terabyte of zeros in a few kilobytes would keep a scan busy for hours.
inline constexpr std::uint64_t kInflateFreeBytes = 1ull << 30;
inline constexpr std::uint64_t kInflateRatioMax = 2'000;

class ByteStream {
 public:
  static Result<std::unique_ptr<ByteStream>> open(Env& env, const std::string& path, const MailRules& mail = {});
  static std::unique_ptr<ByteStream> open(std::unique_ptr<File> file, const MailRules& mail = {});
  virtual ~ByteStream() = default;
  /// Fills up to `size` bytes; fewer only at the end (0: nothing is left) or before an error, which the next call gives.
  virtual Result<std::size_t> read(char* into, std::size_t size) = 0;
};

/// What is_encoded wants to see, if there is so much.
inline constexpr std::size_t kEncodedHeadBytes = 4 << 10;
/// Whether the bytes that begin so are given out otherwise than as they are.
bool is_encoded(std::string_view head);

}  // namespace tocsin
