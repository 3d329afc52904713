#include "normalize/text_records.h"

#include "normalize/vpc_flow.h"

namespace tocsin {

namespace {

bool names_columns(std::string_view line) { return line.starts_with("#Fields:") || line.starts_with("#fields"); }

/// The first line of `rest`, which loses it.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

bool is_one_audit_event(std::string_view raw) {
  AuditHeader first, header;
  if (!is_audit_line(take_line(raw), first)) return false;
  while (!raw.empty()) {
    if (!is_audit_line(take_line(raw), header) || !header.same_event(first)) return false;
  }
  return true;
}

}  // namespace

void TextRecords::follow_head(std::string_view line, std::string& columns) {
  if (!line.starts_with('#')) {
    end_head(columns);
    if (is_vpc_head(line)) columns = line;
    return;
  }
  if (!head_.empty()) head_ += '\n';
  if (head_.size() <= kColumnsBytesMax) head_ += line;
}

void TextRecords::end_head(std::string& columns) {
  bool names = false;
  for (std::string_view rest = head_; !rest.empty();) names = names_columns(take_line(rest)) || names;
  if (names) columns = head_.size() <= kColumnsBytesMax ? head_ : std::string();
  head_.clear();
}

std::string_view TextRecords::whole(std::size_t line, const std::string& columns) {
  const TextLines::Line& first = lines_[line];
  if (first.next == 0 && (columns.empty() || first.text.starts_with('#') || first.audit || first.text == columns)) return first.text;
  record_.clear();
  if (!first.audit) {
    record_ += columns;
    record_ += '\n';
  }
  record_ += first.text;
  for (std::size_t i = first.next; i != 0; i = lines_[i].next) {
    record_ += '\n';
    record_ += lines_[i].text;
  }
  return record_;
}

TextRecordParts text_record_parts(std::string_view raw) {
  const std::size_t last = raw.rfind('\n');
  if (last == std::string_view::npos) return {{}, raw, false};
  if (raw.starts_with('#') && raw.substr(last + 1).find_first_not_of('#') == 0) {
    bool names = false, heads = true;
    for (std::string_view rest = raw.substr(0, last); !rest.empty();) {
      const std::string_view line = take_line(rest);
      names = names_columns(line) || names;
      heads = heads && line.starts_with('#');
    }
    if (names && heads) return {raw.substr(0, last), raw.substr(last + 1), false};
  }
  if (const std::string_view head = raw.substr(0, last); is_vpc_head(head)) return {head, raw.substr(last + 1), false};
  return {{}, raw, is_one_audit_event(raw)};
}

}  // namespace tocsin
