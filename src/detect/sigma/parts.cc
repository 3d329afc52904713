#include "detect/sigma/parts.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "event/event.h"

namespace tocsin::sigma {
namespace {

constexpr std::string_view kDashes[] = {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95"};

std::size_t dash_size(std::string_view text, std::size_t at) {
  for (const std::string_view dash : kDashes) {
    if (text.substr(at).starts_with(dash)) return dash.size();
  }
  return 0;
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// In the name of a placeholder; pySigma knows no '-', but public rules use it.
bool is_name_byte(char c) { return is_word_byte(c) || c == '-' || static_cast<signed char>(c) < 0; }

/// Letters beyond ASCII count as parts of words, the general punctuation (where the dashes live) does not.
bool is_word_char(std::string_view text, std::size_t at) {
  if (static_cast<unsigned char>(text[at]) < 0x80) return is_word_byte(text[at]);
  const std::uint32_t code = char_at(text, at).code;
  return code >= 0xC0 && !(code >= 0x2000 && code <= 0x206F) && code < 0x110000;
}

/// Splits literals at the dashes that windash exchanges; such a dash becomes a placeholder without a name.
Parts mark_dashes(const Parts& parts, std::size_t& count) {
  Parts marked;
  for (const Part& part : parts) {
    if (part.kind != Part::Kind::kLiteral) {
      marked.push_back(part);
      continue;
    }
    const std::string& text = part.text;
    bool word_before = false;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t dash = dash_size(text, at);
      const std::size_t size = dash != 0 ? dash : char_at(text, at).size;
      const bool word_behind = at + size < text.size() && is_word_char(text, at + size);
      if (dash != 0 && !word_before && word_behind) {
        marked.push_back({Part::Kind::kPlaceholder, {}});
        ++count;
      } else {
        append_literal(marked, std::string_view(text).substr(at, size));
      }
      word_before = is_word_char(text, at);
      at += size;
    }
  }
  return marked;
}

void append_utf16_unit(std::string& out, std::uint32_t unit, bool big_endian) {
  const char high = static_cast<char>(unit >> 8);
  const char low = static_cast<char>(unit & 0xFF);
  out += big_endian ? high : low;
  out += big_endian ? low : high;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - start;
  };
  const bool zero = at < text.size() && text[at] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace

void append_literal(Parts& parts, std::string_view text) {
  if (text.empty()) return;
  if (!parts.empty() && parts.back().kind == Part::Kind::kLiteral) {
    parts.back().text.append(text);
  } else {
    parts.push_back({Part::Kind::kLiteral, std::string(text)});
  }
}

void append_part(Parts& parts, const Part& part) {
  if (part.kind == Part::Kind::kLiteral) {
    append_literal(parts, part.text);
  } else {
    parts.push_back(part);
  }
}

Parts parse_parts(std::string_view text) {
  Parts parts;
  std::size_t start = 0;  // of what is not yet copied
  const auto flush = [&](std::size_t end) { append_literal(parts, text.substr(start, end - start)); };
  for (std::size_t at = text.find_first_of("*?\\"); at != std::string_view::npos; at = text.find_first_of("*?\\", at)) {
    if (text[at] != '\\') {
      flush(at);
      parts.push_back({text[at] == '*' ? Part::Kind::kAny : Part::Kind::kOne, {}});
      start = ++at;
      continue;
    }
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == '*' || next == '?' || next == '\\') {
      flush(at);
      start = at + 1;  // the escaped character is copied with what follows
    }
    at += 2;
  }
  flush(text.size());
  return parts;
}

Parts literal_parts(std::string_view text) {
  Parts parts;
  append_literal(parts, text);
  return parts;
}

std::string parts_text(const Parts& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Part& part = parts[i];
    switch (part.kind) {
      case Part::Kind::kAny: out += '*'; break;
      case Part::Kind::kOne: out += '?'; break;
      case Part::Kind::kPlaceholder: out += "%" + part.text + "%"; break;
      case Part::Kind::kLiteral:
        for (std::size_t at = 0; at < part.text.size(); ++at) {
          const char c = part.text[at];
          const bool last = at + 1 == part.text.size();
          // A backslash needs its escape only where it would give one to what follows.
          const bool before_special =
              c == '\\' && (last ? i + 1 < parts.size()
                                 : part.text[at + 1] == '\\' || part.text[at + 1] == '*' || part.text[at + 1] == '?');
          if (c == '*' || c == '?' || before_special) out += '\\';
          out += c;
        }
    }
  }
  return out;
}

WildString to_wild(Parts&& parts) {
  WildString wild;
  wild.reserve(parts.size());
  for (Part& part : parts) {
    switch (part.kind) {
      case Part::Kind::kAny:
        if (wild.empty() || wild.back().kind != WildPart::Kind::kAny) wild.push_back({WildPart::Kind::kAny, {}});
        break;
      case Part::Kind::kOne: wild.push_back({WildPart::Kind::kOne, {}}); break;
      default: wild.push_back({WildPart::Kind::kLiteral, std::move(part.text)});
    }
  }
  return wild;
}

bool has_wildcard(const Parts& parts) {
  for (const Part& part : parts) {
    if (part.kind == Part::Kind::kAny || part.kind == Part::Kind::kOne) return true;
  }
  return false;
}

bool has_placeholder(const Parts& parts) {
  for (const Part& part : parts) {
    if (part.kind == Part::Kind::kPlaceholder) return true;
  }
  return false;
}

void open_start(Parts& parts) {
  if (parts.empty() || parts.front().kind != Part::Kind::kAny) parts.insert(parts.begin(), {Part::Kind::kAny, {}});
}

void open_end(Parts& parts) {
  if (parts.empty() || parts.back().kind != Part::Kind::kAny) parts.push_back({Part::Kind::kAny, {}});
}

Parts insert_placeholders(const Parts& parts) {
  Parts out;
  for (const Part& part : parts) {
    if (part.kind != Part::Kind::kLiteral) {
      out.push_back(part);
      continue;
    }
    const std::string_view text = part.text;
    for (std::size_t at = 0; at < text.size();) {
      if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '%') {
        append_literal(out, "%");
        at += 2;
        continue;
      }
      std::size_t end = at + 1;
      while (end < text.size() && is_name_byte(text[end])) ++end;
      if (text[at] == '%' && end > at + 1 && end < text.size() && text[end] == '%') {
        out.push_back({Part::Kind::kPlaceholder, std::string(text.substr(at + 1, end - at - 1))});
        at = end + 1;
      } else {
        append_literal(out, text.substr(at, 1));
        ++at;
      }
    }
  }
  return out;
}

