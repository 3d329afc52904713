#include "store/query_sql.h"

#include <algorithm>

#include "base/text.h"
#include "store/query_commands.h"
#include "store/query_term.h"

namespace tocsin::store {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000, kWeekUs = 7 * kDayUs;
constexpr std::int64_t kMondayUs = 4 * kDayUs;  // 1970-01-05

struct Selected {
  std::string sql;
  QueryField field;
  ColumnType type = ColumnType::kText;
};

/// A command can take back what the one before said (a sort before a count); DuckDB refuses parameters that no $n asks for. No
/// text of ours has a dollar sign but for these.
void drop_unused_parameters(CompiledQuery& query) {
  std::vector<SqlParameter> kept;
  std::vector<std::size_t> renamed(query.parameters.size() + 1, 0);  // by old number; 0: not met yet
  std::string sql;
  for (std::size_t i = 0; i < query.sql.size();) {
    sql += query.sql[i];
    if (query.sql[i++] != '$') continue;
    std::size_t number = 0;
    for (; i < query.sql.size() && query.sql[i] >= '0' && query.sql[i] <= '9'; ++i) {
      number = number * 10 + static_cast<std::size_t>(query.sql[i] - '0');
    }
    if (renamed[number] == 0) {
      kept.push_back(std::move(query.parameters[number - 1]));
      renamed[number] = kept.size();
    }
    sql += std::to_string(renamed[number]);
  }
  query.sql = std::move(sql);
  query.parameters = std::move(kept);
}

/// What the commands have made so far: a relation that goes by `e`, what is selected of it, in which order, how many rows.
class Compiler {
 public:
  Compiler(const Query& query, const SqlTarget& target) : query_(query) {
    from_ = target.relation + " AS e";
    std::vector<std::string> conditions;
    const std::string time = "e.time";
    if (target.since) conditions.push_back(time + " >= " + parameters_.add(SqlTime{*target.since}));
    if (target.until) conditions.push_back(time + " < " + parameters_.add(SqlTime{*target.until}));
    if (query.where) conditions.push_back(condition(*query.where));
    for (const std::string& one : conditions) where_ += (where_.empty() ? " WHERE " : " AND ") + one;
  }

  CompiledQuery compile() {
    for (const Command& command : query_.commands) apply(command);
    if (selected_.empty()) {
      for (const QueryColumn& column : kQueryColumns) select({&column, std::string(column.name), {}});
    }
    CompiledQuery compiled;
    for (const Selected& column : selected_) compiled.columns.push_back({column.field.name, column.type});
    compiled.sql = statement();
    compiled.parameters = parameters_.take();
    drop_unused_parameters(compiled);
    return compiled;
  }

 private:
  std::string condition(const Expression& expression) {
    switch (expression.kind) {
      case Expression::Kind::kTerm: return "(" + term_sql(query_.terms[expression.term], "e", parameters_) + ")";
      case Expression::Kind::kNot: return "(NOT coalesce(" + condition(expression.operands[0]) + ", false))";
      case Expression::Kind::kAnd:
      case Expression::Kind::kOr: break;
    }
    const char* const between = expression.kind == Expression::Kind::kAnd ? " AND " : " OR ";
    std::string sql;
    for (const Expression& operand : expression.operands) sql += (sql.empty() ? "" : between) + condition(operand);
    return "(" + sql + ")";
  }

  void apply(const Command& command) {
    switch (command.kind) {
      case Command::Kind::kCount: return count(command);
      case Command::Kind::kTop: return top(command);
      case Command::Kind::kTimeline: return timeline(command);
      case Command::Kind::kFields: return fields(command);
      case Command::Kind::kSort: return sort(command);
      case Command::Kind::kLimit: limit_ = std::min(limit_.value_or(command.rows), command.rows); return;
    }
  }

  /// The expression that `field` is at this point, and its type.
  Selected find(const QueryField& field) {
    for (const Selected& column : selected_) {
      if (same_field(column.field, field)) return {column.sql, field, column.type};
    }
    return {field_sql(field, "e", parameters_), field, field_type(field)};
  }

  void select(const QueryField& field) { selected_.push_back(find(field)); }

  std::string selection() const {
    if (selected_.empty()) return "e.*";
    std::string sql;
    for (std::size_t i = 0; i < selected_.size(); ++i) {
      sql += (i == 0 ? "" : ", ") + selected_[i].sql + " AS c" + std::to_string(i);
    }
    return sql;
  }

  std::string statement() const {
    std::string sql = "SELECT " + selection() + " FROM " + from_ + where_;
    if (!order_.empty()) sql += " ORDER BY " + order_;
    if (limit_) sql += " LIMIT " + std::to_string(*limit_);
    return sql;
  }

  /// Makes what there is so far a relation of its own. Its order is kept only where a limit needs it.
  void nest() {
    if (!limit_) order_.clear();
    if (!selected_.empty() || limit_) {
      from_ = "(" + statement() + ") AS e";
      where_.clear();
      for (std::size_t i = 0; i < selected_.size(); ++i) selected_[i].sql = "e.c" + std::to_string(i);
    }
    order_.clear();
    limit_.reset();
  }

