#include "pipeline/canary_book.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin {

namespace {

constexpr std::string_view kStageNames[kCanaryStages] = {"sent", "accepted", "journaled", "found", "written", "stored"};

double seconds_of(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

std::string_view name_of(CanaryStage stage) { return kStageNames[static_cast<std::size_t>(stage)]; }

std::uint64_t CanaryBook::begin(std::string line, TimeUs now, std::string address) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (awaited_.size() >= kCanariesAwaitedMax) {
    awaited_.pop_front();
    ++seen_.lost;
  }
  Canary& canary = awaited_.emplace_back();
  canary.number = ++seen_.begun;
  canary.line = std::move(line);
  canary.address = std::move(address);
  canary.begun = seen_.last_begun = now;
  canary.begun_ns = env_.monotonic_ns();
  awaits_ = true;
  return canary.number;
}

void CanaryBook::not_sent(std::uint64_t number, std::string why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Canary* const canary = find(number)) canary->not_sent = std::move(why);
}

std::optional<std::uint64_t> CanaryBook::recognised(std::string_view raw) {
  if (!awaits_ || raw.empty()) return std::nullopt;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto canary = std::ranges::find(awaited_, raw, &Canary::line);
  if (canary == awaited_.end()) return std::nullopt;
  return canary->number;
}

void CanaryBook::passed(std::uint64_t number, CanaryStage stage) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (Canary* const canary = find(number)) pass(*canary, stage);
}

void CanaryBook::journaled(std::uint64_t number, std::uint64_t sequence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Canary* const canary = find(number);
  if (canary == nullptr) return;
  canary->sequence = sequence;
  pass(*canary, CanaryStage::kJournaled);
}

void CanaryBook::found(std::uint64_t sequence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto canary = std::ranges::find(awaited_, std::optional(sequence), &Canary::sequence);
  if (canary != awaited_.end()) pass(*canary, CanaryStage::kFound);
}

CanaryBook::Canary* CanaryBook::find(std::uint64_t number) {
  const auto canary = std::ranges::find(awaited_, number, &Canary::number);
  return canary == awaited_.end() ? nullptr : &*canary;
}

/// A stage is passed once, and those before it are passed, too.
void CanaryBook::pass(Canary& canary, CanaryStage stage) {
  if (canary.passed && *canary.passed >= stage) return;
  canary.passed = stage;
  seen_.seconds[static_cast<std::size_t>(stage)] = seconds_of(std::chrono::nanoseconds(env_.monotonic_ns() - canary.begun_ns));
}

void CanaryBook::look(const Bounds& bounds, const Progress& progress) {
  const std::lock_guard<std::mutex> lock(mutex_);
  take_out(bounds, progress);
  const std::int64_t now = env_.monotonic_ns();
  for (Canary& canary : awaited_) {
    if (!canary.told && now - canary.begun_ns > bounds.late.count()) tell_late(canary, bounds, progress);
  }
  look_at_store(bounds, progress);
}

/// Those whose alerts are written down by now.
void CanaryBook::take_out(const Bounds& bounds, const Progress& progress) {
  for (Canary& canary : awaited_) {
    if (canary.passed != CanaryStage::kFound || *canary.sequence >= progress.written) continue;
    pass(canary, CanaryStage::kWritten);
    come_out(canary, bounds);
  }
  std::erase_if(awaited_, [](const Canary& canary) { return canary.passed == CanaryStage::kWritten; });
  awaits_ = !awaited_.empty();
}

void CanaryBook::come_out(const Canary& canary, const Bounds& bounds) {
  ++seen_.out;
  seen_.last_out = canary.begun;
  if (!storing_) storing_ = {*canary.sequence, canary.begun, canary.begun_ns};
  if (env_.monotonic_ns() - canary.begun_ns > bounds.late.count()) {
    ++seen_.late;
  } else {
    path_alarm_.reset();
  }
}

void CanaryBook::tell_late(Canary& canary, const Bounds& bounds, const Progress& progress) {
  canary.told = true;
  const CanaryStage stage = canary.passed ? static_cast<CanaryStage>(static_cast<int>(*canary.passed) + 1) : CanaryStage::kSent;
  if (path_alarm_ && path_alarm_->stage == stage) return;
  std::string why;
  switch (stage) {
    case CanaryStage::kSent: why = fmt::format("it could not be sent to {}: {}", canary.address, canary.not_sent); break;
    case CanaryStage::kAccepted:
      why = fmt::format("it was sent to {}, and the process that reads the network did not hand it on; what others send is held up, too", canary.address);
      break;
    case CanaryStage::kJournaled: why = "it came in, and is not in the journal; what others send waits, too"; break;
    case CanaryStage::kFound:
      why = progress.written > *canary.sequence ? "it is in the journal, and no rule found it, though rules were asked: others may be missed, too"
                                                : "it is in the journal, and rules were not asked about it yet: alerts come late";
      break;
    default: why = "rules found it, and its alert is not written down: alerts come late"; break;
  }
  const TimeUs since = path_alarm_ ? path_alarm_->since : canary.begun;
  path_alarm_ = Alarm{stage, since, fmt::format("the canary of {} did not come out within {:.0f} s: {}", format_time(canary.begun), seconds_of(bounds.late), why)};
}

void CanaryBook::look_at_store(const Bounds& bounds, const Progress& progress) {
  if (!storing_) return;
  const std::chrono::nanoseconds age(env_.monotonic_ns() - storing_->begun_ns);
  if (storing_->sequence < progress.stored) {
    seen_.seconds[static_cast<std::size_t>(CanaryStage::kStored)] = seconds_of(age);
    storing_.reset();
    store_alarm_.reset();
  } else if (age > bounds.stored_late && !store_alarm_) {
    store_alarm_ = Alarm{CanaryStage::kStored, storing_->begun,
                         fmt::format("the canary of {} is in no segment after {:.0f} s: what was received is in the journal alone", format_time(storing_->begun), seconds_of(bounds.stored_late))};
  }
}

CanaryBook::Snapshot CanaryBook::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Snapshot snapshot = seen_;
  snapshot.imitated = imitated_;
  snapshot.alarm = path_alarm_ ? path_alarm_ : store_alarm_;
  return snapshot;
}

}  // namespace tocsin
