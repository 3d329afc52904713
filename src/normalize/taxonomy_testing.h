// What the tests of the taxonomy share: mappings from a text, and a worker's view of them. For tests only; one thread.
//
//   Bench bench("log_sources: [{product: p, when: {a: x}}]");
//   bench.classify({{"a", "x"}}).sources;
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "normalize/taxonomy.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {

inline std::unique_ptr<const Taxonomy> load(std::string_view yaml) {
  auto taxonomy = Taxonomy::load({{"m.yml", yaml}});
  EXPECT_TRUE(taxonomy) << taxonomy.error().message;
  return taxonomy ? std::move(*taxonomy) : nullptr;
}

inline std::string error_of(std::string_view yaml) {
  const auto taxonomy = Taxonomy::load({{"m.yml", yaml}});
  return taxonomy ? "loaded" : taxonomy.error().message;
}

inline std::vector<std::string> names_of(const Taxonomy& taxonomy, std::string_view path) {
  return taxonomy.meaning(path).names;
}

using Names = std::vector<std::string>;
using Sources = std::vector<LogSource>;

/// A worker's view of one taxonomy, and events by key and value.
class Bench {
 public:
  explicit Bench(std::string_view yaml)
      : taxonomy_(load(yaml)), paths_(*taxonomy_), classifier_(*taxonomy_, log_sources_, paths_) {}

  const LogSourceClass& classify(std::vector<std::pair<std::string, std::string>> fields,
                                 ValueKind kind = ValueKind::kText) {
    fields_ = std::move(fields);
    event_.clear();
    for (const auto& [key, text] : fields_) {
      event_.values.push_back(
          {text.data(), static_cast<std::uint32_t>(text.size()), paths_.child(PathTable::kRoot, key), kind});
    }
    return again();
  }
  const LogSourceClass& again() {
    event_.time = kNoTime;
    classifier_.classify(event_);
    return log_sources_.get(event_.log_source);
  }
  void classify_event() { classifier_.classify(event_); }
  LogSourceClass plainly() const { return classify_plainly(taxonomy_->tables(), paths_, event_); }
  Event& event() { return event_; }
  /// What the classifier appended: "field=text", in its order.
  Names derived() const {
    Names all;
    for (const Value& value : event_.values) {
      if (value.derived) all.push_back(paths_.name(value.path) + "=" + std::string(value.raw()));
    }
    return all;
  }
  /// The same, the obvious way: every entry that holds, every value under a name, texts by copying.
  Names derived_plainly() const;

 private:
  Names texts_under(const std::string& name) const;

  std::unique_ptr<const Taxonomy> taxonomy_;
  LogSourceTable log_sources_;
  PathTable paths_;
  Classifier classifier_;
  std::vector<std::pair<std::string, std::string>> fields_;
  Event event_;
};

inline Names Bench::texts_under(const std::string& name) const {
  Names texts;
  for (const Value& value : event_.values) {
    const Names names = names_of(*taxonomy_, paths_.name(value.path));
    if (value.derived || std::ranges::find(names, name) == names.end()) continue;
    append_value_text(texts.emplace_back(), value);
  }
  return texts;
}

inline Names Bench::derived_plainly() const {
  const TaxonomyTables& tables = taxonomy_->tables();
  const PredicateSet satisfied = satisfied_plainly(tables, paths_, event_);
  if (tables.log_source_class(satisfied).sources.empty()) return {};
  Names all;
  for (std::size_t id = 0; id < tables.derivations.size(); ++id) {
    const bool asked = std::ranges::any_of(tables.entries, [&](const TaxonomyEntry& entry) {
      return TaxonomyTables::holds(entry, satisfied) && std::ranges::count(entry.values, id) > 0;
    });
    if (!asked) continue;
    const Derivation& derivation = tables.derivations[id];
    std::vector<Names> sources;
    for (const SourceFieldId source : derivation.from) {
      const auto at = std::ranges::find(tables.source_field_ids, source, [](const auto& one) { return one.second; });
      sources.push_back(texts_under(at->first));
    }
    Names texts = sources.front();
    if (sources.size() > 1) {
      if (!texts.empty()) texts.resize(1);
      if (!texts.empty() && texts.front().empty()) texts.clear();
      for (std::size_t i = 1; i < sources.size() && !texts.empty(); ++i) {
        if (!sources[i].empty() && !sources[i].front().empty()) texts.front() += derivation.join + sources[i].front();
      }
    }
    for (const std::string& text : texts) {
      std::string scratch, made;
      if (derive_text(derivation, text, scratch, made)) all.push_back(derivation.field + "=" + made);
    }
  }
  return all;
}

}  // namespace tocsin
