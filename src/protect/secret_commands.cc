// Programs that take a secret on their command line. -p and its like mean something else to every program, so a switch counts only behind its program: kPrograms says which. A
// command ends with the line, with | and ; and &&, and with the quote of the JSON string that holds it.
#include <algorithm>
#include <array>
#include <iterator>

#include "protect/secret_hunt.h"
#include "protect/secret_text.h"

namespace tocsin::protect {
namespace {

constexpr std::size_t kCommandMax = 2048;
constexpr std::size_t kSwitches = 4;

/// Where the secret of a switch is.
enum class Take {
  kNext,      // -p x, -p=x
  kJoined,    // -px
  kEither,    // both
  kColon,     // /p:x
  kUser,      // -u user:x, also joined
  kUserPercent,  // -U user%x
  kHash,      // -H lm:nt
  kPassIn,    // -k x of openssl, which may be pass:x as well
};

struct Switch {
  std::string_view name;
  Take take = Take::kNext;
};

struct Program {
  std::string_view name;  // in small letters, without .exe and .py
  std::string_view verb;  // a word that must follow it, as "login"
  std::array<Switch, kSwitches> switches;
};

constexpr std::array<Switch, kSwitches> kMySql = {{{"-p", Take::kJoined}}};
constexpr std::array<Switch, kSwitches> kPsExec = {{{"-p"}, {"/p"}}};
constexpr std::array<Switch, kSwitches> kSqlCmd = {{{"-P", Take::kEither}, {"/P", Take::kEither}}};
constexpr std::array<Switch, kSwitches> kLdap = {{{"-w", Take::kEither}}};
constexpr std::array<Switch, kSwitches> kMongo = {{{"-p"}}};
constexpr std::array<Switch, kSwitches> kLogin = {{{"-p"}}};
constexpr std::array<Switch, kSwitches> kSamba = {{{"-U", Take::kUserPercent}, {"--user", Take::kUserPercent}}};
constexpr std::array<Switch, kSwitches> kSpray = {{{"-p"}, {"-H", Take::kHash}}};
constexpr std::array<Switch, kSwitches> kRdp = {{{"/p", Take::kColon}, {"/pth", Take::kColon}}};

constexpr Program kPrograms[] = {
    {"mysql", "", kMySql},
    {"mysqldump", "", kMySql},
    {"mysqladmin", "", kMySql},
    {"mysqlimport", "", kMySql},
    {"mysqlshow", "", kMySql},
    {"mariadb", "", kMySql},
    {"mariadb-dump", "", kMySql},
    {"mariadb-admin", "", kMySql},
    {"sshpass", "", {{{"-p", Take::kEither}}}},
    {"psexec", "", kPsExec},
    {"psexec64", "", kPsExec},
    {"paexec", "", kPsExec},
    {"schtasks", "", {{{"/rp"}, {"-rp"}, {"/p"}}}},
    {"sqlcmd", "", kSqlCmd},
    {"osql", "", kSqlCmd},
    {"bcp", "", kSqlCmd},
    {"curl", "", {{{"-u", Take::kUser}, {"--user", Take::kUser}, {"-U", Take::kUser}, {"--proxy-user", Take::kUser}}}},
    {"ldapsearch", "", kLdap},
    {"ldapmodify", "", kLdap},
    {"ldapadd", "", kLdap},
    {"ldapdelete", "", kLdap},
    {"ldapwhoami", "", kLdap},
    {"ldappasswd", "", {{{"-w", Take::kEither}, {"-s"}, {"-a"}}}},
    {"redis-cli", "", {{{"-a", Take::kNext}}}},
    {"mongo", "", kMongo},
    {"mongosh", "", kMongo},
    {"mongodump", "", kMongo},
    {"mongorestore", "", kMongo},
    {"docker", "login", kLogin},
    {"podman", "login", kLogin},
    {"smbclient", "", kSamba},
    {"rpcclient", "", kSamba},
    {"smbmap", "", kSpray},
    {"crackmapexec", "", kSpray},
    {"cme", "", kSpray},
    {"netexec", "", kSpray},
    {"nxc", "", kSpray},
    {"evil-winrm", "", kSpray},
    {"xfreerdp", "", kRdp},
    {"wfreerdp", "", kRdp},
    {"openssl", "", {{{"-k", Take::kPassIn}, {"-K"}}}},
    {"winrs", "", {{{"-p", Take::kColon}, {"/p", Take::kColon}}}},
};
static_assert(std::size(kPrograms) <= Hunt::kNetMark);

struct Argument {
  std::size_t from = 0, to = 0;  // without the quotes around it
  bool quoted = false;
  bool last = false;  // the command ends behind it
  std::size_t next = 0;

