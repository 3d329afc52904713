// Which file is which log's, and what becomes of files that are no log's.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "collect/file_names.h"
#include "collect/file_tail_log.h"

namespace tocsin {

namespace {

/// Verdicts on files that were not seen for so long are forgotten.
constexpr std::int64_t kVerdictNs = 60'000'000'000;
/// The clock of a file system may be behind.
constexpr TimeUs kClockSlackUs = 2'000'000;
/// A file is no longer kept waiting for another that cannot be read, or has no whole line.
constexpr std::int64_t kPatienceNs = 2 * kLastLineNs;
/// To decode so much for a comparison is nothing.
constexpr std::uint64_t kCheapBytes = 1u << 20;

bool is_same_file(const FileMark& mark, const FileStatus& status) { return mark.inode != 0 && mark.inode == status.inode && mark.device == status.device; }

}  // namespace

FileTail::FileTail(Env& env, Options options, std::vector<KnownLog> known) : env_(env), options_(std::move(options)), records_(options_.rules, options_.batch_bytes) {
  std::ranges::sort(known, {}, [](const KnownLog& one) { return one.mark.log; });
  for (KnownLog& one : known) {
    auto log = std::make_unique<Log>();
    log->mark = std::move(one.mark);
    TimeUs& looked_at = looked_at_.try_emplace(log->mark.origin, one.seen).first->second;
    looked_at = std::max(looked_at, one.seen);
    log->wanted = is_wanted(log->mark.origin);
    last_log_ = log->mark.log;
    // The later of two logs in one file is what is in it now.
    Log*& in_file = by_file_[{log->mark.device, log->mark.inode}];
    if (in_file != nullptr) in_file->mark.inode = 0;
    in_file = log.get();
    logs_.push_back(std::move(log));
    search_ = true;
  }
}

FileTail::~FileTail() = default;

bool FileTail::is_wanted(const std::string& path) const {
  return std::ranges::any_of(options_.names, [&](const std::string& name) { return is_named(name, path); });
}

void FileTail::tell(const std::string& path, const std::string& what) {
  std::string& told = troubles_[path];
  if (std::exchange(told, what) != what) options_.say(what);
}

FileTail::Log* FileTail::log_of(const FileStatus& status) {
  const auto found = by_file_.find({status.device, status.inode});
  return found == by_file_.end() || found->second->mark.inode == 0 ? nullptr : found->second;
}

/// One look at all there is.
void FileTail::look() {
  now_ns_ = env_.monotonic_ns();
  now_us_ = env_.now_us();
  decoded_one_ = false;
  for (const auto& log : logs_) log->named = false;
  const std::vector<Stranger> unknown = strangers();
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    if (!logs_[i]->named) keep_sight(*logs_[i]);
  }
  for (const Stranger& stranger : unknown) judge(stranger);
  look_for_lost();
}

/// Meets the logs whose files have a name that the settings give; the rest, the oldest first.
std::vector<FileTail::Stranger> FileTail::strangers() {
  std::vector<Stranger> unknown;
  std::size_t room = kFollowedFilesMax;
  for (const std::string& name : options_.names) {
    std::vector<Error> errors;
    const std::vector<std::string> paths = files_named(env_, name, room, errors);
    room -= paths.size();
    const bool is_file = paths.size() == 1 && paths.front() == name;  // whose own trouble stands under its name
    for (const Error& error : errors) tell(name, error.message);
    if (errors.empty() && !is_file) troubles_.erase(name);
    if (!paths.empty()) missing_.erase(name);
    if (paths.empty() && errors.empty() && missing_.insert(name).second) options_.say(name + ": there is no such file yet; it is followed once there is");
    for (const std::string& path : paths) {
      const Result<FileStatus> status = env_.status_of(path);
      if (!status) continue;  // gone again, or no regular file
      if (Log* const log = log_of(*status)) {
        if (!log->named) meet(*log, path, *status);
      } else {
        unknown.push_back({path, *status, true});
      }
    }
  }
  if (room == 0) tell("", fmt::format("more than {} files are named by the settings; the others are not followed", kFollowedFilesMax));
  std::ranges::stable_sort(unknown, {}, [](const Stranger& one) { return one.status.modified; });
  return unknown;
}

