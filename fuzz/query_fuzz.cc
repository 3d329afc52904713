// Any bytes as a query: refused with a place inside the text, or compiled to SQL in which no byte of the user's stands, and asked of an
// event. What is asked twice gives the same answer, and asked with a `not` before it the opposite one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "store/query_match.h"
#include "store/query_sql.h"

namespace {

using namespace tocsin::store;

class Row : public QueryRow {
 public:
  void values(const QueryField& field, std::vector<std::string_view>& out) const override {
    if (field.column != nullptr && field.column->type == ColumnType::kInteger) return out.push_back("443");
    if (field.name == "none") return;
    for (const char* value : {"", "a\nB\xc3\xa9\xff", "10.1.2.3", "-1.5e2"}) out.push_back(value);
  }
  tocsin::TimeUs time() const override { return 1'784'297'914'500'000; }
  std::string_view raw() const override { return "a b c 10.1.2.3 \xff"; }
};

/// Letters, digits and signs of SQL, and dollar signs that count from one without a gap.
void check_sql(const CompiledQuery& compiled) {
  std::size_t highest = 0;
  for (std::size_t i = 0; i < compiled.sql.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(compiled.sql[i]);
    TOCSIN_CHECK(c >= ' ' && c < 0x7F && c != '"' && c != ';', c);
    if (c != '$') continue;
    std::size_t number = 0;
    for (++i; i < compiled.sql.size() && compiled.sql[i] >= '0' && compiled.sql[i] <= '9'; ++i) {
      number = number * 10 + static_cast<std::size_t>(compiled.sql[i] - '0');
    }
    --i;
    TOCSIN_CHECK(number >= 1 && number <= highest + 1, number, highest);
    highest = std::max(highest, number);
  }
  TOCSIN_CHECK(highest == compiled.parameters.size(), highest, compiled.parameters.size());
  for (const SqlParameter& parameter : compiled.parameters) {
    const auto* const text = std::get_if<std::string>(&parameter);
    TOCSIN_CHECK(text == nullptr || tocsin::is_valid_utf8(*text));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto query = parse_query(text);
  if (!query) {
    const Span at = query.error().at;
    TOCSIN_CHECK(at.begin <= at.end && at.end <= size, at.begin, at.end, size);
    TOCSIN_CHECK(!format_mistake(text, query.error()).empty());
    return 0;
  }
  check_sql(compile_query(*query, {.relation = "events", .since = 1, .until = 2}));
  QueryMatcher matcher(*query);
  const bool holds = matcher.matches(Row());
  TOCSIN_CHECK(holds == matcher.matches(Row()));
  if (!query->where) return 0;
  Query negated = *query;
  Expression negation;
  negation.kind = Expression::Kind::kNot;
  negation.operands.push_back(*query->where);
  negated.where = std::move(negation);
  TOCSIN_CHECK(QueryMatcher(std::move(negated)).matches(Row()) != holds);
  return 0;
}
