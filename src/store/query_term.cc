#include "store/query_term.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "store/query_functions.h"
#include "store/text_pattern.h"

namespace tocsin::store {
namespace {

using Kind = Matcher::Kind;

/// Characters that no other folds to and that fold to themselves. Beyond ASCII there is no quick answer, so: no.
bool has_case(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  });
}

/// Where the gaps of a value are: most values have one at an end, and SQL has a function for each of those.
struct Shape {
  bool open_start = false, open_end = false;
  WildString inside;  // without those gaps
};

Shape shape_of(const WildString& wild, bool anywhere) {
  Shape shape{anywhere, anywhere, wild};
  const auto is_gap = [](const WildPart& part) { return part.kind == WildPart::Kind::kAny; };
  if (!shape.inside.empty() && is_gap(shape.inside.front())) {
    shape.open_start = true;
    shape.inside.erase(shape.inside.begin());
  }
  if (!shape.inside.empty() && is_gap(shape.inside.back())) {
    shape.open_end = true;
    shape.inside.pop_back();
  }
  return shape;
}

/// The value as text_matches() takes it, which has to be all of the text.
std::string pattern_of(const WildString& wild, bool anywhere) {
  const std::string gap = anywhere ? "*" : "";
  return gap + write_wild(wild) + gap;
}

/// The conditions that one value can be asked, as SQL over the expression `value`.
class ValueSql {
 public:
  ValueSql(const Matcher& matcher, SqlParameters& parameters, bool folded_column, bool anywhere)
      : matcher_(matcher), parameters_(parameters), folded_(folded_column), anywhere_(anywhere) {}

  std::string condition(const std::string& value) {
    switch (matcher_.kind) {
      case Kind::kWild: return wild(value);
      case Kind::kPresent: return value + " IS NOT NULL";
      case Kind::kRange: return range(number_sql(value));
      case Kind::kRegex: return "regexp_matches(" + value + ", " + parameters_.add(matcher_.regex) + ")";
      case Kind::kNetwork: return network(value);
      case Kind::kTime: return "false";  // no text is a time
    }
    return "false";
  }

  /// The literal that the value must be, if that is all that is asked and its case says nothing.
  std::optional<std::string> equal_to() const {
    if (matcher_.kind != Kind::kWild || anywhere_) return std::nullopt;
    if (matcher_.wild.empty()) return std::string();
    const WildPart& first = matcher_.wild.front();
    if (matcher_.wild.size() != 1 || first.kind != WildPart::Kind::kLiteral) return std::nullopt;
    if (folded_) return folded(first.literal);
    if (has_case(first.literal)) return std::nullopt;
    return first.literal;
  }

 private:
  std::string wild(const std::string& value) {
    if (const auto equal = equal_to()) return value + " = " + parameters_.add(*equal);
    if (const auto plain = plain_condition(value)) return *plain;
    return "text_matches(" + value + ", " + parameters_.add(pattern_of(matcher_.wild, anywhere_)) + ")";
  }

  /// One of SQL's own, which are quicker, where one literal is asked whose case says nothing.
  std::optional<std::string> plain_condition(const std::string& value) {
    const Shape shape = shape_of(matcher_.wild, anywhere_);
    if (shape.inside.size() != 1 || shape.inside[0].kind != WildPart::Kind::kLiteral || !(shape.open_start || shape.open_end)) return std::nullopt;
    const std::string& literal = shape.inside[0].literal;
    if (!folded_ && has_case(literal)) return std::nullopt;
    const char* const function = shape.open_start ? (shape.open_end ? "contains" : "ends_with") : "starts_with";
    return std::string(function) + "(" + value + ", " + parameters_.add(folded(literal)) + ")";
  }

  std::string range(const std::string& number) {
    std::string sql;
    const auto add = [&](const char* compare, double bound) {
      if (!sql.empty()) sql += " AND ";
      sql += number + compare + parameters_.add(bound);
    };
    if (matcher_.low) add(matcher_.low->inclusive ? " >= " : " > ", matcher_.low->number);
    if (matcher_.high) add(matcher_.high->inclusive ? " <= " : " < ", matcher_.high->number);
    return sql;
  }

