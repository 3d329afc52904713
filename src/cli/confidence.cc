// tocsin confidence: how probable it is that alerts are malicious, each with its reasons (ndjson), and how well what was said before verdicts held after them: calibration, Brier score, a reliability diagram (table). docs/confidence.md.
#include <fmt/format.h>
#include <unistd.h>

#include "analyze/incident_book.h"
#include "cli/alert_lines.h"
#include "cli/case_options.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "cli/verdict_file.h"
#include "report/confidence_writer.h"

namespace tocsin::cli {

namespace {

struct ConfidenceArguments {
  std::vector<std::string> paths, verdicts;
  DataOptions data;
  std::string format, output, calibration, use, why;
};

void describe(CLI::App& app, ConfidenceArguments& args) {
  app.add_option("PATH", args.paths, "alerts that `tocsin scan --format ndjson` wrote, - is standard input; none: those that the service stored");
  app.add_option("--verdicts", args.verdicts, "what people judged of alerts: lines of tocsin.verdict/1")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--calibration", args.calibration, "none, or the version of the calibration to use (otherwise as the service, or the newest)")->type_name("N");
  app.add_option("--format", args.format, "table (on a terminal): how well it held; ndjson (else): every alert")->check(CLI::IsMember({"table", "ndjson"}));
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
  auto* const use = app.add_option("--use", args.use, "from now on the service uses this calibration: the number of a version, none, or newest")->type_name("VERSION");
  app.add_option("--why", args.why, "why, in your words")->type_name("TEXT")->needs(use);
  args.data.add_to(app, false);
}

/// Every alert in the order of time.
std::string alert_lines(const analyze::IncidentBook& book) {
  std::string out;
  for (std::size_t i = 0; i < book.alerts().size(); ++i) {
    append_confidence_ndjson(out, book.alerts()[i].id, book.confidences().explain(i, book.alerts()[i]), book.confidences().verdict_of(i), book.confidences().calibrator().current().version);
  }
  return out;
}

std::string held_text(const analyze::Calibrator& calibrator) {
  const analyze::Reliability held = analyze::reliability_of(calibrator.predictions(), calibrator.labels());
  ReliabilityTable table{held.count, held.attacks, held.brier, held.brier_of_share, held.calibration_error, {}, {}, calibrator.current().version};
  for (const analyze::Reliability::Bin& bin : held.bins) table.bins.push_back({bin.count, bin.attacks, bin.sum});
  for (const analyze::Calibration& version : calibrator.versions()) table.calibrations.push_back(version.json());
  return reliability_text(table);
}

/// An act of a person, which `tocsin case undo` takes back.
int choose_calibration(Env& env, const ConfidenceArguments& args) {
  const bool newest = args.use == "newest";
  const std::optional<std::uint32_t> version = newest ? 0 : calibration_max(args.use);
  if (!version) return kUsage;
  CaseAct act;
  act.kind = CaseActKind::kCalibration;
  act.value = newest ? kNewestCalibration : *version;
  act.text = args.why;
  CaseHere here;
  if (const auto exit = here.open(env, args.data)) return *exit;
  return here.act(std::move(act));
}

}  // namespace

int run_confidence(Env& env, const std::vector<std::string>& arguments) {
  ConfidenceArguments args;
  CLI::App app("Says how probable it is that alerts are malicious, and why; and how well that held where people judged.", "tocsin confidence");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (!args.use.empty()) return choose_calibration(env, args);
  if (args.format.empty()) args.format = args.output.empty() && is_terminal(STDOUT_FILENO) ? "table" : "ndjson";
  const std::optional<Said> said = load_said(env, args.verdicts, args.calibration, args.paths.empty() ? &args.data : nullptr);
  if (!said) return kUsage;
  analyze::IncidentBook book;
  AlertLines lines(book);
  int exit = kDone;
  if (!args.paths.empty()) {
    exit = read_alert_files(env, args.paths, lines) ? kDone : kIncomplete;
  } else {
    const Result<std::unique_ptr<State>> state = State::open(args.data.folder().state(), State::IfMissing::kFail);
    if (!state) return complain(state.error().message), kUsage;
    exit = read_stored_alerts(**state, {}, lines);
  }
  if (!lines.is_whole()) exit = kIncomplete;
  (void)book.incidents(said->verdicts, said->calibration_max);
  if (const std::size_t strangers = book.confidences().strangers(); strangers > 0 && !args.verdicts.empty()) complain(fmt::format("verdicts about alerts that are not here, which teach nothing: {}", strangers));
  const Result<std::unique_ptr<ByteSink>> sink = open_output(args.output);
  if (!sink) return complain(sink.error().message), kUsage;
  const std::string text = args.format == "table" ? held_text(book.confidences().calibrator()) : alert_lines(book);
  if (const Status status = (*sink)->write(text); !status) return complain(status.error().message), kIncomplete;
  return exit;
}

}  // namespace tocsin::cli
