// tocsin tune propose: a filter from verdicts, verified by running before it is shown. What is proposed is analyze/filter_proposal.h.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "analyze/filter_document.h"
#include "analyze/filter_proposal.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/tune.h"
#include "cli/tune_rules.h"
#include "cli/tune_verify.h"
#include "cli/verb.h"
#include "cli/verdict_file.h"

namespace tocsin::cli {

namespace {

using analyze::FilterProposal;
using analyze::NotHidden;

/// Reasons for single alerts that are listed; the others are counted.
constexpr std::size_t kLeftShown = 5;
/// The name of the proposal in messages about it: it has no file yet.
constexpr const char* kProposed = "(proposed filter)";

struct ProposeArguments {
  TuneInputs inputs;
  std::string rule, owner, expires = "90d", output;
  std::size_t least = analyze::kFalsePositivesLeast, shown = 20;
  bool benign = false;
};

void describe(CLI::App& app, ProposeArguments& args) {
  app.add_option("RULE", args.rule, "the rule: its id, name or title")->required();
  app.add_option("--owner", args.owner, "who answers for the filter (default: $USER)")->type_name("NAME");
  app.add_option("--expires", args.expires, "how long it is applied: 90d from now, or the last day as YYYY-MM-DD")->type_name("TIME")->capture_default_str();
  app.add_flag("--benign", args.benign, "hide what is judged benign, too");
  app.add_option("--min", args.least, "false positives that a filter must be about at least")->check(CLI::Range(1, 1'000))->capture_default_str();
  app.add_option("--top", args.shown, "how many of the alerts that it hides are listed")->check(CLI::Range(0, 1'000'000))->capture_default_str();
  app.add_option("--output", args.output, "write the filter there instead of standard output")->type_name("FILE");
  args.inputs.add_to(app);
}

/// The last day; "" if it is none.
std::string last_day(Env& env, const std::string& text) {
  if (const std::optional<TimeUs> day = parse_time(text + "T00:00:00Z"); day && text.size() == 10) return text < today(env) ? "" : text;
  const std::optional<std::int64_t> span = parse_timespan_us(text);
  return span ? format_time(env.now_us() + *span).substr(0, 10) : "";
}

std::string_view why(NotHidden::Why why) {
  switch (why) {
    case NotHidden::Why::kTruePositive: return "a true positive has all that it has: ";
    case NotHidden::Why::kTooWide: return "what it says of itself is too little for a filter";
    case NotHidden::Why::kTooFew: return "too few are like it";
    case NotHidden::Why::kNoRoom: return "there is no room for more";
  }
  return "";
}

std::string left_text(const FilterProposal& proposal) {
  if (proposal.left.empty()) return {};
  std::string out = fmt::format("not hidden, of those that were to be: {}\n", proposal.left.size());
  for (std::size_t i = 0; i < std::min(kLeftShown, proposal.left.size()); ++i) {
    const NotHidden& one = proposal.left[i];
    out += fmt::format("  {}: {}{}\n", one.alert, why(one.why), one.true_positive);
  }
  if (proposal.left.size() > kLeftShown) out += fmt::format("  and {} others\n", proposal.left.size() - kLeftShown);
  return out;
}

/// A rule of --rules and everything that is known of its alerts.
struct Subject {
  const sigma::Rule* rule = nullptr;
  sigma::RuleSet part;  // the rule, and the correlations above it
  std::map<std::string, Verdict> verdicts;
  TuneAlerts alerts;
};

Result<Subject> subject_of(Env& env, const ProposeArguments& args, const sigma::RuleSet& set, TuneRun& run) {
  Subject subject;
  subject.rule = TRY(find_rule(set, args.rule));
  if (subject.rule->id.starts_with("file:")) {
    return Error{Code::kInvalid, fmt::format("the rule '{}' has no id: a filter would not be its own any more once a word of it changes; give it one", subject.rule->title)};
  }
  subject.part = cut_out(set, {subject.rule->id});
  subject.verdicts = TRY(judged(env, args.inputs));
  subject.alerts = TRY(run.alerts(subject.part));
  return subject;
}

Result<FilterProposal> propose(const ProposeArguments& args, const Subject& subject, TuneRun& run) {
  std::set<std::string> judged;
  for (const auto& [id, alert] : subject.alerts) {
    if (subject.verdicts.contains(id)) judged.insert(id);
  }
  sigma::RuleSet alone;
  alone.rules = {*subject.rule};
  const TuneEvents found = TRY(run.events(std::move(alone), std::move(judged)));
  std::vector<analyze::JudgedEvent> events;
  for (const AlertFields& alert : found.alerts) {
    const auto verdict = subject.verdicts.find(alert.alert);
    events.push_back({&alert, verdict == subject.verdicts.end() ? Verdict::kNone : verdict->second});
  }
  return propose_filter(events, {.least = args.least, .benign = args.benign, .asked = asked_fields(*subject.rule)});
}

std::string document_of(Env& env, const ProposeArguments& args, const Subject& subject, const FilterProposal& proposal) {
  analyze::FilterDocument document;
  document.rule_id = subject.rule->id;
  document.rule_title = subject.rule->title;
  document.log_source = subject.rule->log_source;
  document.selections = proposal.selections;
  document.owner = args.owner;
  document.date = today(env);
  document.expires = last_day(env, args.expires);
  for (const std::string& alert : proposal.hides) ++(subject.verdicts.at(alert) == Verdict::kBenign ? document.benign : document.false_positives);
  std::size_t attacks = 0;
  for (const auto& [id, alert] : subject.alerts) {
    const auto verdict = subject.verdicts.find(id);
    attacks += verdict != subject.verdicts.end() && verdict->second == Verdict::kTruePositive ? 1 : 0;
  }
  document.reason = fmt::format("Proposed from verdicts: hides {} that were judged no attack; of those that were judged true positives ({}) none.", proposal.hides.size(), attacks);
  return analyze::filter_yaml(document);
}

int refuse(const std::string& why) {
  complain(fmt::format("no filter is proposed: {}", why));
  return kAlerts;
}

/// Whether what ran is what was proposed; why not, or "".
std::string disagreement(const FilterProposal& proposal, const TuneEffect& effect) {
  const auto attack = std::ranges::find(effect.gone, Verdict::kTruePositive, &TuneEffect::Gone::verdict);
  if (attack != effect.gone.end()) return fmt::format("it would hide the true positive {} ({})", attack->id, attack->alert.title);
  for (const std::string& alert : proposal.hides) {
    if (std::ranges::find(effect.gone, alert, &TuneEffect::Gone::id) == effect.gone.end()) return fmt::format("run as a filter it does not hide {}, which it is made of", alert);
  }
  return {};
}

/// The alerts of the set are known; the rest of the way to a file.
int propose_and_verify(Env& env, const ProposeArguments& args, const Subject& subject, TuneRun& run) {
  const Result<std::size_t> unseen = unseen_true_positives(args.inputs, subject.verdicts, subject.alerts, subject.part);
  if (!unseen) return refuse(unseen.error().message);
  const Result<FilterProposal> proposal = propose(args, subject, run);
  if (!proposal) return complain(proposal.error().message), kIncomplete;
  if (proposal->selections.empty()) {
    complain_lines(left_text(*proposal));
    return refuse(proposal->refusal);
  }
  const std::string text = document_of(env, args, subject, *proposal);
  const Result<FilteredRules> filtered = load_filtered(env, args.inputs.rules, kProposed, text);
  if (!filtered) return complain_lines(filtered.error().message), refuse("it cannot be loaded");
  const Result<TuneEffect> effect = verify_filter(run, *filtered, subject.verdicts, &subject.alerts);
  if (!effect) return complain(effect.error().message), kIncomplete;
  std::FILE* const page = args.output.empty() ? stderr : stdout;  // the filter alone goes to standard output
  fmt::print(page, "{}: {}\n{}{}", terminal_safe(subject.rule->title), subject.rule->id, effect_text(*effect, args.shown), left_text(*proposal));
  if (*unseen > 0) fmt::print(page, "{} true positives of the verdicts are alerts of other rules, or of events that were not read\n", *unseen);
  if (run.is_protected()) fmt::print(page, "what is stored is protected: fields that the policy changes are in no condition\n");
  if (const std::string wrong = disagreement(*proposal, *effect); !wrong.empty()) return refuse(wrong);
  const Result<std::unique_ptr<ByteSink>> sink = open_output(args.output);
  if (!sink) return complain(sink.error().message), kUsage;
  if (const Status status = (*sink)->write(text); !status) return complain(status.error().message), kIncomplete;
  if (!run.complete()) complain("not everything could be read: what was not read may have a true positive that the filter hides");
  return run.complete() ? kDone : kIncomplete;
}

}  // namespace

int run_tune_propose(Env& env, const std::vector<std::string>& arguments) {
  ProposeArguments args;
  CLI::App app("Proposes the smallest Sigma filter that hides the false positives of a rule and no true positive, and shows what else it would hide. Exits 1 if there is none.", "tocsin tune propose");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const char* const user = std::getenv("USER");
  if (args.owner.empty() && user != nullptr) args.owner = user;
  if (args.owner.empty()) return complain("a filter has somebody who answers for it: --owner NAME"), kUsage;
  if (last_day(env, args.expires).empty()) return complain(fmt::format("--expires: '{}' is no time to come; write 90d, or a day as 2027-02-28", args.expires)), kUsage;
  const std::optional<RuleReading> rules = load_rules(env, args.inputs.rules);
  if (!rules) return kUsage;
  TuneRun run(env, args.inputs);
  const Result<Subject> subject = subject_of(env, args, rules->set, run);
  if (!subject) return complain(subject.error().message), kUsage;
  return propose_and_verify(env, args, *subject, run);
}

}  // namespace tocsin::cli
