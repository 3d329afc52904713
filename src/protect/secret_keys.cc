// Words that name a secret, and their values. A key is read around the piece that was seen: "spring.datasource.dbPassword" is flattened to small letters without separators, with the
// places where a part begins noted, and must END with one of kWords, at such a place or behind a word that is often written together with it. Ending matters: token_count,
// TokenElevationType, passwordless and PasswordLastSet say something about a secret. What may follow a key:
//
//   assigned   key=x                          key%3Dx  key=>x
//   quoted     "key":"x"  \"key\": \"x\"  'key'=>'x'  key = "x"  <key>x</key>  name="key" value="x"
//   colon      key:x                          without a blank: /pass:x, pass:x
//   loose      key: x   key = x               where sentences are the danger
//   option     --key x
#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "protect/secret_hunt.h"
#include "protect/secret_text.h"

namespace tocsin::protect {
namespace {

/// How much a value must look like a secret to be taken for one.
enum class Sort {
  kPassword,   // anything that is not said to be none
  kShort,      // "pass", which also counts tests: no small number, and no bare word where sentences are
  kDirectory,  // "pwd", which mostly is the directory somebody is in
  kSecret,     // anything in quotes or behind '=', else like a token
  kToken,      // letters and digits
  kSession,    // the same, longer, and not in sentences
  kSignature,  // of a URL
};

struct Word {
  std::string_view flat;
  Sort sort;
};
constexpr Word kWords[] = {
    {"password", Sort::kPassword}, {"passwd", Sort::kPassword}, {"passphrase", Sort::kPassword}, {"passcode", Sort::kPassword},
    {"passwort", Sort::kPassword}, {"kennwort", Sort::kPassword}, {"motdepasse", Sort::kPassword}, {"contrasena", Sort::kPassword},
    {"contraseña", Sort::kPassword}, {"mdp", Sort::kShort}, {"clave", Sort::kShort}, {"passw", Sort::kPassword}, {"passe", Sort::kShort},
    {"pass", Sort::kShort}, {"pwd", Sort::kDirectory}, {"psk", Sort::kShort}, {"presharedkey", Sort::kPassword}, {"clientsecret", Sort::kSecret},
    {"secret", Sort::kSecret}, {"secretkeybase", Sort::kToken}, {"secretkey", Sort::kToken}, {"secretaccesskey", Sort::kToken},
    {"accesskey", Sort::kToken}, {"accountkey", Sort::kToken}, {"privatekey", Sort::kToken}, {"apikey", Sort::kToken}, {"authkey", Sort::kToken},
    {"encryptionkey", Sort::kToken}, {"signingkey", Sort::kToken}, {"masterkey", Sort::kToken}, {"storagekey", Sort::kToken},
    {"sharedkey", Sort::kToken}, {"token", Sort::kToken}, {"sessionid", Sort::kSession}, {"sessid", Sort::kSession},
    {"sessionkey", Sort::kSession}, {"sessioncookie", Sort::kSession}, {"sig", Sort::kSignature}, {"xamzsignature", Sort::kSignature},
    {"xgoogsignature", Sort::kSignature},
};

/// What is written together with such a word, without a separator.
constexpr std::string_view kJoined[] = {
    "db", "user", "root", "my", "new", "old", "current", "confirm", "admin", "login", "pg", "mysql", "key", "store", "keystore", "truststore",
    "proxy", "bind", "smtp", "mail", "email", "imap", "ftp", "sftp", "ssh", "http", "https", "wifi", "vpn", "default", "require", "access",
    "refresh", "auth", "bearer", "id", "session", "security", "api", "client", "app", "bot", "deploy", "personalaccess", "xauth", "xapi", "x",
    "php", "j", "asp", "shared", "sharedaccess", "service", "redis", "postgres", "oracle", "sql", "ldap", "sudo", "domain", "net", "enable", "re",
    "repeat", "the", "aws", "consumer", "oauth", "vault", "git", "oauth2",
};

/// What is before the word where it is no secret after all: tokens of parsers, pages and assemblies, and those that only hold off forged requests.
constexpr std::string_view kHarmless[] = {
    "publickey", "csrf", "xsrf", "antiforgery", "requestverification", "next", "page", "paging", "pagination", "continuation", "continue",
    "cancellation", "sync", "resume", "unexpected", "invalid", "elevated", "syntax", "scroll", "publish", "public", "nextpage", "window", "last",
    "first", "end", "eos", "request", "idempotency",
};
/// Questions about a secret, whose answers are short.
constexpr std::string_view kQuestions[] = {
    "has", "is", "use", "uses", "using", "no", "need", "needs", "require", "requires", "show", "hide", "forgot", "forgotten", "allow", "enable",
    "with", "without", "missing", "min", "max", "check", "want", "save", "remember", "blank", "empty",
};

constexpr std::size_t kKeyMax = 96;

bool is_key_char(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80; }
bool is_separator(char c) { return c == '_' || c == '-' || c == '.'; }

struct Key {
  std::size_t from = 0, to = 0;
  const Word* word = nullptr;
  bool option = false;         // --key
  bool slash_option = false;   // /key
  bool path = false;           // /etc/key
  bool field = false;          // ?key, &key, ;key
  bool question = false;
};

/// The key in small letters without separators; a bit of `parts` is set where one of its parts begins.
struct Flat {
  std::array<char, kKeyMax> chars;
  std::array<bool, kKeyMax + 1> begins = {};
  std::size_t size = 0;