  std::string network(const std::string& value) {
    std::string sql;
    for (const AddressKeys& keys : keys_of_network(matcher_.network, matcher_.network_v6, matcher_.prefix_bits)) {
      if (!sql.empty()) sql += " OR ";
      sql += "address_key(" + value + ") BETWEEN " + parameters_.add(SqlBlob{keys.low});
      sql += " AND " + parameters_.add(SqlBlob{keys.high});
    }
    return "(" + sql + ")";
  }

  const Matcher& matcher_;
  SqlParameters& parameters_;
  bool folded_, anywhere_;
};

std::string list_condition(const std::string& list, ValueSql& value, const Matcher& matcher,
                           SqlParameters& parameters) {
  if (matcher.kind == Kind::kPresent) return "list_count(" + list + ") > 0";
  if (const auto equal = value.equal_to()) return "list_contains(" + list + ", " + parameters.add(*equal) + ")";
  return "len(list_filter(" + list + ", lambda v: " + value.condition("v") + ")) > 0";
}

std::string time_condition(const Matcher& matcher, const std::string& column, SqlParameters& parameters) {
  if (matcher.kind == Kind::kPresent) return column + " IS NOT NULL";
  std::string sql;
  if (matcher.time_from) sql = column + " >= " + parameters.add(SqlTime{*matcher.time_from});
  if (matcher.time_from && matcher.time_until) sql += " AND ";
  if (matcher.time_until) sql += column + " < " + parameters.add(SqlTime{*matcher.time_until});
  return sql;
}

/// Whole numbers compare as such, so that the column's min-max values are of use. False where none is left.
std::string integer_range(const Matcher& matcher, const std::string& column, SqlParameters& parameters) {
  constexpr double kEdge = 9.0e15;  // above any column of ours, exact as double
  std::string sql;
  if (matcher.low) {
    const Matcher::Bound& low = *matcher.low;
    const double least = std::clamp(low.inclusive ? std::ceil(low.number) : std::floor(low.number) + 1, -kEdge, kEdge);
    sql = column + " >= " + parameters.add(static_cast<std::int64_t>(least));
  }
  if (matcher.low && matcher.high) sql += " AND ";
  if (matcher.high) {
    const Matcher::Bound& high = *matcher.high;
    const double most =
        std::clamp(high.inclusive ? std::floor(high.number) : std::ceil(high.number) - 1, -kEdge, kEdge);
    sql += column + " <= " + parameters.add(static_cast<std::int64_t>(most));
  }
  return sql;
}

}  // namespace

ColumnType field_type(const QueryField& field) {
  return field.column == nullptr ? ColumnType::kTextList : field.column->type;
}

std::string field_sql(const QueryField& field, std::string_view row, SqlParameters& parameters) {
  const std::string prefix = std::string(row) + ".";
  if (field.column == nullptr) return "record_values(" + prefix + "fields, " + parameters.add(field.name) + ")";
  return prefix + std::string(field.column->name);
}

std::string number_sql(const std::string& text) {
  return "CASE WHEN regexp_full_match(" + text +
         ", '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?') THEN TRY_CAST(" + text + " AS DOUBLE) END";
}

std::string term_sql(const Term& term, std::string_view row, SqlParameters& parameters) {
  const bool is_folded = !term.anywhere && term.field.column != nullptr && term.field.column->folded;
  ValueSql value(term.matcher, parameters, is_folded, term.anywhere);
  if (term.anywhere) return value.condition(std::string(row) + ".raw");
  const std::string field = field_sql(term.field, row, parameters);
  switch (field_type(term.field)) {
    case ColumnType::kText: return value.condition(field);
    case ColumnType::kTextList: return list_condition(field, value, term.matcher, parameters);
    case ColumnType::kTime: return time_condition(term.matcher, field, parameters);
    case ColumnType::kInteger:
      if (term.matcher.kind == Kind::kRange) return integer_range(term.matcher, field, parameters);
      return value.condition("CAST(" + field + " AS VARCHAR)");
  }
  return "false";
}

}  // namespace tocsin::store
