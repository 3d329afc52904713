// tocsin status: what came in from whom and what became of it, read from the data folder, whether a service runs on it or not.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "pipeline/watch.h"
#include "store/journal_reader.h"
#include "store/state.h"

namespace tocsin::cli {

namespace {

struct Row {
  std::string source, input;
  journal::Counts counts;
  SourceSeen seen;
  std::uint64_t received() const { return counts.stored + counts.refused + counts.dropped; }
};

struct StatusOfAll {
  std::vector<Row> rows;
  std::uint64_t safe = 0, looked_at = 0, alerts = 0;
  std::optional<Trouble> trouble;
  State::Stored stored;
  std::uint64_t segment_bytes() const {
    std::uint64_t bytes = 0;
    for (const store::Segment& segment : stored.segments) bytes += segment.bytes;
    return bytes;
  }
  TimeUs now = 0;
  /// How long ago the last record was received that was looked at, while others wait; 0 if none waits.
  double lag(const Row& row) const {
    return looked_at >= safe || row.seen.last_seen == kNoTime ? 0 : static_cast<double>(now - row.seen.last_seen) / 1e6;
  }
};

Result<StatusOfAll> read_status(Env& env, const DataFolder& data, const std::string& key_file) {
  const SealKey key = TRY(read_key(env, key_file));
  Seal master(key);
  const journal::Standing standing = TRY(journal::read_standing(env, data.journal(), master));
  const std::unique_ptr<State> state = TRY(State::open(data.state(), State::IfMissing::kFail));
  const std::vector<SourceSeen> seen = TRY(state->sources());
  StatusOfAll all;
  all.safe = standing.next;
  all.looked_at = TRY(state->position());
  all.alerts = TRY(state->alert_count());
  all.stored = TRY(state->stored());
  all.now = env.now_us();
  all.trouble = read_trouble(env, data.trouble());
  for (const journal::SourceCounts& source : standing.ledger) {
    Row& row = all.rows.emplace_back();
    row.source = source.name;
    row.input = source.name.substr(0, source.name.find('/'));
    row.counts = source.counts;
    const auto found = std::ranges::find(seen, source.name, &SourceSeen::name);
    if (found != seen.end()) row.seen = *found;
  }
  return all;
}

std::string as_json(const StatusOfAll& all) {
  std::string text = R"({"schema":"tocsin.status/1","sources":[)";
  for (const Row& row : all.rows) {
    if (&row != all.rows.data()) text += ',';
    text += "{\"source\":\"";
    append_json_escaped(text, row.source);
    text += "\",\"input\":\"";
    append_json_escaped(text, row.input);
    text += fmt::format(R"(","received":{},"stored":{},"refused":{},"dropped":{},"parse_failures":{},"lag_seconds":{:.3f},"last_seen":{}}})",
                        row.received(), row.counts.stored, row.counts.refused, row.counts.dropped, row.seen.parse_failures, all.lag(row),
                        row.seen.last_seen == kNoTime ? "null" : '"' + format_time(row.seen.last_seen) + '"');
  }
  text += R"(],"trouble":)";
  if (all.trouble) {
    text += R"({"since":")" + all.trouble->since + R"(","what":")";
    append_json_escaped(text, all.trouble->what);
    text += "\"}";
  } else {
    text += "null";
  }
  return text + fmt::format(R"(,"records":{{"safe":{},"looked_at":{},"stored":{}}},"segments":{{"files":{},"bytes":{}}},"alerts":{}}})", all.safe,
                            all.looked_at, all.stored.position, all.stored.segments.size(), all.segment_bytes(), all.alerts);
}

void print_table(const StatusOfAll& all) {
  fmt::print("{:<28} {:>12} {:>12} {:>9} {:>9} {:>9} {:>8}  {}\n", "source", "received", "stored", "refused", "dropped", "unparsed", "lag s",
             "last seen");
  for (const Row& row : all.rows) {
    fmt::print("{:<28} {:>12} {:>12} {:>9} {:>9} {:>9} {:>8.1f}  {}\n", row.source, row.received(), row.counts.stored, row.counts.refused,
               row.counts.dropped, row.seen.parse_failures, all.lag(row), row.seen.last_seen == kNoTime ? "-" : format_time(row.seen.last_seen));
  }
  if (all.rows.empty()) fmt::print("nothing was received yet\n");
  fmt::print("\n{} records are safe, {} looked at, {} in segments ({} files, {:.1f} MB); {} alerts\n", all.safe, all.looked_at,
             all.stored.position, all.stored.segments.size(), static_cast<double>(all.segment_bytes()) / 1e6, all.alerts);
  if (all.trouble) fmt::print("trouble since {}: {}\n", terminal_safe(all.trouble->since), terminal_safe(all.trouble->what));
}

}  // namespace

int run_status(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  bool json = false;
  CLI::App app("What came in, from whom, and what became of it.", "tocsin status");
  data.add_to(app, true);
  app.add_flag("--json", json, "as tocsin.status/1");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<StatusOfAll> all = read_status(env, data.folder(), data.key_file());
  if (!all) return complain(all.error().message), kUsage;
  if (json) {
    fmt::print("{}\n", as_json(*all));
  } else {
    print_table(*all);
  }
  return kDone;
}

}  // namespace tocsin::cli
