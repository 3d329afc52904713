#include <fmt/format.h>

#include <map>
#include <optional>
#include <vector>

#include "respond/cacao/check_playbook.h"
#include "respond/cacao/member_reader.h"

namespace tocsin::cacao {

namespace {

/// A member that names a step.
struct Way {
  std::string pointer, to;
};

std::vector<Way> ways_of(const Step& step) {
  std::vector<Way> ways;
  const auto add = [&](std::string_view member, const std::string& to) {
    if (!to.empty()) ways.push_back({under(step.pointer, member), to});
  };
  add("on_completion", step.on_completion);
  add("on_success", step.on_success);
  add("on_failure", step.on_failure);
  add("on_true", step.on_true);
  add("on_false", step.on_false);
  for (const auto& [value, to] : step.cases) ways.push_back({under(under(step.pointer, "cases"), value), to});
  for (std::size_t i = 0; i < step.next_steps.size(); ++i) ways.push_back({under(under(step.pointer, "next_steps"), std::to_string(i)), step.next_steps[i]});
  return ways;
}

/// Of each step the places of those that it leads to.
using Edges = std::vector<std::vector<std::size_t>>;
/// Of each step, whether it is one of them.
using Marks = std::vector<bool>;

/// Everything that can be reached from `from`, itself among it.
Marks reached(const Edges& edges, std::vector<std::size_t> from) {
  Marks seen(edges.size());
  while (!from.empty()) {
    const std::size_t place = from.back();
    from.pop_back();
    if (seen[place]) continue;
    seen[place] = true;
    from.insert(from.end(), edges[place].begin(), edges[place].end());
  }
  return seen;
}

class Flow {
 public:
  Flow(const Playbook& playbook, std::vector<Mistake>& mistakes) : playbook_(playbook), mistakes_(mistakes) {
    for (const auto& [id, step] : playbook.workflow) {
      places_.emplace(id, steps_.size());
      steps_.push_back(&step);
    }
    forward_.resize(steps_.size());
    backward_.resize(steps_.size());
  }

  void check() {
    check_entry("/workflow_start", playbook_.workflow_start, true);
    if (!playbook_.workflow_exception.empty()) check_entry("/workflow_exception", playbook_.workflow_exception, false);
    std::size_t count = 0;
    for (std::size_t from = 0; from < steps_.size(); ++from) {
      for (const Way& way : ways_of(*steps_[from])) {
        add_way(from, way);
        ++count;
      }
    }
    if (count > kWaysMax) return error("/workflow", fmt::format("has {} ways from step to step, {} are the most", count, kWaysMax));
    check_reach();
    for (const Step* const step : steps_) check_behind(*step);
    check_rounds();
    for (std::size_t place = 0; place < steps_.size(); ++place) check_loop(place);
  }

 private:
  void error(std::string pointer, std::string message) { mistakes_.push_back({Mistake::Kind::kError, std::move(pointer), std::move(message)}); }

  std::optional<std::size_t> place_of(const std::string& id) const {
    const auto found = places_.find(id);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }

  void check_entry(const char* pointer, const std::string& id, bool is_start) {
    const std::optional<std::size_t> place = place_of(id);
    if (!place) {
      if (!id.empty()) error(pointer, fmt::format("leads to '{}', which is no step of the workflow", id));
      return;
    }
    if (is_start && steps_[*place]->type != StepType::kStart) error(pointer, "leads to a step that is no start");
    entries_.push_back(*place);
  }

  void add_way(std::size_t from, const Way& way) {
    const std::optional<std::size_t> to = place_of(way.to);
    if (!to) return error(way.pointer, fmt::format("leads to '{}', which is no step of the workflow", way.to));
    if (steps_[*to]->type == StepType::kStart) return error(way.pointer, "leads back to a start");
    forward_[from].push_back(*to);
    backward_[*to].push_back(from);
  }

  void check_reach() {
    std::vector<std::size_t> ends;
    for (std::size_t place = 0; place < steps_.size(); ++place) {
      if (steps_[place]->type == StepType::kEnd) ends.push_back(place);
    }
    if (ends.empty()) error("/workflow", "has no end");
    const Marks begun = reached(forward_, entries_), ended = reached(backward_, ends);
    for (std::size_t place = 0; place < steps_.size(); ++place) {
      const std::string& pointer = steps_[place]->pointer;
      if (!begun[place]) {
        mistakes_.push_back({Mistake::Kind::kWarning, pointer, "is reached by no way from the start"});
      } else if (!ends.empty() && !ended[place] && !forward_[place].empty()) {
        error(pointer, "no way from here leads to an end");
      }
    }
  }

  /// What a step does when it is done has to be said.
  void check_behind(const Step& step) {
    if (step.type == StepType::kEnd || !step.on_completion.empty() || !step.on_success.empty()) return;
    switch (step.type) {
      case StepType::kStart: case StepType::kAction: case StepType::kPlaybookAction: return error(step.pointer, "nothing comes behind it: 'on_completion' or 'on_success' is missing");
      case StepType::kWhile: return error(step.pointer, "nothing comes behind it once the condition is false: 'on_completion' is missing");
      case StepType::kIf:
        if (step.on_false.empty()) error(step.pointer, "nothing comes behind it where the condition is false: 'on_false' or 'on_completion' is missing");
        return;
      case StepType::kSwitch:
        if (!step.cases.contains("default")) error(step.pointer, "nothing comes behind it where no case fits: the case 'default' or 'on_completion' is missing");
        return;
      case StepType::kParallel: case StepType::kEnd: return;
    }
  }

  bool has_pause(const Marks& marks) const {
    for (std::size_t place = 0; place < steps_.size(); ++place) {
      if (marks[place] && steps_[place]->delay_ms > 0) return true;
    }
    return false;
  }

  /// Steps that lead back to themselves, and all on the way.
  void check_rounds() {
    Marks told(steps_.size());
    for (std::size_t place = 0; place < steps_.size(); ++place) {
      if (told[place]) continue;
      Marks round = reached(forward_, forward_[place]);
      if (!round[place]) continue;
      const Marks before = reached(backward_, backward_[place]);
      std::size_t size = 0;
      for (std::size_t i = 0; i < round.size(); ++i) {
        round[i] = round[i] && before[i];
        if (round[i]) told[i] = true, ++size;
      }
      if (!has_pause(round)) error(steps_[place]->pointer, fmt::format("goes round through {} without a pause: give {} a 'delay'", size == 1 ? "itself" : fmt::format("{} steps", size), size == 1 ? "it" : "one of them"));
    }
  }

  /// What runs while a condition holds comes back to it, though no way says so.
  void check_loop(std::size_t place) {
    const Step& step = *steps_[place];
    const std::optional<std::size_t> body = place_of(step.on_true);
    if (step.type != StepType::kWhile || !body) return;
    Marks round = reached(forward_, {*body});
    round[place] = true;
    if (!has_pause(round)) error(step.pointer, "goes round without a pause while its condition holds: give it, or a step that it leads to, a 'delay'");
  }

  const Playbook& playbook_;
  std::vector<Mistake>& mistakes_;
  std::vector<const Step*> steps_;
  std::map<std::string_view, std::size_t> places_;
  std::vector<std::size_t> entries_;
  Edges forward_, backward_;
};

}  // namespace

void check_flow(const Playbook& playbook, std::vector<Mistake>& mistakes) { Flow(playbook, mistakes).check(); }

}  // namespace tocsin::cacao
