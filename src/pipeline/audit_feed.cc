#include "pipeline/audit_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pipeline/local_syslog.h"
#include "protect/protector.h"
#include "report/audit/signed_note.h"
#include "store/sealed_file.h"

namespace tocsin {

namespace {

constexpr std::chrono::milliseconds kLook{500}, kRetry{2'000};
/// Entries that are asked for at once.
constexpr std::size_t kAtOnce = 512;
/// What the log says of itself is a list of its own.
constexpr std::string_view kOwn = "log";

/// Of the product's own users, whose names are what the log is for.
bool names_a_user(std::string_view what) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"user.", "link.", "login", "logout"}, [&](std::string_view start) { return what.starts_with(start); });
}

}  // namespace

/// The texts of an entry in the words of the policy.
class AuditFeed::Texts {
 public:
  Texts(Protection& protection, const Naming& naming)
      : changes_(protection.policy().changes_anything()), paths_(naming), protector_(protection.policy(), protection.tokens(), naming, paths_, log_sources_) {}

  void protect(audit::AuditEntry& entry) {
    if (!changes_) return;
    protector_.begin_texts();
    if (!names_a_user(entry.what)) protect(entry.object);
    for (std::string* const text : {&entry.detail, &entry.from, &entry.to, &entry.command, &entry.result, &entry.undo, &entry.why.reason}) protect(*text);
    for (std::string& one : entry.why.evidence) protect(one);
  }

 private:
  void protect(std::string& text) {
    if (text.empty()) return;
    std::string kept;
    protector_.append_value("", text, kOwn, LogSourceTable::kUnknown, kept);
    text = std::move(kept);
  }

  const bool changes_;
  LogSourceTable log_sources_;
  PathTable paths_;
  protect::Protector protector_;
};

AuditFeed::AuditFeed(const Place& place, AuditFeedOptions options)
    : place_(place), options_(std::move(options)), sources_(state_audit_sources(place.state)), texts_(std::make_unique<Texts>(place.protection, place.naming)) {}

AuditFeed::~AuditFeed() { stop(); }

void AuditFeed::add(std::unique_ptr<AuditSource> source) { sources_.push_back(std::move(source)); }

void AuditFeed::start() { thread_ = std::thread([this] { run(); }); }

void AuditFeed::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<std::string> AuditFeed::sign_now() {
  std::unique_lock<std::mutex> lock(mutex_);
  if (stopping_ || !thread_.joinable()) return Error{Code::kIo, "the service is about to stop"};
  const std::uint64_t wanted = ++sign_wanted_;
  wake_.notify_all();
  signed_now_.wait(lock, [&] { return sign_done_ >= wanted; });
  if (!sign_status_) return sign_status_.error();
  return newest_;
}

AuditFeed::Snapshot AuditFeed::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}

void AuditFeed::run() {
  bool failed = false;
  while (true) {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait_for(lock, failed ? kRetry : kLook, [this] { return stopping_ || sign_wanted_ > sign_done_; });
    const bool last_round = stopping_;
    const std::uint64_t wanted = sign_wanted_;
    lock.unlock();
    const Status done = step(last_round || wanted > sign_done_);
    failed = !done;
    tell(done);
    lock.lock();
    sign_status_ = done;
    sign_done_ = wanted;
    if (done) newest_ = checkpoints_->newest();
    lock.unlock();
    signed_now_.notify_all();
    if (last_round) return;
  }
}

Status AuditFeed::step(bool sign_all) {
  if (log_ == nullptr) TRY(open());
  TRY(take_all());
  if (!unsent_.empty()) send(unsent_);
  if (log_->size() == signed_) {
    unsigned_since_ns_ = 0;
    return {};
  }
  const std::int64_t now = place_.env.monotonic_ns();
  if (unsigned_since_ns_ == 0) unsigned_since_ns_ = now;
  if (!sign_all && now - unsigned_since_ns_ < std::chrono::nanoseconds(options_.checkpoint_every).count()) return {};
  return sign();
}

Status AuditFeed::open() {
  const std::string folder = place_.data.audit();
  TRY(place_.env.make_folder(folder));
  TRY(open_key());
  checkpoints_ = TRY(audit::CheckpointFile::open_to_write(place_.env, folder));
  audit::Checkpoint head;
  if (!checkpoints_->newest().empty()) {
    Result<audit::Checkpoint> newest = audit::open_checkpoint(checkpoints_->newest(), key_->verifier());
    if (!newest) return Error{Code::kInvalid, fmt::format("{}: the newest checkpoint: {}; `tocsin audit verify` says more", folder, newest.error().message)};
    head = std::move(*newest);
  }
  std::unique_ptr<audit::AuditLog> log = TRY(audit::AuditLog::open_to_write(place_.env, folder, head.size));
  if (head.size > 0 && TRY(log->root_at(head.size)) != head.root) {
    return Error{Code::kInvalid, folder + ": the audit log is not what was signed, and nothing is added to it; `tocsin audit verify` says more"};
  }
  signed_ = head.size;
  log_ = std::move(log);
  return {};
}

