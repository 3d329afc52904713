#include "pipeline/output.h"

namespace tocsin {

namespace {

constexpr std::size_t kBufferBytes = 256 << 10;
/// Correlation alerts are few; this much sorts a hundred thousand of them in memory and ten million with the disk.
constexpr std::size_t kLateBytes = 8 << 20;

void append_line_key(std::string& out, const LineKey& key) {
  append_key(out, key.source);
  append_key(out, key.index);
  append_key(out, key.rank);
}

LineKey read_line_key(std::string_view& from) {
  LineKey key;
  key.source = read_key_u32(from);
  key.index = read_key_u64(from);
  key.rank = read_key_u32(from);
  return key;
}

}  // namespace

OrderedOutput::OrderedOutput(Env& env, ByteSink& sink, bool wait_for_late)
    : sink_(sink), wait_for_late_(wait_for_late), waiting_(env), late_text_(env), late_(env, kLateBytes) {}

void OrderedOutput::flush() {
  if (status_ && !buffer_.empty()) status_ = sink_.write(buffer_);
  buffer_.clear();
}

void OrderedOutput::pass_on(std::string_view line) {
  buffer_.append(line);
  if (buffer_.size() >= kBufferBytes) flush();
}

void OrderedOutput::add(const LineKey& key, std::string_view line) {
  if (!status_) return;
  if (!wait_for_late_) return pass_on(line);
  record_.clear();
  append_line_key(record_, key);
  record_.append(line);
  status_ = waiting_.append(record_);
}

void OrderedOutput::add_late(const LineKey& key, std::string_view line) {
  if (!status_) return;
  record_.clear();
  append_line_key(record_, key);
  append_key(record_, late_text_.size());
  status_ = late_text_.append(line);
  append_key(record_, late_text_.size());
  if (status_) status_ = late_.add(record_);
}

Result<std::optional<OrderedOutput::Late>> OrderedOutput::next_late() {
  std::string_view record;
  if (!TRY(late_.next(record))) return std::optional<Late>();
  Late late;
  late.key = read_line_key(record);
  late.from = read_key_u64(record);
  late.to = read_key_u64(record);
  return std::optional<Late>(late);
}

Status OrderedOutput::pass_on_late(const Late& late) {
  RecordFile::Reader reader(late_text_, late.from, late.to);
  std::string_view line;
  if (TRY(reader.next(line))) pass_on(line);
  return {};
}

Status OrderedOutput::merge() {
  RecordFile::Reader waiting(waiting_, 0, waiting_.size());
  std::optional<Late> late = TRY(next_late());
  std::string_view line;
  while (TRY(waiting.next(line))) {
    const LineKey key = read_line_key(line);
    for (; late && late->key < key; late = TRY(next_late())) TRY(pass_on_late(*late));
    pass_on(line);
    if (!status_) return {};
  }
  for (; late && status_; late = TRY(next_late())) TRY(pass_on_late(*late));
  return {};
}

Status OrderedOutput::finish() {
  if (status_) {
    if (Status merged = merge(); !merged && status_) {
      flush();
      if (status_) status_ = std::move(merged);
    }
  }
  flush();
  return std::move(status_);
}

}  // namespace tocsin
