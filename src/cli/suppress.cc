// tocsin suppress: alerts that reach nobody for a while: add, list, show, remove. What it means is docs/tuning.md; the desk that looks at it first api/suppression_desk.h.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "api/suppression_desk.h"
#include "base/text.h"
#include "cli/case_options.h"
#include "cli/output.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "event/entity_names.h"
#include "report/suppression_text.h"

namespace tocsin::cli {

namespace {

constexpr std::int64_t kMinuteUs = 60'000'000, kDayUs = 86'400'000'000;
/// Of one that is over, the list still has it so long.
constexpr std::int64_t kListedAfterUs = 30 * kDayUs;

struct AddArguments {
  DataOptions data;
  Suppression wanted;
  std::string about, alert, for_time, level_max;
  std::int64_t window_minutes = 0;
};

/// "7d", "12h", "30m": nothing for another word.
std::optional<std::int64_t> span_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end + 1 != text.data() + text.size() || number <= 0 || number > 1'000'000) return std::nullopt;
  switch (*end) {
    case 'd': return number * kDayUs;
    case 'h': return number * 60 * kMinuteUs;
    case 'm': return number * kMinuteUs;
    default: return std::nullopt;
  }
}

/// "host=ws-07", or with a window "host" alone.
bool read_entity(const std::string& text, Suppression& wanted) {
  const std::size_t equals = text.find('=');
  wanted.type = entity_named(text.substr(0, equals));
  if (equals != std::string::npos) wanted.entity = text.substr(equals + 1);
  if (wanted.type != EntityType::kNone && (equals == std::string::npos || !wanted.entity.empty())) return true;
  complain(fmt::format("--about: '{}' is no entity such as host=ws-07 ({})", text, kEntityNameList));
  return false;
}

/// False: it was said what is wrong.
bool read_add(AddArguments& args, TimeUs now) {
  Suppression& wanted = args.wanted;
  if (!args.about.empty() && !read_entity(args.about, wanted)) return false;
  const std::optional<std::int64_t> span = span_of(args.for_time);
  if (!span) return complain(fmt::format("--for: '{}' is no time such as 30m, 12h or 7d", args.for_time)), false;
  wanted.until = now + *span;
  wanted.window_us = args.window_minutes * kMinuteUs;
  return true;
}

int add(Env& env, const std::vector<std::string>& arguments) {
  AddArguments args;
  CLI::App app("Has alerts reach nobody for a while: those of a rule, about an entity, or both. They are kept and counted, and `tocsin suppress remove` brings them back.", "tocsin suppress add");
  args.data.add_to(app, false);
  app.add_option("--rule", args.wanted.rule, "of this rule, by its whole id")->type_name("ID");
  app.add_option("--about", args.about, "about this entity: host=ws-07, user=backup, ip=192.0.2.7; with --window also each of a type: host")->type_name("TYPE=VALUE");
  app.add_option("--alert", args.alert, "of the rule and about the machine of this alert")->type_name("ALERT");
  app.add_option("--for", args.for_time, "how long: 30m, 12h, 7d; 90d at most")->type_name("TIME")->required();
  app.add_option("--window", args.window_minutes, "not all: of each rule and entity the first in so many minutes reaches people")->check(CLI::Range(std::int64_t{1}, kSuppressionWindowMaxUs / kMinuteUs))->type_name("MINUTES");
  app.add_option("--level-max", args.level_max, "graver alerts reach people: high with a rule, medium without one, if not said")->check(CLI::IsMember({"informational", "low", "medium", "high"}));
  app.add_option("--owner", args.wanted.owner, "who answers for it")->type_name("NAME")->required();
  app.add_option("--reason", args.wanted.reason, "why, in your words")->type_name("TEXT")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, args.data)) return *exit;
  if (!read_add(args, here.by.time)) return kUsage;
  api::SuppressionDesk desk(*here.view, *here.state);
  if (!args.alert.empty()) {
    if (const Status filled = desk.fill_from(args.wanted, args.alert); !filled) return tell(filled.error());
  }
  args.wanted.level_max = args.level_max.empty() ? preset_level_max(args.wanted) : *level_rank_of(args.level_max);
  const Result<Suppression> made = desk.add(std::move(args.wanted), here.by);
  if (!made) return tell(made.error());
  fmt::print("suppression {}: alerts {} reach nobody until {} (`tocsin suppress remove {}` takes it back)\n", made->number, terminal_safe(words_of(*made)), format_time(made->until), made->number);
  const Result<std::string> warning = desk.warning(*made, here.by.time);
  if (!warning) return tell(warning.error());
  if (!warning->empty()) fmt::print("{}\n", terminal_safe(*warning));
  return kDone;
}

