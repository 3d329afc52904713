#include "collect/poll_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/json_walk.h"

namespace tocsin {

namespace {

constexpr TimeUs kSecond = 1'000'000;
/// Of a slice. It grows where little happens and shrinks where much does, so that the ids of its events fit.
constexpr TimeUs kSliceFirst = 3'600 * kSecond, kSliceLeast = 60 * kSecond, kSliceMost = 86'400 * kSecond;
constexpr std::size_t kSliceEventsFew = 2'000, kSliceEventsMany = 20'000;
/// APIs cut times to seconds, and some to minutes.
constexpr TimeUs kSlack = 60 * kSecond;

}  // namespace

std::string_view json_member(std::string_view object, std::string_view name) {
  JsonMembers members(object, json_blanks(object, 0));
  while (members.next()) {
    if (members.key() == name) return members.value();
  }
  return {};
}

std::string json_text(std::string_view object, std::string_view name) {
  std::string unescaped;
  std::string_view text;
  return json_string(json_member(object, name), unescaped, text) ? std::string(text) : std::string();
}

TimeUs json_time(std::string_view object, std::string_view name) { return parse_time(json_text(object, name)).value_or(kNoTime); }

bool each_element(std::string_view array, const std::function<bool(std::string_view)>& take) {
  JsonElements elements(array, json_blanks(array, 0));
  while (elements.next()) {
    if (!take(elements.value())) return false;
  }
  return !elements.failed() && json_blanks(array, elements.end()) == array.size();
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string second_text(TimeUs time) { return format_time(time).substr(0, 19) + "Z"; }

Status add_events(PollPage& page, std::string_view array, const std::function<void(std::string_view event, PollRecord& record)>& describe) {
  bool too_many = false;
  const bool good = each_element(array, [&](std::string_view event) {
    too_many = page.records.size() >= kPollRecordsMax;
    if (!event.starts_with('{') || too_many) return false;
    PollRecord& record = page.records.emplace_back();
    record.at = static_cast<std::size_t>(event.data() - page.body.data());
    record.size = event.size();
    describe(event, record);
    return true;
  });
  if (too_many) return Error{Code::kLimit, fmt::format("an answer has more than {} events", kPollRecordsMax)};
  if (!good) return Error{Code::kInvalid, "an answer is not what this API gives: it has no list of events in JSON, or was cut"};
  return {};
}

PollSlices::PollSlices(const PollerSettings& settings) : overlap_(settings.overlap_us), slice_(kSliceFirst) {}

void PollSlices::resume(std::string_view cursor) {
  from_ = std::max<TimeUs>(0, cursor_time(cursor));
  begun_ = kNoTime;
}

void PollSlices::begin(TimeUs now) {
  if (begun_ != kNoTime) return;
  begun_ = now;
  query_from_ = std::max<TimeUs>(0, from_ - overlap_);
  to_ = from_ + slice_ < now - overlap_ ? from_ + slice_ : kNoTime;
  newest_ = from_;
  events_ = 0;
}

void PollSlices::finish(PollPage& page, bool over) {
  for (PollRecord& record : page.records) {
    if (record.time == kNoTime) record.time = query_from_;  // it says none, and is an event all the same
  }
  std::erase_if(page.records, [this](const PollRecord& record) { return record.time < query_from_ - kSlack; });
  events_ += page.records.size();
  for (const PollRecord& record : page.records) newest_ = std::max(newest_, record.time);
  page.more = !over;
  page.cursor = cursor_at(from_);
  page.forget_before = query_from_ - kSlack;
  if (!over) return;
  if (to_ != kNoTime && events_ < kSliceEventsFew) slice_ = std::min(2 * slice_, kSliceMost);
  if (events_ > kSliceEventsMany) slice_ = std::max(slice_ / 2, kSliceLeast);
  // An event from the future must not make the passes miss what comes until then.
  from_ = to_ != kNoTime ? to_ : std::min(newest_, std::max(from_, begun_));
  page.more = to_ != kNoTime;
  page.cursor = cursor_at(from_);
  page.forget_before = from_ - overlap_ - kSlack;
  begun_ = kNoTime;
}

}  // namespace tocsin
