// tocsin sources: what was recognised in inputs, how sure that is, and how to say it otherwise.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/unplaced_text.h"
#include "cli/verb.h"
#include "normalize/mapping_files.h"
#include "pipeline/source_survey.h"
#include "report/json_text.h"

namespace tocsin::cli {

namespace {

/// Of the events of an input, those that are known and have a time and a log source: from here on we are sure, or think so.
constexpr double kSureShare = 0.98, kLikelyShare = 0.8;
/// On a terminal; a mapping's class may have a dozen.
constexpr std::size_t kSourcesShownMax = 2;
/// Of the fields without a place, in a line of NDJSON.
constexpr std::size_t kFieldsWrittenMax = 20;

struct SourcesArguments {
  std::vector<std::string> paths, mappings, sources, zones;
  std::string format;
};

double share(std::uint64_t part, std::uint64_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

std::string_view how_sure(const SurveyedInput& input) {
  std::uint64_t good = 0;
  for (const SurveyedGroup& group : input.groups) good += group.format.empty() ? 0 : std::min(group.with_time, group.with_source);
  const double known = share(good, input.events + input.damaged);
  return known >= kSureShare ? "sure" : known >= kLikelyShare ? "likely" : known > 0 ? "partly" : "no";
}

std::string override_text(const SurveyedInput& input) { return fmt::format("--source '{}=FORMAT'", input.source); }

/// "windows/-/security" for a terminal: an empty part is a dash.
std::string short_sources(const std::vector<std::string>& sources) {
  std::string all;
  for (std::size_t i = 0; i < std::min(sources.size(), kSourcesShownMax); ++i) all += (i == 0 ? "" : " ") + sources[i];
  if (sources.size() > kSourcesShownMax) all += fmt::format(" +{}", sources.size() - kSourcesShownMax);
  return all.empty() ? "-" : all;
}

void print_table(const std::vector<SurveyedInput>& inputs) {
  fmt::print("{:<18} {:>10} {:>8} {:>8} {:<7} {:<40} {}\n", "format", "events", "share", "time", "sure", "log source", "input");
  for (const SurveyedInput& input : inputs) {
    const std::uint64_t all = input.events + input.damaged;
    for (const SurveyedGroup& group : input.groups) {
      fmt::print("{:<18} {:>10} {:>7.2f}% {:>7.2f}% {:<7} {:<40} {}\n", terminal_safe(group.format.empty() ? "not understood" : group.format), group.events,
                 100 * share(group.events, all), 100 * share(group.with_time, group.events), group.format.empty() ? "" : how_sure(input),
                 terminal_safe(short_sources(group.log_sources)), terminal_safe(input.source));
    }
    if (input.damaged > 0) fmt::print("{:<18} {:>10} {:>7.2f}% {:>8} {:<7} {:<40} {}\n", "damaged", input.damaged, 100 * share(input.damaged, all), "", "", "", terminal_safe(input.source));
  }
  if (const std::string unplaced = unplaced_text(inputs); !unplaced.empty()) fmt::print("\n{}", unplaced);
  fmt::print("\nWhere this is wrong, say what the lines are: --source 'GLOB=FORMAT' (`tocsin mappings list` has the formats), for scan, too.\n");
}

void append_group(std::string& out, const SurveyedGroup& group) {
  out += "{\"format\":";
  append_string(out, group.format.empty() ? "unknown" : group.format);
  out += ",\"log_sources\":[";
  for (std::size_t i = 0; i < group.log_sources.size(); ++i) {
    if (i > 0) out += ',';
    append_string(out, group.log_sources[i]);
  }
  out += fmt::format("],\"events\":{},\"with_time\":{},\"with_log_source\":{},\"values\":{},\"unplaced\":{},\"unplaced_fields\":[", group.events, group.with_time, group.with_source, group.values, group.unplaced);
  for (std::size_t i = 0; i < std::min(group.fields.size(), kFieldsWrittenMax); ++i) {
    out += i == 0 ? "{\"field\":" : ",{\"field\":";
    append_string(out, group.fields[i].path);
    out += fmt::format(",\"events\":{}}}", group.fields[i].events);
  }
  out += "]}";
}

void print_ndjson(const SurveyedInput& input) {
  std::uint64_t timed = 0;
  for (const SurveyedGroup& group : input.groups) timed += group.with_time;
  const std::uint64_t all = input.events + input.damaged;
  std::string out = "{\"source\":";
  append_string(out, input.source);
  out += fmt::format(",\"events\":{},\"damaged\":{},\"recognised\":{:.4f},\"time\":{:.4f},\"not_understood\":{:.4f},\"sure\":\"{}\",\"formats\":[", input.events, input.damaged,
                     all == 0 ? 0.0 : 1 - share(input.unknown(), all), share(timed, all), share(input.unknown(), all), how_sure(input));
  for (std::size_t i = 0; i < input.groups.size(); ++i) {
    if (i > 0) out += ',';
    append_group(out, input.groups[i]);
  }
  out += "],\"override\":";
  append_string(out, override_text(input));
  fmt::print("{}}}\n", out);
}

}  // namespace

int run_sources(Env& env, const std::vector<std::string>& arguments) {
  SourcesArguments args;
  CLI::App app("Says of which formats and log sources inputs are, how many of their events are not understood, how to say it otherwise, and what of them has no place in OCSF.", "tocsin sources");
  add_mappings_option(app, args.mappings);
  add_timezone_option(app, args.zones);
  add_source_option(app, args.sources);
  app.add_option("--format", args.format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  app.add_option("PATH", args.paths, "files and folders, as for scan")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, args.mappings, true, args.zones);
  if (!taxonomy) return complain_lines(taxonomy.error().message), kUsage;
  std::optional<std::vector<ForcedFormat>> forced = forced_formats(args.sources, **taxonomy);
  if (!forced) return kUsage;
  std::vector<Error> errors;
  std::vector<SurveyedInput> inputs;
  SourceSurvey survey(env, **taxonomy, std::move(*forced));
  const bool as_table = args.format.empty() ? is_terminal(STDOUT_FILENO) : args.format == "table";
  for (const std::string& path : args.paths) {
    for (const FoundFile& file : find_files(env, path, errors)) {
      Result<SurveyedInput> input = survey.read(file);
      if (!input) {
        errors.push_back(std::move(input.error()));
      } else if (as_table) {
        inputs.push_back(std::move(*input));
      } else {
        print_ndjson(*input);
      }
    }
  }
  if (as_table) print_table(inputs);
  for (const Error& error : errors) complain(error.message);
  return errors.empty() ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
