#include "store/backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/time.h"
#include "store/backup_copy.h"
#include "store/case_log.h"
#include "store/disk.h"
#include "store/journal_reader.h"
#include "store/state.h"
#include "store/token_vault.h"

namespace tocsin::store {

namespace {

constexpr std::string_view kManifest = "backup.manifest", kUnfinished = "unfinished", kState = "state.db", kTokens = "tokens.db";
/// Of the data folder's own, what says nothing a day later.
constexpr std::string_view kLeftOut[] = {"lock", "readers", "control", "staging", "alone", "state.db", "state.db-wal", "state.db-shm",
                                         "state.db-mark", "trouble", "journal", "segments", "tokens.db", "tokens.db-journal", "attachments", "runs", "audit", kUnfinished};
/// A segment of the journal: it is closed beyond 64 MiB, with a frame of 32 that began before.
constexpr std::size_t kSegmentBytesMax = 128u << 20;

std::string folder_above(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Status must_be_free(Env& env, const std::string& path) {
  if (!env.exists(path)) return {};
  if (env.is_folder(path) && TRY(env.list_folder(path)).empty()) return {};
  return Error{Code::kInvalid, path + ": is there and not empty; choose another place, or move it away"};
}

/// An empty folder `place`.partial, in place of one that an earlier attempt left.
Result<std::string> begin_partial(Env& env, const std::string& place) {
  const std::string partial = place + ".partial";
  if (env.exists(partial)) {
    if (!env.exists(partial + "/" + std::string(kUnfinished))) {
      return Error{Code::kInvalid, partial + ": is there, and no unfinished copy of this program; move it away"};
    }
    TRY(remove_tree(partial));
  }
  TRY(make_folders(env, partial));
  TRY(write_durably(env, partial + "/" + std::string(kUnfinished), ""));
  return partial;
}

/// All that is in the folder is safe: it gets its name. The mark of what is unfinished goes last; whoever finds it in a whole copy passes over it.
Status finish_partial(Env& env, const std::string& partial, const std::string& place, const std::vector<std::string>& paths) {
  TRY(sync_folders(env, partial, paths));
  TRY(env.rename_file(partial, place));
  TRY(env.sync_folder(folder_above(place)));
  return env.remove_file(place + "/" + std::string(kUnfinished));
}

/// A copy below what is copied would be copied, too.
bool is_inside(const std::string& path, const std::string& folder) {
  std::error_code error;
  const std::string inner = std::filesystem::weakly_canonical(path, error).string(), outer = std::filesystem::weakly_canonical(folder, error).string();
  return inner == outer || inner.starts_with(outer + "/");
}

/// How many of the bytes of a segment of the journal are whole: what a writer was just adding is not. 0: not one frame is.
std::size_t whole_bytes(std::string_view segment) {
  std::size_t at = journal::kSegmentHeaderBytes;
  std::size_t frames = 0;
  for (; at < segment.size(); ++frames) {
    const std::string_view rest = segment.substr(at);
    const std::optional<journal::FrameHeader> header = journal::read_frame_header(rest);
    if (!header && rest.size() >= journal::kFrameHeaderBytes) return segment.size();  // damage, which is not ours to cut
    if (!header || journal::frame_bytes(*header) > rest.size()) break;
    at += journal::frame_bytes(*header);
  }
  return frames == 0 ? 0 : std::min(at, segment.size());
}

class Backup {
 public:
  Backup(Env& env, const BackupOrder& order) : env_(env), order_(order), staging_(order.data.path + "/staging") {}

  Result<BackupDone> make() {
    if (is_inside(order_.to, order_.data.path)) return Error{Code::kInvalid, order_.to + ": lies in the data folder; choose a place outside, best on another disk"};
    TRY(must_be_free(env_, order_.to));
    const Result<std::unique_ptr<FileLock>> alone = env_.lock_file(order_.data.alone());
    if (!alone && alone.error().code == Code::kDenied) return Error{Code::kDenied, "another backup of this data is being made, or its key is being exchanged"};
    if (!alone) return alone.error();
    TRY(mark_key());
    TRY(remove_tree(staging_));
    const std::string partial = TRY(begin_partial(env_, order_.to));
    Status done = stage();
    if (done) done = deliver(partial);
    const Status cleared = remove_tree(staging_);
    if (!done) (void)remove_tree(partial);
    if (!done) return done.error();
    TRY(cleared);
    return std::move(done_);
  }

 private:
  /// Which key opens it. One, or a copy would need two.
  Status mark_key() {
    const Result<SealKeys> keys = read_key(env_, order_.key_file);
    if (!keys) return {};
    if (keys->before) return Error{Code::kInvalid, order_.key_file + ": its exchange was cut short; `tocsin key rotate` ends it, then make the backup"};
    done_.key_mark = key_mark(keys->now);
    return {};
  }

  /// Second names and copies of everything, while nothing is let go.
  Status stage() {
    TRY(env_.make_folder(staging_));
    const Result<std::unique_ptr<FileLock>> readers = env_.share_file(order_.data.readers());
    if (!readers) return readers.error();
    TRY(stage_audit());
    TRY(stage_state());
    TRY(stage_segments());
    TRY(stage_attachments());
    TRY(stage_others());
    TRY(stage_tokens());
    TRY(stage_runs());
    return stage_journal(order_.data.journal(), "journal");
  }

  /// Before the state, from which it gets what it does not have yet; its checkpoints before what they are over.
  Status stage_audit() {
    if (!env_.exists(order_.data.audit())) return {};
    std::vector<Error> errors;
    TRY(env_.make_folder(staging_ + "/audit"));
    for (const FoundFile& file : find_files(env_, order_.data.audit(), errors)) {
      const std::string path = file.path.substr(order_.data.path.size() + 1);
      if (path.ends_with(".new") || !is_backup_path(path)) continue;
      TRY(copy_file(env_, file.path, staging_ + "/" + path, order_.cancelled));
      paths_.push_back(path);
    }
    return errors.empty() ? Status() : Status(errors.front());
  }

  Status stage_state() {
    const std::unique_ptr<State> state = TRY(State::open(order_.data.state(), State::IfMissing::kFail));
    const std::string path = staging_ + "/" + std::string(kState);
    TRY(state->copy_to(path));
    paths_.emplace_back(kState);
    const std::unique_ptr<DurableFile> copy = TRY(env_.open_durable(path, false));
    return copy->sync();  // SQLite need not have done it
  }

  Status stage_segments() {
    const std::unique_ptr<State> copy = TRY(State::open_to_read(staging_ + "/" + std::string(kState)));
    for (const Segment& segment : TRY(copy->stored()).segments) {
      const std::string path = "segments/" + segment.file;
      TRY(make_folders_above(env_, staging_, path));
      TRY(link_or_copy(env_, order_.data.path + "/" + path, staging_ + "/" + path, order_.cancelled));
      paths_.push_back(path);
      segments_.emplace(path, segment.sha256);
    }
    return {};
  }

  /// What the copied state names. None is removed meanwhile (hold_removal).
  Status stage_attachments() {
    const std::unique_ptr<State> copy = TRY(State::open_to_read(staging_ + "/" + std::string(kState)));
    for (const AttachedFile& file : TRY(CaseLog(*copy).files())) {
      const std::string path = "attachments/" + file.place;
      if (!is_backup_path(path) || !env_.exists(order_.data.path + "/" + path)) {
        done_.missing.push_back(path);
        continue;
      }
      TRY(make_folders_above(env_, staging_, path));
      TRY(link_or_copy(env_, order_.data.path + "/" + path, staging_ + "/" + path, order_.cancelled));
      paths_.push_back(path);
    }
    return {};
  }

  Status stage_others() {
    std::vector<Error> errors;
    for (const FolderEntry& entry : TRY(env_.list_folder(order_.data.path))) {
      if (std::ranges::find(kLeftOut, entry.name) != std::end(kLeftOut) || (!entry.is_file && !entry.is_folder)) continue;
      for (const FoundFile& file : find_files(env_, order_.data.path + "/" + entry.name, errors)) {
        const std::string path = file.path.substr(order_.data.path.size() + 1);
        if (path.ends_with("/lock")) continue;
        if (!is_backup_path(path)) return Error{Code::kInvalid, file.path + ": has a name that a backup cannot hold; move it away"};
        TRY(make_folders_above(env_, staging_, path));
        TRY(copy_file(env_, file.path, staging_ + "/" + path, order_.cancelled));
        paths_.push_back(path);
      }
    }
    return errors.empty() ? Status() : Status(errors.front());
  }

  /// Behind the segments that have them.
  Status stage_tokens() {
    if (!env_.exists(order_.data.tokens())) return {};
    const std::string path = staging_ + "/" + std::string(kTokens);
    TRY(copy_tokens(env_, order_.data, path));
    paths_.emplace_back(kTokens);
    const std::unique_ptr<DurableFile> copy = TRY(env_.open_durable(path, false));
    return copy->sync();
  }

  /// That of events last, and in order: what the state says was read from it is in it.
  Status stage_journal(const std::string& journal_folder, const std::string& name) {
    const std::vector<std::uint64_t> numbers = TRY(journal::list_segments(env_, journal_folder));
    const std::string folder = staging_ + "/" + name;
    TRY(make_folders(env_, folder));
    for (const std::uint64_t number : numbers) {
      const std::string from = journal::segment_path(journal_folder, number), to = journal::segment_path(folder, number);
      if (number != numbers.back()) {
        TRY(link_or_copy(env_, from, to, order_.cancelled));
      } else {  // a writer may be adding to it
        const std::string bytes = TRY(env_.read_file(from, kSegmentBytesMax));
        const std::size_t whole = whole_bytes(bytes);
        if (whole == 0) continue;
        TRY(write_durably(env_, to, std::string_view(bytes).substr(0, whole)));
      }
      paths_.push_back(to.substr(staging_.size() + 1));
      // A copy, not a second name: a key that is let go is overwritten.
      const std::string key = TRY(env_.read_file(journal::key_path(journal_folder, number), 4096));
      TRY(write_durably(env_, journal::key_path(folder, number), key));
      paths_.push_back(journal::key_path(folder, number).substr(staging_.size() + 1));
    }
    return {};
  }

  /// Their journal names playbooks, so those come behind it: one that is there needs no run.
  Status stage_runs() {
    if (!env_.is_folder(order_.data.runs())) return {};
    // How far the audit log has them first: what it has not is in the journal then.
    if (const std::string path = "runs/audited"; env_.exists(order_.data.path + "/" + path)) {
      TRY(make_folders_above(env_, staging_, path));
      TRY(copy_file(env_, order_.data.path + "/" + path, staging_ + "/" + path, order_.cancelled));
      paths_.push_back(path);
    }
    TRY(stage_journal(order_.data.runs_journal(), "runs/journal"));
    std::vector<Error> errors;
    for (const FoundFile& file : find_files(env_, order_.data.runs() + "/playbooks", errors)) {
      if (!file.path.ends_with(".json")) continue;  // being written
      const std::string path = file.path.substr(order_.data.path.size() + 1);
      TRY(make_folders_above(env_, staging_, path));
      TRY(copy_file(env_, file.path, staging_ + "/" + path, order_.cancelled));
      paths_.push_back(path);
    }
    return errors.empty() ? Status() : Status(errors.front());
  }

  /// From the staging place to where it is to be, each file read once.
  Status deliver(const std::string& partial) {
    std::ranges::sort(paths_);
    BackupManifest manifest{format_time(env_.now_us()), done_.key_mark, {}};
    for (const std::string& path : paths_) {
      const std::string from = staging_ + "/" + path, to = partial + "/" + path;
      TRY(make_folders_above(env_, partial, path));
      const Status linked = link_file(from, to);
      if (!linked && linked.error().code != Code::kUnsupported) return linked;
      const FileDigest digest = TRY(linked ? digest_file(env_, to, order_.cancelled) : copy_file(env_, from, to, order_.cancelled));
      const auto segment = segments_.find(path);
      if (segment != segments_.end() && segment->second != digest.sha256) done_.damaged.push_back(path);
      manifest.files.push_back({path, digest.bytes, hex_of(digest.sha256)});
      ++done_.files;
      done_.bytes += digest.bytes;
    }
    TRY(write_durably(env_, partial + "/" + std::string(kManifest), write_manifest(manifest)));
    return finish_partial(env_, partial, order_.to, paths_);
  }

  Env& env_;
  const BackupOrder& order_;
  const std::string staging_;
  std::vector<std::string> paths_;                // below staging_
  std::map<std::string, std::string> segments_;   // of these, what the catalogue says of their bytes
  BackupDone done_;
};

std::string mismatch(const std::string& folder, const BackupFile& file) {
  return fmt::format("{}/{}: is not what the backup's list says", folder, file.path);
}

}  // namespace

Result<BackupDone> make_backup(Env& env, const BackupOrder& order) { return Backup(env, order).make(); }

Result<BackupManifest> read_backup(Env& env, const std::string& folder) {
  const std::string path = folder + "/" + std::string(kManifest);
  const Result<std::string> text = env.read_file(path, kManifestBytesMax);
  const bool unfinished = !text && text.error().code == Code::kNotFound && env.exists(folder + "/" + std::string(kUnfinished));
  if (unfinished) return Error{Code::kInvalid, folder + ": is a copy that was never finished; make it again"};
  if (!text) return text.error();
  Result<BackupManifest> manifest = parse_manifest(*text);
  if (!manifest) return Error{manifest.error().code, path + ": " + manifest.error().message};
  return manifest;
}

Result<std::uint64_t> check_backup(Env& env, const std::string& folder, const BackupManifest& manifest,
                                   const std::function<void(const std::string&)>& wrong) {
  std::uint64_t count = 0;
  const auto tell = [&](const std::string& what) {
    ++count;
    wrong(what);
  };
  for (const BackupFile& file : manifest.files) {
    const Result<FileDigest> digest = digest_file(env, folder + "/" + file.path, [] { return false; });
    if (!digest) {
      tell(digest.error().message);
    } else if (digest->bytes != file.bytes || hex_of(digest->sha256) != file.sha256) {
      tell(mismatch(folder, file));
    }
  }
  return count;
}

Result<BackupDone> restore_backup(Env& env, const std::string& from, const std::string& data, const std::function<bool()>& cancelled) {
  const Result<BackupManifest> manifest = read_backup(env, from);
  if (!manifest && manifest.error().code == Code::kNotFound) return Error{Code::kNotFound, from + ": is no backup; it has no list of files"};
  if (!manifest) return manifest.error();
  TRY(must_be_free(env, data));
  const std::string partial = TRY(begin_partial(env, data));
  BackupDone done;
  std::vector<std::string> paths;
  const Status copied = [&]() -> Status {
    for (const BackupFile& file : manifest->files) {
      TRY(make_folders_above(env, partial, file.path));
      const FileDigest digest = TRY(copy_file(env, from + "/" + file.path, partial + "/" + file.path, cancelled));
      if (digest.bytes != file.bytes || hex_of(digest.sha256) != file.sha256) return Error{Code::kInvalid, mismatch(from, file) + "; nothing was restored"};
      paths.push_back(file.path);
      ++done.files;
      done.bytes += digest.bytes;
    }
    return finish_partial(env, partial, data, paths);
  }();
  if (copied) return done;
  (void)remove_tree(partial);
  return copied.error();
}

}  // namespace tocsin::store
