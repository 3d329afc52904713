#include "report/case_writer.h"

#include <fmt/format.h>

#include "report/json_text.h"

namespace tocsin {

namespace {

constexpr std::size_t kIdShown = 12;

void append_named(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(name).append("\":");
  append_string(out, text);
}

void append_file(std::string& out, const AttachedFile& file) {
  append_named(out, "name", file.name);
  append_named(out, "sha256", file.sha256);
  fmt::format_to(std::back_inserter(out), ",\"bytes\":{}", file.bytes);
}

std::string alerts(std::size_t count) { return fmt::format("{} alert{}", count, count == 1 ? "" : "s"); }
std::string incident(const std::string& id) { return "incident " + id.substr(0, kIdShown); }

std::string plain(Verdict verdict) {
  switch (verdict) {
    case Verdict::kTruePositive: return "a true positive";
    case Verdict::kFalsePositive: return "a false positive";
    case Verdict::kBenign: return "benign";
    default: return "nothing any more";
  }
}

}  // namespace

void append_case_act(std::string& out, const CaseAct& act, bool counts, std::size_t shown) {
  fmt::format_to(std::back_inserter(out), R"({{"schema":"tocsin.act/1","number":{},"time":)", act.number);
  append_time_or_null(out, act.time);
  append_named(out, "who", act.who);
  append_named(out, "act", word_of(act.kind));
  append_named(out, "incident", act.incident);
  append_named(out, "other", act.other);
  if (act.kind == CaseActKind::kAssign) {
    out.append(",\"to\":");
    append_string(out, act.assignee);
  }
  if (act.kind == CaseActKind::kModel) append_named(out, "model", act.assignee);
  if (act.kind == CaseActKind::kStatus) append_named(out, "status", word_of(act.status));
  if (act.verdict != Verdict::kNone || act.kind == CaseActKind::kVerdict) append_named(out, "verdict", word_of(act.verdict));
  append_named(out, "text", act.text);
  if (act.kind == CaseActKind::kConfidence || act.kind == CaseActKind::kCalibration) fmt::format_to(std::back_inserter(out), ",\"value\":{}", act.value);
  if (act.kind == CaseActKind::kAttach) append_file(out, act.file);
  if (act.of != 0) fmt::format_to(std::back_inserter(out), ",\"of\":{}", act.of);
  if (!act.alerts.empty()) {
    fmt::format_to(std::back_inserter(out), ",\"alert_count\":{},\"alerts\":", act.alerts.size());
    const auto first = act.alerts.begin();
    append_strings(out, {first, first + static_cast<std::ptrdiff_t>(std::min(shown, act.alerts.size()))});
  }
  out.append(counts ? ",\"counts\":true}" : ",\"counts\":false}");
}

void append_case_task(std::string& out, const CaseTask& task) {
  fmt::format_to(std::back_inserter(out), "{{\"act\":{}", task.act);
  append_named(out, "text", task.text);
  append_named(out, "who", task.who);
  out.append(task.done ? ",\"done\":true}" : ",\"done\":false}");
}

void append_case_attachment(std::string& out, const CaseAttachment& one) {
  fmt::format_to(std::back_inserter(out), "{{\"act\":{}", one.act);
  append_file(out, one.file);
  append_named(out, "who", one.who);
  out.append(",\"time\":");
  append_time_or_null(out, one.time);
  append_named(out, "text", one.text);
  out.append(",\"removed\":");
  if (one.removed == 0) {
    out.append("null}");
    return;
  }
  fmt::format_to(std::back_inserter(out), "{{\"act\":{}", one.removed);
  append_named(out, "who", one.removed_by);
  out.append(",\"time\":");
  append_time_or_null(out, one.removed_at);
  append_named(out, "text", one.removed_why);
  out.append("}}");
}

std::string case_act_words(const CaseAct& act) {
  switch (act.kind) {
    case CaseActKind::kStatus:
      return act.status == CaseStatus::kClosed ? "closed it as " + plain(act.verdict) : fmt::format("made its status '{}'", word_of(act.status));
    case CaseActKind::kAssign: return act.assignee.empty() ? "gave it to nobody" : "gave it to " + act.assignee;
    case CaseActKind::kComment: return "wrote";
    case CaseActKind::kTask: return "asked for";
    case CaseActKind::kDone: return fmt::format("did task {}", act.of);
    case CaseActKind::kVerdict: return fmt::format("called {} {}", alerts(act.alerts.size()), plain(act.verdict));
    case CaseActKind::kMerge: return fmt::format("merged {} into it ({})", incident(act.other), alerts(act.alerts.size()));
    case CaseActKind::kSplit: return fmt::format("split {} off as {}", alerts(act.alerts.size()), incident(act.other));
    case CaseActKind::kMove: return fmt::format("moved {} to {}", alerts(act.alerts.size()), incident(act.other));
    case CaseActKind::kUndo: return fmt::format("took act {} back", act.of);
    case CaseActKind::kAttach: return fmt::format("attached {} ({} bytes, SHA-256 {})", act.file.name, act.file.bytes, act.file.sha256);
    case CaseActKind::kDetach: return fmt::format("removed the content of attachment {}", act.of);
    case CaseActKind::kConfidence: return fmt::format("sees its confidence as {}", act.value);
    case CaseActKind::kModel:
      return fmt::format("has the words of the model {} (nobody has checked them; it suggests {})", act.assignee, act.verdict == Verdict::kNone ? "no verdict" : plain(act.verdict));
    case CaseActKind::kCalibration:
      if (act.value < 0) return "chose the newest calibration";
      return act.value == 0 ? "chose no calibration" : fmt::format("chose calibration {}", act.value);
  }
  return {};
}

}  // namespace tocsin