void FileTail::see(Log& log, const FileStatus& status) {
  if (log.met && log.seen == status) return;
  // How long nothing was written to a file that is seen for the first time, its own time says.
  const TimeUs age_us = std::clamp<TimeUs>(now_us_ - status.modified, 0, 3'600'000'000);
  log.changed_ns = log.met ? now_ns_ : now_ns_ - age_us * 1'000;
  log.seen = status;
  log.met = true;
}

void FileTail::meet(Log& log, const std::string& path, const FileStatus& status) {
  log.named = true;
  log.lost = false;
  log.mark.path = path;
  see(log, status);
}

/// Of a log whose file the settings do not name (any more): its name of before, or the open file.
void FileTail::keep_sight(Log& log) {
  const Result<FileStatus> status = env_.status_of(log.mark.path);
  if (status && is_same_file(log.mark, *status) && log_of(*status) == &log) return meet(log, log.mark.path, *status);
  if (log.file != nullptr) {
    if (const Result<FileStatus> open = log.file->status()) see(log, *open);
    if (now_ns_ - log.changed_ns < kNamelessOpenNs || has_news(log)) return;
    log.file = nullptr;
  }
  if (!std::exchange(log.lost, true)) ++generation_;
}

/// Its file is another's now; it may go on in a copy.
void FileTail::lose(Log& log) {
  if (log_of(log.seen) == &log) by_file_.erase({log.seen.device, log.seen.inode});
  log.mark.inode = 0;
  log.file = nullptr;
  log.named = false;
  log.lost = true;
  ++generation_;
}

void FileTail::add_log(const std::string& path, const FileStatus& status, const std::string& origin) {
  search_ = search_ || looked_at_.contains(origin);
  auto log = std::make_unique<Log>();
  log->mark.log = ++last_log_;
  log->mark.device = status.device;
  log->mark.inode = status.inode;
  log->mark.path = path;
  log->mark.origin = origin;
  by_file_[{status.device, status.inode}] = log.get();
  meet(*log, path, status);
  verdicts_.erase(path);
  logs_.push_back(std::move(log));
}

/// The origin of the log of which a rotated file is a later part: one that was begun and rotated away while nobody looked.
const std::string* FileTail::later_part_of(const Stranger& stranger) const {
  for (const auto& log : logs_) {
    if (!log->wanted || log->mark.shape == FileShape::kRecords || !is_rotated(log->mark.origin, stranger.path)) continue;
    const auto looked_at = looked_at_.find(log->mark.origin);
    if (looked_at != looked_at_.end() && stranger.status.modified + kClockSlackUs >= looked_at->second) return &log->mark.origin;
  }
  return nullptr;
}

void FileTail::adopt(Log& log, const Stranger& stranger) {
  if (Log* const before = log_of(log.seen); before == &log) by_file_.erase({log.seen.device, log.seen.inode});
  log.mark.device = stranger.status.device;
  log.mark.inode = stranger.status.inode;
  log.file = nullptr;
  log.met = false;
  log.more = true;
  log.slow = false;
  by_file_[{log.mark.device, log.mark.inode}] = &log;
  meet(log, stranger.path, stranger.status);
  verdicts_.erase(stranger.path);
}

void FileTail::judge(const Stranger& stranger) {
  if (stranger.status.size == 0 || log_of(stranger.status) != nullptr) return;
  Verdict& verdict = verdicts_[stranger.path];
  verdict.seen_ns = now_ns_;
  if (verdict.status.inode != stranger.status.inode || verdict.status.device != stranger.status.device) {
    const TimeUs age_us = std::clamp<TimeUs>(now_us_ - stranger.status.modified, 0, 3'600'000'000);
    verdict = {.status = stranger.status, .first_ns = now_ns_, .since_ns = now_ns_ - age_us * 1'000, .seen_ns = now_ns_};
  } else if (verdict.status != stranger.status) {
    verdict.since_ns = now_ns_;
    verdict.status = stranger.status;
    verdict.generation = 0;
  }
  if (verdict.generation == generation_ || now_ns_ < verdict.again_ns) return;
  std::uint64_t copy_of = 0;
  const bool patient = now_ns_ - verdict.first_ns < kPatienceNs;
  const Result<Judged> what = judged(stranger, now_ns_ - verdict.since_ns, patient, copy_of);
  if (!what) {
    verdict.again_ns = now_ns_ + kFileRetryNs;
    search_ = search_ || !stranger.named;
    return tell(stranger.path, what.error().message);
  }
  troubles_.erase(stranger.path);
  if (*what == Judged::kTaken) return;
  if (*what == Judged::kWait) {
    search_ = search_ || !stranger.named;
    return;
  }
  if (*what == Judged::kNew) {
    const std::string* const origin = stranger.named ? &stranger.path : later_part_of(stranger);
    if (origin != nullptr) return add_log(stranger.path, stranger.status, std::string(*origin));
  }
  verdict.generation = generation_;
  verdict.copy_of = copy_of;
}

Result<FileTail::Judged> FileTail::judged(const Stranger& stranger, std::int64_t quiet_ns, bool patient, std::uint64_t& copy_of) {
  std::unique_ptr<WatchedFile> file;
  std::unique_ptr<FileBytes> bytes;
  bool wait = false, expected = false;
  for (const auto& log : logs_) {
    expected = expected || log->mark.origin == stranger.path;
    // Of what nothing was read yet, nobody can say whether this is a copy of it.
    const bool unread = log->wanted && log->readable() && log->mark.offset == 0 && log->seen.size > 0;
    if (unread && patient && quiet_ns < kPatienceNs && are_related(log->mark.path, stranger.path)) return Judged::kWait;
    if (log->mark.head.bytes == 0 || log->mark.shape == FileShape::kRecords || !are_related(log->mark.path, stranger.path)) continue;
    if (file == nullptr) {
      file = TRY(env_.open_watched(stranger.path));
      bytes = std::make_unique<FileBytes>(*file, options_.rules.text.mail);
      TRY(bytes->begin());
      if (bytes->encoded() && quiet_ns < kStillNs) return Judged::kWait;
    }
    if (bytes->encoded() && log->mark.offset > kCheapBytes && std::exchange(decoded_one_, true)) return Judged::kWait;
    const bool same_place = log->mark.path == stranger.path;
    switch (TRY(compare(*bytes, stranger.status, *log))) {
      case Alike::kNo: break;
      case Alike::kTooShort: wait = wait || (!same_place && patient && quiet_ns < kStillNs); break;
      case Alike::kPart:
        if (!same_place) copy_of = log->mark.log;
        break;
      case Alike::kContinues:
        if (log->lost || same_place) return adopt(*log, stranger), Judged::kTaken;
        copy_of = log->mark.log;
    }
  }
  if (copy_of != 0) return Judged::kCopy;
  // Where a log is written, the beginning of the next one is no copy that begins.
  return wait && !expected ? Judged::kWait : Judged::kNew;
}

/// Whether what was read of the log stands in that file.
Result<FileTail::Alike> FileTail::compare(FileBytes& bytes, const FileStatus& status, Log& log) {
  std::string buffer;
  const FileMark& mark = log.mark;
  const std::string_view head = TRY(bytes.at(0, mark.head.bytes, buffer));
  if (head.size() < mark.head.bytes) return Alike::kTooShort;
  if (!mark.head.fits(head)) return Alike::kNo;
  const std::string_view tail = TRY(bytes.at(mark.offset - mark.tail.bytes, mark.tail.bytes, buffer));
  if (tail.size() == mark.tail.bytes) return mark.tail.fits(tail) ? Alike::kContinues : Alike::kNo;
  if (bytes.encoded() || !log.readable()) return Alike::kTooShort;
  return TRY(ends_alike(bytes, status, log)) ? Alike::kPart : Alike::kNo;
}

/// Whether the end of a file is in the log's file at the same place: it is a copy of a part of it, or still being copied.
Result<bool> FileTail::ends_alike(FileBytes& bytes, const FileStatus& status, Log& log) {
  if (!TRY(open(log))) return false;
  FileBytes whole(*log.file, options_.rules.text.mail);
  TRY(whole.begin());
  std::string buffer, other;
  const std::uint64_t from = status.size - std::min<std::uint64_t>(status.size, kFileTailBytes);
  const std::string_view end = TRY(bytes.at(from, kFileTailBytes, buffer));
  return end == TRY(whole.at(from, end.size(), other));
}

/// Logs whose file is gone go on, perhaps, in one beside it that nobody names; and of a log that was rotated several times, there are parts that
/// nobody has seen.
void FileTail::look_for_lost() {
  const bool any_lost = std::ranges::any_of(logs_, [](const auto& log) { return log->lost && log->wanted && log->mark.shape != FileShape::kRecords; });
  const bool again = any_lost && (searched_generation_ != generation_ || now_ns_ - searched_ns_ >= kSearchNs);
  const bool search = std::exchange(search_, false) || again;
  searched_generation_ = generation_;
  if (!search) return;
  searched_ns_ = now_ns_;
  std::set<std::string> folders;
  for (const auto& log : logs_) {
    if (log->wanted && log->mark.shape != FileShape::kRecords) folders.insert(std::string(folder_of(log->mark.path)));
  }
  for (const std::string& folder : folders) look_in(folder);
  std::erase_if(verdicts_, [&](const auto& verdict) { return now_ns_ - verdict.second.seen_ns > kVerdictNs; });
}

void FileTail::look_in(const std::string& folder) {
  const Result<std::vector<FolderEntry>> entries = env_.list_folder(folder);
  if (!entries) {  // gone with the log, or not to be had now
    search_ = search_ || entries.error().code != Code::kNotFound;
    return;
  }
  for (const FolderEntry& entry : *entries) {
    const std::string path = folder == "." ? entry.name : (folder == "/" ? folder : folder + "/") + entry.name;
    const auto is_mine = [&](const auto& log) { return log->wanted && (are_related(log->mark.path, path) || is_rotated(log->mark.origin, path)); };
    if (!entry.is_file || std::ranges::none_of(logs_, is_mine)) continue;
    const Result<FileStatus> status = env_.status_of(path);
    if (!status) continue;
    if (Log* const log = log_of(*status)) {
      if (log->lost) meet(*log, path, *status);
    } else {
      judge({path, *status, false});
    }
  }
}

/// Where all that there was at this look is read and known, nothing older is a part that nobody has seen.
void FileTail::note_looked_at() {
  if (search_ || searched_generation_ != generation_) return;
  for (const auto& log : logs_) {
    if (log->named && log->mark.path == log->mark.origin && !has_news(*log)) looked_at_[log->mark.origin] = now_us_;
  }
}

std::vector<std::uint64_t> FileTail::present() const {
  std::set<std::uint64_t> there;
  for (const auto& log : logs_) {
    if (log->readable()) there.insert(log->mark.log);
  }
  for (const auto& [path, verdict] : verdicts_) {
    if (verdict.copy_of != 0 && verdict.seen_ns == now_ns_) there.insert(verdict.copy_of);
  }
  return {there.begin(), there.end()};
}

void FileTail::forget(std::uint64_t number) {
  const auto found = std::ranges::find_if(logs_, [&](const auto& log) { return log->mark.log == number && !log->readable(); });
  if (found == logs_.end()) return;
  std::erase_if(by_file_, [&](const auto& file) { return file.second == found->get(); });
  logs_.erase(found);
}

}  // namespace tocsin
