// What the APIs that are polled have in common: members of JSON bodies, texts in addresses, and passes over a time that grows (PollSlices). Pure, one thread for each object. What is not there is
// empty; what is no JSON is said by who asked for it.
//
//   const std::string_view list = json_member(body, "value");
//   if (!each_element(list, [&](std::string_view event) { … })) return not_json();
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "collect/poll_api.h"

namespace tocsin {

/// The value of the first member of that name of a JSON object, as it stands there; "" if there is none.
std::string_view json_member(std::string_view object, std::string_view name);
/// The same, a text, without quotes and escapes; "" of anything else.
std::string json_text(std::string_view object, std::string_view name);
/// A time of RFC 3339 there; kNoTime if there is none.
TimeUs json_time(std::string_view object, std::string_view name);
/// Calls `take` with each element of a JSON array that is all there is from its beginning on. False if it is none, or if `take` says so.
bool each_element(std::string_view array, const std::function<bool(std::string_view)>& take);

/// As a part of a query (RFC 3986, section 2.1).
std::string percent_encoded(std::string_view text);
/// "2026-07-17T14:18:34Z"; cut, not rounded.
std::string second_text(TimeUs time);

/// Adds each element of `array`, which is a part of page.body, as an event. `describe` sets its id and time.
Status add_events(PollPage& page, std::string_view array, const std::function<void(std::string_view event, PollRecord& record)>& describe);

/// Passes over the time of events, for APIs that are asked for a stretch of it. A pass begins `overlap` before what is known to be whole, since events come late, and ends now or, where there is much to
/// catch up with, a slice later. It does not depend on the order in which events come within a pass.
class PollSlices {
 public:
  explicit PollSlices(const PollerSettings& settings);
  void resume(std::string_view cursor);
  /// If none is under way.
  void begin(TimeUs now);
  TimeUs from() const { return query_from_; }
  /// kNoTime: it has no end.
  TimeUs to() const { return to_; }
  /// Takes away what was not asked for, and says in the page from where to go on. `over`: it is the last page of the pass.
  void finish(PollPage& page, bool over);

 private:
  const TimeUs overlap_;
  TimeUs from_ = 0, begun_ = kNoTime, query_from_ = 0, to_ = kNoTime;
  TimeUs slice_, newest_ = kNoTime;
  std::size_t events_ = 0;
};

}  // namespace tocsin
