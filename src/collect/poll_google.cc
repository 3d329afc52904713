// Activities of Google Workspace (Admin SDK, Reports API, activities.list: GET /admin/reports/v1/activity/users/all/applications/{applicationName}): startTime, endTime, maxResults, pageToken; next pages by
// "nextPageToken" in the body. The newest come first. An activity is told by its "id": time, uniqueQualifier, applicationName, customerId.
#include <fmt/format.h>

#include "collect/poll_parts.h"

namespace tocsin {

namespace {

class GoogleApi : public PollApi {
 public:
  explicit GoogleApi(const PollerSettings& settings) : application_(settings.value("application")), slices_(settings) {}

  void resume(std::string_view cursor) override {
    slices_.resume(cursor);
    token_.clear();
  }

  PollRequest next(TimeUs now) override {
    slices_.begin(now);
    std::string url = fmt::format("/admin/reports/v1/activity/users/all/applications/{}?maxResults=1000&startTime={}", application_, percent_encoded(second_text(slices_.from())));
    if (slices_.to() != kNoTime) url += "&endTime=" + percent_encoded(second_text(slices_.to()));
    if (!token_.empty()) url += "&pageToken=" + percent_encoded(token_);
    return {false, std::move(url)};
  }

  Result<PollPage> read(PollAnswer answer, const PollIds&, TimeUs) override {
    PollPage page;
    page.body = std::move(answer.body);
    token_ = json_text(page.body, "nextPageToken");
    if (token_.size() > kPollUrlBytesMax / 4) return Error{Code::kLimit, fmt::format("the token of the next page is longer than {} bytes", kPollUrlBytesMax / 4)};
    const std::string_view items = json_member(page.body, "items");
    // Where nothing happened there is no list.
    const bool is_empty = items.empty() && json_text(page.body, "kind") == "admin#reports#activities";
    if (!is_empty) {
      TRY(add_events(page, items, [](std::string_view event, PollRecord& record) {
        const std::string_view id = json_member(event, "id");
        const std::string name = fmt::format("{} {} {} {}", json_text(id, "time"), json_text(id, "uniqueQualifier"), json_text(id, "applicationName"), json_text(id, "customerId"));
        record.id = poll_id(json_text(id, "uniqueQualifier").empty() ? event : name);
        record.time = json_time(id, "time");
      }));
    }
    slices_.finish(page, token_.empty());
    return page;
  }

 private:
  const std::string application_;
  PollSlices slices_;
  std::string token_;
};

}  // namespace

std::unique_ptr<PollApi> make_google_api(const PollerSettings& settings) { return std::make_unique<GoogleApi>(settings); }

}  // namespace tocsin
