// Sign-ins and directory audits of Entra ID, by Microsoft Graph v1.0 (List signIns, List directoryAudits: GET /auditLogs/signIns, /auditLogs/directoryAudits): $filter by time, $top; next pages
// by "@odata.nextLink" in the body. Nothing is taken for granted of the order.
#include <fmt/format.h>

#include "collect/poll_parts.h"

namespace tocsin {

namespace {

class EntraApi : public PollApi {
 public:
  explicit EntraApi(const PollerSettings& settings)
      : path_(settings.kind() == PollKind::kEntraSignIns ? "/v1.0/auditLogs/signIns" : "/v1.0/auditLogs/directoryAudits"),
        time_(settings.kind() == PollKind::kEntraSignIns ? "createdDateTime" : "activityDateTime"),
        slices_(settings) {}

  void resume(std::string_view cursor) override {
    slices_.resume(cursor);
    next_.clear();
  }

  PollRequest next(TimeUs now) override {
    slices_.begin(now);
    if (!next_.empty()) return {false, next_};
    std::string filter = fmt::format("{} ge {}", time_, second_text(slices_.from()));
    if (slices_.to() != kNoTime) filter += fmt::format(" and {} le {}", time_, second_text(slices_.to()));
    return {false, fmt::format("{}?%24filter={}&%24top=1000", path_, percent_encoded(filter))};
  }

  Result<PollPage> read(PollAnswer answer, const PollIds&, TimeUs) override {
    PollPage page;
    page.body = std::move(answer.body);
    next_ = json_text(page.body, "@odata.nextLink");
    if (next_.size() > kPollUrlBytesMax) return Error{Code::kLimit, fmt::format("the address of the next page is longer than {} bytes", kPollUrlBytesMax)};
    TRY(add_events(page, json_member(page.body, "value"), [this](std::string_view event, PollRecord& record) {
      const std::string id = json_text(event, "id");
      record.id = poll_id(id.empty() ? event : id);
      record.time = json_time(event, time_);
    }));
    slices_.finish(page, next_.empty());
    return page;
  }

 private:
  const std::string_view path_, time_;
  PollSlices slices_;
  std::string next_;
};

}  // namespace

std::unique_ptr<PollApi> make_entra_api(const PollerSettings& settings) { return std::make_unique<EntraApi>(settings); }

}  // namespace tocsin
