// tocsin alerts: what the service stored, beside it or without it. A table for people, tocsin.alert/1 as NDJSON when piped.
#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "event/suppression.h"
#include "report/suppression_text.h"
#include "store/state.h"

namespace tocsin::cli {

namespace {

constexpr std::size_t kShown = 100, kShownMax = 1'000'000;

int show_one(State& state, const std::string& id) {
  const Result<std::optional<StoredAlert>> alert = state.alert(id);
  if (!alert) return complain(alert.error().message), alert.error().code == Code::kInvalid ? kUsage : kIncomplete;
  if (!*alert) return complain(fmt::format("there is no alert '{}'", id)), kUsage;
  fmt::print("{}\n", (**alert).body);
  return kDone;
}

/// "  (suppressed: 3)"
std::string hider_text(std::int64_t hidden_by) {
  if (hidden_by == kHiddenByNone) return "";
  return hidden_by == kHiddenByShadow ? "  (in shadow)" : fmt::format("  (suppressed: {})", hidden_by);
}

/// What is left out is said: below the table, else on standard error.
int say_left_out(State& state, const AlertsWanted& wanted, bool as_table) {
  const Result<HiddenAlerts> hidden = state.hidden_alerts(wanted);
  if (!hidden) return complain(hidden.error().message), kIncomplete;
  if (const std::string text = hidden_text(*hidden); !text.empty()) fmt::print(as_table ? stdout : stderr, "{} (--suppressed shows them)\n", text);
  return kDone;
}

int show_all(State& state, const AlertsWanted& wanted, bool as_table) {
  const Result<std::vector<StoredAlert>> alerts = state.alerts(wanted);
  if (!alerts) return complain(alerts.error().message), kIncomplete;
  for (const StoredAlert& alert : *alerts) {
    if (as_table) {
      fmt::print("{:<27} {:<13} {}  {}{}\n", format_time(alert.time), alert.level, alert.id.substr(0, 8), terminal_safe(alert.title), hider_text(alert.hidden_by));
    } else {
      fmt::print("{}\n", alert.body);
    }
  }
  return wanted.which == WhichAlerts::kAll ? kDone : say_left_out(state, wanted, as_table);
}

}  // namespace

int run_alerts(Env&, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string id, level, format;
  std::size_t limit = kShown;
  bool suppressed = false;
  CLI::App app("The alerts that `tocsin serve` stored, the newest first.", "tocsin alerts");
  data.add_to(app, false);
  app.add_option("--level", level, "of this level and above")->check(CLI::IsMember(level_words()));
  app.add_option("--limit", limit, "at most so many")->check(CLI::Range(std::size_t{1}, kShownMax))->capture_default_str();
  app.add_option("--format", format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  app.add_flag("--suppressed", suppressed, "those too that reach nobody: suppressed ones, and those of rules in shadow");
  app.add_option("ID", id, "this one alone; the beginning of it will do");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::unique_ptr<State>> state = State::open(data.folder().state(), State::IfMissing::kFail);
  if (!state) return complain(state.error().message), kUsage;
  if (!id.empty()) return show_one(**state, id);
  const int level_min = level.empty() ? 0 : *level_rank_of(level);
  const AlertsWanted wanted{.limit = limit, .level_min = level_min, .which = suppressed ? WhichAlerts::kAll : WhichAlerts::kReaching};
  return show_all(**state, wanted, format.empty() ? is_terminal(STDOUT_FILENO) : format == "table");
}

}  // namespace tocsin::cli
