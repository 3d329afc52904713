#include "normalize/text.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "normalize/text_formats.h"
#include "normalize/text_scan.h"
#include "normalize/text_time.h"

namespace tocsin {

namespace {

/// The lines that name columns: W3C and Zeek.
constexpr std::string_view kFieldsLines[] = {"#Fields:", "#fields"};

const char* find_in(std::string_view text, std::string_view wanted) {
  return static_cast<const char*>(memmem(text.data(), text.size(), wanted.data(), wanted.size()));
}

/// What heads of VPC flow logs begin with, but for the first line of a block.
constexpr std::string_view kVpcHeadStart = "\nversion ";

/// What a syslog line begins with: <PRI>, a year or day or counter, a month, or a mark of a Cisco device's clock.
bool may_begin_syslog(char c) { return is_digit(c) || (c != '\0' && std::strchr("<JFMASOND*.", c) != nullptr); }

}  // namespace

TextParser::TextParser(PathTable& paths, const TextFormats* formats)
    : mapped_(formats == nullptr ? nullptr : std::make_unique<FormatReader>(*formats, paths)),
      formats_(formats),
      syslog_(paths, mapped_.get()),
      audit_(paths),
      w3c_log_(paths),
      zeek_log_(paths) {
  for (const LineFormatRow& row : line_formats()) line_formats_.push_back(row.make(paths));
}

TextParser::~TextParser() = default;
TextParser::TextParser(TextParser&&) noexcept = default;

std::vector<std::string> TextParser::format_names() const {
  std::vector<std::string> names = {"syslog"};
  for (const LineFormatRow& row : line_formats()) names.emplace_back(row.name);
  if (formats_ == nullptr) return names;
  for (const TextFormat& format : formats_->formats) {
    if (!format.lines.empty()) names.push_back(format.name);
  }
  return names;
}

/// "vpc flow: version vpc-id srcaddr …" says columns, which hold from the next file on until a head names others.
bool TextParser::force(std::string_view format) {
  if (mapped_ != nullptr) mapped_->say_columns({});
  const std::size_t colon = format.find(':');
  if (colon != std::string_view::npos && format.substr(0, colon) == kVpcFlowFormat) {
    const bool said = mapped_ != nullptr && colon + 1 < format.size() && mapped_->say_columns(format.substr(colon + 1));
    if (said) force_ = Force::kNone;
    return said;
  }
  const auto& rows = line_formats();
  const auto row = std::ranges::find(rows, format, &LineFormatRow::name);
  const TextFormat* const mapped = formats_ == nullptr ? nullptr : formats_->find(format);
  if (format.empty()) {
    force_ = Force::kNone;
  } else if (format == "syslog") {
    force_ = Force::kSyslog;
  } else if (row != rows.end()) {
    force_ = Force::kCoded;
    forced_coded_ = static_cast<std::size_t>(row - rows.begin());
  } else if (mapped != nullptr && !mapped->lines.empty()) {
    force_ = Force::kMapped;
    forced_format_ = mapped;
  } else {
    return false;
  }
  return true;
}

void TextParser::begin_file(TimeUs reference, std::string_view head) {
  reference_ = reference;
  w3c_log_.forget_columns();
  zeek_log_.forget_columns();
  if (mapped_ != nullptr) mapped_->begin_file();
  if (head.empty()) return;
  lines_.read(head, false);
  for (std::size_t i = 0; i < lines_.size(); ++i) read_comment(lines_[i].text, i == 0);
}

/// A line of a head. One format's columns end with the other's.
void TextParser::read_comment(std::string_view line, bool first) {
  if (line.front() != '#') {
    w3c_log_.forget_columns();
    zeek_log_.forget_columns();
    if (mapped_ != nullptr) mapped_->read_head(line);
    return;
  }
  w3c_log_.read_comment(line);
  zeek_log_.read_comment(line, first);
  const bool is_w3c = line.starts_with(kFieldsLines[0]), is_zeek = line.starts_with(kFieldsLines[1]);
  if (is_w3c) zeek_log_.forget_columns();
  if (is_zeek) w3c_log_.forget_columns();
  if ((is_w3c || is_zeek) && mapped_ != nullptr) mapped_->forget_head();
}

bool TextParser::by_syslog(std::string_view line) {
  if (!syslog_.parse(line, reference_, arena_, event_)) return false;
  format_ = "syslog";
  return true;
}

bool TextParser::by_mapping(std::string_view line) {
  if (!mapped_->parse(line, reference_, arena_, event_)) return false;
  format_ = mapped_->format();
  return true;
}

bool TextParser::recognise_forced(std::string_view line) {
  if (force_ == Force::kSyslog) return by_syslog(line);
  if (force_ == Force::kCoded) {
    format_ = line_formats()[forced_coded_].name;
    return line_formats_[forced_coded_]->parse(line, arena_, event_);
  }
  format_ = forced_format_->name;
  return mapped_->parse_as(*forced_format_, line, reference_, arena_, event_);
}

bool TextParser::recognise(std::string_view line) {
  const char first = line.front();
  if (zeek_log_.knows_columns()) {
    format_ = "zeek";
    if (zeek_log_.parse(line, arena_, event_)) return true;
    event_.clear();
  }
  if (w3c_log_.knows_columns()) {
    format_ = "w3c";
    if (w3c_log_.parse(line, arena_, event_)) return true;
    event_.clear();
  }
  if (mapped_ != nullptr && mapped_->parse_by_head(line, arena_, event_)) {
    format_ = mapped_->format();
    return true;
  }
  event_.clear();
  if (force_ != Force::kNone) [[unlikely]] return recognise_forced(line);
  if (mapped_ != nullptr && by_mapping(line)) return true;
  if (may_begin_syslog(first)) {
    if (by_syslog(line)) return true;
    event_.clear();
  }
  for (std::size_t i = 0; i < line_formats_.size(); ++i) {
    format_ = line_formats()[i].name;
    if (line_formats_[i]->parse(line, arena_, event_)) return true;
    event_.clear();
  }
  return false;
}

void TextParser::build(std::size_t line) {
  event_.clear();
  const std::string_view text = lines_[line].text;
  if (lines_[line].audit) {
    format_ = "auditd";
    records_.clear();
    records_.push_back(text);
    for (std::size_t i = lines_[line].next; i != 0; i = lines_[i].next) records_.push_back(lines_[i].text);
    return audit_.build(records_, arena_, event_);
  }
  const bool is_head = text.front() == '#' || (text.front() >= 'a' && text.front() <= 'z' && is_vpc_head(text));
  if (is_head) read_comment(text, line == 0 || lines_[line - 1].text.front() != '#');
  if (!is_head && recognise(text)) return;
  format_ = {};
  event_.clear();
  add_value(event_, PathTable::kRoot, text);
  event_.time = leading_time(text);
  event_.text = text;
}

// Where may a block of audit records be cut? Two records are of one event if they share a stamp and are at most
// kAuditApartLinesMax lines apart. A cut tears one apart only if such a pair lies on both sides; with that many lines
// known after the cut, no line yet to come can do it. So: walk back from the end over the lines, note for each line the
// nearest one above of the same event, and cut at the first place that no such pair spans. (A record that could not be
// joined because its event is full counts as joined here: that is cautious.)
namespace {

/// Walks up the lines of a block, blank ones left out.
class LinesUp {
 public:
  explicit LinesUp(std::string_view block) : block_(block), from_(block.size()) {}

