#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "respond/cacao/drawing.h"

namespace tocsin::cacao {

namespace {

/// What is shown of one command; a script has thousands of lines.
constexpr std::size_t kShownMax = 160;
/// Names of agents, targets and variables in one line.
constexpr std::size_t kNamesMax = 12;

std::string duration(std::uint64_t ms) {
  constexpr std::uint64_t kSecond = 1'000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
  for (const auto& [unit, name] : {std::pair{kDay, "d"}, {kHour, "h"}, {kMinute, "min"}, {kSecond, "s"}}) {
    if (ms >= unit && ms % unit == 0) return fmt::format("{} {}", ms / unit, name);
  }
  return fmt::format("{} ms", ms);
}

std::string first_line(std::string_view text) {
  const std::size_t end = text.find_first_of("\r\n");
  return cut_to(terminal_safe(text.substr(0, std::min(end, 4 * kShownMax))), kShownMax) + (end == std::string_view::npos ? "" : " …");
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesMax); ++i) all += (i == 0 ? "" : ", ") + terminal_safe(names[i]);
  return names.size() > kNamesMax ? all + fmt::format(" and {} more", names.size() - kNamesMax) : all;
}

/// 'Firewall (net-address 192.0.2.1)'; the identifier, if it is defined nowhere.
std::string named(const std::map<std::string, AgentTarget, std::less<>>& all, const std::string& id) {
  const auto found = all.find(id);
  if (found == all.end()) return id + " (defined nowhere)";
  const AgentTarget& one = found->second;
  std::string where;
  for (const auto& [kind, addresses] : one.address) {
    if (!addresses.empty() && where.empty()) where = " " + addresses.front();
  }
  return fmt::format("{} ({}{})", one.name.empty() ? one.id : one.name, one.type, where);
}

bool is_branching(StepType type) { return type == StepType::kParallel || type == StepType::kIf || type == StepType::kWhile || type == StepType::kSwitch; }

bool is_wide(std::uint32_t code) { return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) || (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) || (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) || (code >= 0x1F300 && code <= 0x1F9FF) || (code >= 0x20000 && code <= 0x3FFFD); }
bool is_combining(std::uint32_t code) { return (code >= 0x300 && code <= 0x36F) || (code >= 0x1AB0 && code <= 0x1AFF) || (code >= 0x1DC0 && code <= 0x1DFF) || (code >= 0x20D0 && code <= 0x20FF) || (code >= 0xFE00 && code <= 0xFE2F); }
std::size_t columns_of(std::uint32_t code) { return is_combining(code) ? 0 : is_wide(code) ? 2 : 1; }

/// Bytes of the longest beginning that takes no more places.
std::size_t fitting(std::string_view text, std::size_t columns) {
  std::size_t at = 0, taken = 0;
  while (at < text.size()) {
    const Char next = char_at(text, at);
    taken += columns_of(next.code);
    if (taken > columns) break;
    at += next.size;
  }
  return at;
}

}  // namespace

std::vector<DrawnWay> drawn_ways(const Playbook& playbook, const Step& step) {
  std::vector<DrawnWay> ways;
  using enum DrawnWay::Kind;
  const auto add = [&](DrawnWay::Kind kind, std::string label, const std::string& to) {
    if (playbook.workflow.contains(to)) ways.push_back({kind, std::move(label), to});
  };
  for (std::size_t i = 0; i < step.next_steps.size(); ++i) add(kPart, fmt::format("branch {}", i + 1), step.next_steps[i]);
  add(kPart, step.type == StepType::kWhile ? "while true" : "if true", step.on_true);
  add(kPart, "if false", step.on_false);
  for (const auto& [value, to] : step.cases) {
    if (value != "default") add(kPart, "'" + terminal_safe(value) + "'", to);
  }
  if (const auto other = step.cases.find("default"); other != step.cases.end()) add(kPart, "else", other->second);
  add(kFailure, "if it fails", step.on_failure);
  add(kOn, "", step.on_success);
  add(kOn, is_branching(step.type) ? "then" : "", step.on_completion);
  return ways;
}

std::string title_of(const Step& step) {
  switch (step.type) {
    case StepType::kStart: case StepType::kEnd: return step.name.empty() ? std::string(type_name(step.type)) : fmt::format("{}: {}", type_name(step.type), terminal_safe(step.name));
    case StepType::kIf: return fmt::format("if {}", terminal_safe(step.condition));
    case StepType::kWhile: return fmt::format("while {}", terminal_safe(step.condition));
    case StepType::kSwitch: return fmt::format("switch {}", terminal_safe(step.switch_on));
    case StepType::kParallel: return fmt::format("{} side by side{}", step.next_steps.size(), step.name.empty() ? "" : ": " + terminal_safe(step.name));
    case StepType::kAction: case StepType::kPlaybookAction: break;
  }
  return step.name.empty() ? std::string(type_name(step.type)) : terminal_safe(step.name);
}

std::vector<std::string> details_of(const Playbook& playbook, const Step& step) {
  std::vector<std::string> lines;
  const bool is_condition = step.type == StepType::kIf || step.type == StepType::kWhile || step.type == StepType::kSwitch;
  if (is_condition && !step.name.empty()) lines.push_back(terminal_safe(step.name));
  for (const Command& command : step.commands) lines.push_back(fmt::format("{}: {}", terminal_safe(command.type), first_line(command.command)));
  if (step.type == StepType::kPlaybookAction) lines.push_back(fmt::format("runs {}", terminal_safe(step.playbook_id)));
  if (!step.agent.empty()) lines.push_back("by " + terminal_safe(named(playbook.agents, step.agent)));
  std::vector<std::string> targets;
  for (const std::string& id : step.targets) targets.push_back(named(playbook.targets, id));
  if (!targets.empty()) lines.push_back("to " + joined(targets));
  if (!step.in_args.empty()) lines.push_back("takes " + joined(step.in_args));
  if (!step.out_args.empty()) lines.push_back("gives " + joined(step.out_args));
  if (step.delay_ms > 0) lines.push_back(fmt::format("waits {} first", duration(step.delay_ms)));
  if (step.timeout_ms) lines.push_back(fmt::format("may take {}", duration(*step.timeout_ms)));
  return lines;
}

std::size_t columns_of(std::string_view text) {
  std::size_t taken = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Char next = char_at(text, at);
    taken += columns_of(next.code);
    at += next.size;
  }
  return taken;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (fitting(text, columns) == text.size()) return std::string(text);
  return std::string(text.substr(0, fitting(text, columns == 0 ? 0 : columns - 1))) + "…";
}

std::vector<std::string> lines_of(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  columns = std::max<std::size_t>(columns, 2);  // a wide character has to fit
  do {
    std::size_t size = fitting(text, columns);
    const std::size_t blank = size == text.size() ? std::string_view::npos : text.substr(0, size + 1).rfind(' ');
    if (blank != std::string_view::npos && blank > 0) size = blank;
    lines.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
    while (text.starts_with(' ')) text.remove_prefix(1);
  } while (!text.empty());
  return lines;
}

}  // namespace tocsin::cacao
