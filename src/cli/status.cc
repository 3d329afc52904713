// tocsin status: what came in from whom and what became of it, read from the data folder, whether a service runs on it or not.
#include <fmt/format.h>

#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "pipeline/service_status.h"

namespace tocsin::cli {

namespace {

void print_table(const ServiceStatus& status) {
  fmt::print("{:<28} {:>12} {:>12} {:>9} {:>9} {:>9} {:>8}  {}\n", "source", "received", "stored", "refused", "dropped", "unparsed", "lag s",
             "last seen");
  for (const SourceStatus& row : status.sources) {
    fmt::print("{:<28} {:>12} {:>12} {:>9} {:>9} {:>9} {:>8.1f}  {}\n", row.source, row.received(), row.counts.stored, row.counts.refused,
               row.counts.dropped, row.seen.parse_failures, status.lag(row), row.seen.last_seen == kNoTime ? "-" : format_time(row.seen.last_seen));
  }
  if (status.sources.empty()) fmt::print("nothing was received yet\n");
  fmt::print("\n{} records are safe, {} looked at, {} in segments ({} files, {:.1f} MB); {} alerts\n", status.safe, status.looked_at,
             status.stored, status.segment_files, static_cast<double>(status.segment_bytes) / 1e6, status.alerts);
}

}  // namespace

int run_status(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  bool json = false;
  CLI::App app("What came in, from whom, and what became of it.", "tocsin status");
  data.add_to(app, true);
  app.add_flag("--json", json, "as tocsin.status/1");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<ServiceStatus> status = read_service_status(env, data.folder(), data.key_file());
  if (!status) return complain(status.error().message), kUsage;
  if (json) {
    fmt::print("{}\n", status_json(*status));
  } else {
    print_table(*status);
  }
  return kDone;
}

}  // namespace tocsin::cli
