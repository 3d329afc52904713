#include "store/attachments.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "store/sealed_file.h"

namespace tocsin {

namespace {

constexpr std::string_view kMagic = "TOCSINA1", kUnfinished = ".new", kLock = "lock";
/// Magic, nonce, the content's key sealed.
constexpr std::size_t kHeaderBytes = kMagic.size() + kSealNonceBytes + kSealKeyBytes + kSealTagBytes;
constexpr std::size_t kPlaceBytes = 16;
constexpr std::size_t kSealedFrameBytes = kAttachmentFrameBytes + kSealTagBytes;

std::string purpose_of(std::string_view place) { return "tocsin attachment " + std::string(place); }

/// Each content has a key of its own, so a count is enough.
SealNonce frame_nonce(std::uint64_t frame) {
  SealNonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[kSealNonceBytes - 1 - i] = static_cast<std::uint8_t>(frame >> (8 * i));
  return nonce;
}

/// So that what was cut off at the end of a frame does not pass for the whole.
std::string_view frame_purpose(bool last) { return last ? "last" : "more"; }

bool is_place(std::string_view place) {
  return place.size() == 2 * kPlaceBytes && std::ranges::all_of(place, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<std::string> fresh_place() {
  Sha256 random{};
  TRY(random_bytes(random.data(), kPlaceBytes));
  std::string place;
  append_hex(place, random, kPlaceBytes);
  return place;
}

Error damaged(const std::string& path) { return Error{Code::kInvalid, path + ": is damaged, or the key is not the one that it was sealed with"}; }

std::string lock_of(const DataFolder& data) { return data.attachments() + "/" + std::string(kLock); }

}  // namespace

std::string attachment_name(std::string_view name) {
  const std::size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string safe;
  for (std::size_t at = 0; at < name.size();) {
    const std::string_view one = name.substr(at, char_at(name, at).size);
    const std::string shown = terminal_safe(one) == one ? std::string(one) : "_";
    if (safe.size() + shown.size() > kAttachmentNameBytesMax) break;
    safe += shown;
    at += one.size();
  }
  const bool is_folder = safe.find_first_not_of(". ") == std::string::npos;
  return is_folder ? "unnamed" : safe;
}

Error attachment_too_large() { return {Code::kLimit, fmt::format("it is larger than {} MiB, which is the most; write down its hash and where it is kept instead", kAttachmentBytesMax >> 20)}; }

AttachmentWriter::AttachmentWriter(Env& env, std::string folder, std::string place, SealKey key, std::unique_ptr<FileLock> lock, std::unique_ptr<DurableFile> file)
    : env_(&env), folder_(std::move(folder)), place_(std::move(place)), unfinished_(folder_ + "/" + place_ + std::string(kUnfinished)), seal_(key), lock_(std::move(lock)), file_(std::move(file)),
      digest_(std::make_unique<Sha256Stream>()) {}

AttachmentWriter::~AttachmentWriter() {
  if (file_ != nullptr) (void)env_->remove_file(unfinished_);
}

Status AttachmentWriter::append(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kAttachmentBytesMax) return attachment_too_large();
  digest_->update(bytes);
  while (!bytes.empty()) {
    if (frame_.size() == kAttachmentFrameBytes) TRY(write_frame(false));
    const std::size_t fitting = std::min(bytes.size(), kAttachmentFrameBytes - frame_.size());
    frame_.append(bytes.substr(0, fitting));
    bytes.remove_prefix(fitting);
  }
  return {};
}

Status AttachmentWriter::write_frame(bool last) {
  std::string sealed;
  seal_.seal(frame_nonce(frames_++), frame_purpose(last), frame_, sealed);
  frame_.clear();
  return file_->append(sealed);
}

Result<AttachedFile> AttachmentWriter::finish() {
  TRY(write_frame(true));
  TRY(file_->sync());
  TRY(env_->rename_file(unfinished_, folder_ + "/" + place_));
  file_.reset();
  TRY(env_->sync_folder(folder_));
  AttachedFile done{.place = place_, .bytes = bytes_};
  append_hex(done.sha256, digest_->finish(), sizeof(Sha256));
  return done;
}

AttachmentReader::AttachmentReader(std::string path, SealKey key, std::unique_ptr<File> file) : path_(std::move(path)), seal_(key), file_(std::move(file)) {}

/// Until there is a frame and a byte of the next, or no more.
Result<bool> AttachmentReader::fill() {
  while (ahead_.size() <= kSealedFrameBytes) {
    const std::size_t before = ahead_.size();
    ahead_.resize(kSealedFrameBytes + 1);
    const Result<std::size_t> got = file_->read(ahead_.data() + before, ahead_.size() - before);
    ahead_.resize(before + got.value_or(0));
    if (!got) return got.error();
    if (*got == 0) return false;
  }
  return true;
}

Result<std::string> AttachmentReader::next() {
  if (over_) return std::string();
  over_ = !TRY(fill());
  const std::size_t size = std::min(ahead_.size(), kSealedFrameBytes);
  std::string plain;
  if (!seal_.open(frame_nonce(frames_++), frame_purpose(over_), std::string_view(ahead_).substr(0, size), plain)) {
    over_ = true;
    return damaged(path_);
  }
  ahead_.erase(0, size);
  return plain;
}

Attachments::Attachments(Env& env, const DataFolder& data, const SealKey& key) : env_(env), data_(data), key_(SealKey::from(key.bytes()).value()) {}

Result<AttachmentWriter> Attachments::begin() {
  std::unique_ptr<FileLock> lock = TRY(env_.share_file(lock_of(data_)));
  const std::string place = TRY(fresh_place());
  SealKey fresh = TRY(SealKey::random());
  SealNonce nonce;
  TRY(random_bytes(nonce.data(), nonce.size()));
  std::string header(kMagic);
  header.append(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  Seal(key_).seal(nonce, purpose_of(place), fresh.bytes(), header);
  std::unique_ptr<DurableFile> file = TRY(env_.create_durable(data_.attachments() + "/" + place + std::string(kUnfinished)));
  AttachmentWriter writer(env_, data_.attachments(), place, std::move(fresh), std::move(lock), std::move(file));
  TRY(writer.file_->append(header));
  return writer;
}

Result<AttachmentReader> Attachments::open(const AttachedFile& attached) {
  if (!is_place(attached.place)) return Error{Code::kInvalid, "the act names no place where content could lie"};
  const std::string path = data_.attachments() + "/" + attached.place;
  std::unique_ptr<File> file = TRY(env_.open(path));
  std::string header(kHeaderBytes, '\0');
  for (std::size_t got = 0; got < header.size();) {
    const std::size_t more = TRY(file->read(header.data() + got, header.size() - got));
    if (more == 0) return damaged(path);
    got += more;
  }
  SealNonce nonce;
  std::copy_n(header.begin() + kMagic.size(), nonce.size(), nonce.begin());
  std::string key;
  const bool opens = header.starts_with(kMagic) && Seal(key_).open(nonce, purpose_of(attached.place), std::string_view(header).substr(kMagic.size() + nonce.size()), key);
  if (!opens) return damaged(path);
  return AttachmentReader(path, TRY(SealKey::from(key)), std::move(file));
}

Status Attachments::check(const AttachedFile& file) {
  AttachmentReader reader = TRY(open(file));
  Sha256Stream digest;
  for (std::string piece = TRY(reader.next()); !piece.empty(); piece = TRY(reader.next())) digest.update(piece);
  std::string sha256;
  append_hex(sha256, digest.finish(), sizeof(Sha256));
  return sha256 == file.sha256 ? Status() : damaged(reader.path_);
}

Status Attachments::remove(const AttachedFile& file) {
  if (!is_place(file.place)) return {};
  const Status gone = env_.remove_file(data_.attachments() + "/" + file.place);
  if (!gone && gone.error().code != Code::kNotFound) return gone;
  return env_.sync_folder(data_.attachments());
}

Result<std::unique_ptr<FileLock>> hold_removal(Env& env, const DataFolder& data) {
  Result<std::unique_ptr<FileLock>> alone = env.lock_file(data.alone());
  if (alone || alone.error().code != Code::kDenied) return alone;
  return Error{Code::kDenied, "a backup of this data is being made, or its key is being exchanged; remove it when that is done"};
}

Result<SealKey> attachments_key(Env& env, const DataFolder& data, Seal& master) {
  TRY(env.make_folder(data.attachments()));
  const SealedPlace place = attachments_place(data);
  Result<std::string> bytes = get_sealed(env, place, master);
  if (bytes || bytes.error().code != Code::kNotFound) return SealKey::from(TRY(bytes));
  // Two that make one each would leave what the first sealed without a key.
  const Result<std::unique_ptr<FileLock>> lock = env.lock_file(lock_of(data));
  if (!lock && lock.error().code == Code::kDenied) return Error{Code::kDenied, place.path() + ": another process makes it just now; try again"};
  if (!lock) return lock.error();
  bytes = get_sealed(env, place, master);
  if (bytes || bytes.error().code != Code::kNotFound) return SealKey::from(TRY(bytes));
  SealKey fresh = TRY(SealKey::random());
  TRY(put_sealed(env, place, master, fresh.bytes()));
  return fresh;
}

Result<std::size_t> sweep_attachments(Env& env, const DataFolder& data, CaseLog& acts) {
  if (!env.exists(data.attachments())) return std::size_t{0};
  const Result<std::unique_ptr<FileLock>> lock = env.lock_file(lock_of(data));
  if (!lock && lock.error().code == Code::kDenied) return std::size_t{0};
  if (!lock) return lock.error();
  std::unordered_set<std::string> kept;  // read now: who wrote an act a moment ago had the lock until then
  for (const AttachedFile& file : TRY(acts.files())) kept.insert(file.place);
  std::size_t swept = 0;
  for (const FolderEntry& entry : TRY(env.list_folder(data.attachments()))) {
    std::string_view place = entry.name;
    const bool unfinished = place.ends_with(kUnfinished);
    if (unfinished) place.remove_suffix(kUnfinished.size());
    if (!entry.is_file || !is_place(place) || (!unfinished && kept.contains(std::string(place)))) continue;
    TRY(env.remove_file(data.attachments() + "/" + entry.name));
    ++swept;
  }
  if (swept > 0) TRY(env.sync_folder(data.attachments()));
  return swept;
}

}  // namespace tocsin
