#include "collect/mime_reader.h"

#include <algorithm>
#include <utility>

namespace tocsin {

void MimeReader::clear() {
  state_ = State::kHeader;
  header_.clear();
  part_header_.clear();
  in_parts_ = passing_ = false;
  open_.clear();
  part_count_ = 0;
  part_.reset();
  parts_ = MailParts();
  bytes_ = 0;
}

void MimeReader::end_part(bool with_line_end) {
  if (part_ == nullptr) return;
  part_->end(parts_, with_line_end);
  part_.reset();
}

void MimeReader::end() {
  if (state_ == State::kHeader && (in_parts_ || !header_.fields().empty())) begin_body();
  end_part(true);
}

/// Behind a header: what kind of body follows.
void MimeReader::begin_body() {
  const MailHeader& header = in_parts_ ? part_header_ : header_;
  MailValue type = mail_value(header.value("content-type"), charsets_);
  if (type.value.empty()) type.value = open_.empty() ? "text/plain" : open_.back().type_of_parts;
  const std::string_view mark = type.parameter("boundary");
  state_ = State::kSkip;
  if (type.value.starts_with("multipart/") && !mark.empty()) {
    if (open_.size() == kMimeDepthMax || mark.size() > kMimeBoundaryBytesMax) {
      parts_.depth_cut = true;
    } else {
      open_.push_back({std::string(mark), type.value == "multipart/digest" ? "message/rfc822" : "text/plain"});
    }
    return;
  }
  if (part_count_++ == kMimePartsMax) parts_.parts_cut = true;
  if (part_count_ > kMimePartsMax) return;
  // A multipart without a boundary is one text to a mail program.
  if (type.value.starts_with("multipart/")) type.value = "text/plain";
  state_ = State::kBody;
  part_ = std::make_unique<MimePart>(header, std::move(type), charsets_, inner_);
}

/// Whether the line is a boundary of a multipart that is open. The innermost counts; what is open within it ends, too.
bool MimeReader::boundary(std::string_view text) {
  if (!text.starts_with("--")) return false;
  text.remove_prefix(2);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  for (std::size_t i = open_.size(); i-- > 0;) {
    const std::string& mark = open_[i].boundary;
    if (!text.starts_with(mark)) continue;
    const std::string_view behind = text.substr(mark.size());
    if (!behind.empty() && behind != "--") continue;
    if (state_ == State::kHeader && !part_header_.fields().empty()) begin_body();  // a part without a body
    end_part(false);
    open_.resize(behind.empty() ? i + 1 : i);
    state_ = behind.empty() ? State::kHeader : State::kSkip;
    in_parts_ = true;
    part_header_.clear();
    return true;
  }
  return false;
}

void MimeReader::header_line(const MailLine& line) {
  MailHeader& header = in_parts_ ? part_header_ : header_;
  if (!line.begins) {
    if (!passing_) header.more(line.text);
    return;
  }
  passing_ = false;
  if (line.text.empty()) {
    begin_body();
  } else if (!header.line(line.text)) {
    // An envelope's line from a mailbox, or what a relay has put before the first field, is passed over; elsewhere the empty line is missing.
    passing_ = header.fields().empty() && !in_parts_;
    if (passing_) return;
    begin_body();
    if (part_ != nullptr) part_->line(line);
  }
}

void MimeReader::line(const MailLine& line) {
  bytes_ += line.text.size() + line.end.size();
  if (line.begins && boundary(line.text)) return;
  switch (state_) {
    case State::kHeader: header_line(line); break;
    case State::kBody: part_->line(line); break;
    case State::kSkip: break;
  }
}

}  // namespace tocsin
