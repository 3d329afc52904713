// What is new in the files of the logs, as batches.
#include <algorithm>

#include "collect/file_tail_log.h"

namespace tocsin {

namespace {

/// While a large file is decoded or read whole, the others are looked after each so many batches.
constexpr int kSlowBatches = 8;

bool is_more(FileNews news, FileNews than) { return (news.settled && !than.settled) || (news.finished && !than.finished); }

}  // namespace

FileNews FileTail::news_of(const Log& log) const {
  const std::int64_t quiet = now_ns_ - log.changed_ns;
  const bool rotated = !log.named || log.mark.path != log.mark.origin;
  return {quiet >= kSettledNs, quiet >= (rotated ? kRotatedLastLineNs : kLastLineNs), log.seen.size};
}

bool FileTail::has_news(const Log& log) const {
  if (!log.wanted || !log.readable() || !log.met || now_ns_ < log.again_ns) return false;
  if (log.slow && now_ns_ - log.changed_ns < kStillNs) return false;
  return log.more || log.read != log.seen || is_more(news_of(log), log.read_news);
}

bool FileTail::round(const Take& take) {
  more_ = false;
  look();
  read_lines(take);
  read_slow(take);
  note_looked_at();
  close_some();
  return more_;
}

/// False if its name leads to another file by now: the next look will tell.
Result<bool> FileTail::open(Log& log) {
  if (log.file == nullptr) {
    std::unique_ptr<WatchedFile> file = TRY(env_.open_watched(log.mark.path));
    const FileStatus status = TRY(file->status());
    if (status.inode != log.mark.inode || status.device != log.mark.device) return false;
    log.file = std::move(file);
  }
  see(log, TRY(log.file->status()));
  return true;
}

/// False if it is not the time yet to read it.
Result<bool> FileTail::learn_shape(Log& log, FileBytes& bytes) {
  const FileNews news = news_of(log);
  if (bytes.encoded() && now_ns_ - log.changed_ns < kStillNs) {
    log.slow = true;
    return false;
  }
  if (log.mark.shape == FileShape::kUnknown) log.mark.shape = TRY(shape_of(bytes, log.mark.path, news.finished));
  log.slow = bytes.encoded() || log.mark.shape == FileShape::kRecords;
  if (log.mark.shape != FileShape::kUnknown) return true;
  log.read = log.seen;
  log.read_news = news;
  log.more = false;
  return false;
}

/// What was written first is read first.
std::vector<FileTail::Log*> FileTail::in_order() {
  std::vector<Log*> order;
  for (const auto& log : logs_) {
    if (has_news(*log)) order.push_back(log.get());
  }
  std::ranges::stable_sort(order, {}, [](const Log* log) { return log->seen.modified; });
  return order;
}

void FileTail::failed(Log& log, const Error& error) {
  log.again_ns = now_ns_ + kFileRetryNs;
  if (error.code != Code::kNotFound) tell(log.mark.path, error.message);
}

void FileTail::read_lines(const Take& take) {
  for (Log* const log : in_order()) {
    if (log->slow) continue;
    if (const Status read = read_plain(*log); !read) failed(*log, read.error());
    if (batch_bytes_ >= options_.round_bytes) put(take);
  }
  put(take);
}

Status FileTail::read_plain(Log& log) {
  if (!TRY(open(log))) return {};
  FileBytes bytes(*log.file, options_.rules.text.mail);
  TRY(bytes.begin());
  if (!TRY(learn_shape(log, bytes)) || log.slow) return {};
  if (log.seen.size < log.mark.offset) return replaced(log), Status();
  Given given{&log, FileRead::kEnd, log.seen, news_of(log), batches_.size()};
  FileBatch& batch = batches_.emplace_back();
  const Result<FileRead> read = records_.lines(bytes, log.mark, given.news, batch);
  if (!read || *read == FileRead::kReplaced) {
    batches_.pop_back();
    if (read) replaced(log);
    return read ? Status() : Status(read.error());
  }
  given.read = *read;
  batch_bytes_ += batch.bytes.size();
  given_.push_back(given);
  troubles_.erase(log.mark.path);
  return {};
}

/// Gives what was read. What came to no records (blank lines) nobody need keep.
void FileTail::put(const Take& take) {
  std::vector<FileBatch> full;
  std::vector<std::size_t> batch_of(given_.size());
  for (std::size_t i = 0; i < given_.size(); ++i) {
    FileBatch& batch = batches_[given_[i].batch];
    batch.safe = batch.size() == 0;
    batch_of[i] = full.size();
    if (!batch.safe) full.push_back(std::move(batch));
  }
  if (!full.empty()) take(full);
  for (std::size_t i = 0; i < given_.size(); ++i) {
    const Given& given = given_[i];
    FileBatch& kept = batches_[given.batch];
    FileBatch& batch = kept.safe ? kept : full[batch_of[i]];
    Log& log = *given.log;
    if (!batch.safe) {
      log.again_ns = now_ns_ + kNotSafeRetryNs;
      continue;
    }
    log.mark = std::move(batch.mark);
    log.more = given.read == FileRead::kMore;
    more_ = more_ || log.more;
    if (log.more) continue;
    log.read = given.seen;
    log.read_news = given.news;
  }
  given_.clear();
  batches_.clear();
  batch_bytes_ = 0;
}

void FileTail::read_slow(const Take& take) {
  for (Log* const log : in_order()) {
    if (!log->slow) continue;
    if (const Status read = drain(*log, take); !read) failed(*log, read.error());
    log->file = nullptr;
  }
}

Status FileTail::drain(Log& log, const Take& take) {
  if (!TRY(open(log))) return {};
  FileBytes bytes(*log.file, options_.rules.text.mail);
  TRY(bytes.begin());
  if (!TRY(learn_shape(log, bytes)) || !log.slow) return {};
  const FileStatus seen = log.seen;
  const FileNews news = news_of(log);
  log.more = true;
  TRY(log.mark.shape == FileShape::kRecords ? drain_whole(log, bytes, take) : drain_lines(log, bytes, take));
  if (log.more) return {};
  log.read = seen;
  log.read_news = news;
  return {};
}

/// Whether it is safe.
bool FileTail::put_one(Log& log, FileBatch batch, const Take& take) {
  batch.safe = batch.size() == 0;
  if (!batch.safe) take({&batch, 1});
  if (!batch.safe) {
    log.again_ns = now_ns_ + kNotSafeRetryNs;
    return false;
  }
  log.mark = std::move(batch.mark);
  return true;
}

Status FileTail::drain_lines(Log& log, FileBytes& bytes, const Take& take) {
  FileNews news{.settled = true};
  for (int batches = 1;; ++batches) {
    FileBatch batch;
    const FileRead read = TRY(records_.lines(bytes, log.mark, news, batch));
    if (read == FileRead::kReplaced) return replaced(log), Status();
    if (!put_one(log, std::move(batch), take)) return {};
    if (batches % kSlowBatches == 0) read_lines(take);
    if (read == FileRead::kMore) continue;
    // One that ends in the middle is perhaps still being written.
    if (news.finished || (bytes.damage() && now_ns_ - log.changed_ns < kLastLineNs)) break;
    news.finished = true;
  }
  if (bytes.damage()) {
    tell(log.mark.path, log.mark.path + ": " + bytes.damage()->message + "; what stands before that was read");
  } else {
    troubles_.erase(log.mark.path);
  }
  log.more = false;
  return {};
}

Status FileTail::drain_whole(Log& log, FileBytes& bytes, const Take& take) {
  const bool begun = log.mark.offset > 0;
  const Fingerprint head = TRY(records_head(bytes, begun ? log.mark.head.bytes : kFileHeadBytes));
  if (begun && head != log.mark.head) return replaced(log), Status();
  log.mark.head = head;
  WholeFileRecords records(*log.file, log.mark, log.seen.modified, options_.rules, options_.batch_bytes);
  for (int batches = 1;; ++batches) {
    FileBatch batch;
    const FileRead read = TRY(records.next(log.mark, batch));
    if (read == FileRead::kReplaced) return replaced(log), Status();
    if (!put_one(log, std::move(batch), take)) return {};
    if (batches % kSlowBatches == 0) read_lines(take);
    if (read == FileRead::kEnd) break;
  }
  if (!records.damage().empty()) {
    tell(log.mark.path, log.mark.path + ": damaged: " + records.damage() + "; the rest was read");
  } else {
    troubles_.erase(log.mark.path);
  }
  log.more = false;
  return {};
}

/// What was read is not in the file any more: whoever rotates it has emptied it, or another file has its place. The next look says what the
/// file is now.
void FileTail::replaced(Log& log) {
  if (log.named) options_.say(log.mark.path + ": was emptied or replaced; what is in it now is read from its beginning");
  lose(log);
  more_ = true;
}

/// Those that were quiet the longest, and can be opened again by their name.
void FileTail::close_some() {
  std::vector<Log*> open;
  for (const auto& log : logs_) {
    if (log->file != nullptr) open.push_back(log.get());
  }
  if (open.size() <= kOpenFilesMax) return;
  std::ranges::sort(open, {}, [](const Log* log) { return std::pair(!log->named, log->changed_ns); });
  for (std::size_t i = 0; i < open.size() - kOpenFilesMax; ++i) open[i]->file = nullptr;
}

}  // namespace tocsin