/// Made at the first start; its public half stands beside the log for who checks it.
Status AuditFeed::open_key() {
  const SealedPlace place = audit_place(place_.data);
  Result<std::string> seed = get_sealed(place_.env, place, place_.master);
  if (!seed && seed.error().code == Code::kNotFound) {
    if (place_.env.exists(place_.data.audit() + "/" + std::string(audit::kVerifierKeyName))) {
      return Error{Code::kNotFound, place.path() + ": is missing, and the audit log was signed with it; restore it, or move " + place_.data.audit() + " away to begin another log"};
    }
    seed = std::string(TRY(SealKey::random()).bytes());
    TRY(put_sealed(place_.env, place, place_.master, *seed));
  }
  if (!seed) return seed.error();
  key_.emplace(TRY(audit::SigningKey::from_seed(*seed)));
  const std::string text = key_->verifier().text() + "\n", path = place_.data.audit() + "/" + std::string(audit::kVerifierKeyName);
  const Result<std::string> there = place_.env.read_file(path, audit::kNoteBytesMax);
  if (there && *there == text) return {};
  if (there) return Error{Code::kInvalid, path + ": is not the key that the audit log is signed with; `tocsin audit verify` says more"};
  return put_file(place_.env, place_.data.audit(), audit::kVerifierKeyName, text);
}

Status AuditFeed::take_all() {
  for (const std::unique_ptr<AuditSource>& source : sources_) TRY(take(*source));
  if (began_) return {};
  TRY(note_own("service.start", "", TOCSIN_VERSION, log_->cut_bytes() > 0 ? fmt::format("an end of {} bytes that was never whole was cut off the log", log_->cut_bytes()) : ""));
  began_ = true;
  return {};
}

Status AuditFeed::take(AuditSource& source) {
  const std::string name = source.name();
  const std::uint64_t last = TRY(source.last()), had = log_->last_position(name);
  if (last < had) {
    TRY(source.skip_to(had));
    TRY(note_own("log.source_older", std::to_string(had), std::to_string(last), fmt::format("the list {} ends before what the log has of it: the data is of an older backup", name)));
  }
  while (log_->last_position(name) < last) {
    std::vector<audit::AuditEntry> entries = TRY(source.after(log_->last_position(name), kAtOnce));
    if (entries.empty()) break;
    for (audit::AuditEntry& entry : entries) {
      entry.source = name;
      if (source.is_about_people()) texts_->protect(entry);
    }
    TRY(place_.protection.tokens().flush());  // before anything that has them counts
    TRY(log_->append(entries, place_.env.now_us()));
  }
  return log_->last_position(name) == had ? Status() : source.taken(log_->last_position(name));
}

Status AuditFeed::note_own(std::string what, std::string from, std::string to, std::string detail) {
  const TimeUs now = place_.env.now_us();
  const audit::AuditEntry entry{.time = now, .who = "service", .what = std::move(what), .detail = std::move(detail), .from = std::move(from), .to = std::move(to), .source = std::string(kOwn), .position = log_->last_position(kOwn) + 1};
  return log_->append(std::span(&entry, 1), now);
}

/// All that is signed is safe: append() has synced it.
Status AuditFeed::sign() {
  const std::string note = key_->sign({key_->name(), log_->size(), log_->root()});
  TRY(checkpoints_->append(note));
  signed_ = log_->size();
  unsigned_since_ns_ = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_.signed_at = place_.env.now_us();
  }
  send(note);
  return {};
}

/// The newest is enough: it is over all before it.
void AuditFeed::send(const std::string& note) {
  Status sent = copy(note);
  if (sent && !options_.syslog.empty()) sent = send_to_syslog(options_.syslog, "audit checkpoint " + audit::note_on_a_line(note));
  unsent_ = sent ? "" : note;
  const std::lock_guard<std::mutex> lock(mutex_);
  seen_.copy_trouble = sent ? "" : "the checkpoint of the audit log cannot be sent elsewhere: " + sent.error().message;
}

Status AuditFeed::copy(const std::string& note) {
  if (options_.copy_to.empty()) return {};
  Env& env = place_.env;
  const std::string path = env.is_folder(options_.copy_to) ? options_.copy_to + "/" + key_->name() + ".checkpoints" : options_.copy_to;
  const std::unique_ptr<DurableFile> file = env.exists(path) ? TRY(env.open_durable(path, false)) : TRY(env.create_durable(path));
  TRY(file->append(note + "\n"));
  return file->sync();
}

void AuditFeed::tell(const Status& status) {
  std::uint64_t waiting = 0;
  for (const std::unique_ptr<AuditSource>& source : sources_) {
    const std::uint64_t last = source->last().value_or(0), had = log_ == nullptr ? 0 : log_->last_position(source->name());
    waiting += last - std::min(last, had);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  seen_.leaves = log_ == nullptr ? 0 : log_->size();
  seen_.signed_leaves = signed_;
  seen_.waiting = waiting;
  seen_.trouble = status ? "" : "the audit log: " + status.error().message;
}

}  // namespace tocsin
