#include "store/query_match.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "base/address.h"
#include "base/text.h"
#include "store/query_value.h"

namespace tocsin::store {
namespace {

using Kind = Matcher::Kind;

constexpr std::size_t kNone = std::string_view::npos;

/// Whether the folded text from byte `at` on begins with the parts between two gaps; the byte behind them, or kNone.
std::size_t piece_end(const WildString& wild, std::size_t first, std::size_t last, std::string_view text,
                      std::size_t at) {
  for (std::size_t i = first; i < last; ++i) {
    if (wild[i].kind == WildPart::Kind::kOne) {
      if (at >= text.size()) return kNone;
      at += char_at(text, at).size;
    } else {
      if (!text.substr(at).starts_with(wild[i].literal)) return kNone;
      at += wild[i].literal.size();
    }
  }
  return at;
}

/// Tries the piece at every character of the text from `at` on.
std::size_t find_piece(const WildString& wild, std::size_t first, std::size_t last, std::string_view text,
                       std::size_t at, bool to_end) {
  for (; at <= text.size(); at += at < text.size() ? char_at(text, at).size : 1) {
    const std::size_t end = piece_end(wild, first, last, text, at);
    if (end != kNone && (!to_end || end == text.size())) return end;
  }
  return kNone;
}

/// The pieces between gaps are found one behind the other, each as early as can be: what an earlier one leaves is enough for
/// the later ones if anything is. Only the last one has to reach the end.
bool wild_matches(const WildString& wild, std::string_view text) {
  std::size_t at = 0;
  bool gap = false;
  for (std::size_t first = 0; first <= wild.size();) {
    std::size_t last = first;
    while (last < wild.size() && wild[last].kind != WildPart::Kind::kAny) ++last;
    const bool is_last = last == wild.size();
    if (gap) {
      at = find_piece(wild, first, last, text, at, is_last);
    } else {
      at = piece_end(wild, first, last, text, at);
      if (is_last && at != text.size()) return false;
    }
    if (at == kNone) return false;
    if (is_last) return true;
    gap = true;
    first = last + 1;
  }
  return true;
}

WildString folded_wild(const Term& term) {
  const WildPart gap{WildPart::Kind::kAny, {}};
  WildString wild;
  if (term.anywhere) wild.push_back(gap);
  for (const WildPart& part : term.matcher.wild) wild.push_back({part.kind, folded(part.literal)});
  if (term.anywhere) wild.push_back(gap);
  return wild;
}

bool in_range(const Matcher& matcher, std::string_view text) {
  const auto number = parse_decimal(text);
  if (!number) return false;
  if (matcher.low) {
    const double low = matcher.low->number;
    if (matcher.low->inclusive ? *number < low : *number <= low) return false;
  }
  if (matcher.high) {
    const double high = matcher.high->number;
    if (matcher.high->inclusive ? *number > high : *number >= high) return false;
  }
  return true;
}

bool in_network(const Matcher& matcher, std::string_view text) {
  constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::uint8_t address[16];
  bool v6 = false;
  if (!parse_address(text, address, v6)) return false;
  if (v6 && !matcher.network_v6 && std::memcmp(address, kMapped, sizeof kMapped) == 0) {
    std::memmove(address, address + 12, 4);
    v6 = false;
  }
  if (v6 != matcher.network_v6) return false;
  const auto bit_of = [](const std::uint8_t* bytes, int bit) { return (bytes[bit / 8] >> (7 - bit % 8)) & 1; };
  for (int bit = 0; bit < matcher.prefix_bits; ++bit) {
    if (bit_of(address, bit) != bit_of(matcher.network, bit)) return false;
  }
  return true;
}

bool in_time(const Matcher& matcher, TimeUs time) {
  if (time == kNoTime) return false;
  if (matcher.kind == Kind::kPresent) return true;
  if (matcher.time_from && time < *matcher.time_from) return false;
  return !matcher.time_until || time < *matcher.time_until;
}

}  // namespace

struct QueryMatcher::Prepared {
  WildString wild;  // folded
  std::unique_ptr<RE2> regex;
  std::string buffer;

  explicit Prepared(const Term& term) : wild(folded_wild(term)) {
    if (term.matcher.kind != Kind::kRegex) return;
    RE2::Options options;
    options.set_log_errors(false);
    regex = std::make_unique<RE2>(term.matcher.regex, options);
  }

  bool holds(const Matcher& matcher, std::string_view value) {
    switch (matcher.kind) {
      case Kind::kWild:
        buffer.clear();
        append_folded(buffer, value);
        return wild_matches(wild, buffer);
      case Kind::kPresent: return true;
      case Kind::kRange: return in_range(matcher, value);
      case Kind::kNetwork: return in_network(matcher, value);
      case Kind::kRegex: return RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *regex);
      case Kind::kTime: return false;
    }
    return false;
  }
};

QueryMatcher::QueryMatcher(Query query) : query_(std::move(query)) {
  for (const Term& term : query_.terms) prepared_.push_back(std::make_unique<Prepared>(term));
}
QueryMatcher::QueryMatcher(QueryMatcher&&) noexcept = default;
QueryMatcher& QueryMatcher::operator=(QueryMatcher&&) noexcept = default;
QueryMatcher::~QueryMatcher() = default;

bool QueryMatcher::matches(const QueryRow& row) { return !query_.where || holds(*query_.where, row); }

bool QueryMatcher::holds(const Expression& expression, const QueryRow& row) {
  const auto holds_here = [&](const Expression& operand) { return holds(operand, row); };
  switch (expression.kind) {
    case Expression::Kind::kTerm: return term_holds(expression.term, row);
    case Expression::Kind::kNot: return !holds(expression.operands[0], row);
    case Expression::Kind::kAnd: return std::ranges::all_of(expression.operands, holds_here);
    case Expression::Kind::kOr: return std::ranges::any_of(expression.operands, holds_here);
  }
  return false;
}

bool QueryMatcher::term_holds(std::size_t term, const QueryRow& row) {
  const Term& asked = query_.terms[term];
  Prepared& prepared = *prepared_[term];
  if (asked.anywhere) return prepared.holds(asked.matcher, row.raw());
  if (asked.field.column != nullptr && asked.field.column->type == ColumnType::kTime) {
    return in_time(asked.matcher, row.time());
  }
  values_.clear();
  row.values(asked.field, values_);
  return std::ranges::any_of(values_, [&](std::string_view value) { return prepared.holds(asked.matcher, value); });
}

}  // namespace tocsin::store