  std::string_view in(std::string_view text) const { return text.substr(from, to - from); }
};

bool ends_command(std::string_view text, std::size_t at) {
  const char c = char_at(text, at);
  if (at >= text.size() || c == '\n' || c == '\r' || c == '|' || c == '<' || c == '>' || c == '`') return true;
  if (c == ';' || c == '&') return true;
  return c == '\\' && (char_at(text, at + 1) == 'n' || char_at(text, at + 1) == 'r') && !is_alnum(char_at(text, at + 2));
}

/// A quote inside a word opens one if it follows a switch or a sign and something follows it; else it belongs to what encloses the command.
bool opens_inside(std::string_view text, std::size_t from, std::size_t at, const Quote& quote) {
  const char before = char_before(text, at), next = char_at(text, quote.end);
  const bool behind_switch = before == '=' || before == ':' || before == '%' || (at - from == 2 && text[from] == '-');
  return behind_switch && quote.end < text.size() && std::string_view(",:}]) \t\r\n\"").find(next) == kNowhere;
}

/// The word at `at`, which is no blank. False if the command ends here.
bool read_argument(std::string_view text, std::size_t at, Argument& word) {
  if (ends_command(text, at)) return false;
  word = {at, at, false, false, at};
  if (const Quote open = quote_at(text, at)) {
    const std::size_t close = closing_quote(text, open);
    if (close == kNowhere || (close > open.end && std::string_view(",:}]").find(text[open.end]) != kNowhere)) return false;
    word = {open.end, close, true, false, close + open.slashes + 1};
    return true;
  }
  const std::size_t end = std::min(text.size(), at + kCommandMax);
  while (at < end && !is_blank(text[at]) && !ends_command(text, at)) {
    if (const Quote quote = quote_at(text, at)) {
      const std::size_t close = opens_inside(text, word.from, at, quote) ? closing_quote(text, quote) : kNowhere;
      word.last = close == kNowhere;
      if (word.last) break;
      at = close + quote.slashes + 1;
      continue;
    }
    at = std::max(at + 1, run_end(text, at, [](char c) { return c == '\\'; }, 2));
  }
  word.to = word.next = at;
  return true;
}

/// The words of a command, one after the other, as far as kCommandMax.
class Arguments {
 public:
  Arguments(std::string_view text, std::size_t at) : text_(text), at_(at), end_(at + kCommandMax) {}

