#include "protect/secret_text.h"

#include <algorithm>
#include <array>

namespace tocsin::protect {
namespace {

constexpr std::size_t kSlashesMax = 15;  // of a quote four times inside JSON

/// Values that say that there is none, what type it has, or what became of it; and what follows "password:" in sentences, prompts and configuration.
constexpr std::string_view kNoValues[] = {
    "null", "nil", "none", "undefined", "true", "false", "yes", "no", "n/a", "na", "nan", "unknown", "empty", "unset", "not", "set", "ja", "nein",
    "on", "off", "string", "str", "text", "varchar", "char", "bytes", "byte", "int", "integer", "number", "boolean", "bool", "object", "array",
    "any", "void", "securestring", "system.security.securestring", "system.string", "hidden", "redacted", "masked", "removed", "filtered",
    "sanitized", "scrubbed", "protected", "encrypted", "omitted", "blank", "suppressed", "obfuscated", "required", "optional", "incorrect",
    "invalid", "wrong", "bad", "expired", "fail", "failed", "failure", "changed", "change", "reset", "accepted", "rejected", "denied", "ok",
    "okay", "success", "successful", "successfully", "succeeded", "missing", "mismatch", "correct", "error", "locked", "updated", "created",
    "deleted", "authentication", "authenticated", "chauthtok", "auth", "account", "session", "conversation", "files", "compat", "sss", "systemd",
    "ldap", "nis", "winbind", "db", "prompt", "stdin", "env", "is", "was", "are", "has", "have", "for", "the", "and", "or", "of", "to", "from",
    "must", "cannot", "should", "will", "may", "given", "provided", "used", "too", "please", "enter", "your", "this", "that", "option", "flag",
    "value", "field", "here", "input", "verification", "complexity", "policy", "length", "age", "history", "user", "username", "falsch",
    "ungültig", "abgelaufen", "geändert", "fehlgeschlagen", "incorrecto", "incorrecta", "incorrect(s)", "incorrecte", "expiré", "(null)",
    "(none)", "(empty)", "<nil>", "nope",
};

/// How expressions begin that stand where a secret will be.
constexpr std::string_view kReferences[] = {
    "env.", "process.env", "os.environ", "os.getenv", "getenv(", "secrets.", "var.", "vault:", "ssm:", "arn:aws:", "enc(", "your_", "your-",
    "your ", "!secret", "!vault", "!ref", "keyvault:", "file:", "valuefrom", "hidden_", "redacted_", "@microsoft.keyvault(", "system.",
};

bool is_name_char(char c) { return is_alnum(c) || c == '_' || c == '.' || c == ':'; }
bool is_caption_char(char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-' || c == ' ' || c == '*' || c == ':'; }

bool is_mask(std::string_view value) {
  for (const std::string_view mask : {"***", "\xe2\x80\xa2\xe2\x80\xa2", "\xe2\x97\x8f\xe2\x97\x8f"}) {  // of bullets and black circles
    if (value.find(mask) != kNowhere) return true;
  }
  const char first = value[0];
  if (std::string_view("*xX.#-_?~").find(first) == kNowhere) return false;
  if (value.find_first_not_of(first) != kNowhere) return false;
  return value.size() >= 3 || std::string_view("xX#_~").find(first) == kNowhere;
}

bool is_bracketed(std::string_view value) {
  constexpr std::string_view kOpen = "<[({", kClose = ">])}";
  const std::size_t kind = kOpen.find(value[0]);
  return kind != kNowhere && value.size() >= 2 && value.back() == kClose[kind] && all_of(value.substr(1, value.size() - 2), is_caption_char);
}

bool is_variable(std::string_view value) {
  const char second = char_at(value, 1);
  switch (value[0]) {
    case '$':
      return second == '{' || second == '(' || ((is_letter(second) || second == '_') && all_of(value.substr(1), is_name_char));
    case '%':
      if (second == '(' || second == '{' || (value.size() == 2 && is_alnum(second))) return true;
      return value.size() > 2 && value.back() == '%' && all_of(value.substr(1, value.size() - 2), is_name_char);
    case '{': return second == '{' || second == '%';
    case '#':
    case '@': return second == '{';
    case ':': return is_letter(second) && all_of(value.substr(1), is_name_char);
    case '`': return true;
    default: return false;
  }
}

/// getPassword(x), but not an open bracket behind something that is no name.
bool is_call(std::string_view value) {
  const std::size_t open = value.find('(');
  if (open == kNowhere || open == 0 || !is_letter(value[0]) || !all_of(value.substr(0, open), is_name_char)) return false;
  return value.back() == ')' || value.back() == '(';
}

bool is_token_char(char c) { return is_alnum(c) || std::string_view("._~+/=%|:-!").find(c) != kNowhere; }

}  // namespace

bool stands_folded(std::string_view text, std::size_t at, std::string_view word) {
  if (at > text.size() || text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[at + i]) != word[i]) return false;
  }
  return true;
}

