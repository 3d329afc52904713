// tocsin tail: events as they come in, read from the journal beside the service. A line each for people, NDJSON elsewhere.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verb.h"
#include "normalize/mapping_files.h"
#include "pipeline/journal_rows.h"
#include "store/event_view.h"
#include "store/journal_reader.h"

namespace tocsin::cli {

namespace {

constexpr timespec kLook{0, 100'000'000};

struct TailArguments {
  DataOptions data;
  std::string filter, format;
  std::vector<std::string> mappings;
};

/// What the tail needs as long as it runs, in the order in which it is made.
struct Tail {
  Tail(Env& env, const DataFolder& data, const SealKeys& key, std::unique_ptr<const Taxonomy> mappings)
      : master(key),
        taxonomy(std::move(mappings)),
        reader(*taxonomy, log_sources),
        fields(*taxonomy, log_sources),
        view(fields),
        place{env, data.journal(), master} {}

  Seal master;
  std::unique_ptr<const Taxonomy> taxonomy;
  LogSourceTable log_sources;
  RecordReader reader, fields;
  store::EventView view;
  JournalPlace place;
};

void append_line(std::string& out, const store::EventView& view, bool as_table) {
  if (!as_table) {
    view.append_json(out);
  } else {
    for (const std::string_view name : {"time", "host", "event_code"}) {
      out += terminal_safe(view.first(*store::find_column(name))) + "  ";
    }
    out += terminal_safe(view.raw());
  }
  out += '\n';
}

/// What came since the last call. False if nobody reads the output any more.
Result<bool> show_new(JournalRows& rows, Tail& tail, store::QueryMatcher& matcher, bool as_table, FdSink& sink) {
  std::string out;
  store::EventRow row;
  while (TRY(rows.next(row))) {
    tail.view.set(row);
    if (!matcher.matches(tail.view)) continue;
    append_line(out, tail.view, as_table);
    if (out.size() < 65'536) continue;
    if (!sink.write(out)) return false;
    out.clear();
  }
  return sink.write(out).has_value();
}

int follow(Tail& tail, journal::Sequence from, store::Query query, bool as_table, const sigset_t& signals) {
  store::QueryMatcher matcher(std::move(query));
  JournalRows rows(tail.place, tail.reader, tail.log_sources, {.from = from});
  if (const Status started = rows.start(); !started) return complain(started.error().message), kIncomplete;
  FdSink sink(STDOUT_FILENO);
  std::size_t told = 0;
  while (true) {
    const Result<bool> goes_on = show_new(rows, tail, matcher, as_table, sink);
    if (!goes_on) return complain(goes_on.error().message), kIncomplete;
    if (!*goes_on) return kDone;
    for (; told < rows.damage().size(); ++told) {
      const journal::Damage& damage = rows.damage()[told];
      complain(fmt::format("records {} to {} are not shown: {}", damage.from, damage.to, damage.what));
    }
    if (sigtimedwait(&signals, nullptr, &kLook) > 0) return kDone;
  }
}

int tail_with(Env& env, const DataFolder& data, const std::string& key_file, store::Query query, bool as_table, const std::vector<std::string>& mappings) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const Result<SealKeys> key = read_key(env, key_file);
  if (!key) return complain(key.error().message), kUsage;
  Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, mappings);
  if (!taxonomy) return complain_lines(taxonomy.error().message), kUsage;
  Tail tail(env, data, *key, std::move(*taxonomy));
  const Result<journal::Standing> standing = journal::read_standing(env, data.journal(), tail.master);
  if (!standing) return complain(standing.error().message), kUsage;
  if (env.exists(data.lock()) && env.lock_file(data.lock())) complain("no service runs on this data; waiting for one");
  return follow(tail, standing->next, std::move(query), as_table, signals);
}

}  // namespace

int run_tail(Env& env, const std::vector<std::string>& arguments) {
  TailArguments args;
  CLI::App app("Shows events as `tocsin serve` receives them, until Ctrl-C.", "tocsin tail");
  app.add_option("FILTER", args.filter, "only what this asks for, as in `tocsin search`; no commands");
  app.add_option("--format", args.format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  add_mappings_option(app, args.mappings);
  args.data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  store::Parsed<store::Query> query = store::parse_query(args.filter);
  if (query && !query->commands.empty()) {
    query = tl::unexpected(store::QueryMistake{"a live view has no commands", "take this away, or ask `tocsin search`", query->commands[0].at});
  }
  if (!query) {
    fmt::print(stderr, "{}", store::format_mistake(args.filter, query.error()));
    return kUsage;
  }
  const bool as_table = args.format.empty() ? is_terminal(STDOUT_FILENO) : args.format == "table";
  return tail_with(env, args.data.folder(), args.data.key_file(), std::move(*query), as_table, args.mappings);
}

}  // namespace tocsin::cli
