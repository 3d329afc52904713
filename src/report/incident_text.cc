#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/text.h"
#include "event/level.h"
#include "report/incident_next.h"
#include "report/incident_writer.h"
#include "report/page.h"

namespace tocsin {

namespace {

/// Of log-odds: less does not show in a percentage.
constexpr double kWeightShown = 0.05;
constexpr std::size_t kIdShown = 12, kRulesShown = 12, kLinksShown = 12, kProcessesShown = 40, kProcessDepthMax = 12, kRelatedShown = 6, kTechniquesShown = 3, kAboutWidth = 28, kEntitiesShown = 8;
using Rows = std::vector<std::vector<Page::Cell>>;

std::string when(TimeUs time) {
  if (time == kNoTime) return "unknown";
  const CivilTime t = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute);
}

std::string span(std::int64_t us) {
  const std::int64_t seconds = us / 1'000'000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{:.1f} h", static_cast<double>(seconds) / 3600);
}

/// "43 %"; of little and of nearly all one digit more.
std::string percent_text(double share) {
  const double percent = share * 100;
  return fmt::format("{:.{}f} %", percent, percent < 9.95 || percent > 99 ? 1 : 0);
}

/// Machines, or where there is none accounts or addresses: the first, a machine without its domain, and how many more.
std::string about(const Incident& incident) {
  const std::vector<IncidentEntity>& all = !incident.hosts.empty() ? incident.hosts : !incident.accounts.empty() ? incident.accounts : incident.addresses;
  if (all.empty()) return {};
  std::string name = all.front().value;
  const bool address = name.find_first_not_of("0123456789.:") == std::string::npos;
  if (!incident.hosts.empty() && !address) name = name.substr(0, name.find('.'));
  return all.size() == 1 ? name : fmt::format("{} +{}", name, all.size() - 1);
}

std::string some_of(const std::vector<std::string>& techniques) {
  const std::size_t shown = std::min(techniques.size(), kTechniquesShown);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i > 0 ? " " : "") + techniques[i];
  return techniques.size() > shown ? fmt::format("{} +{}", text, techniques.size() - shown) : text;
}

/// " · closed as benign · ada"; nothing where nobody did anything.
std::string standing(const Page& page, const Incident& incident) {
  if (incident.acts == 0) return {};
  std::string text = fmt::format(" {} {}", page.none(), word_of(incident.status));
  if (incident.status == CaseStatus::kClosed) text += fmt::format(" as {}", word_of(incident.classification));
  if (!incident.assignee.empty()) text += fmt::format(" {} {}", page.none(), page.cut(incident.assignee, kAboutWidth));
  return text;
}

/// Within single quotes, as a shell takes it; safe for a terminal, and not cut, so that it can be copied.
std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : terminal_safe(text)) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

Page::Cell level_cell(std::uint8_t level) { return {std::string(kLevelWords[level]), level}; }

void paragraph(Page& page, const std::string& text) {
  std::string line;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(' ', from), text.size());
    const std::string word = text.substr(from, to - from);
    if (!line.empty() && line.size() + 1 + word.size() > page.width()) {
      page.add_line(page.cut(line, page.width()));
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    from = to + 1;
  }
  if (!line.empty()) page.add_line(page.cut(line, page.width()));
}

void entities(Page& page, const char* heading, const std::vector<IncidentEntity>& all) {
  if (all.empty()) return;
  page.heading(heading);
  Rows rows;
  for (std::size_t i = 0; i < std::min(all.size(), kEntitiesShown); ++i) rows.push_back({{all[i].value}, {grouped(all[i].alerts)}});
  page.table({{""}, {"alerts", true}}, rows, 0);
  if (all.size() > kEntitiesShown) page.line("  {} and {} more", page.ellipsis(), grouped(all.size() - kEntitiesShown));
}

