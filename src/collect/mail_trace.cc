#include "collect/mail_trace.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/address.h"
#include "collect/mail_header.h"

namespace tocsin {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// The next word, a comment in parentheses or a quoted text being one; "" at the end.
std::string_view take_token(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
  std::size_t end = 0;
  int depth = 0;
  bool quoted = false;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (c == '\\' && end + 1 < rest.size()) {
      ++end;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      continue;
    } else if (c == '(') {
      if (depth == 0 && end > 0) break;
      ++depth;
    } else if (c == ')' && depth > 0) {
      if (--depth == 0) {
        ++end;
        break;
      }
    } else if (depth == 0 && kBlanks.find(c) != std::string_view::npos) {
      break;
    }
  }
  const std::string_view token = rest.substr(0, end);
  rest.remove_prefix(end);
  return token;
}

/// The address in `text`, if it is one: also [192.0.2.7], [IPv6:2001:db8::1], and with a port behind it.
std::optional<std::string> address_in(std::string_view text) {
  while (!text.empty() && std::string_view("[(<,;").find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  if (const std::size_t end = text.find_first_of("])>,;"); end != std::string_view::npos) text = text.substr(0, end);
  if (same_name(text.substr(0, 5), "ipv6:")) text.remove_prefix(5);
  std::uint8_t bytes[16];
  bool v6 = false;
  if (!parse_address(text, bytes, v6)) return std::nullopt;
  return std::string(text);
}

/// The first address in a clause; of several in brackets the last is what the server saw: (helo [192.0.2.7]).
std::string client_address(std::string_view clause) {
  std::string best;
  for (std::size_t at = clause.find('['); at != std::string_view::npos; at = clause.find('[', at + 1)) {
    if (auto found = address_in(clause.substr(at))) best = std::move(*found);
  }
  if (!best.empty()) return best;
  for (std::size_t at = clause.find('('); at != std::string_view::npos; at = clause.find_first_of("( ", at + 1)) {
    if (auto found = address_in(clause.substr(at + 1, clause.find_first_of(" )", at + 1) - at - 1))) return *found;
  }
  return best;
}

std::string without_brackets(std::string_view text) {
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  while (text.ends_with(';')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

std::string mail_domain(std::string_view address) {
  std::string_view domain = address.substr(address.rfind('@') + 1);  // npos: all of it
  while (domain.ends_with('.')) domain.remove_suffix(1);
  return lower_case(domain);
}

MailHop mail_hop(std::string_view received) {
  MailHop hop;
  const std::size_t date_at = received.rfind(';');
  if (date_at != std::string_view::npos) {
    hop.time = mail_date(trimmed(received.substr(date_at + 1)));
    received = received.substr(0, date_at);
  }
  const std::array<std::pair<std::string_view, std::string*>, 5> clauses = {{{"from", &hop.from}, {"by", &hop.by}, {"with", &hop.with}, {"id", &hop.id}, {"for", &hop.recipient}}};
  std::string_view rest = received;
  const char* from_begins = nullptr;
  for (std::string_view token = take_token(rest); !token.empty(); token = take_token(rest)) {
    const auto clause = std::ranges::find_if(clauses, [&](const auto& one) { return same_name(one.first, token); });
    if (clause == clauses.end() || !clause->second->empty()) continue;
    if (clause->second == &hop.by && from_begins != nullptr && hop.ip.empty()) hop.ip = client_address({from_begins, static_cast<std::size_t>(token.data() - from_begins)});
    if (clause->second == &hop.from) from_begins = rest.data();
    *clause->second = without_brackets(take_token(rest));
  }
  if (hop.ip.empty() && from_begins != nullptr && hop.by.empty()) hop.ip = client_address({from_begins, static_cast<std::size_t>(received.data() + received.size() - from_begins)});
  return hop;
}

namespace {

/// `p=REJECT` in what a server says behind its result: (p=REJECT sp=NONE dis=NONE).
std::string policy_in(std::string_view comment) {
  std::string_view rest = comment.substr(1);
  for (std::string_view word = take_token(rest); !word.empty(); word = take_token(rest)) {
    if (!same_name(word.substr(0, 2), "p=")) continue;
    const std::string policy = lower_case(word.substr(2, word.find_first_of(" ,;)") - 2));
    if (policy == "none" || policy == "quarantine" || policy == "reject") return policy;
  }
  return {};
}

std::string plain_value(std::string_view value) {
  if (value.size() > 1 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
  return std::string(value);
}

/// A property of a result: smtp.mailfrom=…, header.d=…
void take_property(std::string_view name, std::string_view value, AuthResult& result) {
  const std::string key = lower_case(name);
  const bool dkim = result.method == "dkim", spf = result.method == "spf";
  if (key == "header.d" || (key == "header.i" && dkim && result.domain.empty()) || (key == "header.from" && !dkim && !spf)) result.domain = mail_domain(plain_value(value));
  if (spf && (key == "smtp.mailfrom" || key == "smtp.mail" || (key == "smtp.helo" && result.domain.empty()))) result.domain = mail_domain(plain_value(value));
  if (key == "policy.iprev" || key == "smtp.remote-ip" || key == "smtp.client-ip") result.ip = plain_value(value);
}

/// Between two semicolons.
std::optional<AuthResult> result_in(std::string_view segment) {
  AuthResult result;
  for (std::string_view token = take_token(segment); !token.empty(); token = take_token(segment)) {
    if (token.starts_with('(')) {
      if (result.method == "dmarc" && result.policy.empty()) result.policy = policy_in(token);
      continue;
    }
    const std::size_t equals = token.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = token.substr(0, equals), value = token.substr(equals + 1);
    if (result.method.empty()) {
      result.method = lower_case(name.substr(0, name.find('/')));
      result.result = lower_case(value);
    } else {
      take_property(name, value, result);
    }
  }
  if (result.method.empty() || result.result.empty()) return std::nullopt;
  return result;
}

/// Up to a semicolon outside of comments and quotes.
std::string_view take_segment(std::string_view& rest) {
  int depth = 0;
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (c == '\\') {
      ++end;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == '(') {
      ++depth;
    } else if (!quoted && c == ')' && depth > 0) {
      --depth;
    } else if (!quoted && depth == 0 && c == ';') {
      break;
    }
  }
  end = std::min(end, rest.size());
  const std::string_view segment = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return segment;
}

}  // namespace

AuthResults auth_results(std::string_view value) {
  AuthResults all;
  std::string_view rest = value;
  for (bool first = true; !rest.empty() && all.results.size() < kAuthResultsMax;) {
    const std::string_view segment = trimmed(take_segment(rest));
    if (first && same_name(segment.substr(0, 2), "i=")) continue;
    std::string_view words = segment;
    std::string_view id = take_token(words);
    while (id.starts_with('(')) id = take_token(words);
    if (std::exchange(first, false) && id.find('=') == std::string_view::npos) {
      all.authserv_id = lower_case(plain_value(id));
      continue;
    }
    if (auto result = result_in(segment)) all.results.push_back(std::move(*result));
  }
  return all;
}

AuthResults received_spf(std::string_view value) {
  std::string_view rest = value;
  AuthResult result;
  result.method = "spf";
  result.result = lower_case(take_token(rest));
  AuthResults all;
  std::string helo;
  for (std::string_view token = take_token(rest); !token.empty(); token = take_token(rest)) {
    const std::size_t equals = token.find('=');
    if (token.starts_with('(') || equals == std::string_view::npos) continue;
    const std::string name = lower_case(token.substr(0, equals));
    std::string text = plain_value(without_brackets(token.substr(equals + 1)));
    if (name == "client-ip") result.ip = std::move(text);
    else if (name == "envelope-from") result.domain = mail_domain(text);
    else if (name == "helo") helo = lower_case(text);
    else if (name == "receiver") all.authserv_id = lower_case(text);
  }
  if (result.domain.empty()) result.domain = helo;
  if (!result.result.empty()) all.results.push_back(std::move(result));
  return all;
}

}  // namespace tocsin
