// One mail, line by line (RFC 5322, 2045, 2046): its header, and what MailParts has of its body. Memory is bounded whatever comes: a header, the boundaries that are open, one part.
// What exceeds a limit is left out, and MailParts says so. It may be used again for the next mail. One thread; nothing fails: a mail that is not as the RFCs say is read as
// far as a mail program would.
//
//   MimeReader mime(charsets, inner);
//   for (…) mime.line(line);
//   mime.end();
//   use(mime.header(), mime.parts());
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collect/mime_part.h"

namespace tocsin {

/// Multiparts within multiparts; mail programs make four or five.
inline constexpr std::size_t kMimeDepthMax = 16;
/// Of a mail. Each costs a header and a look at it.
inline constexpr std::size_t kMimePartsMax = 1'000;
/// RFC 2046 allows 70; some programs write more.
inline constexpr std::size_t kMimeBoundaryBytesMax = 256;

class MimeReader {
 public:
  /// `charsets` and `inner` must outlive it.
  MimeReader(Charsets& charsets, const MimeInner& inner) : charsets_(charsets), inner_(inner) {}

  void line(const MailLine& line);
  /// The mail has ended.
  void end();
  /// For the next one.
  void clear();

  const MailHeader& header() const { return header_; }
  const MailParts& parts() const { return parts_; }
  /// Of the mail so far.
  std::uint64_t bytes() const { return bytes_; }

 private:
  enum class State : std::uint8_t { kHeader, kBody, kSkip };
  /// A multipart whose end was not seen.
  struct Open {
    std::string boundary;
    std::string type_of_parts;  // where their headers say nothing
  };

  void header_line(const MailLine& line);
  void begin_body();
  bool boundary(std::string_view text);
  void end_part(bool with_line_end);

  Charsets& charsets_;
  const MimeInner& inner_;
  State state_ = State::kHeader;
  MailHeader header_, part_header_;
  bool in_parts_ = false;   // the header at hand is a part's
  bool passing_ = false;    // the line at hand goes on, and is no part of the header
  std::vector<Open> open_;  // the outermost first
  std::size_t part_count_ = 0;
  std::unique_ptr<MimePart> part_;
  MailParts parts_;
  std::uint64_t bytes_ = 0;
};

}  // namespace tocsin
