#include "collect/html_links.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "collect/mail_header.h"
#include "collect/mail_links.h"

namespace tocsin {

namespace {

constexpr std::string_view kBlanks = " \t\r\n\f";
/// "&CounterClockwiseContourIntegral;" is the longest that there is; numbers have fewer.
constexpr std::size_t kReferenceBytesMax = 34;

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }
bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/// The number behind &#, as a character; 0: none.
std::uint32_t numeric(std::string_view digits) {
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  if (hex) digits.remove_prefix(1);
  std::uint32_t code = 0;
  for (const char c : digits) {
    const bool digit = c >= '0' && c <= '9', letter = hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
    if (!digit && !letter) return 0;
    code = code * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit ? c - '0' : (c | 0x20) - 'a' + 10);
    if (code > 0x10ffff) return 0xfffd;
  }
  return code;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kNamed = {{
    {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}, {"colon", ":"}, {"sol", "/"},
    {"period", "."}, {"Tab", "\t"}, {"NewLine", "\n"}, {"commat", "@"}, {"quest", "?"}, {"equals", "="}, {"num", "#"}, {"percnt", "%"},
}};

/// A name ends where a letter, a digit or what may stand in one ends.
std::size_t name_size(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && !is_blank(text[size]) && text[size] != '>' && text[size] != '/' && text[size] != '=') ++size;
  return size;
}

/// One attribute from the beginning of `rest`, which is the inside of an element; false at its end.
bool take_attribute(std::string_view& rest, std::string_view& name, std::string_view& value) {
  while (!rest.empty() && (is_blank(rest.front()) || rest.front() == '/' || rest.front() == '=')) rest.remove_prefix(1);
  if (rest.empty()) return false;
  name = rest.substr(0, std::max<std::size_t>(name_size(rest), 1));
  rest.remove_prefix(name.size());
  value = {};
  std::string_view after = rest;
  while (!after.empty() && is_blank(after.front())) after.remove_prefix(1);
  if (!after.starts_with('=')) return true;
  after.remove_prefix(1);
  while (!after.empty() && is_blank(after.front())) after.remove_prefix(1);
  if (after.starts_with('"') || after.starts_with('\'')) {
    const std::size_t end = std::min(after.find(after.front(), 1), after.size());
    value = after.substr(1, end - 1);
    rest = after.substr(std::min(end + 1, after.size()));
    return true;
  }
  const std::size_t end = std::min(after.find_first_of(kBlanks), after.size());
  value = after.substr(0, end);
  rest = after.substr(end);
  return true;
}

/// Where the element that begins at 0 ends: its `>` outside of quotation marks.
std::size_t element_end(std::string_view html) {
  char quote = 0;
  for (std::size_t at = 1; at < html.size() && at < kHtmlElementBytesMax; ++at) {
    const char c = html[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '>') {
      return at;
    } else if ((c == '"' || c == '\'') && at > 1) {
      // A quotation mark opens a value only behind an equals sign; elsewhere it is part of a name.
      std::size_t before = at - 1;
      while (before > 1 && is_blank(html[before])) --before;
      if (html[before] == '=') quote = c;
    }
  }
  return std::string_view::npos;
}

/// "5; url=https://…" of a meta element.
std::string_view refresh_target(std::string_view content) {
  const std::string lower = lower_case(content);
  const std::size_t at = lower.find("url");
  if (at == std::string::npos) return {};
  std::string_view rest = trimmed(content.substr(at + 3));
  if (!rest.starts_with('=')) return {};
  rest = trimmed(rest.substr(1));
  if (rest.size() > 1 && (rest.front() == '\'' || rest.front() == '"')) rest = rest.substr(1, rest.find(rest.front(), 1) - 1);
  return rest;
}

void append_shown(std::string& shown, std::string_view text) {
  for (std::size_t at = 0; at < text.size() && shown.size() < kMailLinkTextBytesMax; ++at) {
    if (!is_blank(text[at])) {
      shown += text[at];
    } else if (!shown.empty() && shown.back() != ' ') {
      shown += ' ';
    }
  }
}

}  // namespace

void append_unreferenced(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('&'), text.size());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const std::string_view near = text.substr(1, kReferenceBytesMax);
    std::size_t size = 0;
    while (size < near.size() && (is_letter(near[size]) || (near[size] >= '0' && near[size] <= '9') || (size == 0 && near[size] == '#'))) ++size;
    const std::string_view name = near.substr(0, size);
    const bool closed = size < near.size() && near[size] == ';';
    const auto named = std::ranges::find(kNamed, name, &std::pair<std::string_view, std::string_view>::first);
    const std::uint32_t code = name.starts_with('#') && name.size() > 1 ? numeric(name.substr(1)) : 0;
    if (code != 0) {
      append_utf8(out, code);
    } else if (closed && named != kNamed.end()) {
      out.append(named->second);
    } else {
      out += '&';
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(1 + size + (closed ? 1 : 0));
  }
}

