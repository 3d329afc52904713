#include "detect/sigma/pipeline.h"

#include <algorithm>

#include "detect/sigma/condition.h"
#include "detect/sigma/parse.h"
#include "detect/sigma/parts.h"
#include "detect/sigma/pipeline_step.h"

namespace tocsin::sigma {
namespace {

using Type = PipelineStep::Type;

/// The steps over one rule or correlation.
class PipelineRun {
 public:
  PipelineRun(PipelineSubject subject, const std::map<std::string, YamlNode>& variables, Diagnostics& diagnostics)
      : subject_(subject), variables_(variables), diagnostics_(diagnostics) {}

  bool run(const std::vector<PipelineStep>& steps) {
    for (const PipelineStep& step : steps) {
      if (!rule_fits(step.rule, subject_, state_)) continue;
      if (!apply(step)) return false;
      if (!step.id.empty()) mark(subject_.applied(), step.id);
    }
    return true;
  }

 private:
  static void mark(std::vector<std::string>& ids, const std::string& id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }

  bool refuse(const PipelineStep& step, const std::string& message) {
    const bool is_rule = subject_.rule != nullptr;
    const Source& source = is_rule ? *subject_.rule->source : *subject_.correlation->source;
    diagnostics_.add(Issue::kPipelineRefusedRule, source,
                     is_rule ? subject_.rule->rule.at : subject_.correlation->correlation.at,
                     message + " (" + std::string(step.source->file) + ":" + std::to_string(step.at.line) + ")");
    return false;
  }

  bool apply(const PipelineStep& step) {
    switch (step.type) {
      case Type::kSetState: state_.values[step.key] = step.value; return true;
      case Type::kNest: return run(step.steps);
      case Type::kRuleFailure: return refuse(step, step.text);
      case Type::kSetCustomAttribute:
        (subject_.rule != nullptr ? subject_.rule->attributes : subject_.correlation->attributes)[step.key] =
            step.value.scalar;
        return true;
      default: break;
    }
    if (subject_.rule != nullptr) return apply_to_rule(step, *subject_.rule);
    if (makes_field_names(step)) return map_correlation(step, subject_.correlation->correlation);
    return true;
  }

  bool apply_to_rule(const PipelineStep& step, DraftRule& rule) {
    std::vector<std::string>& fields = rule.rule.fields;
    switch (step.type) {
      case Type::kAddCondition: return add_condition(step, rule);
      case Type::kChangeLogSource: rule.rule.log_source = step.log_source; return true;
      case Type::kAddField: fields.insert(fields.end(), step.fields.begin(), step.fields.end()); return true;
      case Type::kSetField: fields = step.fields; return true;
      case Type::kRemoveField:
        std::erase_if(fields, [&](const std::string& field) {
          return std::find(step.fields.begin(), step.fields.end(), field) != step.fields.end();
        });
        return true;
      default: break;
    }
    if (makes_field_names(step)) fields = mapped_list(step, fields);
    for (DraftSelection& selection : rule.selections) {
      if (!apply_to_selection(step, selection)) return false;
    }
    return true;
  }

  // -- field names

  static bool makes_field_names(const PipelineStep& step) {
    return step.type == Type::kFieldNameMapping || step.type == Type::kFieldNamePrefixMapping ||
           step.type == Type::kFieldNameSuffix || step.type == Type::kFieldNamePrefix;
  }

  /// The new names, or nothing if the step says nothing about this one.
  std::optional<std::vector<std::string>> mapped(const PipelineStep& step, const std::string& field) {
    if (field.empty() || !field_fits(step.field, field, state_)) return std::nullopt;
    std::optional<std::vector<std::string>> names;
    if (step.type == Type::kFieldNameSuffix) names = {field + step.text};
    if (step.type == Type::kFieldNamePrefix) names = {step.text + field};
    for (const auto& [from, to] : step.mapping) {
      const bool is_prefix = step.type == Type::kFieldNamePrefixMapping;
      if (is_prefix ? !field.starts_with(from) : field != from) continue;
      names = to;
      for (std::string& name : *names) {
        if (is_prefix) name += field.substr(from.size());
      }
      break;
    }
    if (names && !step.id.empty() && *names != std::vector<std::string>{field}) track(field, *names, step.id);
    return names;
  }

  void track(const std::string& field, const std::vector<std::string>& names, const std::string& id) {
    std::vector<std::string> ids = state_.field_steps[field];
    mark(ids, id);
    for (const std::string& name : names) state_.field_steps[name] = ids;
  }

