// What an API that is asked for its events again and again looks like to a poller (poller.h): what to ask next, and what an answer says. One file for each API
// (poll_github.cc …), pure: no socket, no clock, no credentials. The request is made by another process, which has the credential and checks for itself what it is asked
// to ask (src/respond/executor). One poller uses one of these, from one thread. read() fails with kInvalid, in words for people, where an answer is not what the API says it gives;
// then its place within the pass is lost, and the poller begins again from the cursor that is safe.
//
//   api->resume(mark.cursor);
//   const PollRequest request = api->next(now);
//   PollPage page = TRY(api->read(std::move(answer), known, now));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "collect/poll_ids.h"
#include "collect/poller_settings.h"

namespace tocsin {

/// An address that is asked; the longest are those of next pages, which carry a cursor of one or two KB.
inline constexpr std::size_t kPollUrlBytesMax = 8u << 10;
/// A body. Pages have 1,000 events at most; the largest objects of CloudTrail have some MB, packed.
inline constexpr std::size_t kPollBodyBytesMax = 32u << 20;
/// What an object of CloudTrail may unpack to.
inline constexpr std::size_t kPollUnpackedBytesMax = 256u << 20;
/// Events of one answer. An object of CloudTrail has a few thousand, a page 1,000.
inline constexpr std::size_t kPollRecordsMax = 500'000;

struct PollRequest {
  bool post = false;  // without a body
  std::string url;    // "/path?query" at the poller's own address, or a whole one as the API gave it
};

/// Why there is no answer of the API.
enum class PollTrouble : std::uint8_t {
  kNone,
  kNetwork,     // it cannot be reached, or its answer is none
  kCredential,  // the secret cannot be read, or nobody believes it
  kForbidden,   // the executor does not make such a request
  kQuota,       // it has made as many as it may today
};

struct PollAnswer {
  PollTrouble trouble = PollTrouble::kNone;
  std::string words = {};  // of a trouble
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string body = {};

  /// "" if it is not there.
  std::string_view header(std::string_view name) const;
};

struct PollRecord {
  std::size_t at = 0, size = 0;  // in the body
  PollId id = {};
  TimeUs time = kNoTime;  // of the event
};

struct PollPage {
  std::string body;
  std::vector<PollRecord> records;
  /// What the records are part of, where that never changes: then the places up to which it was taken are remembered, not each record. And its time.
  std::string part = {};
  TimeUs part_time = kNoTime;
  /// Remembered once all records are safe.
  std::vector<std::pair<PollId, TimeUs>> done = {};
  /// From where to go on once all records are safe.
  std::string cursor = {};
  /// What is older will not be asked for any more, so no id of it is needed.
  TimeUs forget_before = kNoTime;
  bool more = false;  // there is something to ask at once
  std::string words = {};  // what a person should know of it
};

class PollApi {
 public:
  virtual ~PollApi() = default;
  /// Begins a pass from a cursor that is safe. "from=0\n" at least stands in it.
  virtual void resume(std::string_view cursor) = 0;
  /// The same again until it is answered by something that can be read.
  virtual PollRequest next(TimeUs now) = 0;
  /// Of an answer with status 200.
  virtual Result<PollPage> read(PollAnswer answer, const PollIds& known, TimeUs now) = 0;
  /// What it asked last was refused as nothing that is there (400, 404, 410): resume(), which follows, goes round it.
  virtual void forget_place() {}
  /// Whether another status is what was wanted, too.
  virtual bool is_good(const PollAnswer& answer) const { return answer.status == 200; }
};

std::unique_ptr<PollApi> make_poll_api(const PollerSettings& settings);

/// One for each kind; make_poll_api() chooses.
std::unique_ptr<PollApi> make_github_api(const PollerSettings& settings);
std::unique_ptr<PollApi> make_okta_api(const PollerSettings& settings);
std::unique_ptr<PollApi> make_entra_api(const PollerSettings& settings);
std::unique_ptr<PollApi> make_m365_api(const PollerSettings& settings);
std::unique_ptr<PollApi> make_google_api(const PollerSettings& settings);
std::unique_ptr<PollApi> make_cloudtrail_api(const PollerSettings& settings);
std::unique_ptr<PollApi> make_taxii_api(const PollerSettings& settings);

/// A cursor is lines of name=value.
std::string_view cursor_value(std::string_view cursor, std::string_view name);
/// kNoTime if it is not there.
TimeUs cursor_time(std::string_view cursor);
std::string cursor_at(TimeUs from);

/// The address behind rel="next" of a Link header (RFC 8288); "" if there is none. Several headers of that name may be there.
std::string next_link(const PollAnswer& answer);

}  // namespace tocsin