void stages(Page& page, const Incident& incident) {
  if (incident.stages.empty()) return;
  page.heading("Tactics, as they were first seen (UTC)");
  Rows rows;
  for (const IncidentStage& stage : incident.stages) {
    rows.push_back({{when(stage.first)}, {std::string(stage.tactic), stage.level}, {grouped(stage.alerts)}, {some_of(stage.techniques)}, {stage.rule}});
  }
  page.table({{"first"}, {"tactic"}, {"alerts", true}, {"techniques"}, {"gravest rule"}}, rows, 4);
}

/// How sure it is, and why: of the incident, and of the alert that says most.
void confidence(Page& page, const Incident& incident) {
  page.heading("How probable it is");
  const auto of = [](const Probability& probability) { return fmt::format("{} ({} to {})", percent_text(probability.mean), percent_text(probability.low), percent_text(probability.high)); };
  page.add_line(page.cut(fmt::format("  confidence {}, expected loss {:.2g}{}{}", of(incident.confidence), incident.loss, incident.criticality.empty() ? "" : ", criticality ", incident.criticality), page.width()));
  if (incident.said) page.add_line(page.cut(fmt::format("  {} sees it as {}, and that is what it is listed by", incident.said_by, percent_text(*incident.said)), page.width()));
  if (!incident.said && incident.by_verdict[0] < incident.alerts.size()) {
    page.add_line(page.cut(fmt::format("  people judged {} of {} alerts: with what they say it is {}", grouped(incident.alerts.size() - incident.by_verdict[0]), grouped(incident.alerts.size()), percent_text(incident.judged)), page.width()));
  }
  Rows rows;
  for (const EvidenceItem& item : incident.evidence) {
    if (item.name != "surest") rows.push_back({{fmt::format("{:+.1f}", item.weight)}, {item.why}});
    if (item.name != "surest") continue;
    rows.push_back({{""}, {item.why}});
    for (const EvidenceItem& reason : incident.why.evidence) {
      if (std::abs(reason.weight) >= kWeightShown) rows.push_back({{fmt::format("{:+.1f}", reason.weight)}, {fmt::format("  {}: {}", reason.name, reason.why)}});
    }
  }
  page.table({{"log-odds", true}, {"why"}}, rows, 1);
  std::string missing;
  for (const std::string_view role : incident.why.missing) missing += (missing.empty() ? "" : ", ") + std::string(role);
  if (!missing.empty()) page.add_line(page.cut("  not said by the log, so the range is wider: " + missing, page.width()));
  page.add_line(incident.calibration == 0 ? "  not calibrated: fewer than 30 verdicts, or all of one kind" : fmt::format("  calibration {}", incident.calibration));
}

void rules(Page& page, const Incident& incident) {
  page.heading("Rules");
  Rows rows;
  for (std::size_t i = 0; i < std::min(incident.rules.size(), kRulesShown); ++i) {
    const IncidentRule& rule = incident.rules[i];
    rows.push_back({level_cell(rule.level), {grouped(rule.alerts)}, {rule.title}, {when(rule.first)}});
  }
  page.table({{"level"}, {"alerts", true}, {"rule"}, {"first (UTC)"}}, rows, 2);
  if (incident.rules.size() > kRulesShown) page.line("  {} and {} more", page.ellipsis(), grouped(incident.rules.size() - kRulesShown));
}

