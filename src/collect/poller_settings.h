// What is said of one poller in the settings: which API, whose events, how often. As text it is name=value pairs with commas between (a comma within a value is written \,), which is how the settings, the
// core and its processes hand it on; the secret itself is never in it, but where it stands. Pure. read_poller() fails with kInvalid, in words for whoever wrote the settings.
//
//   const PollerSettings poller = TRY(read_poller("name=github,kind=github,org=acme,secret=/etc/tocsin/github-token"));
//   poller.value("org")
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tocsin {

/// Each has a row in the status, a source and a thread of the executor.
inline constexpr std::size_t kPollersMax = 64;
/// A name, as a part of a source's.
inline constexpr std::size_t kPollerNameBytesMax = 64;
/// Of all that is said of one.
inline constexpr std::size_t kPollerTextBytesMax = 4u << 10;

enum class PollKind : std::uint8_t { kGithub, kOkta, kEntraSignIns, kEntraAudits, kM365, kGoogle, kCloudTrail, kTaxii };

/// One kind of API.
struct PollKindFacts {
  std::string_view name;
  PollKind kind;
  std::string_view required;  // keys, with a space behind each
  std::string_view optional;
  std::string_view url;        // where it is, {} standing for values: "https://api.github.com"; "": `url` has to be given
  std::string_view login_url;  // where a token is had; "": none is needed
  std::int64_t interval_s, overlap_s;
  std::string_view permission;  // what its credential has to be allowed
};
std::span<const PollKindFacts> poll_kinds();

struct PollerSettings {
  std::string name;
  const PollKindFacts* facts = nullptr;
  std::map<std::string, std::string> values;  // all that was given
  std::string url, login_url;                  // where it is asked, without a "/" at the end
  TimeUs interval_us = 0;                      // between two passes
  TimeUs overlap_us = 0;                       // how late an event may come
  TimeUs start_us = 0;                         // how far back the first pass goes
  std::uint64_t requests_a_day = 0;

  PollKind kind() const { return facts->kind; }
  /// Whether it is asked for indicators, which are kept as a feed (detect/intel/indicator_feed.h), not for events.
  bool is_feed() const { return kind() == PollKind::kTaxii; }
  /// "" if it was not given.
  const std::string& value(const std::string& key) const;
  /// Its source in the journal.
  std::string source() const { return "poll/" + name; }
};

Result<PollerSettings> read_poller(std::string_view text);
/// "key=value" with commas between.
std::string poller_text(const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace tocsin
