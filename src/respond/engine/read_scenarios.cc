#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/yaml.h"
#include "respond/engine/simulation.h"

namespace tocsin::respond {

namespace {

constexpr std::size_t kScenariosMax = 1'000, kAnswersMax = 1'000, kMistakesMax = 50;

/// "250ms", "1.5s", "2m", "4h", "1d".
std::optional<std::int64_t> read_pause(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double us = unit == "ms" ? 1e3 : unit == "s" ? 1e6 : unit == "m" ? 6e7 : unit == "h" ? 3.6e9 : unit == "d" ? 8.64e10 : 0;
  if (error != std::errc() || us == 0 || !(number >= 0) || number * us > 4e15) return std::nullopt;
  return static_cast<std::int64_t>(number * us);
}

class ScenarioReader {
 public:
  explicit ScenarioReader(const std::string& file) : file_(file) {}

  Result<std::vector<Scenario>> read(std::string_view text) {
    const auto documents = parse_yaml(text);
    if (!documents) {
      wrong(documents.error().at, documents.error().message);
    } else if (documents->size() != 1 || documents->front().find("scenarios") == nullptr || !documents->front().find("scenarios")->is_sequence()) {
      wrong({1, 1}, "scenarios are one YAML mapping with a list: scenarios: [{name: …, answers: […]}]");
    } else {
      const std::vector<YamlNode>& items = documents->front().find("scenarios")->items;
      if (items.size() > kScenariosMax) wrong({1, 1}, fmt::format("more than {} scenarios", kScenariosMax));
      for (const YamlNode& item : items) scenario(item);
    }
    if (!mistakes_.empty()) return Error{Code::kInvalid, mistakes_};
    return std::move(scenarios_);
  }

 private:
  void wrong(Position at, const std::string& what) {
    if (++count_ <= kMistakesMax) mistakes_ += fmt::format("{}{}:{}:{}: {}", mistakes_.empty() ? "" : "\n", file_, at.line, at.column, what);
  }

  std::map<std::string, std::string> texts(const YamlNode& node, std::string_view what) {
    std::map<std::string, std::string> out;
    if (!node.is_mapping()) wrong(node.at, fmt::format("{} is a mapping of names to texts", what));
    for (const auto& [key, value] : node.entries) {
      if (value.is_scalar()) out[key.scalar] = value.scalar;
      else wrong(value.at, "a text is wanted here");
    }
    return out;
  }

  void scenario(const YamlNode& node) {
    if (!node.is_mapping()) return wrong(node.at, "a scenario is a mapping of name, variables, answers and expect");
    Scenario& one = scenarios_.emplace_back();
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "name") {
        one.name = value.scalar;
      } else if (key.scalar == "variables") {
        one.values = texts(value, "variables");
      } else if (key.scalar == "answers") {
        if (!value.is_sequence() || value.items.size() > kAnswersMax) wrong(value.at, fmt::format("answers are a list of {} at most", kAnswersMax));
        for (const YamlNode& item : value.items) answer(item, one);
      } else if (key.scalar == "expect") {
        expect(value, one);
      } else {
        wrong(key.at, fmt::format("'{}' is no part of a scenario (name, variables, answers, expect)", key.scalar));
      }
    }
    if (one.name.empty()) wrong(node.at, "the scenario has no name");
  }

  void answer(const YamlNode& node, Scenario& scenario) {
    if (!node.is_mapping()) return wrong(node.at, "an answer is a mapping of step, answer, outputs, after and why");
    StatedAnswer one;
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "step") {
        one.step = value.scalar;
      } else if (key.scalar == "why") {
        one.why = value.scalar;
      } else if (key.scalar == "outputs") {
        one.outputs = texts(value, "outputs");
      } else if (key.scalar == "after") {
        const std::optional<std::int64_t> pause = read_pause(value.scalar);
        if (!pause) wrong(value.at, fmt::format("'{}' is no time (250ms, 1.5s, 2m, 4h, 1d)", value.scalar));
        one.after_us = pause.value_or(0);
      } else if (key.scalar == "answer") {
        const auto word = std::ranges::find(kAnswerWords, value.scalar);
        if (word == std::end(kAnswerWords)) wrong(value.at, fmt::format("'{}' is no answer ({})", value.scalar, fmt::join(kAnswerWords, ", ")));
        else one.what = static_cast<StatedAnswer::What>(word - kAnswerWords);
      } else {
        wrong(key.at, fmt::format("'{}' is no part of an answer (step, answer, outputs, after, why)", key.scalar));
      }
    }
    if (one.step.empty()) wrong(node.at, "the answer names no step");
    scenario.answers.push_back(std::move(one));
  }

  void expect(const YamlNode& node, Scenario& scenario) {
    if (!node.is_mapping()) return wrong(node.at, "expect is a mapping of status, variables and story");
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "status") {
        scenario.status = value.scalar;
        if (std::ranges::find(kRunStatusWords, scenario.status) == std::end(kRunStatusWords)) wrong(value.at, fmt::format("'{}' is no status ({})", scenario.status, fmt::join(kRunStatusWords, ", ")));
      } else if (key.scalar == "variables") {
        scenario.variables = texts(value, "variables");
      } else if (key.scalar == "story") {
        for (const YamlNode& item : value.items) scenario.story.push_back(item.scalar);
      } else {
        wrong(key.at, fmt::format("'{}' is nothing that can be expected (status, variables, story)", key.scalar));
      }
    }
  }

  const std::string& file_;
  std::vector<Scenario> scenarios_;
  std::string mistakes_;
  std::size_t count_ = 0;
};

}  // namespace

Result<std::vector<Scenario>> read_scenarios(const std::string& file, std::string_view text) { return ScenarioReader(file).read(text); }

}  // namespace tocsin::respond
