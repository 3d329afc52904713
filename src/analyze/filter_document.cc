#include "analyze/filter_document.h"

#include <fmt/format.h>

#include "base/sha256.h"
#include "base/text.h"

namespace tocsin::analyze {

namespace {

/// The loader takes titles of 1,024 bytes.
constexpr std::size_t kTitleBytesMax = 200;

/// Not in the middle of a character.
std::string_view beginning(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

std::string_view modifier_of(FieldCondition::Match match) {
  switch (match) {
    case FieldCondition::Match::kEqual: return "";
    case FieldCondition::Match::kStartsWith: return "|startswith";
    case FieldCondition::Match::kEndsWith: return "|endswith";
  }
  return "";
}

bool is_plain_key(std::string_view name) {
  return !name.empty() && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos && name.front() > '9';
}

void append_selection(std::string& out, const FilterSelection& selection) {
  for (const FieldCondition& condition : selection) {
    const std::string key = condition.field + std::string(modifier_of(condition.match));
    fmt::format_to(std::back_inserter(out), "        {}:", is_plain_key(condition.field) ? key : yaml_quoted(key));
    if (condition.values.size() == 1) {
      fmt::format_to(std::back_inserter(out), " {}\n", yaml_quoted(sigma_escaped(condition.values.front())));
      continue;
    }
    out += '\n';
    for (const std::string& value : condition.values) fmt::format_to(std::back_inserter(out), "            - {}\n", yaml_quoted(sigma_escaped(value)));
  }
}

std::string selections_text(const std::vector<FilterSelection>& selections) {
  std::string out;
  for (std::size_t i = 0; i < selections.size(); ++i) {
    out += selections.size() == 1 ? "    selection:\n" : fmt::format("    filter_{}:\n", i + 1);
    append_selection(out, selections[i]);
  }
  return out;
}

/// A UUID of version 8 (RFC 9562, 5.8): 122 bits of SHA-256.
std::string derived_id(const std::string& rule_id, const std::string& selections) {
  std::string hex;
  append_hex(hex, sha256(rule_id + '\n' + selections), 16);
  hex[12] = '8';
  hex[16] = "89ab"[hex[16] % 4];
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

bool is_seen(std::uint32_t code) {
  std::string text;
  append_utf8(text, code);
  return terminal_safe(text) == text;
}

}  // namespace

std::string sigma_escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0', before = i > 0 ? text[i - 1] : '\0';
    const bool last = i + 1 == text.size();
    const bool special = c == '*' || c == '?' || (c == '\\' && (last || next == '\\' || next == '*' || next == '?' || before == '\\'));
    if (special) out += '\\';
    out += c;
  }
  return out;
}

std::string yaml_quoted(std::string_view text) {
  bool plain = true;
  for (std::size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    plain = plain && is_seen(c.code);
    at += c.size;
  }
  std::string out = plain ? "'" : "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    if (plain) {
      if (c.code == '\'') out += '\'';
      out.append(text.substr(at, c.size));
    } else if (c.code == '"' || c.code == '\\') {
      out += '\\';
      out += static_cast<char>(c.code);
    } else if (is_seen(c.code)) {
      out.append(text.substr(at, c.size));
    } else {
      const std::uint32_t code = c.code < 0x110000 ? c.code : 0xfffd;  // a proposal has no text that is not UTF-8
      out += code < 0x10000 ? fmt::format("\\u{:04x}", code) : fmt::format("\\U{:08x}", code);
    }
    at += c.size;
  }
  return out + (plain ? '\'' : '"');
}

std::string filter_yaml(const FilterDocument& document) {
  const std::string selections = selections_text(document.selections);
  std::string out;
  const auto line = [&](std::string_view key, std::string_view text) {
    if (!text.empty()) fmt::format_to(std::back_inserter(out), "{}: {}\n", key, yaml_quoted(text));
  };
  line("title", fmt::format("Not: {}", beginning(document.rule_title, kTitleBytesMax)));
  out += fmt::format("id: {}\n", derived_id(document.rule_id, selections));
  line("description", document.reason);
  line("author", document.owner);
  line("date", document.date);
  out += "logsource:\n";
  line("    product", document.log_source.product);
  line("    category", document.log_source.category);
  line("    service", document.log_source.service);
  out += fmt::format("filter:\n    rules:\n        - {}\n", yaml_quoted(document.rule_id));
  out += selections;
  out += document.selections.size() == 1 ? "    condition: not selection\n" : "    condition: not 1 of filter_*\n";
  out += "custom:\n";
  line("    owner", document.owner);
  line("    expires", document.expires);
  line("    reason", document.reason);
  out += fmt::format("    verdicts:\n        false_positive: {}\n        benign: {}\n", document.false_positives, document.benign);
  return out;
}

}  // namespace tocsin::analyze