/// Links over the same entity say the same; the weakest of them is what the incident hangs on.
void links(Page& page, const Incident& incident) {
  if (incident.links.empty()) return;
  struct Group {
    std::uint64_t count = 0, merged = 0;
    const IncidentLink* weakest = nullptr;
  };
  std::map<std::pair<LinkKind, std::string>, Group> groups;
  for (const IncidentLink& link : incident.links) {
    // Of events and processes there are as many as alerts.
    const bool many = link.kind == LinkKind::kEvent || link.kind == LinkKind::kProcess;
    Group& group = groups[{link.kind, many ? "" : link.entity}];
    ++group.count;
    group.merged += link.merged ? 1 : 0;
    if (group.weakest == nullptr || link.strength < group.weakest->strength) group.weakest = &link;
  }
  page.heading("Why these alerts belong together");
  Rows rows;
  for (const auto& [key, group] : groups) {
    if (rows.size() == kLinksShown) break;
    std::string note = group.merged > 0 ? fmt::format("made {} incidents one", group.merged + 1) : "";
    if (group.weakest->elsewhere > 0) note += fmt::format("{}also in {} others", note.empty() ? "" : "; ", group.weakest->elsewhere);
    rows.push_back({{std::string(kLinkNames[static_cast<std::size_t>(key.first)])},
                    {key.second.empty() ? (key.first == LinkKind::kEvent ? "rules that matched one event" : "processes and what they started") : key.second},
                    {grouped(group.count)}, {fmt::format("{:.2f}", group.weakest->strength)}, {span(group.weakest->gap_us)}, {note}});
  }
  page.table({{"the same"}, {""}, {"links", true}, {"weakest", true}, {"after", true}, {""}}, rows, 1);
  if (groups.size() > kLinksShown) page.line("  {} and {} more entities", page.ellipsis(), grouped(groups.size() - kLinksShown));
}

class ProcessTree {
 public:
  ProcessTree(Page& page, const std::vector<IncidentProcess>& processes) : page_(page), processes_(processes) {
    for (std::size_t i = 0; i < processes.size(); ++i) by_id_.emplace(std::pair(processes[i].host, processes[i].id), i);
    for (std::size_t i = 0; i < processes.size(); ++i) {
      const bool has_parent = by_id_.contains({processes[i].host, processes[i].parent}) && processes[i].parent != processes[i].id;
      if (has_parent) children_[{processes[i].host, processes[i].parent}].push_back(i);
      else roots_.push_back(i);
    }
  }

  void show() {
    std::string host;
    for (const std::size_t root : roots_) {
      // What neither started another nor was started says no more than the list of rules.
      if (!children_.contains({processes_[root].host, processes_[root].id})) continue;
      if (shown_ == 0) page_.heading("Processes, by who started whom");
      if (processes_[root].host != host) page_.add_line("  " + page_.cut(host = processes_[root].host, page_.width() - 2));
      show(root, 1);
    }
    if (left_out_ > 0) page_.line("  {} and {} more", page_.ellipsis(), grouped(left_out_));
  }

 private:
  void show(std::size_t i, std::size_t depth) {
    if (depth > kProcessDepthMax) return;
    const IncidentProcess& process = processes_[i];
    if (shown_ >= kProcessesShown) {
      ++left_out_;
      return;
    }
    ++shown_;
    const std::string alerts = process.alerts > 0 ? fmt::format("  [{}]", grouped(process.alerts)) : "";
    const std::string& text = process.command_line.empty() ? (process.path.empty() ? process.id : process.path) : process.command_line;
    const std::string indent(2 + 2 * depth, ' ');
    const std::size_t room = page_.width() > indent.size() + alerts.size() + 10 ? page_.width() - indent.size() - alerts.size() : 10;
    page_.add_line(indent + page_.cut(text, room) + alerts);
    const auto children = children_.find({process.host, process.id});
    if (children == children_.end()) return;
    for (const std::size_t child : children->second) show(child, depth + 1);
  }

  Page& page_;
  const std::vector<IncidentProcess>& processes_;
  std::map<std::pair<std::string, std::string>, std::size_t> by_id_;
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> children_;
  std::vector<std::size_t> roots_;
  std::size_t shown_ = 0, left_out_ = 0;
};

void related(Page& page, const Incident& incident) {
  if (incident.related.empty()) return;
  page.heading("Other incidents with something in common");
  Rows rows;
  for (std::size_t i = 0; i < std::min(incident.related.size(), kRelatedShown); ++i) rows.push_back({{incident.related[i].id.substr(0, kIdShown)}, {incident.related[i].entity}});
  page.table({{"incident"}, {"over"}}, rows, 1);
  if (incident.related.size() > kRelatedShown) page.line("  {} and {} more", page.ellipsis(), grouped(incident.related.size() - kRelatedShown));
}

