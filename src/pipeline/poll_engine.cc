#include "pipeline/poll_engine.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/sha256.h"
#include "pipeline/ingest_messages.h"

namespace tocsin {

namespace {

/// News of one poller come no faster; and at least so often something is looked at.
constexpr TimeUs kNewsPause = 1'000'000, kLookAgain = 60'000'000;

/// A number that differs from poller to poller and from time to time: waits are scattered by it, nothing is kept secret with it.
std::uint32_t scatter(const std::string& name, TimeUs now) {
  const Sha256 digest = sha256(name + std::to_string(now));
  std::uint32_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number;
}

}  // namespace

std::unique_ptr<IntakeBatch> intake_batch(const PollBatch& batch, std::uint32_t source, TimeUs now) {
  auto records = std::make_unique<IntakeBatch>(source);
  const std::string mark = packed(batch.mark);
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    Received received;
    received.raw = batch.body.substr(batch.records[i].at, batch.records[i].size);
    if (i + 1 == batch.records.size()) received.poll_mark = mark;
    if (!records->add(received, now, "")) return nullptr;
  }
  return records;
}

PollEngine::PollEngine(const Place& place, std::vector<One> pollers) : place_(place) {
  for (One& one : pollers) lanes_.push_back({.one = std::move(one), .told = {}});
}

void PollEngine::stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void PollEngine::answered(PollAnswered answered) {
  const std::lock_guard<std::mutex> lock(mutex_);
  answers_.push_back(std::move(answered));
  changed_.notify_all();
}

void PollEngine::run() {
  while (true) {
    std::vector<PollAnswered> answers;
    std::vector<Safe> safe;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      const TimeUs now = place_.env.now_us();
      const auto most = std::chrono::microseconds(std::clamp<TimeUs>(next_due(now) - now, 0, kLookAgain));
      changed_.wait_for(lock, most, [this] { return stopping_ || !answers_.empty() || !safe_.empty(); });
      if (stopping_) return;
      answers.swap(answers_);
      safe.swap(safe_);
    }
    const TimeUs now = place_.env.now_us();
    for (PollAnswered& answered : answers) take(std::move(answered), now);
    for (const Safe& one : safe) {
      lanes_[one.lane].in_journal = false;
      lanes_[one.lane].one.poller->acknowledged(one.safe, now);
    }
    for (std::size_t i = 0; i < lanes_.size(); ++i) step(i, now);
  }
}

void PollEngine::take(PollAnswered answered, TimeUs now) {
  if (answered.poller >= lanes_.size()) return;
  Lane& lane = lanes_[answered.poller];
  Poller& poller = *lane.one.poller;
  poller.answered(std::move(answered.answer), now, scatter(poller.settings().name, now));
  if (const std::uint64_t lost = poller.take_too_large(); lost > 0) place_.intake.refuse(lane.one.source, lost);
  lane.news = true;
}

void PollEngine::step(std::size_t at, TimeUs now) {
  Lane& lane = lanes_[at];
  Poller& poller = *lane.one.poller;
  if (poller.batch() != nullptr && !lane.in_journal && poller.batch_due() <= now && !hand_over(at)) poller.acknowledged(false, now);
  if (poller.due() && *poller.due() <= now) {
    if (!send_ask(place_.executor, {static_cast<std::uint8_t>(at), poller.ask(now)})) ::_exit(1);  // without the executor there is nothing to do; both are started anew
  }
  if (lane.news && (lane.told != poller.trouble() || now - lane.told_at >= kNewsPause)) tell(at, now);
}

/// False if there is no room for it now.
bool PollEngine::hand_over(std::size_t at) {
  Lane& lane = lanes_[at];
  std::unique_ptr<IntakeBatch> batch = intake_batch(*lane.one.poller->batch(), lane.one.source, place_.env.now_us());
  if (batch == nullptr) return false;
  lane.in_journal = place_.intake.submit(std::move(batch), [this, at](const IntakeResult& result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    safe_.push_back({at, result.safe});
    changed_.notify_all();
  });
  return lane.in_journal;
}

void PollEngine::tell(std::size_t at, TimeUs now) {
  Lane& lane = lanes_[at];
  const Poller& poller = *lane.one.poller;
  place_.queue.push(poll_news_message({static_cast<std::uint8_t>(at), poller.last_answer(), poller.due().value_or(kNoTime), cursor_time(poller.cursor()), poller.requests(), poller.trouble()}));
  lane.told = poller.trouble();
  lane.told_at = now;
  lane.news = false;
}

TimeUs PollEngine::next_due(TimeUs now) const {
  TimeUs next = now + kLookAgain;
  for (const Lane& lane : lanes_) {
    const Poller& poller = *lane.one.poller;
    if (poller.due()) next = std::min(next, *poller.due());
    if (poller.batch() != nullptr && !lane.in_journal) next = std::min(next, poller.batch_due());
    if (lane.news) next = std::min(next, lane.told_at + kNewsPause);
  }
  return next;
}

}  // namespace tocsin