  std::vector<std::string> mapped_list(const PipelineStep& step, const std::vector<std::string>& fields) {
    std::vector<std::string> out;
    for (const std::string& field : fields) {
      const auto names = mapped(step, field);
      if (names)
        out.insert(out.end(), names->begin(), names->end());
      else
        out.push_back(field);
    }
    return out;
  }

  /// A field that a correlation measures, or an alias stands for, can have only one name.
  bool map_single(const PipelineStep& step, std::string& field) {
    const auto names = mapped(step, field);
    if (!names) return true;
    if (names->size() != 1) return refuse(step, "'" + field + "' cannot have several names in a correlation");
    field = (*names)[0];
    return true;
  }

  bool map_correlation(const PipelineStep& step, Correlation& correlation) {
    std::vector<std::string> group_by;
    const auto is_alias = [&](const std::string& name) {
      return std::any_of(correlation.aliases.begin(), correlation.aliases.end(),
                         [&](const auto& alias) { return alias.name == name; });
    };
    for (const std::string& field : correlation.group_by) {
      if (is_alias(field))
        group_by.push_back(field);
      else
        for (std::string& name : mapped_list(step, {field})) group_by.push_back(std::move(name));
    }
    correlation.group_by = std::move(group_by);
    for (Correlation::Alias& alias : correlation.aliases) {
      for (Correlation::Alias::Target& target : alias.targets) {
        if (!map_single(step, target.field)) return false;
      }
    }
    for (std::string& field : correlation.value_fields) {
      if (!is_alias(field) && !map_single(step, field)) return false;
    }
    return true;
  }

  bool map_item(const PipelineStep& step, DraftItem& item, std::vector<DraftItem>& items) {
    std::vector<DraftValue> values;
    bool changed = false;
    for (DraftValue& value : item.values) {
      const auto names = value.kind == DraftValue::Kind::kFieldRef ? mapped(step, value.pattern.field) : std::nullopt;
      if (!names) {
        values.push_back(std::move(value));
        continue;
      }
      changed = true;
      for (const std::string& name : *names) {
        values.push_back(value);
        values.back().pattern.field = name;
      }
    }
    item.values = std::move(values);
    const auto names = mapped(step, item.field);
    if (!step.id.empty() && (changed || names)) mark(item.applied, step.id);
    if (!names) {
      items.push_back(std::move(item));
      return true;
    }
    for (const std::string& name : *names) {
      items.push_back(item);
      items.back().field = name;
    }
    return true;
  }

  // -- items

  /// What the item becomes: nothing, itself, or several of which any may hold.
  bool replace_item(const PipelineStep& step, DraftItem& item, std::vector<DraftItem>& items) {
    if (!item_fits(step, item, state_)) {
      items.push_back(std::move(item));
      return true;
    }
    if (makes_field_names(step)) return map_item(step, item, items);
    if (step.type == Type::kDropItem) return true;
    if (step.type == Type::kItemFailure) return refuse(step, step.text);
    if (step.type == Type::kHashesFields) {
      std::string refusal;
      auto split = split_hashes(step, item, refusal);
      if (!refusal.empty()) return refuse(step, refusal);
      if (!split)
        items.push_back(std::move(item));
      else
        items = std::move(*split);
      for (DraftItem& made : items) {
        if (split && !step.id.empty()) mark(made.applied, step.id);
      }
      return true;
    }
    const ValueChange change = change_values(step, item, variables_);
    if (!change.refusal.empty()) return refuse(step, change.refusal);
    if (change.changed && !step.id.empty()) mark(item.applied, step.id);
    if (item.values.empty()) {  // every value was dropped: pySigma then asks for null
      DraftValue& null = item.values.emplace_back();
      null.pattern.at = item.at;
    }
    items.push_back(std::move(item));
    return true;
  }

  /// An item that becomes several, any of which may hold, multiplies the alternative it stands in.
  bool apply_to_selection(const PipelineStep& step, DraftSelection& selection) {
    std::vector<DraftAlternative> result;
    for (DraftAlternative& alternative : selection.alternatives) {
      std::vector<DraftAlternative> grown(1);
      for (DraftItem& item : alternative) {
        std::vector<DraftItem> items;
        if (!replace_item(step, item, items)) return false;
        if (items.size() == 1) {
          for (std::size_t i = 1; i < grown.size(); ++i) grown[i].push_back(items[0]);
          grown[0].push_back(std::move(items[0]));
        } else if (!items.empty() && !multiply(step, grown, items)) {
          return false;
        }
      }
      std::move(grown.begin(), grown.end(), std::back_inserter(result));
    }
    if (result.size() > kAlternativesMax) return refuse_growth(step);
    selection.alternatives = std::move(result);
    return true;
  }

