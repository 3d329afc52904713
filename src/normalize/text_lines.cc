#include "normalize/text_lines.h"

#include <cstring>

#include "normalize/text_scan.h"

namespace tocsin {

namespace {

constexpr std::string_view kAudit = "audit(";
/// A syslog prefix stands before an audit record at most; it is never this long.
constexpr std::size_t kAuditHeadBytes = 512;

}  // namespace

bool is_blank_line(std::string_view line) {
  for (const char c : line) {
    if (!is_space(c) && c != '\r') return false;
  }
  return true;
}

bool may_have_audit_lines(std::string_view block) { return memmem(block.data(), block.size(), kAudit.data(), kAudit.size()) != nullptr; }

bool is_audit_line(std::string_view line, AuditHeader& header) {
  return may_have_audit_lines(line.substr(0, kAuditHeadBytes)) && read_audit_header(line, header);
}

void TextLines::read(std::string_view block, bool joined) {
  lines_.clear();
  cut_ = 0;
  const char* at = block.data();
  const char* const end = at + block.size();
  while (at < end) {
    const void* newline = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
    const char* const stop = newline == nullptr ? end : static_cast<const char*>(newline);
    std::string_view line(at, static_cast<std::size_t>(stop - at));
    at = stop + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (is_blank_line(line)) continue;
    if (line.size() > kTextLineBytesMax) {
      line = line.substr(0, kTextLineBytesMax);
      ++cut_;
    }
    lines_.emplace_back().text = line;
  }
  if (joined && may_have_audit_lines(block)) join();
}

void TextLines::join() {
  audit_lines_.clear();
  AuditLine audit_line;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    lines_[i].audit = is_audit_line(lines_[i].text, audit_line.header);
    if (!lines_[i].audit) continue;
    audit_line.line = static_cast<std::uint32_t>(i);
    audit_line.records = 1;
    join(audit_line);
    audit_lines_.push_back(audit_line);
  }
}

/// The nearest line above that is of the same event, if it is near enough, is continued by this one.
void TextLines::join(AuditLine& audit_line) {
  for (std::size_t i = audit_lines_.size(); i-- > 0;) {
    AuditLine& above = audit_lines_[i];
    if (audit_line.line - above.line > kAuditApartLinesMax) return;
    if (!above.header.same_event(audit_line.header)) continue;
    if (above.records >= kAuditRecordsMax) return;
    audit_line.records = above.records + 1;
    lines_[above.line].next = audit_line.line;
    lines_[audit_line.line].continues = true;
    return;
  }
}

}  // namespace tocsin
