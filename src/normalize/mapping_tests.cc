#include "normalize/mapping_tests.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/yaml.h"
#include "normalize/column_reader.h"
#include "normalize/json.h"
#include "normalize/text.h"

namespace tocsin {

namespace {

/// Lines without a year are of 2024 if a test says nothing, as in tests of rules.
constexpr CivilTime kLastOfTestYear{2024, 12, 31, 0, 0, 0, 0};

std::string text_of(const Value& value) {
  std::string text;
  append_value_text(text, value);
  return text;
}

std::vector<std::string> texts_of(const YamlNode& node) {
  std::vector<std::string> texts;
  if (node.is_scalar()) texts.push_back(node.scalar);
  for (const YamlNode& item : node.items) texts.push_back(item.scalar);
  return texts;
}

std::string shown(const std::vector<std::string>& texts) {
  if (texts.empty()) return "nothing";
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "'" : ", '") + text + "'";
  return all;
}

/// One test: what it gives and what it expects, compared.
class Test {
 public:
  Test(const Taxonomy& taxonomy, const YamlNode& node)
      : node_(node), paths_(taxonomy), classifier_(taxonomy, log_sources_, paths_), columns_(taxonomy, paths_), parser_(paths_, &taxonomy.formats()) {}

  /// What is not as it should be, a line each.
  std::vector<std::string> run() {
    if (!node_.is_mapping()) return {"a test must be a mapping of line or event, and what is expected"};
    for (const auto& [key, value] : node_.entries) {
      if (std::ranges::find(kKeys, key.scalar) == std::end(kKeys)) differ(fmt::format("'{}' is not a part of a test (line, event, modified, format, time, log_source, fields, entities, columns)", key.scalar));
    }
    const YamlNode* const line = node_.find("line");
    const YamlNode* const event = node_.find("event");
    if ((line == nullptr) == (event == nullptr)) return {"a test has either a line or an event"};
    if (event != nullptr) {
      read_json(event->scalar);
    } else {
      read_line(line->scalar);
    }
    return std::move(differences_);
  }

 private:
  static constexpr std::string_view kKeys[] = {"line", "event", "modified", "format", "time", "log_source", "fields", "entities", "columns"};

  void differ(std::string what) { differences_.push_back(std::move(what)); }

  void read_json(std::string json) {
    const std::size_t size = json.size();
    json.append(kJsonPadding, ' ');
    Event event;
    JsonParser parser(paths_);
    const Status status = parser.parse(std::string_view(json).substr(0, size), event);
    if (!status) return differ(status.error().message);
    check(event, "json");
  }

  void read_line(const std::string& line) {
    std::size_t events = 0;
    const TimeUs modified = parse_time(node_.text("modified")).value_or(to_time(kLastOfTestYear));
    parser_.begin_file(modified);
    parser_.parse(line, [&](Event& event, std::size_t) {
      if (event.text.starts_with('#')) return;  // the head of a W3C or Zeek log
      if (++events == 1) check(event, parser_.format());
    });
    if (events != 1) differ(fmt::format("'line' gives {} events; a test has one", events));
  }

  void check(Event& event, std::string_view format) {
    classifier_.classify(event);
    if (const YamlNode* wanted = node_.find("format"); wanted != nullptr && wanted->scalar != format) {
      differ(fmt::format("format: expected '{}', is '{}'", wanted->scalar, format.empty() ? "unknown" : format));
    }
    if (const YamlNode* wanted = node_.find("time")) check_time(event, *wanted);
    if (const YamlNode* wanted = node_.find("log_source")) check_log_source(event, *wanted);
    if (const YamlNode* wanted = node_.find("fields")) check_fields(event, *wanted);
    if (const YamlNode* wanted = node_.find("entities")) check_entities(event, *wanted);
    if (const YamlNode* wanted = node_.find("columns")) check_columns(event, *wanted);
  }

  void check_time(const Event& event, const YamlNode& wanted) {
    const TimeUs expected = wanted.scalar.empty() ? kNoTime : parse_time(wanted.scalar).value_or(kNoTime);
    if (expected != event.time) differ(fmt::format("time: expected '{}', is '{}'", wanted.scalar, format_time(event.time)));
  }

  /// Each that is listed must be there; an empty list: there is none.
  void check_log_source(const Event& event, const YamlNode& wanted) {
    std::vector<std::string> found;
    for (const LogSource& source : log_sources_.get(event.log_source).sources) found.push_back(source.product + "/" + source.category + "/" + source.service);
    const std::vector<std::string> expected = texts_of(wanted);
    const bool all = std::ranges::all_of(expected, [&](const std::string& one) { return std::ranges::find(found, one) != found.end(); });
    if (!all || (expected.empty() && !found.empty())) differ(fmt::format("log_source: expected {}, is {}", shown(expected), shown(found)));
  }

