#include "store/query_commands.h"

#include <algorithm>
#include <array>

#include "base/mistake.h"
#include "base/text.h"

namespace tocsin::store {
namespace {

constexpr std::array<std::string_view, 6> kCommandNames = {"count", "top", "timeline", "fields", "sort", "limit"};

class CommandParser {
 public:
  explicit CommandParser(QueryScanner& scan) : scan_(scan) {}

  Parsed<std::vector<Command>> parse() {
    std::vector<Command> commands;
    for (scan_.skip_space(); !scan_.at_end(); scan_.skip_space()) {
      if (scan_.peek() == ')') return scan_.mistake_here("this parenthesis closes nothing");
      if (scan_.peek() != '|') return scan_.mistake_here("a | is missing before this");
      scan_.advance(1);
      if (commands.size() >= kQueryCommandsMax) {
        return scan_.mistake_here("more than " + std::to_string(kQueryCommandsMax) + " commands");
      }
      auto command = parse_command();
      if (!command) return tl::unexpected(command.error());
      auto left = fields_left_by(*command);
      if (left) left_ = std::move(left);
      commands.push_back(std::move(*command));
    }
    return commands;
  }

 private:
  Parsed<Command> parse_command() {
    scan_.skip_space();
    command_ = {};
    command_.at.begin = scan_.position();
    const auto done = parse_parts();
    if (!done) return tl::unexpected(done.error());
    command_.at.end = scan_.position();
    return std::move(command_);
  }

  Parsed<bool> parse_parts() {
    for (std::size_t i = 0; i < kCommandNames.size(); ++i) {
      if (!scan_.take_keyword(kCommandNames[i])) continue;
      command_.kind = static_cast<Command::Kind>(i);
      return parse_arguments();
    }
    QueryScanner behind = scan_;
    const std::string word(behind.take_word());
    std::string help = suggestion(folded(word), kCommandNames);
    if (help.empty()) help = "the commands are count, top, timeline, fields, sort and limit";
    return scan_.mistake_here(word.empty() ? "a command is missing here" : "there is no command '" + word + "'", help);
  }

  Parsed<bool> parse_arguments() {
    switch (command_.kind) {
      case Command::Kind::kCount: return parse_by(kQueryNamesMax);
      case Command::Kind::kFields: return parse_names(kQueryNamesMax);
      case Command::Kind::kLimit: return parse_rows();
      case Command::Kind::kTop: {
        auto rows = parse_rows();
        return rows ? parse_names(1) : rows;
      }
      case Command::Kind::kTimeline: {
        const QueryField time{find_column("time"), "time", {}};
        if (left_ && std::ranges::none_of(*left_, [&](const QueryField& f) { return same_field(f, time); })) {
          return scan_.mistake_at({command_.at.begin, scan_.position()},
                                  "there is no time any more: the command before gives other columns");
        }
        auto span = parse_span();
        return span ? parse_by(1) : span;
      }
      case Command::Kind::kSort: {
        auto name = parse_names(1);
        if (name && !scan_.take_keyword("asc")) command_.descending = scan_.take_keyword("desc");
        return name;
      }
    }
    return true;
  }

  Parsed<bool> parse_by(std::size_t names_max) {
    if (!scan_.take_keyword("by")) return true;
    return parse_names(names_max);
  }

  Parsed<bool> parse_names(std::size_t names_max) {
    while (true) {
      auto field = scan_.take_name();
      if (!field) return tl::unexpected(field.error());
      auto known = check_name(*field);
      if (!known) return known;
      if (command_.fields.size() >= names_max) {
        return scan_.mistake_at(field->at, names_max == 1 ? "one name is all that this command takes"
                                                          : "more than " + std::to_string(names_max) + " names");
      }
      command_.fields.push_back(std::move(*field));
      scan_.skip_space();
      if (scan_.peek() != ',') return true;
      scan_.advance(1);
    }
  }

  /// That the name is still there, and not taken by another column of what the command gives.
  Parsed<bool> check_name(const QueryField& field) {
    const auto is_same = [&](const QueryField& other) { return same_field(field, other); };
    if (left_ && std::ranges::none_of(*left_, is_same)) {
      return scan_.mistake_at(field.at,
                              "'" + field.name + "' is no longer there: the command before gives other columns");
    }
    if (command_.kind == Command::Kind::kSort) return true;
    std::vector<QueryField> taken = command_.fields;
    if (command_.kind != Command::Kind::kFields) taken.push_back({nullptr, "count", {}});
    if (command_.kind == Command::Kind::kTimeline) taken.push_back({find_column("time"), "time", {}});
    for (const QueryField& other : taken) {
      if (is_same(other) || folded(field.name) == folded(other.name)) {
        return scan_.mistake_at(field.at, "there is already a column '" + other.name + "'");
      }
    }
    return true;
  }

  Parsed<bool> parse_rows() {
    scan_.skip_space();
    QueryScanner behind = scan_;
    const std::string_view word = behind.take_word();
    for (const char c : word.substr(0, 11)) {
      if (c < '0' || c > '9') return scan_.mistake_here("a number is wanted here");
      command_.rows = command_.rows * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (word.empty()) return scan_.mistake_here("a number is missing here");
    if (command_.rows == 0 || command_.rows > kQueryRowsMax) {
      return scan_.mistake_here("a number from 1 to " + std::to_string(kQueryRowsMax) + " is wanted here");
    }
    scan_ = behind;
    return true;
  }

  Parsed<bool> parse_span() {
    scan_.skip_space();
    QueryScanner behind = scan_;
    const std::string_view word = behind.take_word();
    const auto span = parse_timespan_us(word);
    // Months and years have no one length.
    if (!span || *span <= 0 || word.ends_with('M') || word.ends_with('y')) {
      return scan_.mistake_here("a span of time is wanted here", "such as 30s, 5m, 1h, 1d or 1w");
    }
    command_.span_us = *span;
    scan_ = behind;
    return true;
  }

  QueryScanner& scan_;
  Command command_;
  std::optional<std::vector<QueryField>> left_;
};

}  // namespace

bool same_field(const QueryField& a, const QueryField& b) {
  return a.column == b.column && (a.column != nullptr || a.name == b.name);
}

std::optional<std::vector<QueryField>> fields_left_by(const Command& command) {
  std::vector<QueryField> left = command.fields;
  switch (command.kind) {
    case Command::Kind::kSort:
    case Command::Kind::kLimit: return std::nullopt;
    case Command::Kind::kFields: return left;
    case Command::Kind::kTimeline: left.insert(left.begin(), {find_column("time"), "time", {}}); break;
    case Command::Kind::kCount:
    case Command::Kind::kTop: break;
  }
  left.push_back({nullptr, "count", {}});
  return left;
}

Parsed<std::vector<Command>> parse_commands(QueryScanner& scan) { return CommandParser(scan).parse(); }

}  // namespace tocsin::store
