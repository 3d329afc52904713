// What an answer's status and headers say, whatever the API: how long to wait, where the next page is, and what a person should do.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "collect/poller.h"

namespace tocsin {

namespace {

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7; the obsolete forms are not read).
std::optional<TimeUs> http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") return std::nullopt;
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  return parse_time(fmt::format("{}-{:02}-{}T{}Z", text.substr(12, 4), month / 3 + 1, text.substr(5, 2), text.substr(17, 8)));
}

bool is_target(std::string_view text) { return !text.empty() && text.size() <= kPollUrlBytesMax; }

}  // namespace

std::string_view PollAnswer::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, [](const auto& header) { return std::string_view(header.first); });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

/// <https://…>; rel="next", <https://…>; rel="self"
std::string next_link(const PollAnswer& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (name != "link") continue;
    for (std::size_t at = value.find('<'); at != std::string::npos; at = value.find('<', at)) {
      const std::size_t end = value.find('>', at);
      if (end == std::string::npos) break;
      const std::string_view target = std::string_view(value).substr(at + 1, end - at - 1);
      const std::size_t next = std::min(value.find('<', end), value.size());
      const std::string parameters = folded(std::string_view(value).substr(end, next - end));
      if (parameters.find("rel=\"next\"") != std::string::npos || parameters.find("rel=next") != std::string::npos) return is_target(target) ? std::string(target) : "";
      at = end;
    }
  }
  return {};
}

TimeUs asked_wait(const PollAnswer& answer, TimeUs now) {
  TimeUs wait = 0;
  if (const std::string_view after = answer.header("retry-after"); !after.empty()) {
    if (const auto seconds = number_of(after)) wait = std::min<std::int64_t>(*seconds, kPollAskedWaitUsMax / 1'000'000) * 1'000'000;
    else if (const auto date = http_date(after)) wait = *date - now;
  }
  for (const auto& [left, reset] : {std::pair("x-ratelimit-remaining", "x-ratelimit-reset"), std::pair("x-rate-limit-remaining", "x-rate-limit-reset")}) {
    if (number_of(answer.header(left)) != 0) continue;
    const auto until = number_of(answer.header(reset));  // seconds since 1970
    if (until && *until < INT64_MAX / 1'000'000) wait = std::max(wait, *until * 1'000'000 - now);
  }
  return std::clamp<TimeUs>(wait, 0, kPollAskedWaitUsMax);
}

std::string status_words(const PollerSettings& settings, int status) {
  switch (status) {
    case 400: return "400: the API does not understand the request; are the settings of this poller right?";
    case 401: return fmt::format("401: the token was refused; it may have expired or been withdrawn: put a new one where 'secret' says ({})", settings.value("secret"));
    case 403: return fmt::format("403: the token may not read this; it needs {}", settings.facts->permission);
    case 404: return fmt::format("404: there is nothing at this address; are the settings of this poller right, and does the token have {}?", settings.facts->permission);
    case 410: return "410: the API has forgotten the place where this poller was; it begins its pass again";
    case 429: return "429: the API asks for fewer requests; it is asked again later";
    default: break;
  }
  if (status >= 300 && status < 400) return fmt::format("{}: the API sends this poller elsewhere, and it does not go there with its token; is 'url' right?", status);
  if (status >= 500) return fmt::format("{}: the API has trouble of its own; it is asked again later", status);
  return fmt::format("{}: not an answer that this API is known for", status);
}

std::string_view cursor_value(std::string_view cursor, std::string_view name) {
  while (!cursor.empty()) {
    const std::size_t end = std::min(cursor.find('\n'), cursor.size());
    const std::string_view line = cursor.substr(0, end);
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == '=') return line.substr(name.size() + 1);
    cursor.remove_prefix(std::min(end + 1, cursor.size()));
  }
  return {};
}

TimeUs cursor_time(std::string_view cursor) { return number_of(cursor_value(cursor, "from")).value_or(kNoTime); }

std::string cursor_at(TimeUs from) { return fmt::format("from={}\n", std::max<TimeUs>(from, 0)); }

std::unique_ptr<PollApi> make_poll_api(const PollerSettings& settings) {
  switch (settings.kind()) {
    case PollKind::kGithub: return make_github_api(settings);
    case PollKind::kOkta: return make_okta_api(settings);
    case PollKind::kEntraSignIns:
    case PollKind::kEntraAudits: return make_entra_api(settings);
    case PollKind::kM365: return make_m365_api(settings);
    case PollKind::kGoogle: return make_google_api(settings);
    case PollKind::kCloudTrail: return make_cloudtrail_api(settings);
    case PollKind::kTaxii: return make_taxii_api(settings);
  }
  return nullptr;
}

}  // namespace tocsin
