#include "collect/poller_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/mistake.h"

namespace tocsin {

namespace {

constexpr std::string_view kCommon = "name kind secret url ca_file interval overlap start requests_per_day ";
constexpr std::uint64_t kRequestsADay = 50'000;
/// How far back a feed is asked for the first time: an indicator holds until somebody takes it back.
constexpr TimeUs kAllOfIt = INT64_MAX / 2;

/// Keys that stand in addresses: the characters of `values` that may.
constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

constexpr PollKindFacts kKinds[] = {
    {"github", PollKind::kGithub, "org ", "", "https://api.github.com", "", 60, 600, "read:audit_log, or the permission 'Administration: read' of the organization"},
    {"okta", PollKind::kOkta, "url ", "", "", "", 30, 600, "an API token of a read-only administrator, or okta.logs.read"},
    {"entra-signins", PollKind::kEntraSignIns, "tenant client_id ", "login_url ", "https://graph.microsoft.com", "https://login.microsoftonline.com", 120, 7'200,
     "AuditLog.Read.All of Microsoft Graph, as an application permission that an administrator has consented to"},
    {"entra-audits", PollKind::kEntraAudits, "tenant client_id ", "login_url ", "https://graph.microsoft.com", "https://login.microsoftonline.com", 120, 7'200,
     "AuditLog.Read.All of Microsoft Graph, as an application permission that an administrator has consented to"},
    {"m365", PollKind::kM365, "tenant client_id content ", "login_url ", "https://manage.office.com", "https://login.microsoftonline.com", 120, 7'200,
     "ActivityFeed.Read of the Office 365 Management APIs (and ActivityFeed.ReadDlp for DLP.All), as an application permission that an administrator has consented to"},
    {"google", PollKind::kGoogle, "application subject ", "login_url ", "https://admin.googleapis.com", "https://oauth2.googleapis.com", 300, 14'400,
     "the scope admin.reports.audit.readonly, delegated to the service account in the Admin console"},
    {"cloudtrail", PollKind::kCloudTrail, "bucket region prefix ", "", "https://s3.{}.amazonaws.com", "", 120, 3'600, "s3:ListBucket on the bucket and s3:GetObject on the prefix"},
    {"taxii", PollKind::kTaxii, "url api_root collection ", "user category confidence ", "", "", 3'600, 0, "can_read of the collection"},
};

Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

bool has_word(std::string_view words, std::string_view word) {
  return fmt::format(" {}", words).find(fmt::format(" {} ", word)) != std::string::npos;
}

/// name=value, name=value; a backslash takes the next character as it is.
Result<std::map<std::string, std::string>> pairs_of(std::string_view text) {
  std::map<std::string, std::string> pairs;
  std::string pair;
  const auto take = [&]() -> Status {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) return wrong(fmt::format("'{}' is not KEY=VALUE", pair));
    if (!pairs.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) return wrong(fmt::format("'{}' is there twice", pair.substr(0, equals)));
    pair.clear();
    return {};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      TRY(take());
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      pair += text[i];
    }
  }
  TRY(take());
  return pairs;
}

/// Of a TAXII server; one that is open to all needs no secret.
Status check_feed(const PollerSettings& poller) {
  const std::string& root = poller.value("api_root");
  const std::string inside = fmt::format("/{}/", root);
  if (root.find_first_not_of(std::string(kPlain) + "/") != std::string::npos || inside.find("/../") != std::string::npos || inside.find("/./") != std::string::npos || inside.find("//") != std::string::npos) {
    return wrong(fmt::format("'{}' is no api_root: the path behind the machine without the first and the last '/', such as taxii2/feeds", root));
  }
  if (poller.value("user").find(':') != std::string::npos) return wrong("a 'user' has no ':'");
  if (poller.values.contains("user") && !poller.values.contains("secret")) return wrong("a 'user' needs 'secret': the file with the password, or credential:NAME for one that systemd hands over");
  if (poller.value("category").size() > kPollerNameBytesMax) return wrong(fmt::format("a 'category' has {} bytes at most", kPollerNameBytesMax));
  const std::string& confidence = poller.value("confidence");
  int number = 0;
  const auto [end, error] = std::from_chars(confidence.data(), confidence.data() + confidence.size(), number);
  if (!confidence.empty() && (error != std::errc() || end != confidence.data() + confidence.size() || number < 0 || number > 100)) return wrong(fmt::format("'{}' is no confidence: a number from 0 to 100", confidence));
  return {};
}

Status check_keys(const PollerSettings& poller) {
  std::vector<std::string_view> keys;
  const std::string all = fmt::format("{}{}{}", kCommon, poller.facts->required, poller.facts->optional);
  for (std::size_t at = 0; at < all.size(); at = all.find(' ', at) + 1) keys.push_back(std::string_view(all).substr(at, all.find(' ', at) - at));
  for (const auto& [key, value] : poller.values) {
    if (!has_word(all, key)) return wrong(fmt::format("a poller of kind '{}' has no '{}'; {}", poller.facts->name, key, suggestion(key, keys)));
    const bool is_plain = value.find_first_not_of(kPlain) == std::string::npos;
    if (value.empty()) return wrong(fmt::format("'{}' is empty", key));
    if (has_word("org tenant client_id bucket region content application collection ", key) && !is_plain) return wrong(fmt::format("'{}' is no {}", value, key));
    if (key == "prefix" && (value.find_first_not_of(std::string(kPlain) + "/") != std::string::npos || !value.ends_with('/') || value.starts_with('/'))) {
      return wrong(fmt::format("'{}' is no prefix such as AWSLogs/123456789012/CloudTrail/eu-central-1/", value));
    }
    if (std::ranges::any_of(value, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) return wrong(fmt::format("'{}' has a control character", key));
  }
  for (std::string_view rest = poller.facts->required; !rest.empty(); rest.remove_prefix(rest.find(' ') + 1)) {
    const std::string key(rest.substr(0, rest.find(' ')));
    if (!poller.values.contains(key)) return wrong(fmt::format("a poller of kind '{}' needs '{}'", poller.facts->name, key));
  }
  if (poller.is_feed()) return check_feed(poller);
  if (!poller.values.contains("secret")) return wrong("a poller needs 'secret': the file with its secret, or credential:NAME for one that systemd hands over");
  return {};
}

/// A timespan such as 90s, 10m or 2h, from `least` to `most` seconds.
Status read_span(const PollerSettings& poller, const char* key, std::int64_t preset_s, std::int64_t least_s, std::int64_t most_s, TimeUs& span) {
  span = preset_s * 1'000'000;
  const std::string& text = poller.value(key);
  if (text.empty()) return {};
  const std::optional<std::int64_t> read = text == "0" ? 0 : parse_timespan_us(text);
  if (!read || *read < least_s * 1'000'000 || *read > most_s * 1'000'000) {
    return wrong(fmt::format("'{}' is no {}: a number and s, m, h or d, from {} s to {} s", text, key, least_s, most_s));
  }
  span = *read;
  return {};
}

Status read_numbers(PollerSettings& poller) {
  TRY(read_span(poller, "interval", poller.facts->interval_s, 1, 86'400, poller.interval_us));
  TRY(read_span(poller, "overlap", poller.facts->overlap_s, 0, 86'400, poller.overlap_us));
  TRY(read_span(poller, "start", 86'400, 0, 180 * 86'400, poller.start_us));
  if (poller.is_feed() && poller.value("start").empty()) poller.start_us = kAllOfIt;
  poller.requests_a_day = kRequestsADay;
  const std::string& text = poller.value("requests_per_day");
  if (text.empty()) return {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), poller.requests_a_day);
  if (error != std::errc() || end != text.data() + text.size() || poller.requests_a_day == 0) return wrong(fmt::format("'{}' is no number of requests", text));
  return {};
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// https, or http to this machine itself: checked where it is asked (the executor), said here.
Status check_address(std::string_view key, std::string_view url) {
  const bool is_local = url.starts_with("http://127.0.0.1") || url.starts_with("http://[::1]") || url.starts_with("http://localhost");
  if (!url.starts_with("https://") && !is_local) return wrong(fmt::format("'{}': {} begins with https://", url, key));
  const std::size_t slash = url.find('/', url.find("//") + 2);
  if (slash != std::string_view::npos) return wrong(fmt::format("'{}': {} is a machine alone; what is behind it is known ('{}')", url, key, url.substr(0, slash)));
  return {};
}

}  // namespace

std::span<const PollKindFacts> poll_kinds() { return kKinds; }

const std::string& PollerSettings::value(const std::string& key) const {
  static const std::string kNothing;
  const auto found = values.find(key);
  return found == values.end() ? kNothing : found->second;
}

std::string poller_text(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string text;
  for (const auto& [key, value] : values) {
    if (!text.empty()) text += ',';
    text += key + "=";
    for (const char c : value) {
      if (c == ',' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

Result<PollerSettings> read_poller(std::string_view text) {
  if (text.size() > kPollerTextBytesMax) return wrong(fmt::format("a poller of more than {} bytes", kPollerTextBytesMax));
  PollerSettings poller;
  poller.values = TRY(pairs_of(text));
  poller.name = poller.value("name");
  if (poller.name.empty() || poller.name.size() > kPollerNameBytesMax || poller.name.find_first_not_of(kPlain) != std::string::npos) {
    return wrong(fmt::format("a poller needs a 'name' of letters, digits, '-', '_' and '.', {} at most", kPollerNameBytesMax));
  }
  const auto in_words = [&](Error error) { return wrong(fmt::format("poller '{}': {}", poller.name, error.message)); };
  const std::string& kind = poller.value("kind");
  const auto facts = std::ranges::find(kKinds, kind, &PollKindFacts::name);
  if (facts == std::end(kKinds)) {
    std::vector<std::string_view> names;
    for (const PollKindFacts& one : kKinds) names.push_back(one.name);
    const std::string near = suggestion(kind, names);
    return in_words(wrong(fmt::format("'{}' is no kind; {}", kind, near.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : near)));
  }
  poller.facts = &*facts;
  if (const Status good = check_keys(poller); !good) return in_words(good.error());
  if (const Status good = read_numbers(poller); !good) return in_words(good.error());
  poller.url = without_slash(poller.value("url").empty() ? fmt::format(fmt::runtime(facts->url), poller.value("region")) : poller.value("url"));
  poller.login_url = without_slash(poller.value("login_url").empty() ? std::string(facts->login_url) : poller.value("login_url"));
  if (const Status good = check_address("url", poller.url); !good) return in_words(good.error());
  if (poller.login_url.empty()) return poller;
  if (const Status good = check_address("login_url", poller.login_url); !good) return in_words(good.error());
  return poller;
}

}  // namespace tocsin
