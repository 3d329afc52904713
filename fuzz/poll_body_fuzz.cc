// Any bytes as the answer of an API that is polled, the first byte choosing which. Whatever it says, what is taken as an event is JSON that stands in the body, no event is taken twice, and a poller that begins anew from the
// mark of a batch takes none of its events again.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "collect/json_walk.h"
#include "collect/poll_wire.h"
#include "collect/poller.h"

namespace {

using namespace tocsin;

constexpr TimeUs kNow = 1'780'000'000'000'000;
constexpr const char* kKinds[] = {"github,org=a", "okta,url=https://o.example", "entra-signins,tenant=t,client_id=c", "m365,tenant=t,client_id=c,content=Audit.General",
                                  "google,application=login,subject=s", "cloudtrail,bucket=b,region=r,prefix=AWSLogs/1/CloudTrail/r/", "taxii,url=https://t.example,api_root=r,collection=c"};

PollAnswer answer_of(std::string_view body) {
  PollAnswer answer;
  answer.status = 200;
  answer.body = body;
  answer.headers = {{"link", std::string(body.substr(0, 100))}, {"nextpageuri", std::string(body.substr(0, 20))}, {"x-taxii-date-added-last", std::string(body.substr(0, 20))}};
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  (void)read_answered(body);
  (void)read_ask(body);
  (void)unpacked_poll_mark(body);
  const Result<PollerSettings> settings = read_poller(std::string("name=p,secret=/s,kind=") + kKinds[data[0] % std::size(kKinds)]);
  TOCSIN_CHECK(settings.has_value());
  PollMark mark;
  mark.name = "p";
  mark.cursor = cursor_at(kNow - 3'600'000'000);
  Poller poller(*settings, mark, {});
  for (int i = 0; i < 4; ++i) {
    (void)poller.ask(kNow);
    poller.answered(answer_of(body), kNow, 0);
    while (const PollBatch* const batch = poller.batch()) {
      TOCSIN_CHECK(!batch->records.empty());
      for (const PollRecord& record : batch->records) TOCSIN_CHECK(is_json_object(batch->body.substr(record.at, record.size)));
      TOCSIN_CHECK(unpacked_poll_mark(packed(batch->mark)).has_value());
      std::set<PollId> taken;
      for (const auto& [id, time] : batch->mark.ids) TOCSIN_CHECK(taken.insert(id).second);
      poller.acknowledged(true, kNow);
    }
  }
  return 0;
}
