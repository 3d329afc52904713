#include "forward/file_source.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "normalize/text.h"
#include "normalize/text_records.h"

namespace tocsin::forward {

namespace {

constexpr std::string_view kKey = "file/";
/// Of batches that are given at a time.
constexpr std::size_t kRoundBytes = 4 * kSourceBatchBytes;
constexpr TimeUs kLookAfterUs = 3'600'000'000;
constexpr std::int64_t kPauseNs = 500'000'000;

FileRules text_rules() {
  FileRules rules;
  rules.text = {text_cut, text_fields_line};
  auto records = std::make_shared<TextRecords>();  // shared with nobody, but a function must be one that can be copied
  rules.split = [records](std::string_view block, std::string& columns, const std::function<void(std::string_view)>& record) {
    records->split(block, columns, record);
  };
  return rules;
}

std::string key_of(std::uint64_t log) { return fmt::format("{}{}", kKey, log); }

/// When the log was seen last, then its mark.
std::string value_of(const FileMark& mark, TimeUs seen) {
  std::string bytes;
  append_number(bytes, seen);
  return bytes + packed(mark);
}

}  // namespace

FileSource::FileSource(Env& env, Feed& feed, const Options& options) : env_(env), feed_(feed) {
  std::vector<KnownLog> known;
  for (const auto& [key, value] : feed.spool().marks()) {
    if (!key.starts_with(kKey) || value.size() < sizeof(TimeUs)) continue;
    std::optional<FileMark> mark = unpacked_mark(std::string_view(value).substr(sizeof(TimeUs)));
    if (!mark) continue;
    const auto seen = number_at<TimeUs>(value, 0);
    seen_[mark->log] = seen;
    known.push_back({std::move(*mark), seen});
  }
  FileTail::Options tail;
  tail.names = options.names;
  tail.rules = text_rules();
  tail.say = options.say;
  tail.batch_bytes = kSourceBatchBytes;
  tail.round_bytes = kRoundBytes;
  tail_ = std::make_unique<FileTail>(env, std::move(tail), std::move(known));
}

bool FileSource::round() {
  const std::int64_t before = env_.monotonic_ns();
  if (before < again_ns_) return false;
  const bool more = tail_->round([this](std::span<FileBatch> batches) { take(batches); });
  const std::int64_t now = env_.monotonic_ns();
  if (!more) again_ns_ = now + std::max(kPauseNs, 4 * (now - before));
  look_after();
  return more;
}

void FileSource::take(std::span<FileBatch> batches) {
  for (FileBatch& batch : batches) {
    views_.clear();
    for (std::size_t i = 0; i < batch.size(); ++i) views_.push_back(batch.raw(i));
    const TimeUs now = env_.now_us();
    const std::string key = key_of(batch.mark.log), value = value_of(batch.mark, now);
    batch.safe = feed_.take({key, value, views_});
    if (!batch.safe) continue;
    records_ += batch.size();
    seen_[batch.mark.log] = now;
  }
}

std::string FileSource::trouble() const {
  const auto& troubles = tail_->troubles();
  return troubles.empty() ? "" : troubles.begin()->second;
}

/// Logs that are there are seen; those that were not for a long time are forgotten. Goes to the disk with the next segment.
void FileSource::look_after() {
  const TimeUs now = env_.now_us();
  if (now - looked_after_us_ < kLookAfterUs) return;
  looked_after_us_ = now;
  const std::map<std::string, std::string> marks = feed_.spool().marks();
  for (const std::uint64_t log : tail_->present()) {
    const auto mark = marks.find(key_of(log));
    if (mark == marks.end()) continue;
    std::string value;
    append_number(value, now);
    feed_.spool().set_mark(mark->first, value + mark->second.substr(sizeof now));
    seen_[log] = now;
  }
  for (auto log = seen_.begin(); log != seen_.end();) {
    if (now - log->second < kForgetLogUs) {
      ++log;
      continue;
    }
    tail_->forget(log->first);
    feed_.spool().forget(key_of(log->first));
    log = seen_.erase(log);
  }
}

}  // namespace tocsin::forward