  bool refuse_growth(const PipelineStep& step) {
    return refuse(
        step, "mapping fields to several names gives more than " + std::to_string(kAlternativesMax) + " alternatives");
  }

  bool multiply(const PipelineStep& step, std::vector<DraftAlternative>& grown, const std::vector<DraftItem>& items) {
    if (grown.size() * items.size() > kAlternativesMax) return refuse_growth(step);
    std::vector<DraftAlternative> more;
    for (const DraftAlternative& prefix : grown) {
      for (const DraftItem& item : items) more.emplace_back(prefix).push_back(item);
    }
    grown = std::move(more);
    return true;
  }

  // -- conditions

  static std::string filled_template(std::string text, const LogSource& log_source) {
    const std::pair<std::string_view, const std::string*> names[] = {
        {"category", &log_source.category}, {"product", &log_source.product}, {"service", &log_source.service}};
    for (const auto& [name, value] : names) {
      for (const std::string& mark : {"${" + std::string(name) + "}", "$" + std::string(name)}) {
        for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value->size())) {
          text.replace(at, mark.size(), *value);
        }
      }
    }
    return text;
  }

  static void fill_template(YamlNode& node, const LogSource& log_source) {
    if (node.is_scalar()) node.scalar = filled_template(std::move(node.scalar), log_source);
    for (YamlNode& item : node.items) fill_template(item, log_source);
    for (auto& [key, value] : node.entries) fill_template(value, log_source);
  }

  bool add_condition(const PipelineStep& step, DraftRule& rule) {
    YamlNode conditions = step.value;
    if (step.templated) fill_template(conditions, rule.rule.log_source);
    DraftSelection& selection = rule.selections.emplace_back();
    if (!parse_selection(conditions, *step.source, diagnostics_, selection)) return false;
    selection.name = step.key;
    for (DraftAlternative& alternative : selection.alternatives) {
      for (DraftItem& item : alternative) {
        if (!step.id.empty()) mark(item.applied, step.id);
      }
    }
    Condition added;
    added.selection = static_cast<std::uint32_t>(rule.selections.size() - 1);
    if (step.negated) {
      Condition negated;
      negated.kind = Condition::Kind::kNot;
      negated.operands.push_back(std::move(added));
      added = std::move(negated);
    }
    rule.rule.condition = join_conditions(Condition::Kind::kAnd, std::move(added), std::move(rule.rule.condition));
    return true;
  }

  PipelineSubject subject_;
  const std::map<std::string, YamlNode>& variables_;
  Diagnostics& diagnostics_;
  PipelineState state_;
};

}  // namespace

Pipelines::Pipelines() = default;
Pipelines::~Pipelines() = default;

bool Pipelines::add(const Source& source, Diagnostics& diagnostics) {
  std::optional<Pipeline> pipeline = parse_pipeline(source, diagnostics);
  if (!pipeline) return false;
  const auto at = std::upper_bound(pipelines_.begin(), pipelines_.end(), pipeline->priority,
                                   [](long priority, const auto& other) { return priority < other->priority; });
  pipelines_.insert(at, std::make_unique<Pipeline>(std::move(*pipeline)));
  variables_.clear();  // a later pipeline's variable stands over an earlier one's
  for (const auto& each : pipelines_) {
    for (const auto& [name, value] : each->variables) variables_[name] = value;
  }
  return true;
}

bool Pipelines::apply(DraftRule& draft, Diagnostics& diagnostics) const {
  PipelineRun run({&draft, nullptr, nullptr}, variables_, diagnostics);
  return std::all_of(pipelines_.begin(), pipelines_.end(),
                     [&](const auto& pipeline) { return run.run(pipeline->steps); });
}

bool Pipelines::apply(DraftCorrelation& draft, const std::vector<const DraftRule*>& below,
                      Diagnostics& diagnostics) const {
  PipelineRun run({nullptr, &draft, &below}, variables_, diagnostics);
  return std::all_of(pipelines_.begin(), pipelines_.end(),
                     [&](const auto& pipeline) { return run.run(pipeline->steps); });
}

}  // namespace tocsin::sigma