int remove(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::int64_t number = 0;
  std::string why;
  CLI::App app("Takes a suppression back, as if it had never been: what it hid is in incidents and lists again.", "tocsin suppress remove");
  data.add_to(app, false);
  app.add_option("NUMBER", number, "as `tocsin suppress list` shows it")->required()->check(CLI::PositiveNumber);
  app.add_option("--why", why, "why, in your words")->type_name("TEXT");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, data)) return *exit;
  Suppressions suppressions(*here.state);
  if (const Status done = suppressions.take_back(number, why, here.by); !done) return tell(done.error());
  const Result<std::optional<Suppression>> one = suppressions.one(number);
  if (!one) return tell(one.error());
  fmt::print("suppression {} is taken back: {} alert{} it hid reach people again\n", number, (*one)->hidden, (*one)->hidden == 1 ? "" : "s");
  return kDone;
}

void print_one(const Suppression& one, TimeUs now, bool as_table) {
  std::string line;
  if (as_table) {
    line = suppression_text(one, now);
  } else {
    append_suppression(line, one, now);
    line += '\n';
  }
  fmt::print("{}", line);
}

int list(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string format;
  bool all = false;
  CLI::App app("Lists suppressions and what each hid: those in force, and those that were over or taken back in the last 30 days.", "tocsin suppress list");
  data.add_to(app, false);
  app.add_flag("--all", all, "every one that was ever made");
  app.add_option("--format", format, "table (on a terminal) or ndjson (else: tocsin.suppression/1)")->check(CLI::IsMember({"table", "ndjson"}));
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, data)) return *exit;
  const bool as_table = format.empty() ? is_terminal(STDOUT_FILENO) : format == "table";
  const Result<std::vector<Suppression>> suppressions = Suppressions(*here.state).all();
  if (!suppressions) return tell(suppressions.error());
  std::size_t listed = 0;
  for (const Suppression& one : *suppressions) {
    const TimeUs over = one.taken_back != kNoTime ? one.taken_back : one.until;
    if (!all && over < here.by.time - kListedAfterUs) continue;
    print_one(one, here.by.time, as_table);
    ++listed;
  }
  const std::size_t left_out = suppressions->size() - listed;
  if (as_table && listed == 0) fmt::print("nothing is suppressed\n");
  if (as_table && left_out > 0) fmt::print("{} that ended earlier {} not listed (--all)\n", left_out, left_out == 1 ? "is" : "are");
  return kDone;
}

int show(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::int64_t number = 0;
  std::string format;
  CLI::App app("Shows a suppression and what it hid.", "tocsin suppress show");
  data.add_to(app, false);
  app.add_option("NUMBER", number, "as `tocsin suppress list` shows it")->required()->check(CLI::PositiveNumber);
  app.add_option("--format", format, "table (on a terminal) or ndjson (else: tocsin.suppression/1)")->check(CLI::IsMember({"table", "ndjson"}));
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, data)) return *exit;
  const Result<std::optional<Suppression>> one = Suppressions(*here.state).one(number);
  if (!one) return tell(one.error());
  if (!*one) return complain(fmt::format("there is no suppression {} (`tocsin suppress list --all` shows them)", number)), kUsage;
  print_one(**one, here.by.time, format.empty() ? is_terminal(STDOUT_FILENO) : format == "table");
  return kDone;
}

constexpr const char* kHelp =
    "Alerts that reach nobody for a while; they are kept and counted, and an attack breaks through.\n\n"
    "  tocsin suppress add --alert ALERT --for 7d --owner ada --reason TEXT      of its rule, about its machine\n"
    "  tocsin suppress add --rule ID --about host=ws-07 --for 7d --owner ada --reason TEXT\n"
    "  tocsin suppress add --rule ID --about host --window 60 --for 30d --owner ada --reason TEXT\n"
    "  tocsin suppress list                                                      with what each hid\n"
    "  tocsin suppress show NUMBER\n"
    "  tocsin suppress remove NUMBER --why TEXT                                  what it hid reaches people again\n";

}  // namespace

int run_suppress(Env& env, const std::vector<std::string>& arguments) { return run_sub_verb(env, arguments, "suppress", {{"add", add}, {"list", list}, {"show", show}, {"remove", remove}}, kHelp); }

}  // namespace tocsin::cli
