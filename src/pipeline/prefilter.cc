#include "pipeline/prefilter.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/text.h"
#include "base/regex.h"
#include "normalize/column_reader.h"
#include "normalize/taxonomy_tables.h"
#include "store/text_pattern.h"

namespace tocsin {

namespace {

/// A condition in SQL, with ? for each of its parameters.
struct Sql {
  std::string text;  // "": nothing is known, it counts as true
  std::vector<store::SqlParameter> parameters;

  bool is_known() const { return !text.empty(); }
  void append(const std::string& between, Sql&& other) {
    text += between + other.text;
    std::ranges::move(other.parameters, std::back_inserter(parameters));
  }
};

Sql all_of(std::vector<Sql> parts) {
  Sql all{"(true", {}};
  for (Sql& part : parts) {
    if (part.is_known()) all.append(" AND ", std::move(part));
  }
  if (all.parameters.empty() && all.text == "(true") return {};
  all.text += ")";
  return all;
}

Sql any_of(std::vector<Sql> parts) {
  Sql any{"(false", {}};
  for (Sql& part : parts) {
    if (!part.is_known()) return {};
    any.append(" OR ", std::move(part));
  }
  any.text += ")";
  return any;
}

store::WildString stored_wild(const sigma::WildString& wild) {
  store::WildString out;
  for (const sigma::WildPart& part : wild) {
    store::WildPart& to = out.emplace_back();
    to.literal = part.literal;
    if (part.kind == sigma::WildPart::Kind::kAny) to.kind = store::WildPart::Kind::kAny;
    if (part.kind == sigma::WildPart::Kind::kOne) to.kind = store::WildPart::Kind::kOne;
  }
  return out;
}

store::WildString anywhere(std::string literal) {
  return {{store::WildPart::Kind::kAny, ""}, {store::WildPart::Kind::kLiteral, std::move(literal)}, {store::WildPart::Kind::kAny, ""}};
}

/// What says nothing is in no column, so a pattern that it fits cannot be asked of one.
bool fits_nothing_said(const store::WildString& wild) {
  const store::TextPattern pattern(wild);
  std::string scratch;
  return std::ranges::any_of(kSaysNothing, [&](std::string_view text) { return pattern.matches(text, scratch); });
}

class Compiler {
 public:
  explicit Compiler(const Taxonomy& taxonomy) : tables_(taxonomy.tables()) {}

  Sql rule(const sigma::Rule& rule) { return all_of({log_source(rule.log_source), condition(rule, rule.condition)}); }
  /// Of the columns that are asked.
  std::uint32_t column_bits() const { return bits_; }

 private:
  /// The part that says most.
  Sql log_source(const LogSource& source) {
    if (!source.category.empty()) return {"list_contains(category, ?::VARCHAR)", {folded(source.category)}};
    if (!source.service.empty()) return {"list_contains(service, ?::VARCHAR)", {folded(source.service)}};
    if (!source.product.empty()) return {"list_contains(product, ?::VARCHAR)", {folded(source.product)}};
    return {};
  }

  Sql condition(const sigma::Rule& rule, const sigma::Condition& condition) {
    switch (condition.kind) {
      case sigma::Condition::Kind::kSelection: return selection(rule.selections[condition.selection]);
      case sigma::Condition::Kind::kNot: return {};
      default: break;
    }
    std::vector<Sql> parts;
    for (const sigma::Condition& operand : condition.operands) parts.push_back(this->condition(rule, operand));
    return condition.kind == sigma::Condition::Kind::kAnd ? all_of(std::move(parts)) : any_of(std::move(parts));
  }

  Sql selection(const sigma::Selection& selection) {
    std::vector<Sql> alternatives;
    for (const std::vector<sigma::Item>& items : selection.alternatives) {
      std::vector<Sql> parts;
      for (const sigma::Item& item : items) parts.push_back(this->item(item));
      alternatives.push_back(all_of(std::move(parts)));
    }
    return any_of(std::move(alternatives));
  }

  Sql item(const sigma::Item& item) {
    const std::optional<Column> column = item.negated ? std::nullopt : column_of(item.field);
    if (!column || item.patterns.size() > kPrefilterPatternsMax - std::min(patterns_, kPrefilterPatternsMax)) return {};
    patterns_ += item.patterns.size();
    std::vector<Sql> parts;
    for (const sigma::Pattern& pattern : item.patterns) parts.push_back(this->pattern(*column, pattern));
    Sql asked = item.all ? all_of(std::move(parts)) : any_of(std::move(parts));
    if (asked.is_known()) bits_ |= column_bit(*column);
    return asked;
  }

  Sql pattern(Column column, const sigma::Pattern& pattern) {
    std::vector<Sql> parts;
    if (pattern.kind == sigma::Pattern::Kind::kString) {
      for (const sigma::WildString& string : pattern.strings) parts.push_back(text(column, stored_wild(string)));
      return any_of(std::move(parts));
    }
    if (pattern.kind != sigma::Pattern::Kind::kRegex) return {};
    const RegexFlags flags{pattern.regex_ignore_case, pattern.regex_multi_line, pattern.regex_dot_all};
    for (const std::string& literal : required_literals(pattern.regex, flags).texts) parts.push_back(text(column, anywhere(literal)));
    return all_of(std::move(parts));
  }

  Sql text(Column column, const store::WildString& wild) {
    if (fits_nothing_said(wild)) return {};
    const std::string name = "\"" + std::string(kColumnNames[static_cast<std::size_t>(column)]) + "\"";
    return {"text_matches(" + (is_port(column) ? name + "::VARCHAR" : name) + ", ?)", {store::write_wild(wild)}};
  }

  static bool is_port(Column column) { return column == Column::kSourcePort || column == Column::kDestinationPort; }

  /// The column that has what the field holds, under whichever name the event has it.
  std::optional<Column> column_of(const std::string& field) const {
    const std::uint32_t fed = tables_.columns.fed_by(field) & kToldColumns;
    if (fed == 0) return std::nullopt;
    return static_cast<Column>(std::countr_zero(fed));
  }

  const TaxonomyTables& tables_;
  std::size_t patterns_ = 0;
  std::uint32_t bits_ = 0;
};

}  // namespace

std::optional<store::RecordCondition> prefilter_of(const sigma::RuleSet& set, const Taxonomy& taxonomy) {
  if (set.rules.size() > kPrefilterRulesMax) return std::nullopt;
  Compiler compiler(taxonomy);
  std::vector<Sql> rules;
  for (const sigma::Rule& rule : set.rules) rules.push_back(compiler.rule(rule));
  Sql any = any_of(std::move(rules));
  if (!any.is_known()) return std::nullopt;
  store::RecordCondition condition;
  condition.sql = fmt::format("(mappings IS DISTINCT FROM ?::VARCHAR OR (partial & {}) <> 0 OR {})", compiler.column_bits() | kAllPartial, any.text);
  condition.parameters.emplace_back(taxonomy.mark());
  std::ranges::move(any.parameters, std::back_inserter(condition.parameters));
  return condition;
}

}  // namespace tocsin
