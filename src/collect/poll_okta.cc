// The System Log of Okta (System Log API, GET /api/v1/logs), as it is meant to be polled: since and sortOrder=ASCENDING without until, then the address behind rel="next", which is always there. Such a request gives
// events in the order in which they were written down, so what comes late is behind that address, too, and the address is the cursor. Events have "uuid" and "published".
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "collect/poll_parts.h"

namespace tocsin {

namespace {

constexpr TimeUs kSlack = 60'000'000;

class OktaApi : public PollApi {
 public:
  explicit OktaApi(const PollerSettings& settings) : overlap_(settings.overlap_us) {}

  /// An address that was refused is not asked twice: the log is begun again a little before what was seen last.
  void resume(std::string_view cursor) override {
    from_ = std::max<TimeUs>(0, cursor_time(cursor));
    next_ = std::exchange(refused_, false) ? std::string_view() : cursor_value(cursor, "next");
  }
  void forget_place() override { refused_ = true; }

  PollRequest next(TimeUs) override {
    if (!next_.empty()) return {false, next_};
    return {false, fmt::format("/api/v1/logs?since={}&sortOrder=ASCENDING&limit=1000", percent_encoded(second_text(std::max<TimeUs>(0, from_ - overlap_))))};
  }

  Result<PollPage> read(PollAnswer answer, const PollIds&, TimeUs now) override {
    PollPage page;
    std::string next = next_link(answer);
    page.body = std::move(answer.body);
    TRY(add_events(page, page.body, [](std::string_view event, PollRecord& record) {
      const std::string id = json_text(event, "uuid");
      record.id = poll_id(id.empty() ? event : id);
      record.time = json_time(event, "published");
    }));
    TimeUs newest = from_;
    for (const PollRecord& record : page.records) newest = std::max(newest, record.time);
    from_ = std::max(from_, std::min(newest, now));
    if (!next.empty()) next_ = std::move(next);
    page.more = !page.records.empty();
    page.cursor = cursor_at(from_) + (next_.empty() ? "" : "next=" + next_ + "\n");
    page.forget_before = from_ - overlap_ - kSlack;
    return page;
  }

 private:
  const TimeUs overlap_;
  TimeUs from_ = 0;
  std::string next_;
  bool refused_ = false;  // what next_ said
};

}  // namespace

std::unique_ptr<PollApi> make_okta_api(const PollerSettings& settings) { return std::make_unique<OktaApi>(settings); }

}  // namespace tocsin