void similar(Page& page, const Incident& incident) {
  if (incident.similar.empty()) return;
  page.heading("Closed ones that were like it");
  Rows rows;
  for (const SimilarIncident& one : incident.similar) {
    rows.push_back({{one.id.substr(0, kIdShown)}, {std::string(word_of(one.classification))}, {grouped(one.rules)}, {fmt::format("{:.0f} %", 100 * one.similarity)}, {when(one.last)}});
  }
  page.table({{"incident"}, {"was"}, {"rules in common", true}, {"alike", true}, {"last (UTC)"}}, rows, 1);
}

void next(Page& page, const Incident& incident) {
  const std::vector<NextLook> looks = next_looks(incident);
  if (looks.empty()) return;
  page.heading("What to look at next");
  for (const NextLook& look : looks) {
    page.add_line("  " + page.cut(look.what, page.width() - 2));
    page.add_line("    tocsin search " + shell_quoted(look.query));
  }
}

}  // namespace

std::string incidents_text(std::span<const Incident> incidents, std::uint64_t alerts, std::size_t all, std::size_t shown, const SummaryStyle& style) {
  Page page(style);
  const double per = all == 0 ? 0 : static_cast<double>(alerts) / static_cast<double>(all);
  page.line("{} alerts are {} incident{}, {:.1f} alerts each", grouped(alerts), grouped(all), all == 1 ? "" : "s", per);
  Rows rows;
  const bool cases = std::ranges::any_of(incidents, [](const Incident& incident) { return incident.acts > 0; });
  for (const Incident& incident : incidents.first(std::min(shown, incidents.size()))) {
    std::vector<Page::Cell> row = {{incident.id.substr(0, kIdShown)}, {percent_text(incident.judged)}, {fmt::format("{:.2f}", incident.loss)}, level_cell(incident.level), {grouped(incident.alerts.size())},
                                   {grouped(incident.stages.size())}, {when(incident.first)}, {page.cut(about(incident), kAboutWidth)}, {incident.rules.empty() ? "" : incident.rules.front().title}};
    if (cases) row.insert(row.begin() + 1, Page::Cell{std::string(word_of(incident.status))});
    rows.push_back(std::move(row));
  }
  if (rows.empty()) return page.take();
  page.heading("Incidents");
  std::vector<Page::Column> columns = {{"incident"}, {"sure", true}, {"loss", true}, {"level"}, {"alerts", true}, {"tactics", true}, {"first (UTC)"}, {"about"}, {"gravest rule"}};
  if (cases) columns.insert(columns.begin() + 1, Page::Column{"status"});
  page.table(columns, rows, columns.size() - 1);
  if (incidents.size() > shown) page.line("  {} and {} more, none with a higher expected loss", page.ellipsis(), grouped(incidents.size() - shown));
  return page.take();
}

std::string incident_text(const Incident& incident, const SummaryStyle& style) {
  Page page(style);
  page.line("incident {}{}", incident.id, standing(page, incident));
  paragraph(page, incident_story(incident));
  confidence(page, incident);
  stages(page, incident);
  rules(page, incident);
  entities(page, "Hosts", incident.hosts);
  entities(page, "Accounts", incident.accounts);
  entities(page, "Addresses", incident.addresses);
  ProcessTree(page, incident.processes).show();
  links(page, incident);
  if (!incident.names.empty()) {
    page.heading("Names taken for one");
    for (std::size_t i = 0; i < std::min(incident.names.size(), kEntitiesShown); ++i) page.add_line("  " + page.cut(incident.names[i].value, page.width() - 2));
  }
  related(page, incident);
  similar(page, incident);
  next(page, incident);
  return page.take();
}

}  // namespace tocsin