  void check_fields(const Event& event, const YamlNode& wanted) {
    for (const auto& [name, value] : wanted.entries) {
      std::vector<std::string> expected = texts_of(value), found = values_under(event, name.scalar);
      if (expected != found) differ(fmt::format("field '{}': expected {}, is {}", name.scalar, shown(expected), shown(found)));
    }
  }

  /// As a rule sees them: by the names of the path, or by the log source. Null is nothing.
  std::vector<std::string> values_under(const Event& event, const std::string& name) const {
    std::vector<std::string> values;
    const LogSourceClass& log_source = log_sources_.get(event.log_source);
    for (const Value& value : event.values) {
      if (value.kind == ValueKind::kNull) continue;
      const std::vector<std::string>& names = paths_.meaning(value.path).names;
      bool seen = std::ranges::find(names, name) != names.end();
      for (const auto& [rule_name, event_name] : log_source.aliases) seen = seen || (rule_name == name && std::ranges::find(names, event_name) != names.end());
      if (seen) values.push_back(text_of(value));
    }
    return values;
  }

  void check_entities(const Event& event, const YamlNode& wanted) {
    for (const auto& [type, value] : wanted.entries) {
      std::vector<std::string> expected = texts_of(value), found;
      for (const Value& one : event.values) {
        if (one.kind != ValueKind::kNull && !one.derived && entity_name(paths_.meaning(one.path).entity) == type.scalar) found.push_back(text_of(one));
      }
      std::ranges::sort(expected);
      std::ranges::sort(found);
      found.erase(std::unique(found.begin(), found.end()), found.end());
      if (expected != found) differ(fmt::format("entities of type {}: expected {}, are {}", type.scalar, shown(expected), shown(found)));
    }
  }

  void check_columns(const Event& event, const YamlNode& wanted) {
    EventColumns columns;
    columns_.read(event, columns);
    for (const auto& [name, value] : wanted.entries) {
      const auto at = std::ranges::find(kColumnNames, name.scalar);
      if (at == kColumnNames.end()) {
        differ(fmt::format("'{}' is no column", name.scalar));
        continue;
      }
      const auto column = static_cast<Column>(at - kColumnNames.begin());
      const auto port = [](std::int32_t number) { return number == EventColumns::kNoPort ? std::string() : std::to_string(number); };
      const std::string found = column == Column::kSourcePort        ? port(columns.source_port)
                                : column == Column::kDestinationPort ? port(columns.destination_port)
                                                                     : columns.text(column);
      if (found != value.scalar) differ(fmt::format("column {}: expected '{}', is '{}'", name.scalar, value.scalar, found));
    }
  }

  const YamlNode& node_;
  PathTable paths_;
  LogSourceTable log_sources_;
  Classifier classifier_;
  ColumnReader columns_;
  TextParser parser_;
  std::vector<std::string> differences_;
};

}  // namespace

MappingTestRun run_mapping_tests(const Taxonomy& taxonomy, const MappingText& text) {
  MappingTestRun run;
  const auto documents = parse_yaml(text.text);
  if (!documents) return run;  // it would not have loaded
  for (const YamlNode& document : *documents) {
    const YamlNode* const tests = document.find("tests");
    if (tests == nullptr) continue;
    if (!tests->is_sequence()) run.failures.push_back(fmt::format("{}:{}: tests must be a list", text.file, tests->at.line));
    for (const YamlNode& node : tests->items) {
      ++run.tests;
      const std::vector<std::string> differences = Test(taxonomy, node).run();
      if (differences.empty()) continue;
      std::string failure;
      for (const std::string& difference : differences) failure += fmt::format("{}{}:{}: {}", failure.empty() ? "" : "\n", text.file, node.at.line, difference);
      run.failures.push_back(std::move(failure));
    }
  }
  return run;
}

std::vector<std::string> mapping_test_records(const MappingText& text) {
  std::vector<std::string> records;
  const auto documents = parse_yaml(text.text);
  if (!documents) return records;
  for (const YamlNode& document : *documents) {
    const YamlNode* const tests = document.find("tests");
    if (tests == nullptr) continue;
    for (const YamlNode& node : tests->items) {
      const YamlNode* const line = node.find("line");
      const YamlNode* const record = line != nullptr ? line : node.find("event");
      if (record != nullptr) records.push_back(record->scalar);
    }
  }
  return records;
}

}  // namespace tocsin
