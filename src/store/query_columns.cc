#include "store/query_columns.h"

#include <unordered_map>

#include "base/text.h"

namespace tocsin::store {
namespace {

using Index = std::unordered_map<std::string, const QueryColumn*>;

Index make_index() {
  Index index;
  for (const QueryColumn& column : kQueryColumns) {
    index.emplace(column.name, &column);
    for (std::string_view rest = column.aliases; !rest.empty();) {
      const std::string_view alias = rest.substr(0, rest.find(' '));
      index.emplace(alias, &column);
      rest.remove_prefix(alias.size() == rest.size() ? alias.size() : alias.size() + 1);
    }
  }
  return index;
}

std::string_view type_name(const QueryColumn& column) {
  switch (column.type) {
    case ColumnType::kText: return column.folded ? "VARCHAR, folded" : "VARCHAR";
    case ColumnType::kTextList: return column.folded ? "VARCHAR[], folded" : "VARCHAR[]";
    case ColumnType::kInteger: return "INTEGER";
    case ColumnType::kTime: return "TIMESTAMP";
  }
  return {};
}

}  // namespace

const QueryColumn* find_column(std::string_view name) {
  static const Index index = make_index();
  const auto at = index.find(folded(name));
  return at == index.end() ? nullptr : at->second;
}

std::string columns_page() {
  std::string page;
  for (const QueryColumn& column : kQueryColumns) {
    std::string row = "| `" + std::string(column.name) + "` | ";
    row.append(type_name(column))
        .append(" | ")
        .append(column.aliases)
        .append(" | ")
        .append(column.holds)
        .append(" |\n");
    page += row;
  }
  return page;
}

}  // namespace tocsin::store
