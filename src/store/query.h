// The query language of `tocsin search` and `tocsin tail`: what a query is after parsing, and the parser. Grammar and meaning
// are docs/formats/query.md. query_sql.h compiles a Query to SQL, query_match.h asks it of one event.
//
// A Query is a plain value; every part knows its place in the text. The parser is a pure function: any bytes give a
// query or one mistake with its place, under the limits below.
//
//   auto query = parse_query("image:*\\cmd.exe and not user:SYSTEM | count by host");
//   if (!query) print(format_mistake(text, query.error()));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/query_columns.h"

namespace tocsin::store {

/// Long enough for a list of a few hundred hashes; what is longer is a job for a rule.
inline constexpr std::size_t kQueryBytesMax = 16u << 10;
/// Parentheses and `not` inside each other. Nobody reads ten; recursion over the tree stays shallow.
inline constexpr int kQueryDepthMax = 64;
/// Terms: each costs time on every event.
inline constexpr std::size_t kQueryTermsMax = 1'000;
/// Wildcards in one value: each adds a state to what is run over every value.
inline constexpr std::size_t kQueryWildcardsMax = 32;
/// Bytes of one regular expression, and the memory of its program. DuckDB's RE2 has eight times as much, so what passes
/// here compiles there.
inline constexpr std::size_t kQueryRegexBytesMax = 1'024;
inline constexpr std::int64_t kQueryRegexMemoryBytesMax = 1 << 20;
/// Commands after `|`, and names in one command: each is a level of the SQL, or a dimension of a table for people.
inline constexpr std::size_t kQueryCommandsMax = 16;
inline constexpr std::size_t kQueryNamesMax = 16;
/// Rows of `limit` and `top`.
inline constexpr std::uint64_t kQueryRowsMax = 1'000'000'000;

/// Bytes of the query text, from begin up to end.
struct Span {
  std::uint32_t begin = 0, end = 0;
  bool operator==(const Span&) const = default;
};

struct QueryMistake {
  std::string message;
  std::string help;  // what to do; may be empty
  Span at;
};
template <class T>
using Parsed = tl::expected<T, QueryMistake>;

/// What a name names: a promoted column, a source-native field, or (name empty, for text alone) the raw record.
struct QueryField {
  const QueryColumn* column = nullptr;  // nullptr: source-native
  std::string name;                     // as written
  Span at;
};

/// A value with wildcards. No literal is empty, no two literals and no two kAny are adjacent.
struct WildPart {
  enum class Kind : std::uint8_t { kLiteral, kAny /* '*' */, kOne /* '?' */ } kind = Kind::kLiteral;
  std::string literal;
  bool operator==(const WildPart&) const = default;
};
using WildString = std::vector<WildPart>;

/// What is asked of one value.
struct Matcher {
  enum class Kind : std::uint8_t {
    kWild,     // the whole value is `wild`, in any case; of text alone: the record contains it
    kPresent,  // there is a value
    kRange,    // a number within `low` and `high`
    kTime,     // a time from `time_from` on and before `time_until`
    kNetwork,  // an address in `network`/`prefix_bits`
    kRegex,    // `regex` is found in the value
  };
  struct Bound {
    double number = 0;
    bool inclusive = true;
  };

  Kind kind = Kind::kWild;
  WildString wild;
  std::optional<Bound> low, high;
  std::optional<TimeUs> time_from, time_until;
  std::uint8_t network[16] = {};  // in network order, host bits zero
  bool network_v6 = false;
  int prefix_bits = 0;
  std::string regex;  // its flags, then all of it in one group: "(?i)(…)"
};

struct Expression {
  enum class Kind : std::uint8_t { kAnd, kOr, kNot, kTerm } kind = Kind::kTerm;
  std::vector<Expression> operands;  // kAnd, kOr: two or more; kNot: one
  std::uint32_t term = 0;            // kTerm: index into Query::terms
};

struct Term {
  bool anywhere = false;  // text alone: looked for in the raw record, `field` says nothing
  QueryField field;
  Matcher matcher;
  Span at;
};

struct Command {
  enum class Kind : std::uint8_t { kCount, kTop, kTimeline, kFields, kSort, kLimit } kind = Kind::kCount;
  std::vector<QueryField> fields;  // kCount, kTimeline: by them
  std::uint64_t rows = 0;          // kTop, kLimit
  std::int64_t span_us = 0;        // kTimeline
  bool descending = false;         // kSort
  Span at;
};

struct Query {
  std::vector<Term> terms;
  std::optional<Expression> where;  // nothing: every event
  std::vector<Command> commands;
};

Parsed<Query> parse_query(std::string_view text);

/// "query:1: error: …", the query with a caret, and the help.
std::string format_mistake(std::string_view text, const QueryMistake& mistake);

/// What --since and --until take: RFC 3339, or a span before `now` such as 30m, 24h, 7d.
Result<TimeUs> parse_since(std::string_view text, TimeUs now);

}  // namespace tocsin::store
