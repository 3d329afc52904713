#include "report/audit/checkpoints.h"

#include <algorithm>

namespace tocsin::audit {

namespace {

/// "" if it is not there.
Result<std::string> read_all(Env& env, const std::string& path) {
  Result<std::string> text = env.read_file(path, kCheckpointsBytesMax);
  if (!text && text.error().code == Code::kNotFound) return std::string();
  return text;
}

}  // namespace

Result<CheckpointFile> CheckpointFile::open_to_write(Env& env, const std::string& folder) {
  CheckpointFile file(env, folder);
  TRY(file.load());
  return file;
}

/// Written anew as a whole: what a sync that failed left is in no file that is used again.
Status CheckpointFile::load() {
  const std::string path = folder_ + "/" + std::string(kCheckpointsName), unfinished = path + ".new";
  std::string text = TRY(read_all(*env_, path));
  const NoteList list = split_notes(text);
  text.resize(list.whole_bytes);
  if (env_->exists(unfinished)) TRY(env_->remove_file(unfinished));
  const std::unique_ptr<DurableFile> fresh = TRY(env_->create_durable(unfinished));
  TRY(fresh->append(text));
  TRY(fresh->sync());
  TRY(env_->rename_file(unfinished, path));
  TRY(env_->sync_folder(folder_));
  newest_ = list.notes.empty() ? std::string() : list.notes.back();
  file_ = TRY(env_->open_durable(path, false));
  return {};
}

Status CheckpointFile::append(const std::string& note) {
  if (file_ == nullptr) TRY(load());
  std::unique_ptr<DurableFile> file = std::move(file_);
  TRY(file->append(note + "\n"));
  TRY(file->sync());
  newest_ = note;
  file_ = std::move(file);
  return {};
}

Result<std::vector<std::string>> read_checkpoints(Env& env, const std::string& folder) {
  return split_notes(TRY(read_all(env, folder + "/" + std::string(kCheckpointsName)))).notes;
}

Result<std::vector<std::string>> read_note_file(Env& env, const std::string& path) {
  std::string text = TRY(env.read_file(path, kCheckpointsBytesMax));
  while (text.ends_with('\n')) text.pop_back();
  NoteList list = split_notes(text + "\n\n");
  const bool is_lines = list.notes.empty();
  for (std::size_t at = 0; is_lines && at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (std::string note = note_in_line(std::string_view(text).substr(at, end - at)); !note.empty()) list.notes.push_back(std::move(note));
    at = end + 1;
  }
  if (list.notes.empty()) return Error{Code::kInvalid, path + ": holds no checkpoint: a signed note of three lines, an empty line and a signature"};
  return std::move(list.notes);
}

}  // namespace tocsin::audit
