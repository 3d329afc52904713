#include "collect/mail_header.h"

#include <algorithm>
#include <utility>

namespace tocsin {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// Whether `text` begins with the name of a field (RFC 5322, 2.2): its end, else npos. Blanks before the colon are of the obsolete syntax (4.5).
std::size_t name_end(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] > ' ' && text[at] < 0x7f && text[at] != ':') ++at;
  const std::size_t end = at;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return end > 0 && at < text.size() && text[at] == ':' ? end : std::string_view::npos;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool same_name(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](char a, char b) { return lower(a) == lower(b); });
}

void MailHeader::clear() {
  fields_.clear();
  bytes_ = 0;
  cut_ = skipping_ = false;
}

void MailHeader::more(std::string_view text) {
  if (skipping_ || fields_.empty()) return;
  std::string& value = fields_.back().value;
  const std::size_t room = std::min(kMailFieldBytesMax - value.size(), kMailHeaderBytesMax - bytes_);
  if (text.size() > room) cut_ = true;
  value.append(text.substr(0, room));
  bytes_ += std::min(text.size(), room);
}

bool MailHeader::line(std::string_view text) {
  if (text.starts_with(' ') || text.starts_with('\t')) {
    more(text);
    return !fields_.empty();
  }
  const std::size_t end = name_end(text);
  if (end == std::string_view::npos) return false;
  skipping_ = fields_.size() >= kMailFieldsMax || bytes_ + end > kMailHeaderBytesMax;
  if (skipping_) {
    cut_ = true;
    return true;
  }
  fields_.push_back({std::string(text.substr(0, end)), {}});
  bytes_ += end;
  more(text.substr(text.find(':') + 1));
  return true;
}

bool MailHeader::has(std::string_view name) const {
  return std::ranges::any_of(fields_, [&](const MailField& field) { return same_name(field.name, name); });
}

std::string_view MailHeader::value(std::string_view name) const {
  const auto field = std::ranges::find_if(fields_, [&](const MailField& one) { return same_name(one.name, name); });
  return field == fields_.end() ? std::string_view() : trimmed(field->value);
}

namespace {

/// Where the quoted text or comment that begins at `from` ends: behind its last character, or behind the text.
std::size_t quoted_end(std::string_view text, std::size_t from) {
  for (std::size_t at = from + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

std::size_t comment_end(std::string_view text, std::size_t from) {
  int depth = 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(' && depth < kMailCommentDepthMax) {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

/// What a quoted text says, from its first to behind its last quotation mark.
std::string unquoted(std::string_view text) {
  std::string out;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') break;
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    out += text[at];
  }
  return out;
}

/// One address, or what stands between two commas.
class AddressText {
 public:
  explicit AddressText(Charsets& charsets) : charsets_(charsets) {}

  void quoted(std::string_view text) {
    phrase_ += unquoted(text);
    spec_ += text;
  }
  void comment(std::string_view text) {
    if (text.size() > 2) comment_ = text.substr(1, text.size() - 2);
  }
  void plain(char c) {
    phrase_ += c;
    if (kBlanks.find(c) == std::string_view::npos) spec_ += c;
  }
  bool has_angle() const { return has_angle_; }
  void angle(std::string_view text) {
    angle_.clear();
    name_ = std::exchange(phrase_, {});
    for (const char c : text) {
      if (kBlanks.find(c) == std::string_view::npos) angle_ += c;
    }
    // A route (RFC 5322, 4.4) stands before the address.
    if (angle_.starts_with('@') && angle_.find(':') != std::string::npos) angle_.erase(0, angle_.find(':') + 1);
    has_angle_ = true;
  }
  /// What was there is forgotten: it was the name of a group.
  void clear() {
    phrase_.clear();
    spec_.clear();
    comment_.clear();
    name_.clear();
    angle_.clear();
    has_angle_ = false;
  }

  void end(std::vector<MailAddress>& into) {
    MailAddress address;
    if (has_angle_) {
      address = {charsets_.words(trimmed(name_)), angle_};
    } else {
      address = {charsets_.words(trimmed(comment_)), spec_};
    }
    if (!address.address.empty() && into.size() <= kMailAddressesMax) into.push_back(std::move(address));
    // What stands behind it belongs to the next one, where the comma is missing.
    std::string phrase = has_angle_ ? std::exchange(phrase_, {}) : std::string();
    clear();
    phrase_ = std::move(phrase);
  }

 private:
  Charsets& charsets_;
  std::string phrase_, spec_, comment_, name_, angle_;
  bool has_angle_ = false;
};

}  // namespace

std::string without_comments(std::string_view value) {
  std::string out;
  for (std::size_t at = 0; at < value.size();) {
    if (value[at] == '(') {
      at = comment_end(value, at);
      out += ' ';
      continue;
    }
    const std::size_t end = value[at] == '"' ? quoted_end(value, at) : at + 1;
    out.append(value.substr(at, end - at));
    at = end;
  }
  return out;
}

std::vector<MailAddress> mail_addresses(std::string_view value, Charsets& charsets) {
  std::vector<MailAddress> addresses;
  AddressText address(charsets);
  for (std::size_t at = 0; at < value.size() && addresses.size() <= kMailAddressesMax;) {
    const char c = value[at];
    std::size_t end = at + 1;
    if (c == '"') {
      end = quoted_end(value, at);
      address.quoted(value.substr(at, end - at));
    } else if (c == '(') {
      end = comment_end(value, at);
      address.comment(value.substr(at, end - at));
    } else if (c == '<') {
      if (address.has_angle()) address.end(addresses);
      end = std::min(value.find('>', at), value.size());
      address.angle(value.substr(at + 1, end - at - 1));
      end = std::min(end + 1, value.size());
    } else if (c == ',' || c == ';') {
      address.end(addresses);
      address.clear();
    } else if (c == ':') {
      address.clear();
    } else {
      address.plain(c);
    }
    at = end;
  }
  address.end(addresses);
  return addresses;
}

}  // namespace tocsin
