#include "cli/model_brief.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "event/level.h"
#include "protect/redactor.h"
#include "report/incident_writer.h"
#include "respond/executor/model_question.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kRulesTold = 20, kAlertsTold = 40, kProcessesTold = 20, kReasonsTold = 12;
/// A shorter name of an account is a part of too many words.
constexpr std::size_t kShortNameMin = 3;

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80; }

/// Every place where `what` stands as words of its own, whatever its case (of ASCII).
std::string replaced(const std::string& text, const std::string& what, const std::string& with) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const auto same = [&](char a, char b) { return lower(a) == lower(b); };
  std::string out;
  auto from = text.begin();
  for (auto at = text.begin(); (at = std::search(at, text.end(), what.begin(), what.end(), same)) != text.end();) {
    const auto end = at + static_cast<std::ptrdiff_t>(what.size());
    if ((at != text.begin() && is_word(at[-1])) || (end != text.end() && is_word(*end))) {
      ++at;
      continue;
    }
    out.append(from, at).append(with);
    from = at = end;
  }
  return out.append(from, text.end());
}

std::string_view level_word(std::uint8_t level) { return kLevelWords[std::min<std::size_t>(level, kLevelWords.size() - 1)]; }
std::string when(TimeUs time) { return time == kNoTime ? "no time" : format_time(time); }

std::string facts_of(const Incident& incident) {
  std::string text = incident_story(incident) + "\n\n";
  const auto add = [&]<class... Args>(fmt::format_string<Args...> format, Args&&... args) { fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...); };
  add("Level: {}. Alerts: {}. First: {}. Last: {}.\n", level_word(incident.level), incident.alerts.size(), when(incident.first), when(incident.last));
  add("Confidence of the monitor that it is an attack: {:.3f} (between {:.3f} and {:.3f}).\n", incident.confidence.mean, incident.confidence.low, incident.confidence.high);
  add("Rules, the gravest first:\n");
  for (std::size_t i = 0; i < std::min(incident.rules.size(), kRulesTold); ++i) add("- {} ({}, {} alerts)\n", incident.rules[i].title, level_word(incident.rules[i].level), incident.rules[i].alerts);
  add("Tactics of ATT&CK in the order in which they were seen:\n");
  for (const IncidentStage& stage : incident.stages) add("- {} ({} alerts) {}\n", stage.tactic, stage.alerts, fmt::join(stage.techniques, " "));
  add("Why the surest alert is as sure as it is, in log-odds:\n");
  for (std::size_t i = 0; i < std::min(incident.why.evidence.size(), kReasonsTold); ++i) add("- {:+.1f} {}\n", incident.why.evidence[i].weight, incident.why.evidence[i].why);
  add("Processes:\n");
  for (std::size_t i = 0; i < std::min(incident.processes.size(), kProcessesTold); ++i) add("- {} on {}: {}\n", incident.processes[i].path, incident.processes[i].host, incident.processes[i].command_line);
  if (!incident.similar.empty()) add("Closed incidents like it were called:\n");
  for (const SimilarIncident& similar : incident.similar) add("- {} (similarity {:.2f})\n", word_of(similar.classification), similar.similarity);
  add("Alerts in the order of time:\n");
  for (std::size_t i = 0; i < std::min(incident.alerts.size(), kAlertsTold); ++i) {
    const IncidentAlertLine& alert = incident.alerts[i];
    add("- {} {} {} on {}{}\n", when(alert.time), level_word(alert.level), alert.title, alert.host, alert.verdict == Verdict::kNone ? "" : fmt::format(", which a person called {}", word_of(alert.verdict)));
  }
  return text;
}

}  // namespace

ModelBrief::ModelBrief(const Incident& incident) {
  name_all(incident.hosts, "host");
  name_all(incident.accounts, "account");
  name_all(incident.addresses, "address");
  std::ranges::stable_sort(names_, std::greater<>(), [](const auto& name) { return name.first.size(); });
  protect::Redactor redactor({});
  const std::string facts = facts_of(incident);
  for (std::size_t from = 0; from < facts.size();) {
    const std::size_t end = std::min(facts.find('\n', from), facts.size());
    std::string line;
    redactor.append_redacted(without_names(facts.substr(from, end - from)), line);
    if (text_.size() + line.size() + 1 > executor::kModelBriefBytesMax) break;
    text_ += line + '\n';
    from = end + 1;
  }
}

/// A machine also without its domain, an account also without what stands before or behind it.
void ModelBrief::name_all(const std::vector<IncidentEntity>& entities, const char* kind) {
  for (std::size_t i = 0; i < entities.size(); ++i) {
    const std::string& value = entities[i].value;
    if (value.empty()) continue;
    const std::string stand_in = fmt::format("{}-{}", kind, i + 1);
    stand_ins_.emplace_back(stand_in, value);
    names_.emplace_back(value, stand_in);
    if (value.find(':') != std::string::npos) continue;  // an address of IPv6
    const std::size_t slash = value.rfind('\\');
    std::string plain = slash == std::string::npos ? value : value.substr(slash + 1);
    const bool is_address = !plain.empty() && plain.find_first_not_of("0123456789.") == std::string::npos;
    if (!is_address) plain.resize(std::min(plain.find_first_of("@."), plain.size()));
    if (plain != value && plain.size() >= kShortNameMin) names_.emplace_back(plain, stand_in);
  }
}

std::string ModelBrief::without_names(const std::string& text) const {
  std::string plain = text;
  for (const auto& [name, stand_in] : names_) plain = replaced(plain, name, stand_in);
  return plain;
}

std::string ModelBrief::with_names(std::string_view said) const {
  std::string text(said);
  for (const auto& [stand_in, name] : stand_ins_) text = replaced(text, stand_in, name);
  return text;
}

}  // namespace tocsin::cli
