#include "code.h"

#include <algorithm>
#include <cctype>

namespace tocsin::tidy {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Copies code and blanks what is not; each blank_* starts at what it blanks and moves past it.
class Blanker {
 public:
  explicit Blanker(std::string_view code) : code_(code), out_(code) {}

  std::string run() {
    while (at_ < code_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const std::string_view rest = code_.substr(at_);
    const char before = at_ > 0 ? code_[at_ - 1] : ' ';
    if (rest.starts_with("//")) return blank_to(code_.find('\n', at_));
    if (rest.starts_with("/*")) return blank_past(code_.find("*/", at_ + 2), 2);
    if (rest.starts_with("R\"") && !is_word(before)) return blank_raw_string();
    if (rest[0] == '"') return blank_literal('"');
    if (rest[0] == '\'' && !is_word(before)) return blank_literal('\'');  // not the separator in 1'000
    ++at_;
  }

  void blank_to(std::size_t end) {
    end = std::min(end, code_.size());
    for (; at_ < end; ++at_) {
      if (code_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void blank_past(std::size_t end, std::size_t size) {
    blank_to(end == std::string_view::npos ? code_.size() : end + size);
  }

  void blank_raw_string() {
    const std::size_t open = code_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(code_.size());
    const std::string close = ")" + std::string(code_.substr(at_ + 2, open - at_ - 2)) + "\"";
    blank_past(code_.find(close, open), close.size());
  }

  void blank_literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < code_.size() && code_[end] != quote && code_[end] != '\n') end += code_[end] == '\\' ? 2 : 1;
    blank_past(end, 1);
  }

  std::string_view code_;
  std::string out_;
  std::size_t at_ = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word(text[at - 1]);
    const std::size_t end = at + word.size();
    if (starts && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

/// Where the parameter list of a function head begins, or npos if this does not read like a function: the
/// first '(' at depth 0 that follows a name.
std::size_t parameter_list(std::string_view head) {
  int angle = 0;
  for (std::size_t at = 0; at < head.size(); ++at) {
    if (head[at] == '<') ++angle;
    if (head[at] == '>' && (at == 0 || head[at - 1] != '-')) angle = std::max(0, angle - 1);
    if (head[at] == '=' && angle == 0 && !has_word(head.substr(0, at), "operator")) return std::string_view::npos;
    if (head[at] != '(' || angle > 0) continue;
    const std::string_view before = trimmed(head.substr(0, at));
    if (before.empty()) return std::string_view::npos;
    if (is_word(before.back()) || has_word(before, "operator")) return at;
    return std::string_view::npos;
  }
  return std::string_view::npos;
}

/// `: member_{` in the head of a constructor: the brace begins an initializer, not the body.
bool is_initializer(std::string_view head) {
  if (head.empty() || !is_word(head.back())) return false;
  const std::size_t list = parameter_list(head);
  return list != std::string_view::npos && head.find(':', head.find(')', list)) != std::string_view::npos;
}

std::string function_name(std::string_view head) {
  for (const std::string_view word : {"class", "struct", "union", "enum", "namespace", "extern"}) {
    if (head.starts_with(word) && !is_word(head.size() > word.size() ? head[word.size()] : ' ')) return "";
  }
  const std::size_t list = parameter_list(head);
  if (list == std::string_view::npos) return "";
  const std::string_view before = trimmed(head.substr(0, list));
  std::size_t start = before.size();
  while (start > 0 && (is_word(before[start - 1]) || before[start - 1] == ':' || before[start - 1] == '~')) --start;
  std::string name(before.substr(start));
  if (name.empty() || has_word(before, "operator")) return "operator";
  return name == "TEST" || name == "TEST_F" || name == "TEST_P"
             ? std::string(head.substr(list, head.find(')', list) - list + 1))
             : name;
}

std::string without_directives(std::string code) {
  bool at_line_start = true, in_directive = false;
  for (std::size_t at = 0; at < code.size(); ++at) {
    if (code[at] == '\n') {
      in_directive = in_directive && at > 0 && code[at - 1] == '\\';
      at_line_start = true;
      continue;
    }
    if (at_line_start && code[at] == '#') in_directive = true;
    if (code[at] != ' ') at_line_start = false;
    if (in_directive && code[at] != '\\') code[at] = ' ';
  }
  return code;
}

}  // namespace

std::string without_comments_and_literals(std::string_view code) { return Blanker(code).run(); }

namespace {

/// Walks over code without comments, literals and directives, and notes where functions begin and end.
class FunctionFinder {
 public:
  std::vector<Function> run(std::string_view code) {
    for (const char c : code) {
      if (c == '\n') ++line_;
      if (initializer_depth_ > 0) {
        initializer_depth_ += c == '{' ? 1 : c == '}' ? -1 : 0;
      } else if (c == '{' && !inside_ && is_initializer(head_)) {
        initializer_depth_ = 1;
      } else {
        step(c);
      }
    }
    return std::move(functions_);
  }

 private:
  void step(char c) {
    if (c == '{') return open();
    if (c == '}') return close();
    head_.push_back(c == '\n' ? ' ' : c);
    for (const std::string_view end : {";", "public:", "private:", "protected:"}) {
      if (head_.ends_with(end)) head_.clear();
    }
  }

  void open() {
    const std::string name = inside_ ? "" : function_name(trimmed(head_));
    if (!name.empty()) {
      inside_ = true;
      function_depth_ = depth_;
      functions_.push_back({name, line_, 0});
    }
    ++depth_;
    head_.clear();
  }

  void close() {
    if (depth_ > 0) --depth_;
    if (inside_ && depth_ == function_depth_) {
      inside_ = false;
      functions_.back().lines = line_ - functions_.back().line + 1;
    }
    head_.clear();
  }

  std::vector<Function> functions_;
  std::string head_;  // what stands since the last ';', '{' or '}'
  std::size_t line_ = 1, depth_ = 0, function_depth_ = 0;
  int initializer_depth_ = 0;
  bool inside_ = false;
};

}  // namespace

std::vector<Function> functions_of(std::string_view source) {
  return FunctionFinder().run(without_directives(without_comments_and_literals(source)));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace tocsin::tidy
