// A walk from the start, depth first: what a step leads to stands behind it, ways that part are set in. Deep playbooks are no deeper set in than a third of the line, so that there is always room for words.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "respond/cacao/drawing.h"

namespace tocsin::cacao {

namespace {

constexpr std::size_t kIndent = 2, kNumberColumns = 5;

class TextDrawing {
 public:
  TextDrawing(const Playbook& playbook, std::size_t columns) : playbook_(playbook), columns_(std::max(columns, kColumnsMin)) {}

  std::string all() {
    head();
    walk(playbook_.workflow_start, 0);
    if (!playbook_.workflow_exception.empty()) {
      line("", 0, "where a step fails that says nothing about it:");
      walk(playbook_.workflow_exception, 1);
    }
    bool is_first = true;
    for (const auto& [id, step] : playbook_.workflow) {
      if (numbers_.contains(id) || step.type == StepType::kEnd) continue;
      if (is_first) line("", 0, "reached by no way:");
      is_first = false;
      walk(id, 1);
    }
    return std::move(out_);
  }

 private:
  void head() {
    const std::optional<Tlp> tlp = playbook_.tlp();
    line("", 0, fmt::format("\"{}\"{}", terminal_safe(playbook_.name), tlp ? fmt::format(", {}", tlp_name(*tlp)) : ""));
    if (!playbook_.description.empty()) line("", 1, terminal_safe(playbook_.description));
    for (const auto& [name, variable] : playbook_.variables) {
      if (variable.external) line("", 1, fmt::format("needs {} ({}){}", terminal_safe(name), type_name(variable.type), variable.description.empty() ? "" : ": " + terminal_safe(variable.description)));
    }
    out_ += '\n';
  }

  /// The number in front of the first line; what is too long goes on below.
  void line(std::string_view number, std::size_t depth, std::string_view text) {
    const std::size_t indent = std::min(depth * kIndent, columns_ / 3);
    bool is_first = true;
    for (const std::string& part : lines_of(text, columns_ - kNumberColumns - indent)) {
      out_ += fmt::format("{:>{}} {:{}}{}\n", is_first ? number : "", kNumberColumns - 1, "", indent, part);
      is_first = false;
    }
  }

  /// That step, and what follows it.
  void walk(std::string id, std::size_t depth) {
    while (!id.empty()) {
      const auto found = playbook_.workflow.find(id);
      if (found == playbook_.workflow.end()) return line("", depth, fmt::format("go on with {}, which is defined nowhere", terminal_safe(id)));
      const Step& step = found->second;
      if (step.type == StepType::kEnd && step.name.empty()) return line("", depth, "end");
      const auto [at, is_new] = numbers_.emplace(id, numbers_.size() + 1);
      if (!is_new) return line("", depth, fmt::format("go on with {}", at->second));
      line(std::to_string(at->second), depth, title_of(step));
      for (const std::string& detail : details_of(playbook_, step)) line("", depth + 2, detail);
      id = branches(step, depth);
    }
  }

  /// Those ways that part here; where it goes on behind them.
  std::string branches(const Step& step, std::size_t depth) {
    std::string behind;
    for (const DrawnWay& way : drawn_ways(playbook_, step)) {
      if (way.kind == DrawnWay::Kind::kOn) {
        if (!way.label.empty()) line("", depth, way.label + ":");
        behind = way.to;
        continue;
      }
      line("", depth + 1, way.label + ":");
      walk(way.to, depth + 2);
    }
    return behind;
  }

  const Playbook& playbook_;
  const std::size_t columns_;
  std::map<std::string, std::size_t, std::less<>> numbers_;
  std::string out_;
};

}  // namespace

std::string draw_text(const Playbook& playbook, const TextOptions& options) { return TextDrawing(playbook, options.columns).all(); }

}  // namespace tocsin::cacao
