#include "collect/mail_links.h"

#include <algorithm>
#include <array>
#include <utility>

#include "collect/html_links.h"
#include "collect/mail_header.h"
#include "base/url_host.h"

namespace tocsin {

namespace {

/// What is not opened by a click on it but is part of the mail, or is an address and no place.
constexpr std::array<std::string_view, 4> kNoLinks = {"cid", "mid", "mailto", "tel"};
/// Behind a URL in a sentence.
constexpr std::string_view kEndMarks = ".,;:!?'\"*_";

bool ends_url(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>' || c == '"' || c == '`' || c == 0x7f; }

/// Where the URL that begins at `from` ends: the marks of the sentence around it are no part of it, nor is a bracket that it does not open itself.
std::size_t text_url_end(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && end - from < kMailLinkBytesMax && !ends_url(text[end])) ++end;
  const std::string_view url = text.substr(from, end - from);
  auto round = std::ranges::count(url, '(') - std::ranges::count(url, ')'), square = std::ranges::count(url, '[') - std::ranges::count(url, ']');
  for (; end > from; --end) {
    const char last = text[end - 1];
    if (last == ')' && round < 0) {
      ++round;
    } else if (last == ']' && square < 0) {
      ++square;
    } else if (kEndMarks.find(last) == std::string_view::npos) {
      break;
    }
  }
  return end;
}

bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/// The next URL in a text at or behind `from`; npos if there is none.
std::size_t next_text_url(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    at = text.find_first_of(":wW", at);
    if (at == std::string_view::npos) return at;
    if (text[at] == ':') {
      if (text.substr(at, 3) != "://") continue;
      std::size_t begin = at;
      while (begin > from && at - begin < 10 && is_letter(text[begin - 1])) --begin;
      if (at - begin >= 3) return begin;
    } else if (same_name(text.substr(at, 4), "www.") && (at == 0 || !(is_letter(text[at - 1]) || std::string_view(".-/@:_").find(text[at - 1]) != std::string_view::npos))) {
      return at;
    }
  }
  return std::string_view::npos;
}

/// Whether a text that is shown names a host: an address with a scheme or www., or a bare name under a usual top-level domain.
std::string shown_host(std::string_view text) {
  text = trimmed(text);
  if (text.find_first_of(" \t\r\n@") != std::string_view::npos) return {};
  const bool is_address = text.find("://") != std::string_view::npos || same_name(text.substr(0, 4), "www.");
  std::string host = url_host(text);
  if (is_address) return host;
  const std::size_t dot = host.rfind('.');
  if (dot == std::string::npos || dot == 0) return {};
  const std::string_view top = std::string_view(host).substr(dot + 1);
  constexpr std::array<std::string_view, 8> kTop = {"com", "org", "net", "edu", "gov", "info", "biz", "mil"};
  const bool usual = (top.size() == 2 && is_letter(top[0]) && is_letter(top[1])) || std::ranges::find(kTop, top) != kTop.end();
  return usual ? host : std::string();
}

bool is_below(std::string_view host, std::string_view domain) {
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

std::string_view without_www(std::string_view host) { return host.starts_with("www.") ? host.substr(4) : host; }

}  // namespace

void MailLinks::add(std::string url, std::string_view shown) {
  const std::string scheme = url_scheme(url);
  if (std::ranges::find(kNoLinks, scheme) != kNoLinks.end() || url.empty()) return;
  std::string host = url_host(url);
  if (scheme.empty() && !(url.starts_with("//") || same_name(std::string_view(url).substr(0, 4), "www."))) return;
  if (url.size() > kMailLinkBytesMax) url.resize(kMailLinkBytesMax);
  const std::string shows = shown_host(shown);
  const std::string_view one = without_www(host), other = without_www(shows);
  const bool disguised = !shows.empty() && !host.empty() && !is_below(one, other) && !is_below(other, one);
  const auto [place, is_new] = places_.try_emplace(url, links_.size());
  if (!is_new) {
    MailLink& link = links_[place->second];
    if (link.text.empty() || (disguised && !link.disguised)) link.text = shown.substr(0, kMailLinkTextBytesMax);
    link.disguised |= disguised;
    return;
  }
  if (links_.size() == kMailLinksMax) {
    places_.erase(place);
    cut_ = true;
    return;
  }
  links_.push_back({std::move(url), scheme, std::move(host), std::string(shown.substr(0, kMailLinkTextBytesMax)), disguised});
}

void MailLinks::add_text(std::string_view text) {
  for (std::size_t at = next_text_url(text, 0); at != std::string_view::npos;) {
    const std::size_t end = std::max(text_url_end(text, at), at + 3);
    const std::string_view url = text.substr(at, std::min(end, text.size()) - at);
    if (!url_host(url).empty()) add(std::string(url), {});
    at = next_text_url(text, std::min(end, text.size()));
  }
}

void MailLinks::add_html(std::string_view html) {
  HtmlLinks reader(html);
  while (reader.next()) {
    if (reader.is_text()) {
      add_text(reader.text());
    } else {
      add(plain_url(reader.url()), reader.text());
    }
  }
}

}  // namespace tocsin
