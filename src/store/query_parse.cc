// The parser: one pass over the text by recursive descent, no tokens in between, because what ends a word depends on
// what is being read.
#include <algorithm>
#include <array>

#include "base/mistake.h"
#include "base/text.h"
#include "store/query.h"
#include "store/query_commands.h"
#include "store/query_scan.h"
#include "store/query_value.h"

namespace tocsin::store {
namespace {

using Kind = Expression::Kind;

class Parser {
 public:
  explicit Parser(std::string_view text) : scan_(text) {}

  Parsed<Query> parse() {
    scan_.skip_space();
    if (!scan_.at_end() && scan_.peek() != '|') {
      auto where = parse_or(0);
      if (!where) return tl::unexpected(where.error());
      query_.where = std::move(*where);
    }
    auto commands = parse_commands(scan_);
    if (!commands) return tl::unexpected(commands.error());
    query_.commands = std::move(*commands);
    return std::move(query_);
  }

 private:
  bool ends_here() {
    scan_.skip_space();
    return scan_.at_end() || scan_.peek() == ')' || scan_.peek() == '|';
  }

  Parsed<Expression> parse_or(int depth) {
    std::vector<Expression> operands;
    do {
      auto operand = parse_and(depth);
      if (!operand) return operand;
      operands.push_back(std::move(*operand));
    } while (scan_.take_keyword("or"));
    return joined(Kind::kOr, std::move(operands));
  }

  Parsed<Expression> parse_and(int depth) {
    std::vector<Expression> operands;
    while (true) {
      auto operand = parse_not(depth);
      if (!operand) return operand;
      operands.push_back(std::move(*operand));
      if (ends_here() || scan_.is_keyword("or")) break;
      const bool said = scan_.take_keyword("and");
      if (!said && list_of_ != nullptr) {
        return scan_.mistake_here("two values side by side", "say (a or b), or put quotes around a value with spaces");
      }
    }
    return joined(Kind::kAnd, std::move(operands));
  }

  Parsed<Expression> parse_not(int depth) {
    if (depth > kQueryDepthMax) {
      return scan_.mistake_here("more than " + std::to_string(kQueryDepthMax) + " levels of parentheses and not");
    }
    if (!scan_.take_keyword("not")) return parse_primary(depth);
    auto operand = parse_not(depth + 1);
    if (!operand) return operand;
    Expression negation;
    negation.kind = Kind::kNot;
    negation.operands.push_back(std::move(*operand));
    return negation;
  }

  Parsed<Expression> parse_primary(int depth) {
    if (ends_here() || scan_.is_keyword("and") || scan_.is_keyword("or")) {
      return scan_.mistake_here("a term is missing here", "a term is field:value, or text to look for");
    }
    if (scan_.peek() == '(') return parse_group(depth);
    if (list_of_ != nullptr) return parse_matcher(*list_of_, scan_.position());
    const std::uint32_t begin = scan_.position();
    auto field = scan_.take_field();
    if (!field) return tl::unexpected(field.error());
    if (!*field) return parse_text();
    if (scan_.peek() != '(') return parse_matcher(**field, begin);
    list_of_ = &**field;
    auto list = parse_group(depth);
    list_of_ = nullptr;
    return list;
  }

  Parsed<Expression> parse_group(int depth) {
    const std::uint32_t open = scan_.position();
    scan_.advance(1);
    auto inside = parse_or(depth + 1);
    if (!inside) return inside;
    scan_.skip_space();
    if (scan_.peek() != ')') return scan_.mistake_at({open, open + 1}, "this parenthesis is never closed");
    scan_.advance(1);
    const auto boundary = scan_.expect_boundary();
    if (!boundary) return tl::unexpected(boundary.error());
    return inside;
  }

  Parsed<Expression> parse_text() {
    const std::uint32_t begin = scan_.position();
    const auto regex = scan_.take_regex();
    if (regex) return term({}, regex_matcher({}, regex->body, regex->flags, regex->at), begin, true);
    const auto value = scan_.take_value();
    if (!value) return tl::unexpected(value.error());
    return term({}, text_matcher(*value), begin, true);
  }

  Parsed<Expression> parse_matcher(const QueryField& field, std::uint32_t begin) {
    if (scan_.at_boundary()) {
      return scan_.mistake_here("the value of '" + field.name + "' is missing",
                                "no space after the colon; " + field.name + ":* asks whether there is a value");
    }
    const auto regex = scan_.take_regex();
    if (regex) return term(field, regex_matcher(field, regex->body, regex->flags, regex->at), begin, false);
    const std::string_view compare = scan_.take_compare();
    const auto value = scan_.take_value();
    if (!value) return tl::unexpected(value.error());
    return term(field, compare.empty() ? value_matcher(field, *value) : compare_matcher(field, compare, *value), begin,
                false);
  }

  Parsed<Expression> term(const QueryField& field, Parsed<Matcher>&& matcher, std::uint32_t begin, bool anywhere) {
    if (!matcher) return tl::unexpected(matcher.error());
    const Span at{begin, scan_.position()};
    if (query_.terms.size() >= kQueryTermsMax) {
      return scan_.mistake_at(at, "more than " + std::to_string(kQueryTermsMax) + " terms");
    }
    Expression expression;
    expression.term = static_cast<std::uint32_t>(query_.terms.size());
    query_.terms.push_back({anywhere, field, std::move(*matcher), at});
    return expression;
  }

  static Expression joined(Kind kind, std::vector<Expression>&& operands) {
    if (operands.size() == 1) return std::move(operands.front());
    Expression expression;
    expression.kind = kind;
    expression.operands = std::move(operands);
    return expression;
  }

  QueryScanner scan_;
  Query query_;
  const QueryField* list_of_ = nullptr;  // inside the parentheses of field:( … )
};

}  // namespace

Parsed<Query> parse_query(std::string_view text) {
  const auto whole = static_cast<std::uint32_t>(std::min(text.size(), kQueryBytesMax + 1));
  if (text.size() > kQueryBytesMax) {
    return tl::unexpected<QueryMistake>(
        {"a query has at most " + std::to_string(kQueryBytesMax) + " bytes", {}, {whole - 1, whole}});
  }
  for (std::uint32_t i = 0; i < whole;) {
    const Char c = char_at(text, i);
    if (c.code > 0x10FFFF) return tl::unexpected<QueryMistake>({"the query is not valid UTF-8 here", {}, {i, i + 1}});
    i += c.size;
  }
  return Parser(text).parse();
}

std::string format_mistake(std::string_view text, const QueryMistake& mistake) {
  std::string out = "query: error: " + terminal_safe(mistake.message) + "\n";
  const std::size_t at = std::min<std::size_t>(mistake.at.begin, text.size());
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  out += line_with_caret(text.substr(begin, text.find('\n', at) - begin), at - begin);
  if (!mistake.help.empty()) out += "    help: " + terminal_safe(mistake.help) + "\n";
  return out;
}

Result<TimeUs> parse_since(std::string_view text, TimeUs now) {
  const auto span = parse_timespan_us(text);
  if (span && *span >= 0 && now >= INT64_MIN + *span) return now - *span;
  const auto time = parse_time(text);
  if (time) return *time;
  return Error{Code::kInvalid,
               "'" + std::string(text) +
                   "' is neither a time nor a span: say 2026-07-17T14:00:00Z, or 30m, 24h, 7d for what lies so "
                   "far back"};
}

}  // namespace tocsin::store