std::optional<std::vector<Parts>> windash_forms(const Parts& parts) {
  std::size_t count = 0;
  const Parts marked = mark_dashes(parts, count);
  if (count > kWindashDashesMax) return std::nullopt;
  std::vector<Parts> forms(1);
  for (const Part& part : marked) {
    if (part.kind != Part::Kind::kPlaceholder || !part.text.empty()) {
      for (Parts& form : forms) append_part(form, part);
      continue;
    }
    std::vector<Parts> grown;
    grown.reserve(forms.size() * std::size(kDashes));
    for (const Parts& form : forms) {
      for (const std::string_view dash : kDashes) append_literal(grown.emplace_back(form), dash);
    }
    forms = std::move(grown);
  }
  return forms;
}

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t size = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < size ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) out += i <= size ? kDigits[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::vector<std::string> base64_offsets(std::string_view bytes) {
  // With n bytes before it, the first ceil(8n/6) digits also depend on those; and a last group of one or two bytes ends
  // in a digit that depends on what follows, then padding.
  constexpr std::size_t kStart[] = {0, 2, 3};
  constexpr std::size_t kEnd[] = {0, 3, 2};
  std::vector<std::string> out;
  for (std::size_t offset = 0; offset < 3; ++offset) {
    const std::string encoded = base64(std::string(offset, ' ').append(bytes));
    const std::size_t cut = kStart[offset] + kEnd[(bytes.size() + offset) % 3];
    out.push_back(cut >= encoded.size() ? std::string() : encoded.substr(kStart[offset], encoded.size() - cut));
  }
  return out;
}

Parts utf16_parts(const Parts& parts, Utf16 form) {
  Parts out;
  if (form == Utf16::kWithMark) append_literal(out, "\xFF\xFE");
  for (const Part& part : parts) {
    if (part.kind != Part::Kind::kLiteral) {
      out.push_back(part);
      continue;
    }
    std::string bytes;
    for (std::size_t at = 0; at < part.text.size();) {
      const Char c = char_at(part.text, at);
      at += c.size;
      const std::uint32_t code = c.code >= 0x110000 ? c.code - 0x110000 : c.code;
      if (code < 0x10000) {
        append_utf16_unit(bytes, code, form == Utf16::kBigEndian);
      } else {
        append_utf16_unit(bytes, 0xD800 + ((code - 0x10000) >> 10), form == Utf16::kBigEndian);
        append_utf16_unit(bytes, 0xDC00 + ((code - 0x10000) & 0x3FF), form == Utf16::kBigEndian);
      }
    }
    append_literal(out, bytes);
  }
  return out;
}

std::string number_text(std::string_view text) {
  if (!is_json_number(text)) return std::string(text);
  std::string out;
  append_value_text(out, {text.data(), static_cast<std::uint32_t>(text.size()), 0, ValueKind::kNumber});
  return out;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with("0x") || text.starts_with("0X")) {
    std::uint64_t whole = 0;
    const auto result = std::from_chars(text.data() + 2, end, whole, 16);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return static_cast<double>(whole);
  }
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace tocsin::sigma
