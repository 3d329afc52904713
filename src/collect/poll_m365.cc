// The audit log of Microsoft 365 (Office 365 Management Activity API): a subscription is started once for each kind of content; then what became available is listed by the time at which it did
// (startTime, endTime: 24 hours at most, 7 days back; next pages by the header NextPageUri), and each blob that is listed is got from its contentUri. A blob never changes, and is a list of events, each with an "Id".
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "collect/poll_parts.h"

namespace tocsin {

namespace {

constexpr TimeUs kSecond = 1'000'000, kHour = 3'600 * kSecond, kSlack = 60 * kSecond;
/// The API goes back seven days; an hour of it is for the way.
constexpr TimeUs kOldest = 7 * 24 * kHour - kHour;
constexpr TimeUs kStretchMost = 24 * kHour, kOverlapMost = 12 * kHour;
/// Blobs of one pass; a day of a large organization has some thousands.
constexpr std::size_t kBlobsMax = 100'000;

struct Blob {
  PollId id{};
  std::string url;
  TimeUs created = 0;
};

class M365Api : public PollApi {
 public:
  explicit M365Api(const PollerSettings& settings)
      : feed_(fmt::format("/api/v1.0/{}/activity/feed/subscriptions", settings.value("tenant"))),
        query_(fmt::format("contentType={}&PublisherIdentifier={}", settings.value("content"), settings.value("tenant"))),
        overlap_(std::min(settings.overlap_us, kOverlapMost)) {}

  void resume(std::string_view cursor) override {
    from_ = std::max<TimeUs>(0, cursor_time(cursor));
    begun_ = kNoTime;
    listed_ = false;
    next_.clear();
    blobs_.clear();
  }
  void forget_place() override {
    if (listed_ && !blobs_.empty()) gone_.add(blobs_.front().id, blobs_.front().created);
  }
  bool is_good(const PollAnswer& answer) const override {
    return answer.status == 200 || (!subscribed_ && answer.status == 400 && answer.body.find("AF20024") != std::string::npos);  // it is started already
  }

  PollRequest next(TimeUs now) override {
    if (!subscribed_) return {true, fmt::format("{}/start?{}", feed_, query_)};
    if (listed_ && !blobs_.empty()) return {false, blobs_.front().url};
    if (begun_ == kNoTime) begin(now);
    if (!next_.empty()) return {false, next_};
    const auto text = [](TimeUs time) { return percent_encoded(format_time(time).substr(0, 19)); };
    return {false, fmt::format("{}/content?{}&startTime={}&endTime={}", feed_, query_, text(query_from_), text(to_))};
  }

  Result<PollPage> read(PollAnswer answer, const PollIds& known, TimeUs) override {
    PollPage page;
    page.more = true;
    page.words = std::exchange(words_, {});
    page.cursor = cursor_at(from_);
    page.forget_before = from_ - overlap_ - kSlack;
    if (!subscribed_) {
      subscribed_ = true;
      return page;
    }
    if (!listed_) {
      TRY(read_list(answer, known));
    } else {
      TRY(read_blob(std::move(answer), page));
    }
    if (listed_ && blobs_.empty()) end_pass(page);
    return page;
  }

 private:
  void begin(TimeUs now) {
    begun_ = now;
    if (from_ < now - kOldest) words_ = fmt::format("what became available before {} is older than the API remembers (7 days) and was not read", second_text(now - kOldest));
    query_from_ = std::max(from_ - overlap_, now - kOldest);
    to_ = std::min(query_from_ + kStretchMost, now);
    newest_ = from_;
  }

  Status read_list(const PollAnswer& answer, const PollIds& known) {
    const bool good = each_element(answer.body, [&](std::string_view item) {
      const std::string id = json_text(item, "contentId"), url = json_text(item, "contentUri");
      const TimeUs created = json_time(item, "contentCreated");
      if (id.empty() || url.empty() || created == kNoTime || url.size() > kPollUrlBytesMax || blobs_.size() >= kBlobsMax) return false;
      newest_ = std::max(newest_, created);
      const PollId blob = poll_id("blob " + id);
      if (!known.contains(blob) && !gone_.contains(blob)) blobs_.push_back({blob, url, created});
      return true;
    });
    if (!good) return Error{Code::kInvalid, "an answer is not what this API gives: it has no list of content in JSON, or was cut"};
    next_ = answer.header("nextpageuri");
    if (next_.size() > kPollUrlBytesMax) return Error{Code::kLimit, fmt::format("the address of the next page is longer than {} bytes", kPollUrlBytesMax)};
    if (!next_.empty()) return {};
    listed_ = true;
    std::ranges::stable_sort(blobs_, {}, &Blob::created);
    return {};
  }

  /// Where an event is in several blobs, the first counts.
  Status read_blob(PollAnswer answer, PollPage& page) {
    const Blob& blob = blobs_.front();
    page.body = std::move(answer.body);
    TRY(add_events(page, page.body, [&](std::string_view event, PollRecord& record) {
      const std::string id = json_text(event, "Id");
      record.id = poll_id(id.empty() ? event : id);
      record.time = blob.created;
    }));
    page.done = {{blob.id, blob.created}};
    blobs_.pop_front();
    return {};
  }

  void end_pass(PollPage& page) {
    const bool behind = to_ < begun_ - overlap_;
    from_ = behind ? to_ : std::min(newest_, std::max(from_, begun_));
    page.cursor = cursor_at(from_);
    page.forget_before = from_ - overlap_ - kSlack;
    page.more = behind;
    begun_ = kNoTime;
    listed_ = false;
    gone_.forget_before(page.forget_before);
  }

  const std::string feed_, query_;
  const TimeUs overlap_;
  bool subscribed_ = false, listed_ = false;
  TimeUs from_ = 0, begun_ = kNoTime, query_from_ = 0, to_ = 0, newest_ = 0;
  std::string next_, words_;
  std::deque<Blob> blobs_;
  PollIds gone_;  // blobs that are not there any more, or cannot be read
};

}  // namespace

std::unique_ptr<PollApi> make_m365_api(const PollerSettings& settings) { return std::make_unique<M365Api>(settings); }

}  // namespace tocsin
