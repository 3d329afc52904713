// CloudTrail's files in a bucket of S3 ("CloudTrail log file name format"; ListObjectsV2, GetObject of the S3 API): keys are PREFIX/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz, so they are listed in
// the order of their time, from a key on. An object never changes and is {"Records":[…]}; how many of its records were taken is what is remembered of one that is begun. Other objects under the prefix are passed over.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "collect/poll_parts.h"
#include "collect/s3_list.h"
#include "collect/unpacked.h"

namespace tocsin {

namespace {

constexpr TimeUs kSlack = 120'000'000;
constexpr std::string_view kGzip = "\x1f\x8b";

/// "…_20150801T0210Z_…" in the last part of a key; kNoTime if it is no log file of CloudTrail.
TimeUs time_of(std::string_view key) {
  const std::string_view name = key.substr(key.rfind('/') + 1);
  const std::size_t end = name.rfind('_');
  if (!name.ends_with(".json.gz") || end == std::string_view::npos || end < 15 || name[end - 15] != '_' || name[end - 1] != 'Z') return kNoTime;
  const std::string_view time = name.substr(end - 14, 13);
  return parse_time(fmt::format("{}-{}-{}T{}:{}:00Z", time.substr(0, 4), time.substr(4, 2), time.substr(6, 2), time.substr(9, 2), time.substr(11, 2))).value_or(kNoTime);
}

std::string encoded_path(std::string_view key) {
  std::string path;
  for (std::size_t at = 0; at <= key.size();) {
    const std::size_t end = std::min(key.find('/', at), key.size());
    path += (at == 0 ? "" : "/") + percent_encoded(key.substr(at, end - at));
    at = end + 1;
  }
  return path;
}

class CloudTrailApi : public PollApi {
 public:
  explicit CloudTrailApi(const PollerSettings& settings) : bucket_(settings.value("bucket")), prefix_(settings.value("prefix")), overlap_(settings.overlap_us) {}

  void resume(std::string_view cursor) override {
    from_ = std::max<TimeUs>(0, cursor_time(cursor));
    in_pass_ = false;
    keys_.clear();
  }

  void forget_place() override {
    if (!keys_.empty()) gone_.add(poll_id(keys_.front()), time_of(keys_.front()));
  }

  PollRequest next(TimeUs) override {
    if (!keys_.empty()) return {false, fmt::format("/{}/{}", bucket_, encoded_path(keys_.front()))};
    if (!in_pass_) {
      in_pass_ = true;
      query_from_ = std::max<TimeUs>(0, from_ - overlap_);
      after_ = key_at(query_from_);
    }
    return {false, fmt::format("/{}?encoding-type=url&list-type=2&max-keys=1000&prefix={}&start-after={}", bucket_, percent_encoded(prefix_), percent_encoded(after_))};
  }

  Result<PollPage> read(PollAnswer answer, const PollIds& known, TimeUs now) override {
    PollPage page;
    if (keys_.empty()) {
      TRY(read_list(answer.body, known));
    } else {
      TRY(read_object(std::move(answer.body), page, now));
    }
    page.more = !keys_.empty() || truncated_;
    if (!page.more) in_pass_ = false;
    page.cursor = cursor_at(from_);
    page.forget_before = from_ - overlap_ - kSlack;
    gone_.forget_before(page.forget_before);
    return page;
  }

 private:
  /// AWSLogs/ACCOUNT/CloudTrail/REGION/ is what AWS writes, also behind a prefix of one's own; of another one days alone are known.
  std::string key_at(TimeUs time) const {
    const std::string text = second_text(time);
    const std::string day = fmt::format("{}{}/{}/{}/", prefix_, text.substr(0, 4), text.substr(5, 2), text.substr(8, 2));
    const std::size_t trail = prefix_.rfind("/CloudTrail/");
    if (trail == std::string::npos) return day;
    const std::size_t account = prefix_.rfind('/', trail - 1);
    const std::string region = prefix_.substr(trail + 12);
    if (account == std::string::npos || region.size() < 2 || region.find('/') != region.size() - 1) return day;
    return fmt::format("{}{}_CloudTrail_{}_{}{}{}T{}{}", day, prefix_.substr(account + 1, trail - account - 1), region.substr(0, region.size() - 1), text.substr(0, 4), text.substr(5, 2),
                       text.substr(8, 2), text.substr(11, 2), text.substr(14, 2));
  }

  Status read_list(std::string_view body, const PollIds& known) {
    S3List list = TRY(read_s3_list(body));
    truncated_ = list.truncated && !list.keys.empty();
    for (std::string& key : list.keys) {
      if (key <= after_) return Error{Code::kInvalid, "the bucket lists an object before the one from which it was asked"};
      after_ = key;
      const TimeUs time = time_of(key);
      if (time >= query_from_ - kSlack && time != kNoTime && !known.contains(poll_id(key)) && !gone_.contains(poll_id(key))) keys_.push_back(std::move(key));
    }
    return {};
  }

  Status read_object(std::string body, PollPage& page, TimeUs now) {
    const std::string& key = keys_.front();
    const TimeUs time = time_of(key);
    page.body = body.starts_with(kGzip) ? TRY(unpacked(body, Packing::kGzip, kPollUnpackedBytesMax)) : std::move(body);
    TRY(add_events(page, json_member(page.body, "Records"), [time](std::string_view, PollRecord& record) { record.time = time; }));
    page.part = key;
    page.part_time = time;
    page.done = {{poll_id(key), time}};
    from_ = std::max(from_, std::min(time, now));
    keys_.pop_front();
    return {};
  }

  const std::string bucket_, prefix_;
  const TimeUs overlap_;
  bool in_pass_ = false, truncated_ = false;
  TimeUs from_ = 0, query_from_ = 0;
  std::string after_;  // the last key that was listed
  std::deque<std::string> keys_;
  PollIds gone_;  // objects that are not there, or cannot be read
};

}  // namespace

std::unique_ptr<PollApi> make_cloudtrail_api(const PollerSettings& settings) { return std::make_unique<CloudTrailApi>(settings); }

}  // namespace tocsin
