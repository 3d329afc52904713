#include "normalize/taxonomy_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "event/entity_names.h"
#include "normalize/text_formats.h"

namespace tocsin {

namespace {

struct NamingPart {
  std::string_view key, what;
  std::vector<std::string> NamingTables::*list;
};
constexpr NamingPart kNamingParts[] = {
    {"envelopes", "a prefix", &NamingTables::envelopes},
    {"tails", "an end", &NamingTables::tails},
    {"strip", "a prefix", &NamingTables::strips},
    {"data", "a prefix", &NamingTables::data},
    {"capitalise", "a prefix", &NamingTables::capitalised},
    {"header", "a name", &NamingTables::header},
    {"gather", "a path", &NamingTables::gathers},
    {"spaces", "what stands for a space", &NamingTables::spaces},
};

void append(std::vector<std::string>& into, std::vector<std::string> from) {
  for (std::string& text : from) {
    if (std::ranges::find(into, text) == into.end()) into.push_back(std::move(text));
  }
}

void sort_distinct(PredicateSet& set) {
  std::ranges::sort(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
}

}  // namespace

void MappingLoader::complain(const YamlNode& node, const std::string& message) {
  if (errors_.size() < kMappingErrorsMax) {
    errors_.push_back(fmt::format("{}:{}:{}: {}", file_, node.at.line, node.at.column, message));
  }
}

std::vector<std::string> MappingLoader::texts(const YamlNode& node, std::string_view what) {
  std::vector<std::string> out;
  if (node.is_scalar()) {
    out.push_back(node.scalar);
    return out;
  }
  if (!node.is_sequence() || node.items.empty()) {
    complain(node, fmt::format("{} must be a text or a list of texts", what));
    return out;
  }
  for (const YamlNode& item : node.items) {
    if (item.is_scalar()) {
      out.push_back(item.scalar);
    } else {
      complain(item, fmt::format("{} must be a text", what));
    }
  }
  return out;
}

void MappingLoader::add(const MappingText& text) {
  file_ = text.file;
  const auto documents = parse_yaml(text.text);
  if (!documents) {
    YamlNode place;
    place.at = documents.error().at;
    return complain(place, documents.error().message);
  }
  for (const YamlNode& document : *documents) {
    if (!document.is_mapping()) {
      complain(document, "a mapping file is a YAML mapping of naming, formats, log_sources, free_text, entities, columns, context, time, time_zones, ocsf and tests");
      continue;
    }
    for (const auto& [key, value] : document.entries) {
      if (key.scalar == "naming")
        add_naming(value);
      else if (key.scalar == "formats")
        add_formats(value);
      else if (key.scalar == "tests")
        continue;  // mapping_tests.h reads them
      else if (key.scalar == "log_sources")
        add_entries(value, {{}, {{}}, {}, {}});
      else if (key.scalar == "free_text")
        add_free_texts(value);
      else if (key.scalar == "entities")
        add_entities(value);
      else if (key.scalar == "columns")
        add_columns(value);
      else if (key.scalar == "context")
        add_context(value);
      else if (key.scalar == "time")
        add_times(value);
      else if (key.scalar == "time_zones")
        add_time_zones(value);
      else if (key.scalar == "ocsf")
        ocsf_.add(value, file_);
      else
        complain(key, fmt::format("'{}' is not a part of a mapping (naming, formats, log_sources, free_text, entities, columns, "
                                  "context, time, time_zones, ocsf, tests)",
                                  key.scalar));
    }
  }
}

void MappingLoader::add_naming(const YamlNode& node) {
  if (!node.is_mapping()) return complain(node, "naming must be a mapping");
  for (const auto& [key, value] : node.entries) {
    const auto part = std::ranges::find(kNamingParts, key.scalar, &NamingPart::key);
    if (part != std::end(kNamingParts)) {
      append(tables_->naming.*(part->list), texts(value, part->what));
    } else if (key.scalar == "rename") {
      add_renames(value);
    } else if (key.scalar == "lists") {
      add_lists(value);
    } else {
      complain(key, fmt::format("'{}' is not a part of naming; docs/mappings.md lists them", key.scalar));
    }
  }
}

void MappingLoader::add_renames(const YamlNode& node) {
  if (!node.is_mapping()) return complain(node, "rename must be a mapping of paths to names");
  NamingTables& naming = tables_->naming;
  for (const auto& [path, value] : node.entries) {
    std::vector<std::string> names = texts(value, "a name");
    if (path.scalar.find('*') == std::string::npos) {
      append(naming.renames[path.scalar], std::move(names));
    } else {
      naming.wild_renames.emplace_back(path.scalar, std::move(names));
    }
  }
}

void MappingLoader::add_entities(const YamlNode& node) {
  if (!node.is_mapping()) return complain(node, "entities must be a mapping of types to lists of field names");
  for (const auto& [key, value] : node.entries) {
    const EntityType type = entity_named(key.scalar);
    if (type == EntityType::kNone) {
      complain(key, fmt::format("'{}' is not a type of entity ({})", key.scalar, kEntityNameList));
      continue;
    }
    for (const std::string& name : texts(value, "a field name")) {
      const auto [at, fresh] = tables_->entities.try_emplace(name, type);
      if (!fresh && at->second != type) {
        complain(key, fmt::format("'{}' is {} already", name, entity_name(at->second)));
      }
    }
  }
}

void MappingLoader::add_times(const YamlNode& node) {
  if (!node.is_mapping()) return complain(node, "time must be a mapping of field names to ranks from 1 to 255");
  for (const auto& [key, value] : node.entries) {
    int rank = 0;
    const char* const end = value.scalar.data() + value.scalar.size();
    const auto [stop, error] = std::from_chars(value.scalar.data(), end, rank);
    if (error != std::errc() || stop != end || rank < 1 || rank > 255) {
      complain(value, fmt::format("the rank of '{}' must be a number from 1 (first choice) to 255", key.scalar));
      continue;
    }
    tables_->time_ranks[key.scalar] = static_cast<std::uint8_t>(rank);
  }
}

void MappingLoader::add_free_texts(const YamlNode& node) { append(free_texts_, texts(node, "a field name")); }

FieldId MappingLoader::field(const YamlNode& name) {
  const auto [at, fresh] = tables_->field_ids.try_emplace(name.scalar, static_cast<FieldId>(tables_->fields.size()));
  if (!fresh) return at->second;
  if (tables_->fields.size() >= kRoutingFieldsMax) {
    complain(name, fmt::format("more than {} fields in 'when'", kRoutingFieldsMax));
    tables_->field_ids.erase(at);
    return 0;
  }
  tables_->fields.emplace_back().name = name.scalar;
  wild_ids_.emplace_back();
  return at->second;
}

PredicateId MappingLoader::presence(FieldId field) {
  std::vector<PredicateId>& known = tables_->fields[field].presence;
  if (known.empty()) {
    known.push_back(static_cast<PredicateId>(tables_->predicates.size()));
    tables_->predicates.push_back({field, true, {}});
  }
  return known.front();
}

PredicateId MappingLoader::pattern(FieldId field, const std::string& text) {
  if (text == "*") return presence(field);
  RoutingField& asked = tables_->fields[field];
  asked.asks_values = true;
  FoldedPattern pattern(text);
  auto& ids = pattern.is_exact() ? asked.exact : wild_ids_[field];
  const auto [at, fresh] = ids.try_emplace(folded(text), static_cast<PredicateId>(tables_->predicates.size()));
  if (!fresh) return at->second;
  if (!pattern.is_exact()) asked.wild.push_back(at->second);
  tables_->predicates.push_back({field, false, std::move(pattern)});
  return at->second;
}

TaxonomyCondition MappingLoader::condition_of(const YamlNode& name, const YamlNode& wanted) {
  TaxonomyCondition condition;
  const FieldId id = field(name);
  const YamlNode* values = &wanted;
  if (wanted.is_mapping()) {
    const YamlNode* const exists = wanted.find("exists");
    const YamlNode* const unwanted = wanted.find("not");
    if (wanted.entries.size() != 1 || (exists == nullptr && unwanted == nullptr)) {
      complain(wanted,
               fmt::format("'{}' must be a value, a list of values, {{exists: true}}, {{exists: false}} or {{not: …}}",
                           name.scalar));
      return condition;
    }
    if (exists != nullptr) {
      if (exists->scalar != "true" && exists->scalar != "false") complain(*exists, "exists must be true or false");
      condition.negated = exists->scalar == "false";
      condition.any_of.push_back(presence(id));
      return condition;
    }
    condition.negated = true;
    values = unwanted;
  }
  for (const std::string& text : texts(*values, "a value")) condition.any_of.push_back(pattern(id, text));
  if (tables_->predicates.size() > kPredicatesMax)
    complain(name, fmt::format("more than {} values in 'when'", kPredicatesMax));
  sort_distinct(condition.any_of);
  return condition;
}

MappingLoader::Conditions MappingLoader::conditions_of(const YamlNode& node) {
  Conditions conditions;
  if (!node.is_mapping() || node.entries.empty()) {
    complain(node, "when must be a mapping of field names to values, or a list of such mappings");
    return conditions;
  }
  for (const auto& [name, wanted] : node.entries) conditions.push_back(condition_of(name, wanted));
  return conditions;
}

std::vector<MappingLoader::Conditions> MappingLoader::alternatives_of(const YamlNode& node) {
  std::vector<Conditions> alternatives;
  if (node.is_sequence()) {
    for (const YamlNode& item : node.items) alternatives.push_back(conditions_of(item));
  } else {
    alternatives.push_back(conditions_of(node));
  }
  return alternatives;
}

MappingLoader::FieldPairs MappingLoader::fields_of(const YamlNode& node) {
  FieldPairs fields;
  if (!node.is_mapping()) {
    complain(node, "fields must be a mapping of names in rules to names in the event");
    return fields;
  }
  for (const auto& [name, value] : node.entries) {
    for (std::string& event_name : texts(value, "a field name"))
      fields.emplace_back(name.scalar, std::move(event_name));
  }
  return fields;
}

void MappingLoader::add_entries(const YamlNode& node, const Context& around) {
  if (!node.is_sequence()) return complain(node, "must be a list of log sources");
  for (const YamlNode& item : node.items) add_entry(item, around);
}

MappingLoader::EntryParts MappingLoader::parts_of(const YamlNode& node, const Context& around) {
  EntryParts parts;
  parts.context = {around.source, {}, around.fields, around.values};
  LogSource& source = parts.context.source;
  for (const auto& [key, value] : node.entries) {
    if (key.scalar == "when") {
      parts.when = alternatives_of(value);
    } else if (key.scalar == "fields") {
      const FieldPairs fields = fields_of(value);
      parts.context.fields.insert(parts.context.fields.end(), fields.begin(), fields.end());
    } else if (key.scalar == "values") {
      add_values(value, parts.context.values);
    } else if (key.scalar == "cases") {
      parts.cases = &value;
    } else if (key.scalar == "product" || key.scalar == "category" || key.scalar == "service") {
      if (!value.is_scalar()) complain(value, fmt::format("{} must be a text", key.scalar));
      parts.named = true;
      (key.scalar == "product"    ? source.product
       : key.scalar == "category" ? source.category
                                  : source.service) = value.scalar;
    } else {
      complain(key, fmt::format("'{}' is not a part of a log source (product, category, service, when, fields, values, "
                                "cases)",
                                key.scalar));
    }
  }
  return parts;
}

void MappingLoader::add_entry(const YamlNode& node, const Context& around) {
  if (!node.is_mapping()) return complain(node, "a log source must be a mapping");
  EntryParts parts = parts_of(node, around);
  Context& context = parts.context;
  if (parts.when.empty() && parts.cases != nullptr) {
    context.alternatives = around.alternatives;
    return add_entries(*parts.cases, context);
  }
  if (parts.when.empty()) {
    if (around.alternatives.front().empty()) return complain(node, "without 'when' this would be every event");
    parts.when.emplace_back();
  }
  if (!parts.named && context.fields.empty() && context.values.empty() && parts.cases == nullptr) {
    complain(node, "says neither a log source nor fields nor values nor cases");
  }
  for (const Conditions& outer : around.alternatives) {
    for (const Conditions& inner : parts.when) {
      Conditions both = outer;
      both.insert(both.end(), inner.begin(), inner.end());
      if (tables_->entries.size() >= kTaxonomyEntriesMax) {
        return complain(node, fmt::format("more than {} log sources", kTaxonomyEntriesMax));
      }
      tables_->entries.push_back({parts.named ? context.source : LogSource{}, both, context.fields, context.values});
      context.alternatives.push_back(std::move(both));
    }
  }
  if (parts.cases != nullptr) add_entries(*parts.cases, context);
}

Result<std::unique_ptr<const TaxonomyTables>> MappingLoader::finish() {
  for (RoutingField& field : tables_->fields) {
    field.free_text = std::ranges::find(free_texts_, field.name) != free_texts_.end();
  }
  tables_->ocsf = ocsf_.finish();
  tables_->formats->index();
  if (errors_.empty()) return std::unique_ptr<const TaxonomyTables>(std::move(tables_));
  std::string all;
  for (const std::string& error : errors_) all += all.empty() ? error : "\n" + error;
  return Error{Code::kInvalid, std::move(all)};
}

}  // namespace tocsin
