#include "collect/file_records.h"

#include <algorithm>

namespace tocsin {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kLookBytes = 64u << 10;
/// In an event log, where the first record of the first chunk begins; what stands before changes while the log grows. Its number and its time.
constexpr std::size_t kEvtxHeadAt = 4'096 + 512, kEvtxHeadBytes = 64;

std::string_view without_blanks(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = line.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view() : line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

/// The events of one line that holds several.
class LineEvents : public JsonSplitter::Visitor {
 public:
  LineEvents(std::string_view line, FileBatch& batch) : line_(line), batch_(batch) {}
  void event(std::size_t from, std::size_t size) override { batch_.add(line_.substr(from, size)); }
  void damage(std::size_t, const char*, bool) override { damaged_ = true; }
  bool damaged() const { return damaged_; }

 private:
  std::string_view line_;
  FileBatch& batch_;
  bool damaged_ = false;
};

}  // namespace

void FileBatch::begin(const FileMark& from) {
  mark = from;
  bytes.clear();
  ends.clear();
  safe = false;
}

void FileBatch::add(std::string_view raw) {
  bytes += raw;
  ends.push_back(bytes.size());
}

Result<FileShape> shape_of(FileBytes& bytes, const std::string& path, bool finished) {
  std::string buffer;
  std::string_view head = TRY(bytes.at(0, kLookBytes, buffer));
  if (head.empty()) return FileShape::kUnknown;
  const bool whole = head.size() < kLookBytes;
  if (head.starts_with("ElfFile") || head.starts_with("ElfChnk")) return FileShape::kRecords;
  const std::size_t last = head.rfind('\n');
  if (last == std::string_view::npos && whole && !finished) return FileShape::kUnknown;
  // A line that is being written tells nothing.
  if (last != std::string_view::npos && !finished) head = head.substr(0, last + 1);
  switch (recognise_format(head, promises_json(path))) {
    case Format::kText: return FileShape::kText;
    case Format::kJsonLines: return FileShape::kJsonLines;
    default: return FileShape::kRecords;
  }
}

Result<Fingerprint> records_head(FileBytes& bytes, std::size_t bytes_max) {
  std::string buffer;
  const std::string_view head = TRY(bytes.at(0, kEvtxHeadAt + kEvtxHeadBytes, buffer));
  if (head.starts_with("ElfFile") && head.size() > kEvtxHeadAt) return Fingerprint::of(head.substr(kEvtxHeadAt));
  return Fingerprint::of(head.substr(0, std::min(bytes_max, kFileHeadBytes)));
}

/// How much of `text` is whole records; 0 if more has to come.
std::size_t FileRecords::usable(std::string_view text, FileShape shape, bool at_end, FileNews news) const {
  if (at_end && news.finished) return text.size();
  const std::size_t lines = text.rfind('\n') + 1;  // npos: 0
  if (shape == FileShape::kJsonLines || (at_end && news.settled)) return lines;
  return rules_.text.cut(text, false);
}

/// What a file of lines of JSON has: an event a line, or several in an array or under Records.
void FileRecords::json_lines(std::string_view text, FileBatch& batch) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_blanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const std::size_t records = records_array_at(line);
    if (line.front() != '[' && (records == 0 || records == std::string_view::npos)) {
      batch.add(line);
      continue;
    }
    const std::size_t before = batch.size(), bytes_before = batch.bytes.size();
    LineEvents events(line, batch);
    JsonSplitter().split(line, true, events);
    if (!events.damaged()) continue;
    // Nothing of it is lost: as it stands.
    batch.ends.resize(before);
    batch.bytes.resize(bytes_before);
    batch.add(line);
  }
}

/// `read` is what stands from the mark's tail on; `used` of it, tail included, is taken.
Status FileRecords::move_mark(FileBytes& bytes, std::string_view read, std::size_t used, FileMark& mark) {
  const std::uint64_t from = mark.offset - mark.tail.bytes;
  mark.offset = from + used;
  const std::size_t tail = std::min(used, kFileTailBytes);
  mark.tail = Fingerprint::of(read.substr(used - tail, tail));
  if (mark.head.bytes == kFileHeadBytes) return {};
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(mark.offset, kFileHeadBytes));
  std::string_view head = read.substr(0, wanted);
  if (from > 0) head = TRY(bytes.at(0, wanted, head_buffer_));
  if (head.size() == wanted) mark.head = Fingerprint::of(head);
  return {};
}

Result<FileRead> FileRecords::lines(FileBytes& bytes, const FileMark& mark, FileNews news, FileBatch& batch) {
  batch.begin(mark);
  const std::size_t tail = mark.tail.bytes;
  std::string_view read;
  std::size_t used = 0;
  bool at_end = false;
  for (std::size_t room = batch_bytes_; used == 0 && !at_end; room = std::min(2 * room, kFileLineBytesMax)) {
    read = TRY(bytes.at(mark.offset - tail, tail + room, buffer_));
    if (!mark.tail.fits(read)) return FileRead::kReplaced;
    at_end = read.size() < tail + room;
    if (mark.offset - tail + read.size() > news.size) news.settled = news.finished = false;
    used = usable(read.substr(tail), mark.shape, at_end, news);
    if (used == 0 && room == kFileLineBytesMax) used = read.size() - tail;
  }
  if (used == 0) return FileRead::kEnd;
  std::string_view text = read.substr(tail, used);
  if (mark.offset == 0 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  // Who goes on writing at the old place of a file that was emptied leaves zeros before it.
  if (mark.offset == 0 || read[tail - 1] == '\0') text.remove_prefix(std::min(text.find_first_not_of('\0'), text.size()));
  if (mark.shape == FileShape::kJsonLines) {
    json_lines(text, batch);
  } else {
    rules_.split(text, batch.mark.columns, [&](std::string_view raw) { batch.add(raw); });
  }
  TRY(move_mark(bytes, read, tail + used, batch.mark));
  return at_end ? FileRead::kEnd : FileRead::kMore;
}

}  // namespace tocsin