  bool next() {
    while (from_ > 0) {
      const std::size_t end = from_ - 1;  // of its text: the line feed, or a carriage return before it, is harmless
      const void* newline = memrchr(block_.data(), '\n', end);
      from_ = newline == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(newline) - block_.data()) + 1;
      text_ = block_.substr(from_, end - from_);
      if (!is_blank_line(text_)) return true;
    }
    return false;
  }
  std::size_t from() const { return from_; }
  std::string_view text() const { return text_; }

 private:
  std::string_view block_;  // whole lines
  std::size_t from_;
  std::string_view text_;
};

class CutSearch {
 public:
  explicit CutSearch(std::string_view block) : up_(block) {}

  std::size_t find() {
    while (read_line_above()) {
      // Line i is the i-th from the end; only those with enough lines above them read can have their pair found.
      if (lines_.size() > kAuditApartLinesMax) {
        const std::size_t line = lines_.size() - 1 - kAuditApartLinesMax;
        farthest_ = std::max(farthest_, partner(line));
        if (line + 1 >= kAuditApartLinesMax && farthest_ <= line) return lines_[line].from;
      }
    }
    for (std::size_t line = lines_.size() - std::min(lines_.size(), kAuditApartLinesMax); line < lines_.size();
         ++line) {
      farthest_ = std::max(farthest_, partner(line));
      if (line + 1 >= kAuditApartLinesMax && line + 1 < lines_.size() && farthest_ <= line) return lines_[line].from;
    }
    return 0;
  }

 private:
  struct Line {
    std::size_t from = 0;
    std::uint64_t event = 0;  // 0: no audit record
  };

