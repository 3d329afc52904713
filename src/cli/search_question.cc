#include "cli/search_question.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/text.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/search_events.h"
#include "cli/search_rows.h"
#include "cli/verb.h"
#include "normalize/mapping_files.h"

namespace tocsin::cli {

namespace {

/// What a table shows of an event, if the query does not say.
void choose_columns(store::Query& query) {
  store::Command command;
  command.kind = store::Command::Kind::kFields;
  for (const std::string_view name : {"time", "host", "user", "event_code", "raw"}) {
    command.fields.push_back({store::find_column(name), std::string(name), {}});
  }
  query.commands.push_back(std::move(command));
}

bool gives_events(const store::Query& query) {
  return std::ranges::all_of(query.commands, [](const store::Command& command) {
    return command.kind == store::Command::Kind::kSort || command.kind == store::Command::Kind::kLimit;
  });
}

/// DuckDB shows the place of a mistake on lines of their own, twice.
void complain_in_lines(std::string_view message) {
  constexpr std::string_view kPlace = "\n\nLINE ";
  const std::size_t place = message.find(kPlace);
  if (place != std::string_view::npos) message = message.substr(0, message.find(kPlace, place + 1));
  complain(message.substr(0, message.find('\n')));
  while (message.find('\n') != std::string_view::npos) {
    message.remove_prefix(message.find('\n') + 1);
    const std::string_view line = message.substr(0, message.find('\n'));
    if (!line.empty()) fmt::print(stderr, "    {}\n", terminal_safe(line));
  }
}

int finish(const Status& done, SearchRows& rows, const EventSearch& search) {
  const Status written = rows.finish();
  if (rows.is_cut()) complain(fmt::format("only the first {} rows are shown; `| count` counts them, --format ndjson gives all", kTableRowsMax));
  const std::vector<std::string> troubles = search.troubles();
  for (const std::string& trouble : troubles) complain(trouble);
  if (!done) {
    complain_in_lines(done.error().message);
    return done.error().code == Code::kInvalid ? kUsage : kIncomplete;
  }
  if (!written) complain(written.error().message);
  return written && troubles.empty() ? kDone : kIncomplete;
}

int finish_export(const Status& done, UnfinishedFile& file, const EventSearch& search) {
  const std::vector<std::string> troubles = search.troubles();
  for (const std::string& trouble : troubles) complain(trouble);
  if (!done) {
    complain_in_lines(done.error().message);
    return done.error().code == Code::kInvalid ? kUsage : kIncomplete;
  }
  const Status finished = file.finish();
  if (!finished) complain(finished.error().message);
  return finished && troubles.empty() ? kDone : kIncomplete;
}

}  // namespace

void describe_search(CLI::App& app, SearchArguments& args) {
  app.add_option("QUERY", args.query, "what to look for, and after | what to make of it; empty: every event");
  auto* const sql = app.add_option("--sql", args.sql, "ask this of the relation `events` instead")->type_name("SELECT");
  app.add_option("--since", args.since, "events from this time on: RFC 3339, or 30m, 24h, 7d before now")->type_name("TIME");
  app.add_option("--until", args.until, "events before this time")->type_name("TIME");
  app.add_flag("--count", args.count, "print how many rows there are, nothing else")->excludes(sql);
  app.add_option("--format", args.format, "table (on a terminal), ndjson (else), csv, events as ocsf or ecs, or parquet, which needs --output")
      ->check(CLI::IsMember({"table", "ndjson", "csv", "ocsf", "ecs", "parquet"}));
  app.add_option("--output", args.output, "write there instead of standard output")->type_name("FILE");
  app.add_option("--memory", args.memory_mb, "MiB that the search may use")->check(CLI::Range(64, 1 << 20))->capture_default_str();
  app.add_option("--timeout", args.seconds, "seconds that it may take")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--threads", args.threads, "threads that it may use")->check(CLI::Range(1, 256))->capture_default_str();
  add_mappings_option(app, args.mappings);
  args.data.add_to(app, true);
}

std::optional<int> read_question(Env& env, const SearchArguments& args, SearchQuestion& question) {
  if (!args.query.empty() && !args.sql.empty()) return complain("a query or --sql, not both"), kUsage;
  const TimeUs now = env.now_us();
  if (!read_time_option("--since", args.since, now, question.since) || !read_time_option("--until", args.until, now, question.until)) return kUsage;
  store::Parsed<store::Query> query = store::parse_query(args.query);
  if (!query) {
    fmt::print(stderr, "{}", store::format_mistake(args.query, query.error()));
    return kUsage;
  }
  question.query = std::move(*query);
  if (args.format != "ocsf" && args.format != "ecs") return std::nullopt;
  if (!args.sql.empty() || args.count || !gives_events(question.query)) {
    return complain(fmt::format("--format {} is for events: a query without --sql, --count, and commands other than sort and limit", args.format)), kUsage;
  }
  Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, args.mappings, args.format == "ocsf");
  if (!taxonomy) return complain_lines(taxonomy.error().message), kUsage;
  question.engine = std::make_unique<Engine>(sigma::RuleSet{}, std::move(*taxonomy));
  choose_event_columns(question.query);
  return std::nullopt;
}

int export_answer(const SearchArguments& args, const SearchQuestion& question, EventSearch& search, UnfinishedFile& file) {
  const Status done = args.sql.empty() ? search.export_query(question.query) : search.export_sql(args.sql);
  return finish_export(done, file, search);
}

std::unique_ptr<SearchRows> SearchQuestion::rows_for(const SearchArguments& args, ByteSink& sink) {
  if (engine != nullptr) return make_event_rows(args.format, std::move(engine), std::move(enricher), sink);
  const bool as_table = args.format.empty() ? args.output.empty() && is_terminal(STDOUT_FILENO) : args.format == "table";
  const bool some = args.sql.empty() && gives_events(query);
  SearchFormat format = some ? SearchFormat::kNdjsonSome : SearchFormat::kNdjson;
  if (as_table) format = SearchFormat::kTable;
  if (args.format == "csv") format = SearchFormat::kCsv;
  if (args.count) format = SearchFormat::kNumber;
  if (format == SearchFormat::kTable && some) choose_columns(query);
  return make_search_rows(format, sink, terminal_width(STDOUT_FILENO));
}

int answer(const SearchArguments& args, const SearchQuestion& question, EventSearch& search, SearchRows& rows) {
  const Status done = !args.sql.empty() ? search.run_sql(args.sql, rows) : args.count ? search.count(question.query, rows) : search.run(question.query, rows);
  return finish(done, rows, search);
}

void leave(int exit) {
  std::fflush(stdout);
  std::fflush(stderr);
  ::_exit(exit);
}

}  // namespace tocsin::cli