  std::string_view text() const { return {chars.data(), size}; }
  std::string_view part_before(std::size_t end) const {
    std::size_t from = end;
    while (from > 0 && (from == end || !begins[from])) --from;
    return text().substr(from, end - from);
  }
};

Flat flatten(std::string_view key) {
  Flat flat;
  flat.begins[0] = true;
  for (std::size_t i = 0; i < key.size() && flat.size < kKeyMax; ++i) {
    const char c = key[i], before = i == 0 ? '_' : key[i - 1];
    if (is_separator(c)) continue;
    const bool hump = is_upper(c) && (is_lower(before) || is_digit(before) || is_lower(char_at(key, i + 1)));
    if (is_separator(before) || hump || (is_digit(before) && !is_digit(c))) flat.begins[flat.size] = true;
    flat.chars[flat.size++] = lower(c);
  }
  std::size_t end = flat.size;
  while (end > 0 && is_digit(flat.chars[end - 1])) --end;  // password2
  if (end > 0) flat.size = end;
  return flat;
}

template <std::size_t size>
bool is_among(const std::string_view (&words)[size], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

const Word* word_of(const Flat& flat, bool& question) {
  const Word* best = nullptr;
  for (const Word& word : kWords) {
    if (flat.size == 0 || word.flat.back() != flat.chars[flat.size - 1] || !flat.text().ends_with(word.flat)) continue;
    if (best != nullptr && word.flat.size() <= best->flat.size()) continue;
    const std::size_t from = flat.size - word.flat.size();
    if (flat.begins[from] || is_among(kJoined, flat.part_before(from))) best = &word;
  }
  if (best == nullptr) return nullptr;
  const std::size_t from = flat.size - best->flat.size();
  const std::string_view before = flat.part_before(from);
  if (best->sort == Sort::kToken && (is_among(kHarmless, before) || flat.text().substr(0, from).ends_with("publickey"))) return nullptr;
  question = is_among(kQuestions, before);
  return best;
}

bool begins_word(std::string_view text, std::size_t at) {
  const char before = char_before(text, at);
  return at == 0 || is_blank(before) || std::string_view("\n\r\"'([,=").find(before) != kNowhere;
}

/// Takes away what only looks like a part of the key: the letter of \n, \u0026 and %26 before it.
void drop_escape(std::string_view text, std::size_t piece, Key& key) {
  const char before = char_at(text, key.from - 1), first = text[key.from];
  if (before == '\\' && (first == 'n' || first == 'r' || first == 't') && piece > key.from) {
    ++key.from;
  } else if (before == '\\' && first == 'u' && piece >= key.from + 5) {
    key.field = stands_folded(text, key.from, "u0026");
    key.from += 5;
  } else if (before == '%' && piece >= key.from + 2 && is_hex(first) && is_hex(text[key.from + 1])) {
    key.from += 2;
    key.field = true;
  }
}

Key read_key(std::string_view text, std::size_t piece) {
  Key key;
  key.to = run_end(text, piece, is_key_char, 40);
  while (key.to > piece && is_separator(text[key.to - 1])) --key.to;
  const std::size_t least = piece < 48 ? 0 : piece - 48;
  key.from = piece;
  while (key.from > least && is_key_char(text[key.from - 1])) --key.from;
  drop_escape(text, piece, key);
  const std::size_t start = key.from;
  while (key.from < piece && is_separator(text[key.from])) ++key.from;
  const bool behind_escape = char_before(text, start) == 'n' || char_before(text, start) == '\\';
  key.option = text[start] == '-' && key.from > start && (begins_word(text, start) || behind_escape);
  const char before = char_before(text, start);
  if (before == '/' || before == '\\') {
    key.slash_option = before == '/' && begins_word(text, start - 1);
    key.path = !key.slash_option && quote_at(text, start - 1).end == 0;
  }
  if (before == ':') key.path = true;  // arn:aws:secretsmanager:…:secret:x
  key.field = key.field || before == '?' || before == '&' || before == ';';
  return key;
}

/// What AWS calls clientToken only keeps a request from being carried out twice. (Vault's client_token is one.)
constexpr std::string_view kClientToken = "clienttoken";

enum class Notation { kNone, kAssigned, kQuoted, kColon, kLoose, kOption };

struct Value {
  Notation notation = Notation::kNone;
  std::size_t from = 0, to = 0;
};

/// Whether a value can be over here, at a comma or such: at the end, before a blank or a quote, before the next key.
bool ends_field(std::string_view text, std::size_t at) {
  const char c = char_at(text, at);
  if (at >= text.size() || static_cast<unsigned char>(c) <= ' ' || std::string_view("\"'&\\)]},;:").find(c) != kNowhere) return true;
  const std::size_t end = run_end(text, at, is_key_char, 32);
  return end > at && (char_at(text, end) == '=' || char_at(text, end) == ':');
}

bool is_written_escape(std::string_view text, std::size_t at) {
  const char next = char_at(text, at + 1);
  if (std::string_view("nrt\"'").find(next) != kNowhere) return true;
  return (next == 'u' && is_hex(char_at(text, at + 2)) && is_hex(char_at(text, at + 5))) ||
         (next == '\\' && (char_at(text, at + 2) == '"' || char_at(text, at + 2) == 'n'));
}

/// Whether a value without quotes ends at this character. `depth` is of the brackets inside it.
bool ends_bare(std::string_view text, std::size_t at, bool field, int& depth) {
  const char c = text[at];
  if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>') return true;
  switch (c) {
    case ';': return field || ends_field(text, at + 1);
    case '&':
    case '#': return field || (c == '&' && ends_field(text, at + 1));
    case ',':
    case '|': return ends_field(text, at + 1);
    case '\\': return is_written_escape(text, at);
    case '(':
    case '[':
    case '{': ++depth; return false;
    case ')':
    case ']':
    case '}': return depth-- <= 0 && ends_field(text, at + 1);
    default: return false;
  }
}

std::size_t bare_end(std::string_view text, std::size_t at, bool field) {
  const std::size_t end = std::min(text.size(), at + kValueMax);
  int depth = 0;
  while (at < end && !ends_bare(text, at, field, depth)) at += text[at] == '\\' ? 2 : 1;
  return std::min(at, end);
}

struct Sign {
  std::string_view text;
  bool equals;
};
constexpr Sign kSigns[] = {{"=>", true}, {":=", true}, {"\\u003d", true}, {"%3d", true}, {"=", true}, {":", false}};

/// The sign between key and value; its text is empty if there is none.
Sign sign_at(std::string_view text, std::size_t at) {
  for (const Sign& sign : kSigns) {
    if (!stands_folded(text, at, sign.text)) continue;
    const char next = char_at(text, at + sign.text.size());
    if (next == '~' || next == ':' || (next == '=' && sign.equals) || (next == '/' && !sign.equals && char_at(text, at + 2) == '/')) return {};
    return sign;
  }
  return {};
}

Value quoted_value(std::string_view text, const Quote& open, bool key_quoted) {
  std::size_t to = closing_quote(text, open);
  if (to == kNowhere) to = bare_end(text, open.end, false);
  const std::size_t first = run_end(text, open.end, is_blank);
  // The quote closed what the key stands in: "enter password:","next":…
  if (!key_quoted && first < text.size() && std::string_view(",:}])").find(text[first]) != kNowhere) return {};
  return {Notation::kQuoted, open.end, to};
}

/// <key>x</key>, also with &lt; and &gt;.
Value element_value(std::string_view text, const Key& key, std::size_t at) {
  const bool escaped = stands_folded(text, at, "&gt;");
  if (!escaped && char_at(text, at) != '>') return {};
  const char before = char_at(text, key.from - 1);
  if (before != '<' && before != ':' && before != '"' && before != '\'' && !(escaped && before == ';')) return {};
  const std::size_t from = at + (escaped ? 4 : 1);
  const std::string_view rest = text.substr(from, kValueMax);
  const std::size_t to = rest.find_first_of(escaped ? "&\n" : "<\n");
  if (to == kNowhere || rest[to] == '\n') return {};
  const std::size_t slash = to + (escaped ? 4 : 1);
  if (char_at(rest, slash) != '/' && char_at(rest, slash + 1) != '/') return {};
  return {Notation::kQuoted, from, from + to};
}

/// name="key" value="x", {"name":"key","value":"x"}.
Value value_beside(std::string_view text, std::size_t at) {
  at = run_end(text, at, [](char c) { return c == ',' || c == ';' || is_blank(c); }, 4);
  const Quote open = quote_at(text, at);
  if (open) at = open.end;
  if (!stands_folded(text, at, "value")) return {};
  at += 5;
  const Quote close = quote_at(text, at);
  at = behind_blanks(text, close ? close.end : at);
  if (char_at(text, at) != '=' && char_at(text, at) != ':') return {};
  const Quote quote = quote_at(text, behind_blanks(text, at + 1));
  return quote ? quoted_value(text, quote, true) : Value{};
}

Value option_value(std::string_view text, std::size_t at) {
  const std::size_t from = behind_blanks(text, at);
  if (from == at || char_at(text, from) == '-' || char_at(text, from) == '(') return {};
  const Quote open = quote_at(text, from);
  if (open) return quoted_value(text, open, false);
  return {Notation::kOption, from, bare_end(text, from, false)};
}

Value signed_value(std::string_view text, const Key& key, std::size_t sign_from, const Sign& sign, bool blank_before, bool key_quoted) {
  const std::size_t behind = sign_from + sign.text.size();
  std::size_t from = behind_blanks(text, behind);
  const bool blank = blank_before || from > behind;
  if (char_at(text, from) == '[' && quote_at(text, from + 1)) ++from;
  if (const Quote open = quote_at(text, from)) return quoted_value(text, open, key_quoted);
  if (char_at(text, from) == '{') return {};
  const std::size_t to = bare_end(text, from, key.field);
  if (key_quoted) return {Notation::kAssigned, from, to};
  return {blank ? Notation::kLoose : sign.equals ? Notation::kAssigned : Notation::kColon, from, to};
}

Value read_value(std::string_view text, const Key& key) {
  const Quote closing = quote_at(text, key.to);
  const bool key_quoted = closing && closing.mark == char_at(text, key.from - 1);
  std::size_t at = closing ? closing.end : key.to;
  if (closing && char_at(text, at) == ']') ++at;
  const std::size_t sign_from = behind_blanks(text, at);
  const Sign sign = sign_at(text, sign_from);
  if (!sign.text.empty()) return signed_value(text, key, sign_from, sign, sign_from > at, key_quoted);
  if (const Value value = element_value(text, key, at); value.notation != Notation::kNone) return value;
  if (closing) return value_beside(text, at);
  return key.option ? option_value(text, at) : Value{};
}

bool is_directory(std::string_view value) {
  return value[0] == '/' || value[0] == '~' || value[0] == '.' || value[0] == '\\' || (value.size() >= 2 && is_letter(value[0]) && value[1] == ':');
}

bool is_count(std::string_view value, std::size_t most) { return value.size() <= most && all_of(value, is_digit); }
bool is_not_letter(char c) { return !is_letter(c) && static_cast<unsigned char>(c) < 0x80; }

/// "This field is required.": more than two words, the first one of those that begin sentences, or a full stop at the end.
bool is_sentence(std::string_view value) {
  const auto blanks = std::count(value.begin(), value.end(), ' ');
  if (blanks == 0) return false;
  const std::string_view first = value.substr(0, value.find(' '));
  return is_no_secret(first) || (blanks >= 2 && value.back() == '.');
}

/// A password as people choose them: what is left to tell apart is sentences.
bool is_password(std::string_view text, const Key& key, const Value& value) {
  const std::string_view chars = text.substr(value.from, value.to - value.from);
  if (chars[0] == '#' && chars.size() == 1) return false;  // a comment of YAML
  const bool tells = any_of(chars, is_not_letter) && !is_count(chars, 3) && chars.back() != ',';
  switch (value.notation) {
    case Notation::kAssigned: return true;
    case Notation::kQuoted: return key.word->flat == "passphrase" || !is_sentence(chars);
    case Notation::kOption: return tells || !prose_follows(text, value.to);
    case Notation::kColon:
      if (key.slash_option || key.option) return true;
      return !key.path && any_of(chars, is_not_letter) && chars.size() >= 4 && !is_count(chars, 6);
    case Notation::kLoose: return !key.path && (tells || !prose_follows(text, value.to));
    case Notation::kNone: return false;
  }
  return false;
}

bool is_sentence_notation(Notation notation) { return notation == Notation::kLoose || notation == Notation::kColon; }

bool is_token(const Key& key, const Value& value, std::string_view chars) {
  if (value.notation == Notation::kLoose || value.notation == Notation::kColon) return !key.path && is_token_like(chars, value.notation == Notation::kLoose ? 12 : 8);
  return is_token_like(chars, 8);
}

bool fits(std::string_view text, const Key& key, const Value& value) {
  const std::string_view chars = text.substr(value.from, value.to - value.from);
  const bool sentence = is_sentence_notation(value.notation);
  switch (key.word->sort) {
    case Sort::kPassword: return is_password(text, key, value);
    case Sort::kShort:
      if (is_count(chars, 4) && value.notation != Notation::kQuoted) return false;
      if (sentence && !key.slash_option && (chars.size() < 5 || !any_of(chars, is_not_letter))) return false;
      return is_password(text, key, value);
    case Sort::kDirectory: return !is_directory(chars) && is_password(text, key, value);
    case Sort::kSecret:
      if (sentence) return is_token(key, value, chars);
      return chars.size() >= 4 && !is_directory(chars) && is_password(text, key, value);
    case Sort::kToken:
      if (equals_folded(text.substr(key.from, key.to - key.from), kClientToken)) return false;
      return is_token(key, value, chars);
    case Sort::kSession:  // in JSON mostly the name of a session
      return !sentence && is_token_like(chars, 16) && (value.notation == Notation::kAssigned || all_of(chars, is_alnum));
    case Sort::kSignature: return value.notation == Notation::kAssigned && key.field && chars.size() >= 20 && is_token_like(chars, 20);
  }
  return false;
}

/// A label: "password":"Password".
bool repeats_key(std::string_view key, std::string_view value) {
  const auto alike = [](char a, char b) { return lower(a) == lower(b); };
  return is_upper(value[0]) && std::equal(key.begin(), key.end(), value.begin(), value.end(), alike);
}

}  // namespace

void hunt_key(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  Key key = read_key(text, at);
  Value value = read_value(text, key);  // before the word: most words have none
  if (value.notation == Notation::kNone) return;
  key.word = word_of(flatten(text.substr(key.from, key.to - key.from)), key.question);
  if (key.word == nullptr) return;
  if (value.notation == Notation::kLoose || value.notation == Notation::kOption) {
    while (value.to > value.from && std::string_view(".:,").find(text[value.to - 1]) != kNowhere) --value.to;
  }
  std::string_view chars = text.substr(value.from, value.to - value.from);
  if (key.word->sort == Sort::kSession) chars = chars.substr(0, chars.find('?'));  // /x;jsessionid=y?z
  value.to = value.from + chars.size();
  if (is_no_secret(chars) || chars.starts_with("-----BEGIN") || repeats_key(text.substr(key.from, key.to - key.from), chars)) return;
  if (key.question && !is_token_like(chars, 8)) return;
  if (fits(text, key, value)) hunt.add(value.from, value.to);
}

}  // namespace tocsin::protect
