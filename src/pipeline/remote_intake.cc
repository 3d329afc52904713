#include "pipeline/remote_intake.h"

#include <algorithm>
#include <utility>

#include "pipeline/state_senders.h"

namespace tocsin {

namespace {

constexpr std::int64_t kAskAgainNs = 1'000'000'000;
/// A sender that was removed is let in no longer than this.
constexpr std::int64_t kBelievedNs = 5'000'000'000;

}  // namespace

bool RemoteIntake::submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) {
  std::uint64_t id = 0;
  const std::size_t bytes = std::min(batch_message_bytes(*batch), window_bytes_);  // one that is larger than the window has it alone
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (on_its_way_.size() >= kIngestBatchesMax || !shares_.take(batch->source(), bytes)) return false;
    id = next_++;
    on_its_way_[id] = {std::move(done), batch->source(), bytes};
  }
  std::string head = batch_message_head(id, *batch, kind_);
  queue_.push(std::move(head), std::move(batch));
  return true;
}

void RemoteIntake::refuse(std::uint32_t source, std::uint64_t records) { queue_.push(count_message(IngestKind::kRefused, source, records)); }

void RemoteIntake::drop(std::uint32_t source, std::uint64_t records) { queue_.push(count_message(IngestKind::kDropped, source, records)); }

void RemoteIntake::answered(const IngestAnswer& answer) {
  std::function<void(IntakeResult)> done;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = on_its_way_.find(answer.batch);
    if (found == on_its_way_.end()) return;
    done = std::move(found->second.done);
  }
  done({answer.safe, answer.first});  // before it counts as answered: it may have something to say to the core
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = on_its_way_.find(answer.batch);
    shares_.give(found->second.source, found->second.bytes);
    on_its_way_.erase(found);
  }
  fewer_.notify_all();
}

void RemoteIntake::wait_for_answers() {
  std::unique_lock<std::mutex> lock(mutex_);
  fewer_.wait(lock, [this] { return on_its_way_.empty(); });
}

/// Comparing digests, not tokens, tells a guesser nothing by the time it takes.
std::optional<Sender> RemoteSenders::by_token(std::string_view input, std::string_view token) { return by_digest(input, token_digest(token)); }

std::optional<Sender> RemoteSenders::by_certificate(std::string_view input, std::string_view fingerprint) { return by_digest(input, std::string(fingerprint)); }

std::optional<Sender> RemoteSenders::by_digest(std::string_view input, const std::string& digest) {
  std::unique_lock<std::mutex> lock(mutex_);
  refresh(lock, by_digest_.contains(digest));
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end() || found->second.first != input) return std::nullopt;
  return found->second.second;
}

/// Who proves is tried against every sender of the input; there are some dozens, thousands at most.
std::optional<Sender> RemoteSenders::by_proof(std::string_view input, const Proves& proves) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto find = [&] {
    return std::ranges::find_if(by_digest_, [&](const auto& entry) { return entry.second.first == input && proves(entry.second.second.name, entry.first); });
  };
  const auto known = find();
  const bool asks = refresh(lock, known != by_digest_.end());
  const auto found = asks ? find() : known;
  if (found == by_digest_.end()) return std::nullopt;
  return found->second.second;
}

std::optional<Sender> RemoteSenders::without_token(std::string_view input) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!without_token_.contains(input)) ask(lock, input);
  const auto found = without_token_.find(input);
  if (found == without_token_.end()) return std::nullopt;
  return found->second;
}

/// Asks for the table where it is old, or where somebody is not found in it who may be new. Whether it did.
bool RemoteSenders::refresh(std::unique_lock<std::mutex>& lock, bool found) {
  const std::int64_t age = env_.monotonic_ns() - asked_ns_;
  if (asked_ && age < kBelievedNs && (age < kAskAgainNs || found)) return false;
  asked_ = true;
  asked_ns_ = env_.monotonic_ns();
  ask(lock, "");
  return true;
}

void RemoteSenders::ask(std::unique_lock<std::mutex>& lock, std::string_view input) {
  const std::uint64_t before = tables_;
  queue_.push(who_message(input));
  changed_.wait_for(lock, std::chrono::milliseconds(kAnswerMs), [&] { return tables_ != before; });
}

void RemoteSenders::enrol(const EnrolmentRequest& request, std::function<void(Result<std::string>)> done) {
  std::uint64_t id = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    id = next_enrolment_++;
    enrolling_[id] = std::move(done);
  }
  queue_.push(enrol_message(id, request));
}

void RemoteSenders::enrolled(const IngestEnrolled& enrolled) {
  std::function<void(Result<std::string>)> done;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = enrolling_.find(enrolled.id);
    if (found == enrolling_.end()) return;
    done = std::move(found->second);
    enrolling_.erase(found);
    asked_ = false;  // who was let in is in the next table
  }
  if (enrolled.done) {
    done(enrolled.text);
  } else {
    done(Error{Code::kDenied, enrolled.text});
  }
}

void RemoteSenders::set(const std::vector<SenderEntry>& senders) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    by_digest_.clear();
    without_token_.clear();
    for (const SenderEntry& entry : senders) {
      const Sender sender{entry.name, entry.source};
      if (entry.digest.empty()) {
        without_token_[entry.input] = sender;
      } else {
        by_digest_[entry.digest] = {entry.input, sender};
      }
    }
    ++tables_;
  }
  changed_.notify_all();
}

}  // namespace tocsin