void HtmlLinks::skip_behind(std::string_view mark) {
  const std::size_t at = html_.find(mark);
  html_.remove_prefix(at == std::string_view::npos ? html_.size() : at + mark.size());
}

/// As browsers end it: <!--> is whole, and --!> is an end too.
void HtmlLinks::skip_comment() {
  html_.remove_prefix(4);
  for (const std::string_view whole : {">", "->"}) {
    if (!html_.starts_with(whole)) continue;
    html_.remove_prefix(whole.size());
    return;
  }
  for (std::size_t at = html_.find("--"); at != std::string_view::npos; at = html_.find("--", at + 1)) {
    for (const std::string_view end : {"-->", "--!>"}) {
      if (!html_.substr(at).starts_with(end)) continue;
      html_.remove_prefix(at + end.size());
      return;
    }
  }
  html_ = {};
}

/// Behind </name>.
void HtmlLinks::skip_to_end(std::string_view name) {
  while (!html_.empty()) {
    const std::size_t at = html_.find("</");
    html_.remove_prefix(at == std::string_view::npos ? html_.size() : at + 2);
    if (!same_name(html_.substr(0, name.size()), name)) continue;
    skip_behind(">");
    return;
  }
}

/// Up to the next element. True if it is a text of its own.
bool HtmlLinks::take_text() {
  std::size_t end = html_.find('<', html_.starts_with('<') ? 1 : 0);
  // A "<" without a name behind it is text.
  while (end != std::string_view::npos && end + 1 < html_.size() && !is_letter(html_[end + 1]) && std::string_view("/!?").find(html_[end + 1]) == std::string_view::npos) end = html_.find('<', end + 1);
  const std::string_view raw = html_.substr(0, end);
  html_.remove_prefix(raw.size());
  std::string plain;
  append_unreferenced(plain, raw);
  if (open_) {
    append_shown(shown_, plain);
    return false;
  }
  if (plain.empty()) return false;
  is_text_ = true;
  text_ = std::move(plain);
  return true;
}

/// False: it was a comment, a script, or is not closed.
bool HtmlLinks::take_element(Element& element) {
  if (html_.starts_with("<!--")) {
    skip_comment();
    return false;
  }
  const std::size_t end = element_end(html_);
  if (end == std::string_view::npos) {
    skip_behind(">");
    return false;
  }
  std::string_view inside = html_.substr(1, end - 1);
  html_.remove_prefix(end + 1);
  element.closes = inside.starts_with('/');
  if (element.closes) inside.remove_prefix(1);
  element.name = lower_case(inside.substr(0, name_size(inside)));
  inside.remove_prefix(element.name.size());
  if (element.closes) return true;
  if (element.name == "script" || element.name == "style") {
    skip_to_end(element.name);
    return false;
  }
  const std::string_view wanted = element.name == "a" || element.name == "area" ? "href" : element.name == "form" ? "action" : element.name == "iframe" ? "src" : element.name == "meta" ? "content" : "";
  for (std::string_view name, value; !wanted.empty() && take_attribute(inside, name, value);) {
    if (!same_name(name, wanted)) continue;
    append_unreferenced(element.target, element.name == "meta" ? refresh_target(value) : value);
    break;
  }
  return true;
}

bool HtmlLinks::finish_link() {
  if (!open_) return false;
  open_ = false;
  is_text_ = false;
  url_ = std::move(link_);
  text_ = std::move(shown_);
  if (text_.ends_with(' ')) text_.pop_back();
  link_.clear();
  shown_.clear();
  return !url_.empty();
}

bool HtmlLinks::next() {
  while (!html_.empty()) {
    if (html_.front() != '<' || html_.size() < 2 || (!is_letter(html_[1]) && std::string_view("/!?").find(html_[1]) == std::string_view::npos)) {
      if (take_text()) return true;
      continue;
    }
    Element element;
    const std::string_view before = html_;
    if (!take_element(element)) continue;
    const bool anchor = element.name == "a";
    if (anchor && open_) {
      // A link that is open ends here, whatever this is; an opening element is read again.
      if (!element.closes) html_ = before;
      if (finish_link()) return true;
      continue;
    }
    if (element.closes || element.target.empty()) continue;
    if (anchor) {
      link_ = std::move(element.target);
      shown_.clear();
      open_ = true;
      continue;
    }
    is_text_ = false;
    url_ = std::move(element.target);
    text_.clear();
    return true;
  }
  return finish_link();
}

}  // namespace tocsin
