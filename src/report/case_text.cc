#include "report/case_text.h"

#include "base/text.h"
#include "report/case_writer.h"
#include "report/page.h"

namespace tocsin {

std::string case_act_line(const CaseAct& act, bool counts) {
  const CivilTime t = to_civil(act.time);
  std::string line = fmt::format("{:>5}  {:04}-{:02}-{:02} {:02}:{:02}  {} {}", act.number, t.year, t.month, t.day, t.hour, t.minute, terminal_safe(act.who), terminal_safe(case_act_words(act)));
  if (!act.text.empty()) line += ": " + terminal_safe(act.text);
  return counts ? line : line + " (taken back)";
}

std::string case_attachment_line(const CaseAttachment& one) {
  const CivilTime t = to_civil(one.time);
  std::string line = fmt::format("{:>5}  {:04}-{:02}-{:02} {:02}:{:02}  {}, {} bytes, by {}", one.act, t.year, t.month, t.day, t.hour, t.minute, terminal_safe(one.file.name), one.file.bytes, terminal_safe(one.who));
  if (!one.text.empty()) line += ": " + terminal_safe(one.text);
  if (one.removed != 0) line += fmt::format(" (removed by {})", terminal_safe(one.removed_by));
  return line + fmt::format("\n       SHA-256 {}", one.file.sha256);
}

std::string case_text(const Case* its, const std::vector<const CaseAttachment*>& attachments, const std::vector<CaseAct>& acts, const std::vector<bool>& counts, const SummaryStyle& style) {
  Page page(style);
  if (its == nullptr) {
    page.heading("Nobody has done anything to it yet");
    page.add_line("  tocsin case --help says what can be done");
    return page.take();
  }
  if (!its->tasks.empty()) {
    page.heading("To do");
    for (const CaseTask& task : its->tasks) page.add_line(fmt::format("  [{}] {:>4}  {}", task.done ? "x" : " ", task.act, page.cut(task.text, page.width() - 12)));
  }
  if (!attachments.empty()) page.heading("Attached");
  for (const CaseAttachment* const one : attachments) page.add_line(case_attachment_line(*one));
  page.heading("What was done (UTC)");
  for (std::size_t i = 0; i < acts.size(); ++i) page.add_line(case_act_line(acts[i], counts[i]));
  return page.take();
}

}  // namespace tocsin
