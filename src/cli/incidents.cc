// tocsin incidents: the alerts of logs, put together. What belongs together and why is analyze/incident_linker.h; docs/incidents.md.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "analyze/incident_book.h"
#include "api/incident_view.h"
#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/progress_line.h"
#include "cli/scan_inputs.h"
#include "cli/verb.h"
#include "collect/byte_stream.h"
#include "report/alert_writer.h"
#include "report/incident_writer.h"
#include "report/page.h"
#include "store/state.h"

namespace tocsin::cli {

namespace {

/// A line of an alert is some KB; a correlation's, which names 10,000 events, a few MB.
constexpr std::size_t kAlertLineMax = std::size_t{16} << 20;
constexpr std::size_t kMistakesShown = 5;

constexpr std::size_t kStoredPage = 1'000;

struct IncidentArguments {
  ScanInputs inputs;
  DataOptions data;
  std::string format, output, show, status = "open";
  bool alerts = false;
  std::size_t top = 20;
};

void describe(CLI::App& app, IncidentArguments& args) {
  args.inputs.add_to(app)->description("logs, as for `tocsin scan`; none: the alerts that the service stored");
  args.data.add_to(app, false);
  app.add_flag("--alerts", args.alerts, "each PATH is alerts that `tocsin scan --format ndjson` wrote");
  app.add_option("--show", args.show, "one incident whole, by the beginning of its id")->type_name("ID");
  app.add_option("--status", args.status, "of stored ones: open, closed or all")->check(CLI::IsMember({"open", "closed", "all"}))->capture_default_str();
  app.add_option("--top", args.top, "how many are listed")->check(CLI::Range(1, 10'000));
  app.add_option("--format", args.format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
}

/// Lines of alerts, cut from what comes.
class AlertLines : public ByteSink {
 public:
  explicit AlertLines(analyze::IncidentBook& book) : book_(book) {}

  void begin(std::string name) {
    end();
    name_ = std::move(name);
    line_number_ = 0;
  }
  Status write(std::string_view bytes) override {
    for (std::size_t from = 0; from < bytes.size();) {
      const std::size_t to = bytes.find('\n', from);
      rest_.append(bytes.substr(from, to == std::string_view::npos ? bytes.npos : to - from));
      if (to == std::string_view::npos) {
        if (rest_.size() > kAlertLineMax) rest_.resize(kAlertLineMax);  // the line is too long already: no use to keep it
        return {};
      }
      line();
      from = to + 1;
    }
    return {};
  }
  /// The last line may lack its end.
  void end() {
    if (!rest_.empty()) line();
  }
  std::uint64_t refused() const { return refused_; }
  std::uint64_t left_out() const { return left_out_; }

 private:
  void line() {
    ++line_number_;
    const std::string line = std::exchange(rest_, {});
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    if (line.size() >= kAlertLineMax) return refuse("is longer than 16 MB");
    Result<analyze::IncidentAlert> alert = analyze::read_incident_alert(line);
    if (!alert) return refuse(alert.error().message);
    if (!book_.add(std::move(*alert))) ++left_out_;
  }
  void refuse(const std::string& why) {
    if (++refused_ <= kMistakesShown) complain(fmt::format("{}:{}: {}", name_, line_number_, why));
  }

  analyze::IncidentBook& book_;
  std::string name_, rest_;
  std::uint64_t line_number_ = 0, refused_ = 0, left_out_ = 0;
};

/// Alerts from files, `-` is standard input. False if one of them could not be read.
bool read_alerts(Env& env, const std::vector<std::string>& paths, AlertLines& lines) {
  bool whole = true;
  for (const std::string& path : paths) {
    std::vector<Error> unreadable;
    const std::vector<FoundFile> files = path == "-" ? std::vector<FoundFile>{{"/dev/stdin", "standard input"}} : find_files(env, path, unreadable);
    for (const FoundFile& file : files) {
      lines.begin(file.source);
      Result<std::unique_ptr<ByteStream>> stream = ByteStream::open(env, file.path);
      std::string room(1 << 16, '\0');
      while (stream) {
        const Result<std::size_t> got = (*stream)->read(room.data(), room.size());
        if (!got) unreadable.push_back(got.error());
        if (!got || *got == 0) break;
        (void)lines.write(std::string_view(room.data(), *got));
      }
      if (!stream) unreadable.push_back(stream.error());
    }
    for (const Error& error : unreadable) complain(error.message);
    whole = whole && unreadable.empty();
  }
  lines.end();
  return whole;
}

/// The same from logs.
int scan_logs(Env& env, const ScanInputs& inputs, AlertLines& lines) {
  std::optional<ScanOptions> options = inputs.options(env);
  if (!options) return kUsage;
  const std::unique_ptr<Engine> engine = inputs.engine(env, *options);
  if (engine == nullptr) return kUsage;
  std::vector<Error> unreadable;
  std::vector<FoundFile> files = inputs.files(env, unreadable);
  const Result<std::unique_ptr<enrich::HostTable>> hosts = inputs.hosts(env, options->worker.enricher, files);
  if (!hosts) return complain(hosts.error().message), kUsage;
  options->worker.hosts = hosts->get();
  const std::unique_ptr<AlertWriter> writer = make_ndjson_writer();
  Scan scan(env, *engine, *options, *writer, lines);
  const ProgressLine line([&] { return scan_progress_text(scan.progress()); }, is_terminal(STDERR_FILENO));
  const Result<ScanSummary> summary = scan.run(std::move(files));
  if (!summary) return complain(summary.error().message), kIncomplete;
  show_scan_problems(*summary, unreadable);
  return summary->inputs_failed + unreadable.size() > 0 ? kIncomplete : kDone;
}

/// The same from what the service stored: an incident is made of the alerts alone, so it is the one that it was when they came.
int read_stored(Env& env, const IncidentArguments& args, AlertLines& lines, std::shared_ptr<const analyze::CaseBook>& cases) {
  std::optional<TimeUs> since, until;
  if (!read_time_option("--since", args.inputs.since, env.now_us(), since) || !read_time_option("--until", args.inputs.until, env.now_us(), until)) return kUsage;
  const int level_min = args.inputs.level.empty() ? 0 : *level_rank_of(args.inputs.level);
  const Result<std::unique_ptr<State>> state = State::open(args.data.folder().state(), State::IfMissing::kFail);
  if (!state) return complain(state.error().message), kUsage;
  CaseLog acts(**state);
  const Result<std::shared_ptr<const analyze::CaseBook>> decided = api::read_cases(acts);
  if (!decided) return complain(decided.error().message), kIncomplete;
  cases = *decided;
  const Result<std::int64_t> last = (*state)->last_alert_number();
  if (!last) return complain(last.error().message), kIncomplete;
  lines.begin("stored alerts");
  for (std::int64_t after = std::max<std::int64_t>(0, *last - static_cast<std::int64_t>(analyze::kBookAlertsMax));;) {
    const Result<std::vector<StoredAlert>> page = (*state)->alerts_added_after(after, kStoredPage, level_min);
    if (!page) return complain(page.error().message), kIncomplete;
    if (page->empty()) return kDone;
    for (const StoredAlert& alert : *page) {
      after = alert.number;
      const bool wanted = alert.time == kNoTime || ((!since || alert.time >= *since) && (!until || alert.time <= *until));
      if (wanted) (void)lines.write(alert.body + '\n');
    }
  }
}

std::uint64_t alerts_in(const std::vector<Incident>& incidents) {
  std::uint64_t alerts = 0;
  for (const Incident& incident : incidents) alerts += incident.alerts.size();
  return alerts;
}

std::string list(const IncidentArguments& args, const std::vector<Incident>& incidents, std::uint64_t alerts, const SummaryStyle& style) {
  if (args.format == "table") return incidents_text(incidents, alerts, args.top, style);
  std::string out;
  for (const Incident& incident : incidents) append_incident_ndjson(out, incident);
  return out;
}

/// Nothing if it is not there, or there are several (which was said).
std::optional<std::string> one(const IncidentArguments& args, const std::vector<Incident>& incidents, const SummaryStyle& style) {
  const auto named = [&](const Incident& incident) { return incident.id.starts_with(args.show); };
  const auto found = std::ranges::find_if(incidents, named);
  if (found == incidents.end()) return complain(fmt::format("there is no incident {}", args.show)), std::nullopt;
  if (std::ranges::count_if(incidents, named) > 1) return complain(fmt::format("there are several incidents {}…; give more of the id", args.show)), std::nullopt;
  if (args.format == "table") return incident_text(*found, style);
  std::string out;
  append_incident_ndjson(out, *found);
  return out;
}

}  // namespace

int run_incidents(Env& env, const std::vector<std::string>& arguments) {
  IncidentArguments args;
  CLI::App app("Puts the alerts of logs together: a short list of incidents, and why their alerts belong together.", "tocsin incidents");
  describe(app, args);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const bool to_terminal = args.output.empty() && is_terminal(STDOUT_FILENO);
  if (args.format.empty()) args.format = to_terminal ? "table" : "ndjson";
  analyze::IncidentBook book;
  AlertLines lines(book);
  std::shared_ptr<const analyze::CaseBook> cases;  // what people decided about stored ones
  int exit = kDone;
  if (args.inputs.paths.empty() && args.alerts) return complain("--alerts wants a PATH: alerts that `tocsin scan --format ndjson` wrote"), kUsage;
  if (args.inputs.paths.empty()) {
    exit = read_stored(env, args, lines, cases);
    book.decide(cases.get());
  } else if (args.alerts) {
    exit = read_alerts(env, args.inputs.paths, lines) ? kDone : kIncomplete;
  } else {
    exit = scan_logs(env, args.inputs, lines);
    lines.end();
  }
  if (exit == kUsage) return exit;
  if (lines.left_out() > 0) {
    complain(fmt::format("{} alerts are in no incident: no more than {} are put together at once; --level high takes the graver ones", lines.left_out(), analyze::kBookAlertsMax));
    exit = kIncomplete;
  }
  if (lines.refused() > 0) {
    complain(fmt::format("lines that are no alerts, passed over: {}", lines.refused()));
    exit = kIncomplete;
  }
  std::vector<Incident> incidents = book.incidents();
  std::size_t left_out = 0;
  if (args.status != "all" && args.show.empty()) left_out = std::erase_if(incidents, [&](const Incident& incident) { return (incident.status == CaseStatus::kClosed) != (args.status == "closed"); });
  const SummaryStyle style{to_terminal && wants_colour(STDOUT_FILENO), args.output.empty() ? terminal_width(STDOUT_FILENO) : 100, true};
  std::optional<std::string> text = args.show.empty() ? list(args, incidents, alerts_in(incidents), style) : one(args, incidents, style);
  if (!text) return kUsage;
  if (left_out > 0 && args.format == "table") *text += fmt::format("\n{} {} not listed (--status all)\n", grouped(left_out), args.status == "open" ? "closed ones are" : "others are");
  const Result<std::unique_ptr<ByteSink>> sink = open_output(args.output);  // not before: what is there stays where something is wrong
  if (!sink) return complain(sink.error().message), kUsage;
  if (const Status status = (*sink)->write(*text); !status) return complain(status.error().message), kIncomplete;
  return exit;
}

}  // namespace tocsin::cli
