// Reads mapping files (docs/mappings.md) into TaxonomyTables. Keeps going after a mistake and reports up to
// kMappingErrorsMax of them, one a line, each with file:line:column. Used once per start, on one thread.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "normalize/ocsf_load.h"
#include "normalize/taxonomy.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {

struct FormatConstant;
struct FormatPattern;
struct TextFormat;

/// Enough to repair a file in one go, and short of a flood from one that is no mapping at all.
inline constexpr std::size_t kMappingErrorsMax = 20;

class MappingLoader {
 public:
  void add(const MappingText& text);
  Result<std::unique_ptr<const TaxonomyTables>> finish();

 private:
  using Conditions = std::vector<TaxonomyCondition>;
  using FieldPairs = std::vector<std::pair<std::string, std::string>>;
  /// What an entry has from those around it.
  struct Context {
    LogSource source;
    std::vector<Conditions> alternatives;  // one of them must hold
    FieldPairs fields;
    std::vector<DerivationId> values;
  };
  struct EntryParts {
    Context context;               // for what stands inside
    std::vector<Conditions> when;  // of its own; none, and cases: a heading over them, no entry
    const YamlNode* cases = nullptr;
    bool named = false;  // says product, category or service
  };

  void complain(const YamlNode& node, const std::string& message);
  /// The texts of a scalar or a list of scalars; complains of anything else.
  std::vector<std::string> texts(const YamlNode& node, std::string_view what);
  void add_naming(const YamlNode& node);
  void add_renames(const YamlNode& node);
  void add_lists(const YamlNode& node);
  void add_list(const YamlNode& node);
  void add_entities(const YamlNode& node);
  void add_times(const YamlNode& node);
  void add_time_zones(const YamlNode& node);
  void add_time_zone(const YamlNode& node);
  void add_free_texts(const YamlNode& node);
  void add_entries(const YamlNode& node, const Context& around);
  void add_entry(const YamlNode& node, const Context& around);
  EntryParts parts_of(const YamlNode& node, const Context& around);
  FieldPairs fields_of(const YamlNode& node);
  void add_values(const YamlNode& node, std::vector<DerivationId>& into);
  void add_derivation(const std::string& field, const YamlNode& node, std::vector<DerivationId>& into);
  Derivation derivation_of(const YamlNode& node);
  void add_sources(const YamlNode& node, Derivation& derivation);
  void add_translations(const YamlNode& node, Derivation& derivation);
  void add_starts(const YamlNode& node, Derivation& derivation);
  void add_hex(const YamlNode& node, Derivation& derivation);
  void add_columns(const YamlNode& node);
  void add_column_entry(Column column, const YamlNode& node);
  ColumnEntry column_entry_of(Column column, const YamlNode& node);
  std::vector<ColumnCondition> column_conditions_of(const YamlNode& node);
  void add_context(const YamlNode& node);
  void add_context_entry(ContextRole role, const YamlNode& node);
  void add_outcomes(const YamlNode& node, ColumnEntry& entry);
  Outcome outcome_of(const YamlNode& node);
  ColumnFieldId column_field(const YamlNode& name);
  bool fills_already(Column column, const ColumnEntry& entry, const YamlNode& node);
  void add_formats(const YamlNode& node);
  void add_format(const YamlNode& node);
  void add_lines(const YamlNode& node, TextFormat& format);
  void add_parts(const YamlNode& node, TextFormat& format);
  void add_messages(const YamlNode& node, TextFormat& format);
  void add_message(const YamlNode& name, const YamlNode& node, TextFormat& format);
  void add_pattern(const YamlNode& node, std::vector<FormatPattern>& into, const FormatPattern& like);
  std::vector<FormatConstant> constants_of(const YamlNode& node);
  std::uint16_t format_field(const YamlNode& place, const std::string& name);
  std::vector<Conditions> alternatives_of(const YamlNode& node);
  Conditions conditions_of(const YamlNode& node);
  TaxonomyCondition condition_of(const YamlNode& name, const YamlNode& wanted);
  FieldId field(const YamlNode& name);
  PredicateId presence(FieldId field);
  PredicateId pattern(FieldId field, const std::string& text);

  std::unique_ptr<TaxonomyTables> tables_ = std::make_unique<TaxonomyTables>();
  std::vector<std::unordered_map<std::string, PredicateId>> wild_ids_;  // by field, by text
  std::vector<std::string> free_texts_;
  std::unordered_map<std::string, std::uint16_t> format_field_ids_;
  std::size_t format_patterns_ = 0;
  std::uint32_t context_entries_ = 0;
  std::string file_;
  std::vector<std::string> errors_;
  OcsfLoader ocsf_{[this](const YamlNode& node, const std::string& message) { complain(node, message); }};
};

}  // namespace tocsin
