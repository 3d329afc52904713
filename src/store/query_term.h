// One term of a query as a condition of SQL. Used by query_sql.cc alone; it and its pieces share one list of parameters.
#pragma once

#include <string>
#include <vector>

#include "store/query_sql.h"

namespace tocsin::store {

/// Hands out $1, $2 … and keeps what they stand for.
class SqlParameters {
 public:
  std::string add(SqlParameter parameter) {
    parameters_.push_back(std::move(parameter));
    return "$" + std::to_string(parameters_.size());
  }
  std::vector<SqlParameter> take() { return std::move(parameters_); }

 private:
  std::vector<SqlParameter> parameters_;
};

/// The field of the relation that goes by `row`: a column, or a look-up in the map of source-native fields.
std::string field_sql(const QueryField& field, std::string_view row, SqlParameters& parameters);
ColumnType field_type(const QueryField& field);
/// The decimal number that a text is, as DOUBLE, or NULL.
std::string number_sql(const std::string& text);
/// A condition that is true where the term is, and false or NULL elsewhere.
std::string term_sql(const Term& term, std::string_view row, SqlParameters& parameters);

}  // namespace tocsin::store
