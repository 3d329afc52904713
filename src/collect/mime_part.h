// One part of a mail while it comes: its body is decoded, measured, hashed and, where it is a text, kept up to kMailTextBytesMax so that links are found in it; nothing else of it is
// kept. A part that is a mail, or a report (report_reader.h), is also read as such. One thread; nothing fails.
//
//   MimePart part(header, charsets, inner);
//   part.line(line);  …  part.end(message);
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/file_hashes.h"
#include "collect/mail_coding.h"
#include "collect/mail_header.h"
#include "collect/mail_lines.h"
#include "collect/mail_links.h"
#include "collect/record_frames.h"

namespace tocsin {

/// Of one text, from its beginning: all that people read of a mail.
inline constexpr std::size_t kMailTextBytesMax = 1u << 20;
/// What is kept of an attachment to tell what it is.
inline constexpr std::size_t kMailHeadBytes = 2 << 10;
inline constexpr std::size_t kMailAttachmentsMax = 256;
/// Of an attachment's name; file systems allow 255.
inline constexpr std::size_t kMailFileNameBytesMax = 1'024;

struct MailAttachment {
  std::string name;
  std::string type;          // as its header says, in lower case
  std::string content_type;  // by its bytes; "" where they tell nothing
  std::string disposition;   // attachment, inline, or ""
  bool fits = true;          // the name may be that of such content
  std::uint64_t bytes = 0;
  FileHashes::Digests hashes;
};

/// What a mail is made of, beside its header.
struct MailParts {
  std::vector<MailAttachment> attachments;
  MailLinks links;
  bool attachments_cut = false, text_cut = false, parts_cut = false, depth_cut = false, mails_cut = false;
};

/// What reads what stands in a part; nullptr: nobody does.
struct MimeInner {
  std::function<std::unique_ptr<RecordFrames>()> mail;
  std::function<std::unique_ptr<RecordFrames>(std::string_view head)> report;
  ReceivedVisitor* visitor = nullptr;
};

class MimePart {
 public:
  /// `charsets` and `inner` must outlive it.
  MimePart(const MailHeader& header, MailValue type, Charsets& charsets, const MimeInner& inner);
  ~MimePart();

  void line(const MailLine& line);
  /// No more of it comes. The end of its last line is no part of it where a boundary follows (RFC 2046, 5.1.1).
  void end(MailParts& parts, bool with_line_end);

 private:
  enum class Coding : std::uint8_t { kNone, kBase64, kQuotedPrintable };
  void take(std::string_view bytes);
  void begin_inner();
  void read_links(MailParts& parts);

  Charsets& charsets_;
  const MimeInner& inner_;
  MailValue type_;
  MailAttachment attachment_;
  Coding coding_ = Coding::kNone;
  bool is_attachment_ = false, is_text_ = false, is_mail_ = false;
  Base64Bytes base64_;
  std::string pending_;  // the end of the last line: part of the body if another line comes
  std::string folded_;   // of quoted-printable: a line that comes in pieces
  std::string bytes_;    // of the line at hand, decoded
  std::string head_, text_;
  bool text_cut_ = false, asked_ = false;
  std::unique_ptr<FileHashes> hashes_;
  std::unique_ptr<RecordFrames> reader_;
};

}  // namespace tocsin
