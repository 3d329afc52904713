// tocsin score: how sure it is that groups of alerts are an attack, with the reasons. The alerts are a file of any product's; what is learnt comes from files with verdicts, or from a model that was kept.
#include <fmt/format.h>

#include <deque>

#include "analyze/group_lines.h"
#include "analyze/model_file.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "collect/alert_file.h"

namespace tocsin::cli {

namespace {

using analyze::AlertGroups;
using analyze::AlertNames;
using analyze::ConfidenceModel;

/// Written at a time.
constexpr std::size_t kFlushBytes = 256 << 10;

struct ScoreArguments {
  std::string alerts, format, model, save_model, output;
  std::vector<std::string> train;

  AlertForm form() const { return format == "ait" ? AlertForm::kAit : format == "ocsf" ? AlertForm::kOcsf : AlertForm::kEcs; }
};

/// One file's groups.
struct GroupedFile {
  AlertNames names;
  AlertGroups groups{names};
  bool whole = true;
};

/// What could not be read is named on standard error.
Status read_groups(Env& env, const std::string& path, AlertFileRules rules, GroupedFile& file) {
  const AlertFileCounts counts = TRY(read_alerts(env, path, rules, [&](const AlertBrief& alert) { return file.groups.add(alert); }));
  for (const std::string& bad : counts.named) complain(fmt::format("{}: {}", path, bad));
  if (counts.bad > 0) complain(fmt::format("{}: {} of {} alerts could not be read; the others count", path, counts.bad, counts.bad + counts.alerts));
  if (!counts.broken.empty()) complain(fmt::format("{}: {}; what stands before that was read", path, counts.broken));
  file.whole = counts.bad == 0 && counts.broken.empty();
  const Status status = file.groups.finish();
  return status ? status : Error{status.error().code, fmt::format("{}: {}", path, status.error().message)};
}

/// What the files teach. `whole` becomes false where some alerts could not be read.
Result<ConfidenceModel> train(Env& env, const ScoreArguments& args, bool& whole) {
  std::deque<GroupedFile> files;
  std::vector<analyze::Scenario> scenarios;
  for (const std::string& path : args.train) {
    GroupedFile& file = files.emplace_back();
    TRY(read_groups(env, path, {args.form(), true}, file));
    scenarios.push_back(TRY(analyze::Scenario::of(file.names, file.groups.groups())));
    whole = whole && file.whole;
  }
  return ConfidenceModel::fit(scenarios);
}

Status write_scores(const GroupedFile& file, const ConfidenceModel& model, ByteSink& sink) {
  analyze::GroupScorer scorer(model, file.names);
  std::vector<analyze::ScoredGroup> scored;
  std::string out;
  Status status;
  analyze::for_each_window(file.groups.groups(), [&](std::span<const analyze::AlertGroup> window) {
    if (status) status = scorer.take(window, scored);
    if (!status) return;
    for (std::size_t i = 0; i < window.size(); ++i) append_group_line(out, model, file.names, window[i], scored[i]);
    if (out.size() < kFlushBytes) return;
    status = sink.write(out);
    out.clear();
  });
  return status ? sink.write(out) : status;
}

void say_what_is_missing(const ConfidenceModel& model) {
  switch (model.kind()) {
    case ConfidenceModel::Kind::kPrior:
      return complain("nothing was taught (--train, --model): every group gets the same confidence, that of any group of alerts");
    case ConfidenceModel::Kind::kRecord:
      return complain("one file alone teaches each rule's record and nothing of what stands beside it: give three or more with --train");
    case ConfidenceModel::Kind::kUncalibrated:
      return complain("the confidence is not calibrated, and may be too sure: that needs three files or more with --train, attacks in at least two");
    case ConfidenceModel::Kind::kCalibrated: return;
  }
}

/// From --train or --model, or a prior.
Result<ConfidenceModel> model_of(Env& env, const ScoreArguments& args, bool& whole) {
  if (!args.train.empty()) return train(env, args, whole);
  if (args.model.empty()) return ConfidenceModel();
  Result<ConfidenceModel> model = analyze::read_model(TRY(env.read_file(args.model, analyze::kModelBytesMax)));
  if (!model) return Error{model.error().code, fmt::format("{}: {}", args.model, model.error().message)};
  return model;
}

int score(Env& env, const ScoreArguments& args, const ConfidenceModel& model, bool whole, ByteSink& sink) {
  GroupedFile file;
  Status status = read_groups(env, args.alerts, {args.form(), false}, file);
  if (status) status = write_scores(file, model, sink);
  if (!status) complain(status.error().message);
  return status && whole && file.whole ? kDone : kIncomplete;
}

/// What is learnt is kept before anything is scored, and no output is made if there is nothing to score by.
int learn_and_score(Env& env, const ScoreArguments& args) {
  bool whole = true;
  const Result<ConfidenceModel> model = model_of(env, args, whole);
  if (!model) return complain(model.error().message), kUsage;
  say_what_is_missing(*model);
  if (!args.save_model.empty()) {
    const Status saved = env.write_file(args.save_model, analyze::model_text(*model));
    if (!saved) return complain(saved.error().message), kUsage;
  }
  if (args.alerts.empty()) return whole ? kDone : kIncomplete;
  const Result<std::unique_ptr<ByteSink>> sink = open_output(args.output);
  if (!sink) return complain(sink.error().message), kUsage;
  return score(env, args, *model, whole, **sink);
}

}  // namespace

int run_score(Env& env, const std::vector<std::string>& arguments) {
  ScoreArguments args;
  CLI::App app("How sure it is that groups of alerts are an attack, and why: tocsin score --alerts today.ndjson --format ocsf --train january.ndjson --train …", "tocsin score");
  app.add_option("--alerts", args.alerts, "alerts to score; .gz and .zst too")->type_name("FILE");
  app.add_option("--format", args.format, "of all files of alerts: ait, ocsf (Detection Findings, as scan writes them) or ecs (Elastic)")->required()->check(CLI::IsMember({"ait", "ocsf", "ecs"}));
  auto* const train = app.add_option("--train", args.train, "alerts with verdicts to learn from; three files or more")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--model", args.model, "what was learnt before and kept with --save-model")->type_name("FILE")->excludes(train);
  app.add_option("--save-model", args.save_model, "keep what --train teaches; without --alerts nothing else is done")->type_name("FILE")->needs(train);
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (args.alerts.empty() && args.save_model.empty()) return complain("give the alerts to score with --alerts FILE, or a file for what is learnt with --save-model FILE"), kUsage;
  return learn_and_score(env, args);
}

}  // namespace tocsin::cli