  bool next(Argument& word) {
    if (done_ || at_ >= end_) return false;
    at_ = run_end(text_, at_, is_blank);
    if (!read_argument(text_, at_, word)) return false;
    done_ = word.last;
    at_ = word.next;
    return true;
  }
  std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_, end_;
  bool done_ = false;
};

bool is_lm_or_nt(std::string_view text) { return text.size() == 32 && all_of(text, is_hex); }

bool is_hash(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == kNowhere) return is_lm_or_nt(text);
  return (colon == 0 || is_lm_or_nt(text.substr(0, colon))) && is_lm_or_nt(text.substr(colon + 1));
}

/// Adds the part of the text from `from` to `to` that is the secret, without quotes around it.
void add_value(Hunt& hunt, std::size_t from, std::size_t to, Take take) {
  const std::string_view text = hunt.text();
  if (const Quote open = quote_at(text, from); open && open.end <= to) {
    const std::size_t close = closing_quote(text, open);
    if (close != kNowhere) from = open.end, to = std::min(to, close);
  }
  if (take == Take::kUser || take == Take::kUserPercent) {
    const std::size_t sign = text.substr(from, to - from).find(take == Take::kUser ? ':' : '%');
    if (sign == kNowhere) return;
    from += sign + 1;
  }
  if (take == Take::kPassIn && stands_folded(text, from, "pass:")) from += 5;
  const std::string_view value = text.substr(from, to - from);
  if (is_no_secret(value) || (take == Take::kHash && !is_hash(value))) return;
  hunt.add(from, to);
}

bool takes_next(Take take) { return take != Take::kJoined && take != Take::kColon; }
bool takes_joined(Take take) { return take != Take::kNext && take != Take::kColon && take != Take::kPassIn; }

/// Whether the word is this switch; where its value is joined to it, that is added.
bool take_switch(Hunt& hunt, const Switch& how, const Argument& word) {
  const std::string_view chars = word.in(hunt.text());
  if (how.name.empty() || !(how.name[0] == '/' ? stands_folded(chars, 0, how.name) : chars.starts_with(how.name))) return false;
  if (chars.size() == how.name.size()) return takes_next(how.take);
  const char sign = chars[how.name.size()];
  const std::size_t from = word.from + how.name.size();
  if ((sign == '=' && takes_next(how.take)) || (sign == ':' && how.take == Take::kColon)) {
    add_value(hunt, from + 1, word.to, how.take);
  } else if (takes_joined(how.take) && !how.name.starts_with("--")) {
    add_value(hunt, from, word.to, how.take);
  }
  return false;
}

std::size_t walk_command(Hunt& hunt, const Program& program, std::size_t at) {
  const std::string_view text = hunt.text();
  Arguments words(text, at);
  Argument word;
  const Switch* open = nullptr;
  bool verb = program.verb.empty();
  while (words.next(word)) {
    if (!verb) {
      if (!equals_folded(word.in(text), program.verb)) return words.at();
      verb = true;
      continue;
    }
    if (open != nullptr && (word.quoted || char_at(text, word.from) != '-')) {
      add_value(hunt, word.from, word.to, open->take);
      open = nullptr;
      continue;
    }
    open = nullptr;
    for (const Switch& how : program.switches) {
      if (open == nullptr && take_switch(hunt, how, word)) open = &how;
    }
  }
  return words.at();
}

bool is_program_char(char c) { return is_alnum(c) || c == '-'; }

bool begins_program(std::string_view text, std::size_t at) {
  const char before = char_before(text, at);
  if (at == 0 || !(is_alnum(before) || before == '-' || before == '_' || before == '.' || before == '@')) return true;
  const char escape = char_at(text, at - 2);  // \n, \t
  return at >= 2 && escape == '\\' && (before == 'n' || before == 't' || before == 'r');
}

/// Behind the name of a program and what may belong to it: .exe, .py, the quote around it. kNowhere if no blank follows.
std::size_t behind_program(std::string_view text, std::size_t at) {
  for (const std::string_view kind : {".exe", ".py", ".com"}) {
    if (stands_folded(text, at, kind)) {
      at += kind.size();
      break;
    }
  }
  if (const Quote quote = quote_at(text, at)) at = quote.end;
  return is_blank(char_at(text, at)) ? at : kNowhere;
}

/// net user NAME x [/add…], where nothing but switches follows.
void hunt_net_user(Hunt& hunt, Arguments& words) {
  Argument name, value, more;
  if (!words.next(name) || !words.next(value)) return;
  const std::string_view text = hunt.text();
  if (char_at(text, name.from) == '/' || char_at(text, value.from) == '/') return;
  if (words.next(more) && char_at(text, more.from) != '/') return;
  add_value(hunt, value.from, value.to, Take::kNext);
}

/// net use [X:] \\h\s x /user:u, in any order.
void hunt_net_use(Hunt& hunt, Arguments& words) {
  const std::string_view text = hunt.text();
  bool share = false;
  Argument word;
  while (words.next(word)) {
    const std::string_view chars = word.in(text);
    if (chars.starts_with("/")) continue;
    if (share) return add_value(hunt, word.from, word.to, Take::kNext);
    share = chars.starts_with("\\\\");
    if (!share && !chars.ends_with(":") && chars != "*") return;
  }
}

void hunt_net(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (!begins_program(text, at)) return;
  const std::size_t behind = behind_program(text, at + (char_at(text, at + 3) == '1' ? 4 : 3));
  if (behind == kNowhere || at < hunt.read_to(Hunt::kNetMark)) return;
  Arguments words(text, behind);
  Argument verb;
  if (!words.next(verb)) return;
  const std::string_view chars = verb.in(text);
  if (equals_folded(chars, "user") || equals_folded(chars, "users")) {
    hunt_net_user(hunt, words);
  } else if (equals_folded(chars, "use")) {
    hunt_net_use(hunt, words);
  }
  hunt.read_to(Hunt::kNetMark) = words.at();
}

}  // namespace

