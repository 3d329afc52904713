#include "store/case_log.h"

#include <fmt/format.h>

#include "store/state_statement.h"

namespace tocsin {

namespace {

std::string joined(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> ids;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(' ', from), text.size());
    ids.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return ids;
}

Status check(const CaseAct& act) {
  const std::size_t named = act.alerts.size() + act.seen.size() + act.seen_other.size();
  if (named > kActAlertsMax) return Error{Code::kInvalid, fmt::format("it is about {} alerts, {} are the most at once", named, kActAlertsMax)};
  if (act.text.size() > kActTextMax) return Error{Code::kInvalid, fmt::format("the text has {} bytes, {} are the most", act.text.size(), kActTextMax)};
  return {};
}

/// What the audit log says of it, without the person's words.
std::string detail_of(const CaseAct& act) {
  std::string detail;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) detail += fmt::format("{}{} {}", detail.empty() ? "" : ", ", name, value);
  };
  if (act.kind == CaseActKind::kStatus) add("status", word_of(act.status));
  if (act.verdict != Verdict::kNone || act.kind == CaseActKind::kVerdict) add("verdict", word_of(act.verdict));
  if (act.kind == CaseActKind::kModel) add("of", act.assignee);
  if (act.kind == CaseActKind::kAssign) add("to", act.assignee.empty() ? "nobody" : act.assignee);
  if (act.kind == CaseActKind::kConfidence) add("confidence", fmt::format("{}", act.value));
  if (act.kind == CaseActKind::kCalibration) add("version", act.value < 0 ? "newest" : fmt::format("{}", act.value));
  add("incident", act.other);
  if (act.of != 0) add("act", std::to_string(act.of));
  if (act.kind == CaseActKind::kAttach) add("sha256", act.file.sha256), add("bytes", std::to_string(act.file.bytes));
  if (!act.alerts.empty()) add("alerts", std::to_string(act.alerts.size()));
  return detail;
}

}  // namespace

Result<std::int64_t> CaseLog::add(const CaseAct& act, const Actor& by) {
  TRY(check(act));
  std::int64_t number = 0;
  const Status added = state_.change([&]() -> Status {
    TRY(insert(act, by));
    number = sqlite3_last_insert_rowid(state_.database_);
    if (number > kCaseActsMax) return Error{Code::kLimit, fmt::format("the log of cases has {} acts, which is the most", kCaseActsMax)};
    const std::string& object = !act.incident.empty() || act.alerts.empty() ? act.incident : act.alerts.front();
    return Accounts(state_).add_line(by, fmt::format("case.{}", word_of(act.kind)), object, detail_of(act));
  });
  if (!added) return added.error();
  return number;
}

Status CaseLog::insert(const CaseAct& act, const Actor& by) {
  State::Statement add(state_,
                       "INSERT INTO case_acts (time, who, kind, incident, other, assignee, status, verdict, text, of, alerts, seen, seen_other, value,"
                       " place, name, sha256, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  add.number(by.time).text(by.who).text(word_of(act.kind)).text(act.incident).text(act.other).text(act.assignee).text(word_of(act.status)).text(word_of(act.verdict));
  return add.text(act.text).number(act.of).text(joined(act.alerts)).text(joined(act.seen)).text(joined(act.seen_other)).real(act.value)
      .text(act.file.place).text(act.file.name).text(act.file.sha256).number(static_cast<std::int64_t>(act.file.bytes)).run();
}

AttachedFile CaseLog::next_file(State::Statement& found) {
  AttachedFile file;
  file.place = found.next_text();
  file.name = found.next_text();
  file.sha256 = found.next_text();
  file.bytes = static_cast<std::uint64_t>(found.next_number());
  return file;
}

Result<std::vector<CaseAct>> CaseLog::after(std::int64_t number, std::size_t most) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT n, time, who, kind, incident, other, assignee, status, verdict, text, of, alerts, seen, seen_other, value, place, name, sha256, bytes"
                              " FROM case_acts WHERE n > ? ORDER BY n LIMIT ?");
  find.number(number).number(static_cast<std::int64_t>(most));
  std::vector<CaseAct> acts;
  while (TRY(find.row())) {
    CaseAct act;
    act.number = find.next_number();
    act.time = find.next_number();
    act.who = find.next_text();
    const std::string kind = find.next_text();
    act.incident = find.next_text();
    act.other = find.next_text();
    act.assignee = find.next_text();
    const std::string status = find.next_text(), verdict = find.next_text();
    act.text = find.next_text();
    act.of = find.next_number();
    act.alerts = split(find.next_text());
    act.seen = split(find.next_text());
    act.seen_other = split(find.next_text());
    act.value = find.next_real();
    act.file = next_file(find);
    const auto known_kind = case_act_named(kind);
    const auto known_status = case_status_named(status);
    const auto known_verdict = verdict_named(verdict);
    if (!known_kind || !known_status || !known_verdict) {
      return Error{Code::kInvalid, fmt::format("act {} is of no kind, status or verdict that this program knows; was it written by a newer one?", act.number)};
    }
    act.kind = *known_kind;
    act.status = *known_status;
    act.verdict = *known_verdict;
    acts.push_back(std::move(act));
  }
  return acts;
}

Result<std::vector<AttachedFile>> CaseLog::files() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT place, name, sha256, bytes FROM case_acts WHERE kind = 'attach' AND n NOT IN (SELECT of FROM case_acts WHERE kind = 'detach') ORDER BY n");
  std::vector<AttachedFile> files;
  while (TRY(find.row())) files.push_back(next_file(find));
  return files;
}

Status CaseLog::note_reading(std::string_view incident, std::int64_t act, const Actor& by) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  return Accounts(state_).add_line(by, "case.attachment_read", incident, fmt::format("act {}", act));
}

}  // namespace tocsin
