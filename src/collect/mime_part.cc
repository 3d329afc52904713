#include "collect/mime_part.h"

#include <algorithm>
#include <utility>

#include "collect/file_kind.h"
#include "collect/report_reader.h"

namespace tocsin {

namespace {

/// A line of quoted-printable that is longer (76 are allowed) is decoded in pieces of this size; only a mark that stands across two of them is missed.
constexpr std::size_t kFoldedBytesMax = 256 << 10;
static_assert(kReportHeadBytes <= kMailHeadBytes && kFileHeadLookBytes <= kMailHeadBytes);

}  // namespace

MimePart::MimePart(const MailHeader& header, MailValue type, Charsets& charsets, const MimeInner& inner) : charsets_(charsets), inner_(inner), type_(std::move(type)) {
  const MailValue disposition = mail_value(header.value("content-disposition"), charsets);
  const std::string coding = lower_case(trimmed(without_comments(header.value("content-transfer-encoding"))));
  coding_ = coding == "base64" ? Coding::kBase64 : coding == "quoted-printable" ? Coding::kQuotedPrintable : Coding::kNone;
  attachment_.name = disposition.parameter("filename");
  if (attachment_.name.empty()) attachment_.name = type_.parameter("name");
  if (attachment_.name.size() > kMailFileNameBytesMax) attachment_.name.resize(kMailFileNameBytesMax);
  attachment_.type = type_.value;
  attachment_.disposition = disposition.value == "attachment" || disposition.value == "inline" ? disposition.value : std::string();
  is_text_ = type_.value.starts_with("text/") || type_.value.empty();
  is_mail_ = type_.value == "message/rfc822" || type_.value == "message/global";
  is_attachment_ = attachment_.disposition == "attachment" || !attachment_.name.empty() || !is_text_;
  if (is_attachment_) hashes_ = std::make_unique<FileHashes>();
  if (is_mail_ && inner_.mail) reader_ = inner_.mail();
}

MimePart::~MimePart() = default;

/// Whether it is read as something, once enough of it is there to tell.
void MimePart::begin_inner() {
  asked_ = true;
  if (reader_ != nullptr || is_mail_ || !inner_.report) return;
  reader_ = inner_.report(head_);
  if (reader_ != nullptr) reader_->read(head_, *inner_.visitor);
}

void MimePart::take(std::string_view bytes) {
  attachment_.bytes += bytes.size();
  if (hashes_ != nullptr) hashes_->update(bytes);
  if (is_text_) {
    const std::size_t room = kMailTextBytesMax - text_.size();
    text_cut_ |= bytes.size() > room;
    text_.append(bytes.substr(0, room));
  }
  if (is_mail_) {
    if (reader_ != nullptr) reader_->read(bytes, *inner_.visitor);
    return;
  }
  if (!asked_) {
    const std::size_t now = std::min(bytes.size(), kMailHeadBytes - head_.size());
    head_.append(bytes.substr(0, now));
    bytes.remove_prefix(now);
    if (head_.size() < kMailHeadBytes) return;
    begin_inner();
  }
  if (reader_ != nullptr && !bytes.empty()) reader_->read(bytes, *inner_.visitor);
}

void MimePart::line(const MailLine& line) {
  bytes_.clear();
  switch (coding_) {
    case Coding::kNone:
      if (!pending_.empty()) take(pending_);
      pending_ = line.end;
      take(line.text);
      return;
    case Coding::kBase64: base64_.append(line.text, bytes_); break;
    case Coding::kQuotedPrintable:
      folded_.append(line.text);
      if (line.end.empty() && folded_.size() < kFoldedBytesMax) return;
      bytes_ = std::exchange(pending_, {});
      if (append_quoted_printable(folded_, bytes_)) pending_ = line.end;
      folded_.clear();
      break;
  }
  if (!bytes_.empty()) take(bytes_);
}

void MimePart::read_links(MailParts& parts) {
  std::string text;
  charsets_.append(text_, type_.parameter("charset"), text);
  if (type_.value == "text/html" || type_.value == "text/xhtml") {
    parts.links.add_html(text);
  } else {
    parts.links.add_text(text);
  }
  parts.text_cut |= text_cut_;
}

void MimePart::end(MailParts& parts, bool with_line_end) {
  if (!folded_.empty()) line({.text = {}, .end = "\n", .begins = false});
  if (with_line_end && !pending_.empty()) take(pending_);
  if (!asked_ && !is_mail_) begin_inner();
  if (reader_ != nullptr) reader_->finish(*inner_.visitor);
  if (is_text_) read_links(parts);
  if (!is_attachment_) return;
  if (parts.attachments.size() == kMailAttachmentsMax) {
    parts.attachments_cut = true;
    return;
  }
  if (const FileKind* kind = is_mail_ ? nullptr : file_kind(head_)) {
    attachment_.content_type = kind->type;
    attachment_.fits = kind->fits(attachment_.name);
  }
  attachment_.hashes = hashes_->finish();
  parts.attachments.push_back(std::move(attachment_));
}

}  // namespace tocsin