bool equals_folded(std::string_view text, std::string_view word) { return text.size() == word.size() && stands_folded(text, 0, word); }
bool all_of(std::string_view text, bool (*is)(char)) { return std::all_of(text.begin(), text.end(), is); }
bool any_of(std::string_view text, bool (*is)(char)) { return std::any_of(text.begin(), text.end(), is); }

std::size_t run_end(std::string_view text, std::size_t at, bool (*is)(char), std::size_t most) {
  const std::size_t end = std::min(text.size(), at + most);
  while (at < end && is(text[at])) ++at;
  return at;
}

std::size_t behind_blanks(std::string_view text, std::size_t at) {
  const std::size_t end = std::min(text.size(), at + 64);  // a column at most
  while (at < end) {
    if (is_blank(text[at])) {
      ++at;
    } else if (text[at] == '\\' && char_at(text, at + 1) == 't') {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

std::size_t behind_line_break(std::string_view text, std::size_t at) {
  const std::size_t start = at;
  if (char_at(text, at) == '\r') ++at;
  if (char_at(text, at) == '\n') return at + 1;
  const std::size_t slashes = run_end(text, start, [](char c) { return c == '\\'; }, 4);
  if (slashes == start) return at;
  if (char_at(text, slashes) == 'n') return slashes + 1;
  if (char_at(text, slashes) != 'r') return start;
  const std::size_t more = run_end(text, slashes + 1, [](char c) { return c == '\\'; }, 4);
  return more > slashes + 1 && char_at(text, more) == 'n' ? more + 1 : slashes + 1;
}

Quote quote_at(std::string_view text, std::size_t at) {
  const std::size_t mark = run_end(text, at, [](char c) { return c == '\\'; }, kSlashesMax);
  const char c = char_at(text, mark);
  if (c != '"' && c != '\'') return {};
  return {mark - at, mark + 1, c};
}

std::size_t closing_quote(std::string_view text, const Quote& open) {
  const std::size_t end = std::min(text.size(), open.end + kValueMax);
  std::size_t slashes = 0;
  for (std::size_t at = open.end; at < end; ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++slashes;
      continue;
    }
    if (c == '\n' || c == '\r') return kNowhere;
    // Two backslashes more for each one that the value itself ends with, as deep as the quote is.
    if (c == open.mark && slashes % (2 * (open.slashes + 1)) == open.slashes) return at - open.slashes;
    if (c == '"' && slashes < open.slashes) return kNowhere;
    if (c == '"' && open.mark == '\'' && slashes == 0 && open.slashes == 0 && char_at(text, at + 1) == ',') return kNowhere;
    slashes = 0;
  }
  return kNowhere;
}

bool is_no_secret(std::string_view value) {
  if (value.empty() || all_of(value, is_blank)) return true;
  if (is_mask(value) || is_bracketed(value) || is_variable(value) || is_call(value)) return true;
  for (const std::string_view word : kNoValues) {
    if (equals_folded(value, word)) return true;
  }
  return std::any_of(std::begin(kReferences), std::end(kReferences), [&](std::string_view begin) { return stands_folded(value, 0, begin); });
}

bool is_token_like(std::string_view value, std::size_t least) {
  if (value.size() < least || !all_of(value, is_token_char) || value[0] == '/' || value[0] == '.') return false;
  if (value.find("://") != kNowhere || (value.size() > 2 && value[0] == '0' && value[1] == 'x')) return false;
  if (value.find_first_not_of("0-") == kNowhere) return false;
  return any_of(value, is_digit) && any_of(value, is_letter);
}

bool prose_follows(std::string_view text, std::size_t at) {
  if (char_at(text, at) != ' ') return false;
  const std::size_t end = run_end(text, at + 1, is_letter, 32);
  if (end == at + 1 || is_upper(text[at + 1])) return false;
  const char next = char_at(text, end);
  return next == '\0' || std::string_view(" .,\n\r\"'\\)").find(next) != kNowhere;
}

}  // namespace tocsin::protect
