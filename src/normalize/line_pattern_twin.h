// For tests: what a pattern of a line means, by its definition, slowly. It reads the pattern's text by itself, makes a tree of it, and tries every
// place where a field can end, a byte at a time. Shares with LinePattern only the types whose bytes say where they end (an address, a number, a time, a quoted
// text) and the layouts of times.
//
//   LinePatternTwin twin(text);               // of a text that LinePattern::compile takes
//   std::vector<LinePatternTwin::Field> fields;
//   twin.match(line, reference, fields) == pattern.match(line, reference, match)
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "normalize/line_pattern.h"
#include "normalize/text_scan.h"

namespace tocsin {

class LinePatternTwin {
 public:
  struct Field {
    std::string name, text;
    bool operator==(const Field&) const = default;
  };

  explicit LinePatternTwin(std::string_view text) {
    std::size_t at = 0;
    root_ = read(text, at);
  }

  bool match(std::string_view line, TimeUs reference, std::vector<Field>& fields) const {
    fields.clear();
    std::size_t at = 0;
    return walk(root_, {}, line, reference, at, fields) && at == line.size();
  }

 private:
  struct Node {
    char kind = 't';  // text, field, optional
    std::string text, name, type, argument;
    std::vector<Node> inside;
  };
  using Nodes = std::vector<Node>;
  /// What stands behind a list of nodes: the rest of those around it, innermost first.
  using Behind = std::vector<std::pair<const Nodes*, std::size_t>>;

  static Nodes read(std::string_view text, std::size_t& at) {
    Nodes nodes;
    const auto put = [&](char c) {
      if (nodes.empty() || nodes.back().kind != 't') nodes.emplace_back();
      std::string& literal = nodes.back().text;
      if (c != ' ' || !literal.ends_with(' ')) literal += c;
    };
    while (at < text.size()) {
      const std::string_view rest = text.substr(at);
      if (rest.starts_with("<<")) {
        put('<');
        at += 2;
      } else if (rest.starts_with("<tab>")) {
        put('\t');
        at += 5;
      } else if (rest.starts_with("<(>")) {
        at += 3;
        Node node;
        node.kind = 'o';
        node.inside = read(text, at);
        nodes.push_back(std::move(node));
      } else if (rest.starts_with("<)>")) {
        at += 3;
        return nodes;
      } else if (rest.starts_with('<')) {
        const std::size_t end = text.find('>', at), colon = text.find(':', at);
        Node node;
        node.kind = 'f';
        node.name = text.substr(at + 1, colon - at - 1);
        const std::string_view type = text.substr(colon + 1, end - colon - 1);
        node.type = type.substr(0, type.find(' '));
        node.argument = type.substr(std::min(type.size(), node.type.size() + 1));
        nodes.push_back(std::move(node));
        at = end + 1;
      } else {
        put(rest.front() == '\t' ? ' ' : rest.front());
        ++at;
      }
    }
    return nodes;
  }

  /// Where the text ends if it stands at `at`; a space of it is as many as there are, and at least one, or the end of the line.
  static bool stands(std::string_view line, std::size_t at, const std::string& text, std::size_t* end = nullptr) {
    for (const char c : text) {
      if (c != ' ') {
        if (at >= line.size() || line[at] != c) return false;
        ++at;
        continue;
      }
      if (at < line.size() && !is_space(line[at])) return false;
      while (at < line.size() && is_space(line[at])) ++at;
    }
    if (end != nullptr) *end = at;
    return true;
  }

  struct Next {
    std::vector<std::string> texts;
    bool field = false, line_end = false;
  };
  static void follow(const Nodes& nodes, std::size_t i, Behind behind, Next& next) {
    if (i == nodes.size()) {
      if (behind.empty()) {
        next.line_end = true;
        return;
      }
      const auto [outer, from] = behind.back();
      behind.pop_back();
      return follow(*outer, from, std::move(behind), next);
    }
    if (nodes[i].kind == 't') {
      next.texts.push_back(nodes[i].text);
    } else if (nodes[i].kind == 'f') {
      next.field = true;
    } else {
      Behind inside = behind;
      inside.emplace_back(&nodes, i + 1);
      follow(nodes[i].inside, 0, std::move(inside), next);
      follow(nodes, i + 1, std::move(behind), next);
    }
  }

