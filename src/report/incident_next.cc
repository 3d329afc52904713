#include "report/incident_next.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ip_network.h"

namespace tocsin {

namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;
constexpr std::size_t kAccountsAsked = 2, kHostsAsked = 2, kAddressesAsked = 2;

/// A value of a query that stands for this text alone: quoted, what has a meaning escaped.
std::string quoted(std::string_view text, bool ends_with_it = false) {
  std::string value = ends_with_it ? "\"*" : "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') value += '"';
    if (c == '*' || c == '?') value += '\\';
    const bool meant = c == '\\' && (i + 1 == text.size() || text[i + 1] == '*' || text[i + 1] == '?' || text[i + 1] == '\\');
    if (meant) value += '\\';
    value += c;
  }
  return value + '"';
}

std::string second_of(TimeUs time) { return format_time(time).substr(0, 19) + "Z"; }

/// "" where no alert says when.
std::string around(const Incident& incident, std::int64_t margin_us) {
  if (incident.first == kNoTime || incident.last == kNoTime) return {};
  return fmt::format(" time:{}..{}", second_of(incident.first - margin_us), second_of(incident.last + margin_us));
}

/// Without its domain: logs write it in many ways.
std::string_view plain_name(std::string_view account) { return account.substr(account.rfind('\\') + 1); }

/// What follows the name of a machine in its domain is not in every log.
std::string host_term(const std::string& host) {
  const bool is_address = read_ip(host).has_value();
  const std::string_view label = std::string_view(host).substr(0, is_address ? host.size() : host.find('.'));
  if (is_address || label == host) return "host:" + quoted(host);
  return fmt::format("host:({} or {})", quoted(host), quoted(label));
}

bool is_outside(const std::string& text) {
  const std::optional<IpAddress> address = read_ip(text);
  return address && scope_of(*address) != IpScope::kLocal;
}

}  // namespace

std::vector<NextLook> next_looks(const Incident& incident) {
  std::vector<NextLook> looks;
  for (std::size_t i = 0; i < std::min(incident.accounts.size(), kAccountsAsked); ++i) {
    const std::string& account = incident.accounts[i].value;
    looks.push_back({fmt::format("where else {} was active, from a day before to a day after", account), fmt::format("user:{}{} | count by host", quoted(plain_name(account), true), around(incident, 24 * kHourUs))});
  }
  for (std::size_t i = 0; i < std::min(incident.hosts.size(), kHostsAsked); ++i) {
    const std::string& host = incident.hosts[i].value;
    looks.push_back({fmt::format("what ran on {}, from an hour before to an hour after", host), fmt::format("{} process:*{} | count by process, user", host_term(host), around(incident, kHourUs))});
  }
  std::size_t addresses = 0;
  for (const IncidentEntity& address : incident.addresses) {
    if (!is_outside(address.value) || ++addresses > kAddressesAsked) continue;
    looks.push_back({fmt::format("who else had to do with {}", address.value), fmt::format("{} | count by host", quoted(address.value))});
  }
  return looks;
}

}  // namespace tocsin
