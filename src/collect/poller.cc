#include "collect/poller.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "collect/received.h"

namespace tocsin {

namespace {

constexpr TimeUs kSecond = 1'000'000;
/// After the first failure; each further one doubles it.
constexpr TimeUs kFirstWait = 2 * kSecond;
/// Between tries where the journal has no room.
constexpr TimeUs kJournalWait = kSecond;
/// In a row: perhaps it is the place that it fails at.
constexpr std::uint32_t kFailuresToBeginAgain = 8;
constexpr TimeUs kDay = 86'400 * kSecond;

}  // namespace

Poller::Poller(PollerSettings settings, const PollMark& mark, const std::vector<std::pair<PollId, TimeUs>>& ids)
    : settings_(std::move(settings)), api_(make_poll_api(settings_)), mark_(mark) {
  for (const auto& [id, time] : ids) known_.add(id, time);
  for (const auto& [id, time] : mark.ids) known_.add(id, time);
  mark_.ids.clear();
  api_->resume(mark_.cursor);
}

PollRequest Poller::ask(TimeUs now) {
  step_ = Step::kAsking;
  ++requests_;
  return api_->next(now);
}

void Poller::answered(PollAnswer answer, TimeUs now, std::uint32_t random) {
  if (step_ != Step::kAsking) return;
  step_ = Step::kDue;
  if (answer.trouble != PollTrouble::kNone || !api_->is_good(answer)) return refuse(answer, now, random);
  not_before_ = now + asked_wait(answer, now);
  Result<PollPage> page = api_->read(std::move(answer), known_, now);
  if (!page) {
    if (++failures_ % kFailuresToBeginAgain == 0) api_->forget_place();  // one damaged object must not keep all that are behind it
    api_->resume(mark_.cursor);
    return fail(page.error().message, back_off(random), now);
  }
  failures_ = 0;
  trouble_.clear();
  last_answer_ = now;
  page_ = std::move(*page);
  step_ = Step::kHandingOver;
  due_ = now;
  cut_into_batches();
  if (batches_.empty()) end_page(now);
}

/// Its place within the pass is kept, or a long pass would never end where requests are few; unless it is the place that is refused.
void Poller::refuse(const PollAnswer& answer, TimeUs now, std::uint32_t random) {
  if (answer.trouble == PollTrouble::kQuota) return fail(answer.words, (now / kDay + 1) * kDay - now, now);
  const bool is_gone = answer.trouble == PollTrouble::kForbidden || answer.status == 400 || answer.status == 404 || answer.status == 410;
  if (is_gone) api_->forget_place();
  if (++failures_ % kFailuresToBeginAgain == 0 || is_gone) api_->resume(mark_.cursor);
  if (answer.trouble != PollTrouble::kNone) return fail(answer.words, back_off(random), now);
  const TimeUs asked = asked_wait(answer, now);
  fail(status_words(settings_, answer.status), std::max(asked, asked > 0 && answer.status == 429 ? 0 : back_off(random)), now);
}

void Poller::fail(std::string words, TimeUs wait, TimeUs now) {
  trouble_ = std::move(words);
  due_ = now + wait;
}

/// Half of it is certain, half by chance.
TimeUs Poller::back_off(std::uint32_t random) const {
  const TimeUs most = std::min(kPollBackOffUsMax, kFirstWait << std::min<std::uint32_t>(failures_, 16));
  return most / 2 + static_cast<TimeUs>(random % 1'000) * (most / 2) / 1'000;
}

/// New records of the page, in batches that the journal takes whole. An object is cut at the same places each time, so what was taken of it is known by them.
void Poller::cut_into_batches() {
  const bool in_parts = !page_.part.empty();
  std::vector<PollRecord> fresh;
  std::set<PollId> seen;
  std::size_t bytes = 0, place = 0;
  for (const PollRecord& record : page_.records) {
    ++place;
    if (!in_parts && (known_.contains(record.id) || !seen.insert(record.id).second)) continue;
    if (record.size > kReceivedBytesMax) {
      ++too_large_;
      if (!in_parts) known_.add(record.id, std::max(record.time, page_.forget_before));
      continue;
    }
    if (!fresh.empty() && (fresh.size() >= kPollMarkIdsMax / 2 || bytes + record.size > kPollBatchBytesMax)) {
      finish_batch(std::exchange(fresh, {}), false, place - 1);
      bytes = 0;
    }
    bytes += record.size;
    fresh.push_back(record);
  }
  if (!fresh.empty()) finish_batch(std::move(fresh), true, place);
}

/// The last one's mark says that the page is over. `places`: how many records of the page are in this batch and those before it. What an event's id is remembered by is not older than what is forgotten, or it would be at once.
void Poller::finish_batch(std::vector<PollRecord> records, bool last, std::size_t places) {
  PollBatch batch;
  batch.body = page_.body;
  batch.mark.name = settings_.name;
  batch.mark.cursor = last ? page_.cursor : mark_.cursor;
  batch.mark.forget_before = last ? page_.forget_before : mark_.forget_before;
  if (page_.part.empty()) {
    for (const PollRecord& record : records) batch.mark.ids.emplace_back(record.id, std::max(record.time, page_.forget_before));
  } else if (!last) {
    const PollId taken = poll_id(fmt::format("{}#{}", page_.part, places));
    if (known_.contains(taken)) return batches_.clear();  // and with it all that are before it
    batch.mark.ids.emplace_back(taken, page_.part_time);
  }
  if (last) batch.mark.ids.insert(batch.mark.ids.end(), page_.done.begin(), page_.done.end());
  batch.records = std::move(records);
  batches_.push_back(std::move(batch));
}

void Poller::acknowledged(bool safe, TimeUs now) {
  if (step_ != Step::kHandingOver || batches_.empty()) return;
  if (!safe) {
    due_ = now + kJournalWait;
    return;
  }
  for (const auto& [id, time] : batches_.front().mark.ids) known_.add(id, time);
  batches_.pop_front();
  if (batches_.empty()) end_page(now);
}

void Poller::end_page(TimeUs now) {
  for (const auto& [id, time] : page_.done) known_.add(id, time);
  mark_.cursor = page_.cursor;
  mark_.forget_before = page_.forget_before;
  known_.forget_before(page_.forget_before);
  if (known_.forgotten() > 0) trouble_ = fmt::format("more than {} events came within its overlap, so some may be there twice; a shorter 'overlap' helps", kPollIdsMax);
  if (!page_.words.empty()) trouble_ = page_.words;
  due_ = std::max(not_before_, page_.more ? now : now + settings_.interval_us);
  page_ = {};
  step_ = Step::kDue;
}

}  // namespace tocsin
