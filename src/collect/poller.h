// One poller, as a machine without clock, socket or thread: what to ask and when, which records of an answer are new, in which batches they go to the journal, and when to come again. Whoever drives it
// (pipeline/poll_engine.h) makes its requests and hands its batches on. It is at one step at a time:
//
//   due ─ ask() ─► asking ─ answered() ─► handing over ─ batch(), acknowledged() for each ─► due again, at once or later
//
// Each batch has a mark beside its last record: what a poller that begins anew with it needs to neither lose nor repeat an event. A page is let go only when all of it is safe. Nothing
// fails: what is in the way is told by trouble(), and passes by itself; waits grow with it, up to kPollBackOffUsMax, and are as long as the API asks, up to kPollAskedWaitUsMax. One thread.
//
//   Poller poller(settings, mark, ids);
//   if (poller.due() <= now) if (auto request = poller.ask(now)) …
//   poller.answered(std::move(answer), now, random);
//   while (const PollBatch* batch = poller.batch()) … poller.acknowledged(safe, now);
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/poll_api.h"
#include "collect/poll_mark.h"

namespace tocsin {

/// Bytes of one batch, beside its mark: less than a frame of the journal has room for.
inline constexpr std::size_t kPollBatchBytesMax = 8u << 20;
/// The longest wait after failures: an API that was down for a day is asked again within ten minutes.
inline constexpr TimeUs kPollBackOffUsMax = 600'000'000;
/// The longest wait that an answer can ask for; limits of APIs are by the hour.
inline constexpr TimeUs kPollAskedWaitUsMax = 7'200'000'000;

struct PollBatch {
  std::vector<PollRecord> records;  // in `body`
  std::string_view body;            // good until the batch is acknowledged
  PollMark mark;                    // stands beside the last one
};

class Poller {
 public:
  /// From a mark that is safe, with all that was taken since. `ids` are those that the state has.
  Poller(PollerSettings settings, const PollMark& mark, const std::vector<std::pair<PollId, TimeUs>>& ids);

  const PollerSettings& settings() const { return settings_; }
  /// When ask() is to be called; nothing while it waits for an answer, or for the journal.
  std::optional<TimeUs> due() const { return step_ == Step::kDue ? std::optional(due_) : std::nullopt; }
  PollRequest ask(TimeUs now);
  /// `random` is any number; it scatters the waits after failures, so that many pollers do not come back at once.
  void answered(PollAnswer answer, TimeUs now, std::uint32_t random);
  /// The next that is to be handed to the journal; nullptr: there is none.
  const PollBatch* batch() const { return batches_.empty() ? nullptr : &batches_.front(); }
  /// From when on: the journal may have had no room for it.
  TimeUs batch_due() const { return due_; }
  /// `safe`: it is in the journal. If not, the same batch comes again.
  void acknowledged(bool safe, TimeUs now);

  /// Why nothing comes; "" if all is well.
  const std::string& trouble() const { return trouble_; }
  /// When the API gave its last good answer.
  TimeUs last_answer() const { return last_answer_; }
  std::uint64_t requests() const { return requests_; }
  /// Events that were larger than a record may be, since they were told last: they are not kept.
  std::uint64_t take_too_large() { return std::exchange(too_large_, 0); }
  const std::string& cursor() const { return mark_.cursor; }

 private:
  enum class Step : std::uint8_t { kDue, kAsking, kHandingOver };
  void fail(std::string words, TimeUs wait, TimeUs now);
  TimeUs back_off(std::uint32_t random) const;
  void refuse(const PollAnswer& answer, TimeUs now, std::uint32_t random);
  void cut_into_batches();
  void finish_batch(std::vector<PollRecord> records, bool last, std::size_t places);
  void end_page(TimeUs now);

  const PollerSettings settings_;
  const std::unique_ptr<PollApi> api_;
  PollMark mark_;  // what is safe; its ids are in known_
  PollIds known_;
  PollPage page_;
  std::deque<PollBatch> batches_;
  Step step_ = Step::kDue;
  TimeUs due_ = 0, not_before_ = 0;
  TimeUs last_answer_ = kNoTime;
  std::uint64_t requests_ = 0, too_large_ = 0;
  std::uint32_t failures_ = 0;
  std::string trouble_;
};

/// What to do about a status of an API, in a sentence: "401: the token was refused; …".
std::string status_words(const PollerSettings& settings, int status);
/// How long the API asks to wait, by Retry-After and the headers of its limits; 0: it does not.
TimeUs asked_wait(const PollAnswer& answer, TimeUs now);

}  // namespace tocsin