  bool read_line_above() {
    if (!up_.next()) return false;
    AuditHeader header;
    const bool audit = is_audit_line(up_.text().substr(0, kTextLineBytesMax), header);
    lines_.push_back({up_.from(), audit ? hash_bytes(header.stamp, hash_bytes(header.node)) | 1 : 0});
    return true;
  }

  /// The nearest line above `line` of the same event; `line` itself if there is none.
  std::size_t partner(std::size_t line) const {
    if (lines_[line].event == 0) return line;
    const std::size_t last = std::min(lines_.size() - 1, line + kAuditApartLinesMax);
    for (std::size_t above = line + 1; above <= last; ++above) {
      if (lines_[above].event == lines_[line].event) return above;
    }
    return line;
  }

  LinesUp up_;
  std::vector<Line> lines_;   // from the end
  std::size_t farthest_ = 0;  // that a line looked at is joined with
};

/// True if one of the last lines, any of which a line to come could continue, has what an audit record has.
bool may_end_in_audit(std::string_view block) {
  LinesUp up(block);
  for (std::size_t lines = 0; lines < kAuditApartLinesMax && up.next(); ++lines) {
  }
  return may_have_audit_lines(block.substr(up.from()));
}

}  // namespace

namespace {

/// `block`, whole lines, without the "#" lines at its end: more of their run may follow.
std::string_view without_open_head(std::string_view block) {
  LinesUp up(block);
  std::size_t size = block.size();
  while (up.next()) {
    if (up.text().front() != '#') return block.substr(0, size);
    size = up.from();
  }
  return block.substr(0, size == block.size() ? size : 0);
}

/// The run of "#" lines around the one that begins at `at`; blank lines do not end it.
std::string_view run_around(std::string_view block, std::size_t at) {
  std::size_t from = at;
  for (LinesUp up(block.substr(0, at)); up.next() && up.text().front() == '#';) from = up.from();
  std::size_t to = at;
  for (std::size_t next = at; next < block.size();) {
    const std::size_t end = std::min(block.size(), block.find('\n', next));
    const std::string_view line = block.substr(next, end - next);
    if (line.starts_with('#')) {
      to = end;
    } else if (!is_blank_line(line)) {
      break;
    }
    next = end + 1;
  }
  return block.substr(from, to - from);
}

/// Where the last line of `block` that begins with `wanted` begins; npos if there is none.
std::size_t last_line_with(std::string_view block, std::string_view wanted) {
  std::size_t last = std::string_view::npos;
  const char* from = block.data();
  const char* const end = from + block.size();
  while (const char* const found = find_in({from, static_cast<std::size_t>(end - from)}, wanted)) {
    if (found == block.data() || found[-1] == '\n') last = static_cast<std::size_t>(found - block.data());
    from = found + wanted.size();
  }
  return last;
}

/// Where the last head of a VPC flow log begins, npos if there is none: each begins with "version ", but for the block's first line.
std::size_t last_vpc_head(std::string_view block) {
  const auto line_at = [&](std::size_t from) { return block.substr(from, block.find('\n', from) - from); };
  std::size_t last = is_vpc_head(line_at(0)) ? 0 : std::string_view::npos;
  const char* from = block.data();
  const char* const end = from + block.size();
  while (const char* const found = find_in({from, static_cast<std::size_t>(end - from)}, kVpcHeadStart)) {
    const auto line = static_cast<std::size_t>(found - block.data()) + 1;
    if (is_vpc_head(line_at(line))) last = line;
    from = found + kVpcHeadStart.size();
  }
  return last;
}

}  // namespace

std::size_t text_cut(std::string_view block, bool at_end) {
  if (at_end || block.empty()) return block.size();
  const void* newline = memrchr(block.data(), '\n', block.size());
  if (newline == nullptr) return 0;
  const std::string_view whole =
      block.substr(0, static_cast<std::size_t>(static_cast<const char*>(newline) - block.data()) + 1);
  return without_open_head(may_end_in_audit(whole) ? whole.substr(0, CutSearch(whole).find()) : whole).size();
}

std::string_view text_fields_line(std::string_view block) {
  std::size_t last = std::string_view::npos;
  for (const std::string_view wanted : kFieldsLines) {
    const std::size_t found = last_line_with(block, wanted);
    if (found != std::string_view::npos && (last == std::string_view::npos || found > last)) last = found;
  }
  const std::size_t head = last_vpc_head(block);
  if (head != std::string_view::npos && (last == std::string_view::npos || head > last)) return block.substr(head, block.find('\n', head) - head);
  return last == std::string_view::npos ? std::string_view() : run_around(block, last);
}

}  // namespace tocsin
