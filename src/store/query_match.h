// Does a query hold for one event? The conditions of a query asked of a row of fields in memory: what `tocsin tail FILTER` runs
// on every event, and the slow, obvious twin of the SQL that query_sql.h writes. Commands behind `|` are not its business.
//
// Prepared once per query, then asked any number of times from one thread: it keeps buffers between events, so that asking
// allocates nothing once warm. Values need not be valid UTF-8 here; an invalid byte is one character.
//
//   QueryMatcher matcher(std::move(*query));
//   if (matcher.matches(row)) show(row);
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/query.h"

namespace tocsin::store {

/// An event as queries see it.
class QueryRow {
 public:
  virtual ~QueryRow() = default;
  /// Appends the values of the field as texts (numbers in decimal); nothing where it is absent or null. Never asked for a
  /// column of type kTime but `time`. What the views point at lives until the next call of matches().
  virtual void values(const QueryField& field, std::vector<std::string_view>& out) const = 0;
  virtual TimeUs time() const = 0;  // kNoTime: none
  virtual std::string_view raw() const = 0;
};

class QueryMatcher {
 public:
  explicit QueryMatcher(Query query);
  QueryMatcher(QueryMatcher&&) noexcept;
  QueryMatcher& operator=(QueryMatcher&&) noexcept;
  ~QueryMatcher();

  bool matches(const QueryRow& row);

 private:
  struct Prepared;  // of one term
  bool holds(const Expression& expression, const QueryRow& row);
  bool term_holds(std::size_t term, const QueryRow& row);

  Query query_;
  std::vector<std::unique_ptr<Prepared>> prepared_;
  std::vector<std::string_view> values_;
};

}  // namespace tocsin::store