void hunt_command(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  std::size_t from = at;
  while (from > 0 && at - from < 16 && is_program_char(text[from - 1])) --from;
  const std::size_t to = run_end(text, at, is_program_char, 24);
  // A letter behind a backslash may be of \n or of a path.
  const bool escaped = from > 0 && from < at && text[from - 1] == '\\';
  for (const std::size_t start : {from, from + (escaped ? 1 : 0)}) {
    const std::string_view name = text.substr(start, to - start);
    if (equals_folded(name, "net") || equals_folded(name, "net1")) return hunt_net(hunt, start);
    for (std::size_t i = 0; i < std::size(kPrograms); ++i) {
      if (!equals_folded(name, kPrograms[i].name)) continue;
      const std::size_t behind = behind_program(text, to);
      if (behind == kNowhere || !begins_program(text, start) || at < hunt.read_to(i)) return;
      hunt.read_to(i) = walk_command(hunt, kPrograms[i], behind);
      return;
    }
  }
}

void hunt_hashes(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (!stands_folded(text, at, "-hashes")) return;
  std::size_t from = at + 7;
  if (char_at(text, from) != '=' && !is_blank(char_at(text, from))) return;
  from = run_end(text, from + 1, is_blank, 8);
  if (const Quote quote = quote_at(text, from)) from = quote.end;
  const std::size_t to = run_end(text, from, [](char c) { return is_hex(c) || c == ':'; }, 65);
  if (is_hash(text.substr(from, to - from))) hunt.add(from, to);
}

void hunt_pw_switch(Hunt& hunt, std::size_t at) {
  const std::string_view text = hunt.text();
  if (at > 0 && !is_blank(text[at - 1])) return;
  Argument word;
  if (!read_argument(text, run_end(text, at + 3, is_blank, 8), word) || (!word.quoted && char_at(text, word.from) == '-')) return;
  add_value(hunt, word.from, word.to, Take::kNext);
}

void hunt_secure_string(Hunt& hunt, std::size_t at) {
  constexpr std::string_view kVerb = "o-securestring";
  const std::string_view text = hunt.text();
  if (!stands_folded(text, at, kVerb) || at < hunt.read_to(Hunt::kPlainTextMark)) return;
  Arguments words(text, at + kVerb.size());
  Argument word, value;
  bool plain = false, found = false;
  while (words.next(word)) {
    const std::string_view chars = word.in(text);
    if (!word.quoted && stands_folded(chars, 0, "-asp")) {
      plain = true;
    } else if (!found && (word.quoted || (chars[0] != '-' && chars[0] != '('))) {
      value = word;
      found = true;
    }
    if (plain && found) return add_value(hunt, value.from, value.to, Take::kNext);
  }
  hunt.read_to(Hunt::kPlainTextMark) = words.at();
}

}  // namespace tocsin::protect
