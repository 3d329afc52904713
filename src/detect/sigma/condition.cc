#include "detect/sigma/condition.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace tocsin::sigma {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_keyword(std::string_view word) {
  for (const std::string_view keyword : {"and", "or", "not", "of", "them"}) {
    if (folded(word) == keyword) return true;
  }
  return false;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace

bool fits_pattern(std::string_view name, std::string_view pattern) {
  // The usual two cursors: on a mismatch, let the last star take one more character.
  std::size_t n = 0, p = 0, star = std::string_view::npos, star_n = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_n = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++n;
      ++p;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_n;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

void shift_selections(Condition& condition, std::uint32_t by) {
  if (condition.kind == Condition::Kind::kSelection) condition.selection += by;
  for (Condition& operand : condition.operands) shift_selections(operand, by);
}

Condition join_conditions(Condition::Kind kind, Condition left, Condition right) {
  Condition joined;
  joined.kind = kind;
  for (Condition* side : {&left, &right}) {
    if (side->kind == kind) {
      std::move(side->operands.begin(), side->operands.end(), std::back_inserter(joined.operands));
    } else {
      joined.operands.push_back(std::move(*side));
    }
  }
  return joined;
}

ConditionParser::ConditionParser(const std::vector<DraftSelection>& selections, const Source& source,
                                 Diagnostics& diagnostics)
    : selections_(selections), source_(source), diagnostics_(diagnostics), used_(selections.size(), false) {}

std::optional<Condition> ConditionParser::parse(ConditionText condition) {
  condition_ = condition;
  const std::size_t pipe = condition.text.find('|');
  if (pipe != std::string_view::npos) {
    fail(Issue::kAggregation, pipe, "'|' begins an aggregation, which conditions no longer have");
    return std::nullopt;
  }
  token_ = lex(0);
  if (token_.kind == Token::Kind::kEnd) {
    fail(Issue::kMissingCondition, 0, "the condition is empty");
    return std::nullopt;
  }
  Condition tree;
  if (!parse_or(tree, 0)) return std::nullopt;
  if (token_.kind != Token::Kind::kEnd) {
    if (folded(token_.text) == "near") {
      fail(Issue::kAggregation, token_.offset, "'near' is no longer part of conditions");
    } else {
      fail(Issue::kConditionSyntax, token_.offset, "expected 'and', 'or' or the end, not " + quoted(token_.text));
    }
    return std::nullopt;
  }
  if (saw_odd_case_) {
    diagnostics_.add(Issue::kConditionKeywordCase, source_, condition.at,
                     "a keyword of the condition is not in lower case");
    saw_odd_case_ = false;
  }
  return tree;
}

ConditionParser::Token ConditionParser::lex(std::size_t at) const {
  const std::string_view text = condition_.text;
  while (at < text.size() && is_space(text[at])) ++at;
  if (at >= text.size()) return {Token::Kind::kEnd, {}, text.size()};
  if (text[at] == '(') return {Token::Kind::kOpen, text.substr(at, 1), at};
  if (text[at] == ')') return {Token::Kind::kClose, text.substr(at, 1), at};
  std::size_t end = at;
  while (end < text.size() && !is_space(text[end]) && text[end] != '(' && text[end] != ')') ++end;
  return {Token::Kind::kWord, text.substr(at, end - at), at};
}

ConditionParser::Token ConditionParser::peek_next() const { return lex(token_.offset + token_.text.size()); }
void ConditionParser::advance() { token_ = peek_next(); }

bool ConditionParser::at_keyword(std::string_view keyword) {
  if (token_.kind != Token::Kind::kWord || token_.text.size() != keyword.size()) return false;
  if (token_.text == keyword) return true;
  if (folded(token_.text) != keyword || selection(token_.text)) return false;
  return saw_odd_case_ = true;
}

std::optional<std::uint32_t> ConditionParser::selection(std::string_view name) const {
  for (std::size_t i = 0; i < selections_.size(); ++i) {
    if (selections_[i].name == name) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

std::vector<std::uint32_t> ConditionParser::matching(std::string_view pattern) const {
  if (folded(pattern) == "them") pattern = "*";
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < selections_.size(); ++i) {
    const std::string& name = selections_[i].name;
    if (name.starts_with('_') && !pattern.starts_with('_')) continue;
    if (fits_pattern(name, pattern)) found.push_back(static_cast<std::uint32_t>(i));
  }
  return found;
}

bool ConditionParser::parse_or(Condition& out, int depth) {
  std::vector<Condition> operands(1);
  if (!parse_and(operands[0], depth)) return false;
  while (at_keyword("or")) {
    advance();
    if (!parse_and(operands.emplace_back(), depth)) return false;
  }
  return join(out, Condition::Kind::kOr, operands);
}

bool ConditionParser::parse_and(Condition& out, int depth) {
  std::vector<Condition> operands(1);
  if (!parse_not(operands[0], depth)) return false;
  while (at_keyword("and")) {
    advance();
    if (!parse_not(operands.emplace_back(), depth)) return false;
  }
  return join(out, Condition::Kind::kAnd, operands);
}

bool ConditionParser::parse_not(Condition& out, int depth) {
  if (!at_keyword("not")) return parse_operand(out, depth);
  if (depth >= kConditionDepthMax)
    return fail(Issue::kConditionTooLarge, token_.offset, "the condition is nested too deeply");
  advance();
  saw_not_ = true;
  out.kind = Condition::Kind::kNot;
  return count_node() && parse_not(out.operands.emplace_back(), depth + 1);
}

bool ConditionParser::parse_operand(Condition& out, int depth) {
  if (token_.kind == Token::Kind::kOpen) {
    const std::size_t open = token_.offset;
    if (depth >= kConditionDepthMax) return fail(Issue::kConditionTooLarge, open, "the condition is nested too deeply");
    advance();
    if (!parse_or(out, depth + 1)) return false;
    if (token_.kind == Token::Kind::kEnd) return fail(Issue::kConditionSyntax, open, "this parenthesis is not closed");
    if (token_.kind != Token::Kind::kClose) {
      return fail(Issue::kConditionSyntax, token_.offset, "expected 'and', 'or' or ')', not " + quoted(token_.text));
    }
    advance();
    return true;
  }
  if (token_.kind != Token::Kind::kWord) return refuse_operand();
  const Token next = peek_next();
  if (next.kind == Token::Kind::kWord && folded(next.text) == "of") return parse_quantified(out);
  const auto index = selection(token_.text);
  if (!index) return refuse_operand();
  out.kind = Condition::Kind::kSelection;
  out.selection = *index;
  used_[*index] = true;
  advance();
  return count_node();
}

bool ConditionParser::refuse_operand() {
  if (token_.kind == Token::Kind::kEnd) {
    return fail(Issue::kConditionSyntax, token_.offset, "the condition ends where a selection should stand");
  }
  if (token_.kind == Token::Kind::kClose || is_keyword(token_.text)) {
    return fail(Issue::kConditionSyntax, token_.offset, "expected a selection, not " + quoted(token_.text));
  }
  std::vector<std::string_view> names;
  for (const DraftSelection& selection : selections_) names.push_back(selection.name);
  std::string help;
  if (token_.text.find('*') != std::string_view::npos) {
    help = "a pattern needs a quantifier: '1 of " + std::string(token_.text) + "' or 'all of " +
           std::string(token_.text) + "'";
  } else {
    help = suggestion(token_.text, names);
  }
  return fail(Issue::kUnknownSelection, token_.offset, "there is no selection " + quoted(token_.text), std::move(help));
}

bool ConditionParser::parse_quantified(Condition& out) {
  const Token quantifier = token_;
  const std::string word = folded(quantifier.text);
  if (word != "1" && word != "any" && word != "all") {
    return fail(Issue::kBadQuantifier, quantifier.offset, quoted(quantifier.text) + " is not a quantifier");
  }
  advance();
  saw_odd_case_ = saw_odd_case_ || word != quantifier.text || token_.text != "of";
  advance();
  if (token_.kind != Token::Kind::kWord) {
    return fail(Issue::kConditionSyntax, token_.offset, "'of' must be followed by 'them' or by a pattern");
  }
  saw_odd_case_ = saw_odd_case_ || (folded(token_.text) == "them" && token_.text != "them");
  const std::vector<std::uint32_t> found = matching(token_.text);
  if (found.empty()) {
    return fail(Issue::kNoSelectionMatches, token_.offset, "no selection fits " + quoted(token_.text));
  }
  std::vector<Condition> operands;
  for (const std::uint32_t index : found) {
    used_[index] = true;
    operands.emplace_back().selection = index;
    if (!count_node()) return false;
  }
  advance();
  return join(out, word == "all" ? Condition::Kind::kAnd : Condition::Kind::kOr, operands);
}

/// One operand stands for itself; operands of the same kind are taken up.
bool ConditionParser::join(Condition& out, Condition::Kind kind, std::vector<Condition>& operands) {
  if (operands.size() == 1) {
    Condition only = std::move(operands[0]);
    out = std::move(only);
    return true;
  }
  out.kind = kind;
  for (Condition& operand : operands) {
    if (operand.kind == kind) {
      std::move(operand.operands.begin(), operand.operands.end(), std::back_inserter(out.operands));
    } else {
      out.operands.push_back(std::move(operand));
    }
  }
  return count_node();
}

bool ConditionParser::count_node() {
  if (++nodes_ <= kConditionNodesMax) return true;
  return fail(Issue::kConditionTooLarge, token_.offset, "more than " + std::to_string(kConditionNodesMax) + " terms");
}

bool ConditionParser::fail(Issue issue, std::size_t offset, std::string message, std::string help) {
  diagnostics_.add(issue, source_, position_in(source_, condition_.at, condition_.text, offset), std::move(message),
                   std::move(help));
  return false;
}

}  // namespace tocsin::sigma