  static bool is_run(const std::string& type) { return type == "word" || type == "name" || type == "text" || type == "widest"; }
  static bool has_byte(const std::string& type, char c) {
    if (type == "word") return !is_space(c);
    if (type == "name") return is_digit(c) || is_letter(c) || std::string_view("_-.$").find(c) != std::string_view::npos;
    return true;
  }

  /// Every place from the least to the end of the run, in order; the last one that will do, for `widest`.
  static std::size_t end_of(const Node& node, const Next& next, std::string_view line, std::size_t from) {
    std::size_t run = from;
    while (run < line.size() && has_byte(node.type, line[run])) ++run;
    const bool empty = node.type == "text" || node.type == "widest";
    std::size_t found = std::string_view::npos;
    for (std::size_t end = from + (empty ? 0 : 1); end <= run; ++end) {
      const bool here = std::ranges::any_of(next.texts, [&](const std::string& text) {
        // A run of spaces is one place: its first, or where the field begins.
        return stands(line, end, text) && !(text.front() == ' ' && end > from && is_space(line[end - 1]) && (end == line.size() || is_space(line[end])));
      });
      if (!here) continue;
      found = end;
      if (node.type != "widest") return end;
    }
    if (found != std::string_view::npos) return found;
    const bool least = run >= from + (empty ? 0 : 1);
    if (least && (next.field || (next.line_end && run == line.size()))) return run;
    return std::string_view::npos;
  }

  static FieldType type_of(const std::string& name) {
    for (int i = 0; i <= static_cast<int>(FieldType::kOne); ++i) {
      if (field_type_name(static_cast<FieldType>(i)) == name) return static_cast<FieldType>(i);
    }
    return FieldType::kWord;
  }

  static std::size_t end_of_other(const Node& node, std::string_view line, TimeUs reference, std::size_t at) {
    if (node.type == "time") {
      const TimeText found = TimeLayout::compile(node.argument)->read(line.substr(at), reference);
      return found.size == 0 ? std::string_view::npos : at + found.size;
    }
    if (node.type == "one") {
      std::size_t best = 0;
      for (std::size_t from = 0; from <= node.argument.size();) {
        const std::size_t end = std::min(node.argument.size(), node.argument.find('|', from));
        const std::string word = node.argument.substr(from, end - from);
        if (line.substr(at).starts_with(word)) best = std::max(best, word.size());
        from = end + 1;
      }
      return best == 0 ? std::string_view::npos : at + best;
    }
    const std::size_t size = field_run(type_of(node.type), line, at);
    const bool empty = node.type == "rest" || node.type == "csv";
    return size == 0 && !empty ? std::string_view::npos : at + size;
  }

  bool walk(const Nodes& nodes, const Behind& behind, std::string_view line, TimeUs reference, std::size_t& at, std::vector<Field>& fields) const {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const Node& node = nodes[i];
      if (node.kind == 't') {
        if (!stands(line, at, node.text, &at)) return false;
      } else if (node.kind == 'o') {
        const std::size_t size = fields.size(), was = at;
        Behind inside = behind;
        inside.emplace_back(&nodes, i + 1);
        if (walk(node.inside, inside, line, reference, at, fields)) continue;
        at = was;
        fields.resize(size);
      } else {
        Next next;
        follow(nodes, i + 1, behind, next);
        const std::size_t end = is_run(node.type) ? end_of(node, next, line, at) : end_of_other(node, line, reference, at);
        if (end == std::string_view::npos) return false;
        std::string_view text = line.substr(at, end - at);
        const bool quotes = node.type == "quoted" || (node.type == "csv" && text.size() > 1 && text.front() == '"' && text.back() == '"');
        if (quotes) text = text.substr(1, text.size() - 2);
        if (node.name != "_") fields.push_back({node.name, std::string(text)});
        at = end;
      }
    }
    return true;
  }

  Nodes root_;
};

}  // namespace tocsin
