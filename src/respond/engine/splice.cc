#include "respond/engine/splice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "respond/cacao/check_playbook.h"

namespace tocsin::respond {

namespace {

/// Behind these a shell, or a program that is one, takes the next word for commands.
constexpr std::string_view kRunsNext[] = {"eval", "-c", "-ec", "-lc", "-command", "-encodedcommand", "iex", "invoke-expression", "--%", "sudo", "doas", "su", "env", "exec", "nohup", "nice", "time", "xargs", "-exec", "-execdir", "command", "builtin", "source", ".",
                                           "if", "then", "elif", "else", "while", "until", "do", "!"};
/// As PowerShell has them: ' and its typographic sisters.
constexpr std::array<std::string_view, 5> kSingleQuotes = {"'", "\u2018", "\u2019", "\u201a", "\u201b"};
constexpr std::array<std::string_view, 4> kDoubleQuotes = {"\"", "\u201c", "\u201d", "\u201e"};

Error wrong(std::string_view name, std::string_view what) { return {Code::kInvalid, fmt::format("{} {}", name, what)}; }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

Result<const cacao::Variable*> variable_of(std::string_view name, const VariableLookup& values) {
  const cacao::Variable* const variable = values(name);
  if (variable == nullptr) return wrong(name, "is declared nowhere");
  if (!variable->value) return wrong(name, "has no value");
  return variable;
}

bool is_number(const cacao::Variable& variable) {
  return variable.type == cacao::VariableType::kInteger || variable.type == cacao::VariableType::kLong || variable.type == cacao::VariableType::kFloat;
}

/// "NAME=…" before a command.
bool is_assignment(std::string_view word) {
  const std::size_t equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 && std::ranges::all_of(word.substr(0, equals), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

/// Where in a command of a shell a text stands, as far as it has been read. What it does not know for sure it takes for the worse.
class ShellPlace {
 public:
  explicit ShellPlace(bool powershell) : powershell_(powershell) {}

  void read(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) at += take(text.substr(at));
  }
  /// A variable has been put here: it is part of a word.
  void word() {
    word_ += 'x';
    fresh_ = command_ = escaped_ = dollar_ = false;
  }

  /// "" if an argument may begin or go on here.
  std::string_view trouble() const {
    if (quote_ != 0) return "stands within quotes: leave them out, it is quoted by itself";
    if (comment_) return "stands in a comment";
    if (document_) return "stands behind '<<': a document cannot have variables";
    if (backquotes_) return "stands within backquotes: use $( ) instead";
    if (escaped_) return "stands behind an escape";
    if (dollar_) return "stands behind '$'";
    if (fresh_ && command_) return "stands where a command begins: only what the playbook itself says is run";
    if (runs_next_) return "stands where it would be run as a command";
    return "";
  }
  bool begins_word() const { return fresh_; }

 private:
  std::size_t take(std::string_view text) {
    const char c = text.front();
    if (quote_ != 0) return in_quote(text);
    if (comment_) {
      if (c == '\n') comment_ = false, end_word(true);
      return 1;
    }
    const bool was_escaped = std::exchange(escaped_, false);
    dollar_ = false;
    if (was_escaped) return add(c), 1;
    if (c == (powershell_ ? '`' : '\\')) return escaped_ = true, 1;
    if (const std::size_t size = opens_quote(text); size > 0) return size;
    if (!powershell_ && c == '`') return backquotes_ = !backquotes_, 1;
    if (c == '#' && fresh_) return comment_ = true, 1;
    if (!powershell_ && text.starts_with("<<")) return document_ = true, 2;
    if (is_space(c)) return end_word(c == '\n'), 1;
    if (c == ';' || c == '|' || c == '&' || c == '(' || c == '{' || c == ')' || c == '}') return end_word(true), 1;
    dollar_ = c == '$';
    return add(c), 1;
  }

  std::size_t opens_quote(std::string_view text) {
    const auto opens = [&](const auto& quotes, char kind) -> std::size_t {
      for (const std::string_view quote : quotes) {
        if (!text.starts_with(quote) || (!powershell_ && quote.size() > 1)) continue;
        quote_ = kind;
        fresh_ = false;
        return quote.size();
      }
      return 0;
    };
    const std::size_t single = opens(kSingleQuotes, '\'');
    return single > 0 ? single : opens(kDoubleQuotes, '"');
  }

  std::size_t in_quote(std::string_view text) {
    const char c = text.front();
    if (std::exchange(escaped_, false)) return 1;
    if (quote_ == '"' && c == (powershell_ ? '`' : '\\')) return escaped_ = true, 1;
    const auto closes = [&](const auto& quotes) -> std::size_t {
      for (const std::string_view quote : quotes) {
        if (!text.starts_with(quote) || (!powershell_ && quote.size() > 1)) continue;
        quote_ = 0;
        return quote.size();
      }
      return 0;
    };
    const std::size_t size = quote_ == '"' ? closes(kDoubleQuotes) : closes(kSingleQuotes);
    return size > 0 ? size : 1;
  }

  void add(char c) {
    word_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    fresh_ = false;
  }

  void end_word(bool command_follows) {
    if (!word_.empty()) {
      runs_next_ = std::ranges::find(kRunsNext, word_) != std::end(kRunsNext);
      command_ = command_ && is_assignment(word_);
    }
    if (command_follows) command_ = true, runs_next_ = false;
    word_.clear();
    fresh_ = true;
  }

  const bool powershell_;
  char quote_ = 0;
  bool comment_ = false, document_ = false, backquotes_ = false, escaped_ = false, dollar_ = false;
  bool fresh_ = true;      // a word begins here
  bool command_ = true;    // the word that begins, or goes on, is the first of a command
  bool runs_next_ = false;
  std::string word_;       // in small letters
};

std::string quoted(std::string_view value, bool powershell) {
  std::string out = "'";
  for (std::size_t at = 0; at < value.size();) {
    const auto quote = std::ranges::find_if(kSingleQuotes, [&](std::string_view one) { return value.substr(at).starts_with(one); });
    if (quote == kSingleQuotes.end() || (!powershell && quote->size() > 1)) {
      out += value[at++];
    } else {
      powershell ? (out += *quote) += *quote : out += "'\\''";
      at += quote->size();
    }
  }
  return out + "'";
}

Status append_value(std::string& out, std::string_view name, const cacao::Variable& variable, Splice how) {
  const std::string& value = *variable.value;
  if (how != Splice::kUrl && how != Splice::kPlain && how != Splice::kXml && std::ranges::any_of(value, is_control)) return wrong(name, "has control characters, which cannot stand here");
  if (how == Splice::kUrl) {
    for (const char c : value) {
      const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '~' || c == '.';
      stays ? void(out += c) : void(out += fmt::format("%{:02X}", static_cast<unsigned char>(c)));
    }
    if (value == "." || value == "..") return wrong(name, "would be a step in a path");
  } else if (how == Splice::kXml) {
    for (const char c : value) {
      constexpr std::string_view kSpecial = "<>&\"'";
      constexpr std::array<std::string_view, 5> kEntities = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"};
      const std::size_t place = kSpecial.find(c);
      place == std::string_view::npos ? void(out += c) : void(out += kEntities[place]);
    }
  } else {
    out += value;
  }
  return {};
}

Result<std::string> splice_shell(std::string_view text, const std::vector<cacao::VariableUse>& uses, bool powershell, const VariableLookup& values) {
  if (uses.size() == 1 && uses.front().size == text.size()) {
    const cacao::Variable& whole = *TRY(variable_of(uses.front().name, values));
    if (!whole.constant || whole.external) return wrong(uses.front().name, "would be run as a command: only a constant of the playbook is");
    return *whole.value;
  }
  ShellPlace place(powershell);
  std::string out;
  std::size_t at = 0;
  for (const cacao::VariableUse& use : uses) {
    const cacao::Variable& variable = *TRY(variable_of(use.name, values));
    const std::string_view before = text.substr(at, use.at - at);
    out += before;
    place.read(before);
    if (const std::string_view trouble = place.trouble(); !trouble.empty()) return wrong(use.name, trouble);
    if (std::ranges::any_of(*variable.value, is_control)) return wrong(use.name, "has control characters, which cannot stand in a command");
    if (place.begins_word() && variable.value->starts_with('-') && !is_number(variable) && !variable.constant) return wrong(use.name, "begins with '-' and would be taken for an option");
    out += quoted(*variable.value, powershell);
    place.word();
    at = use.at + use.size;
  }
  return out + std::string(text.substr(at));
}

Status splice_value(boost::json::value& value, const VariableLookup& values) {
  if (auto* const text = value.if_string()) {
    *text = TRY(splice({text->data(), text->size()}, Splice::kPlain, values));
  } else if (auto* const list = value.if_array()) {
    for (boost::json::value& one : *list) TRY(splice_value(one, values));
  } else if (auto* const object = value.if_object()) {
    for (auto& member : *object) {
      if (!cacao::variables_in({member.key().data(), member.key().size()}).empty()) return Error{Code::kInvalid, "the name of a member is a variable, which cannot be"};
      TRY(splice_value(member.value(), values));
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(std::string_view argument) {
  constexpr std::string_view kUse = ":value";
  if (argument.ends_with(kUse)) argument.remove_suffix(kUse.size());
  return argument;
}

Result<std::string> splice(std::string_view text, Splice how, const VariableLookup& values) {
  const std::vector<cacao::VariableUse> uses = cacao::variables_in(text);
  if (uses.empty()) return std::string(text);
  if (how == Splice::kPosix || how == Splice::kPowershell) return splice_shell(text, uses, how == Splice::kPowershell, values);
  std::string out;
  std::size_t at = 0;
  for (const cacao::VariableUse& use : uses) {
    const cacao::Variable& variable = *TRY(variable_of(use.name, values));
    out += text.substr(at, use.at - at);
    TRY(append_value(out, use.name, variable, how));
    at = use.at + use.size;
  }
  return out + std::string(text.substr(at));
}

Result<std::string> splice_json(std::string_view text, const VariableLookup& values) {
  boost::system::error_code error;
  boost::json::value document = boost::json::parse({text.data(), text.size()}, error);
  if (error) return Error{Code::kInvalid, "it is no JSON: a variable in it stands within quotes"};
  TRY(splice_value(document, values));
  return boost::json::serialize(document);
}

}  // namespace tocsin::respond