  /// The rows to count, with `keys` as k0, k1 …; a row for each value where a key has several, and one where it has none.
  std::string key_rows(const std::vector<Selected>& keys) const {
    std::string sql;
    for (std::size_t i = 0; i < keys.size(); ++i)
      sql += (i == 0 ? "" : ", ") + keys[i].sql + " AS k" + std::to_string(i);
    sql = "(SELECT " + sql + " FROM " + from_ + where_ + ")";
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].type != ColumnType::kTextList) continue;
      const std::string key = "k" + std::to_string(i);
      const std::string values = "list_distinct(" + key + ")";
      sql = "(SELECT * REPLACE (unnest(CASE WHEN len(" + values + ") > 0 THEN " + values +
            " ELSE [CAST(NULL AS VARCHAR)] END) AS " + key + ") FROM " + sql + ")";
    }
    return sql;
  }

  /// Rows counted by keys; `having` is a condition on k0.
  void group(std::vector<Selected>&& keys, const std::string& having) {
    const std::string rows = keys.empty() ? from_ + where_ : key_rows(keys) + having;
    std::string names, grouped;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      names += "k" + std::to_string(i) + " AS c" + std::to_string(i) + ", ";
      grouped += (i == 0 ? " GROUP BY k" : ", k") + std::to_string(i);
    }
    from_ = "(SELECT " + names + "count(*) AS c" + std::to_string(keys.size()) + " FROM " + rows + grouped + ") AS e";
    where_.clear();
    selected_.clear();
    keys.push_back({{}, {nullptr, "count", {}}, ColumnType::kInteger});
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const ColumnType type = keys[i].type == ColumnType::kTextList ? ColumnType::kText : keys[i].type;
      selected_.push_back({"e.c" + std::to_string(i), keys[i].field, type});
    }
  }

  std::vector<Selected> keys_of(const Command& command) {
    std::vector<Selected> keys;
    for (const QueryField& field : command.fields) keys.push_back(find(field));
    return keys;
  }

  void count(const Command& command) {
    nest();
    group(keys_of(command), "");
    if (command.fields.empty()) return;
    order_ = selected_.back().sql + " DESC";
    for (std::size_t i = 0; i + 1 < selected_.size(); ++i) order_ += ", " + selected_[i].sql + " NULLS LAST";
  }

  void top(const Command& command) {
    nest();
    group(keys_of(command), " WHERE k0 IS NOT NULL");
    order_ = selected_[1].sql + " DESC, " + selected_[0].sql;
    limit_ = command.rows;
  }

  void timeline(const Command& command) {
    nest();
    const QueryField time{find_column("time"), "time", {}};
    const std::string span = parameters_.add(command.span_us);
    const std::string shift = parameters_.add(command.span_us % kWeekUs == 0 ? kMondayUs : std::int64_t{0});
    const std::string since = "(epoch_us(" + find(time).sql + ") - " + shift + ")";
    // The remainder of what lies before 1970 is negative; added and taken again, it is not.
    const std::string into = "(" + since + " % " + span + " + " + span + ") % " + span;
    std::vector<Selected> keys = keys_of(command);
    keys.insert(keys.begin(),
                {"make_timestamp(" + since + " + " + shift + " - " + into + ")", time, ColumnType::kTime});
    group(std::move(keys), " WHERE k0 IS NOT NULL");
    order_ = selected_[0].sql;
    if (!command.fields.empty()) order_ += ", " + selected_[1].sql + " NULLS LAST";
  }

  void fields(const Command& command) {
    std::vector<Selected> kept = keys_of(command);
    selected_ = std::move(kept);
  }

  void sort(const Command& command) {
    if (limit_) nest();
    const Selected by = find(command.fields[0]);
    const std::string end = command.descending ? " DESC NULLS LAST" : " NULLS LAST";
    if (by.type == ColumnType::kInteger || by.type == ColumnType::kTime) {
      order_ = by.sql + end;
      return;
    }
    const std::string text = by.type == ColumnType::kTextList ? by.sql + "[1]" : by.sql;
    order_ = number_sql(text) + end + ", " + text + end;
  }

  const Query& query_;
  SqlParameters parameters_;
  std::string from_, where_, order_;
  std::vector<Selected> selected_;  // empty: everything
  std::optional<std::uint64_t> limit_;
};

}  // namespace

CompiledQuery compile_query(const Query& query, const SqlTarget& target) { return Compiler(query, target).compile(); }

std::string describe_parameter(const SqlParameter& parameter) {
  if (const auto* text = std::get_if<std::string>(&parameter)) {
    std::string out = "\"";
    append_json_escaped(out, *text);
    return out + "\"";
  }
  if (const auto* number = std::get_if<std::int64_t>(&parameter)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&parameter)) {
    std::string out = std::to_string(*number);
    out.erase(out.find_last_not_of('0') + 1);
    return out.ends_with('.') ? out + "0" : out;
  }
  if (const auto* time = std::get_if<SqlTime>(&parameter)) return format_time(time->time);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : std::get<SqlBlob>(parameter).bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[c & 15];
  }
  return "0x" + out;
}

}  // namespace tocsin::store
