// tocsin audit show: the leaves, as people read them or as they are.
#include <fmt/format.h>

#include <deque>
#include <optional>

#include "base/text.h"
#include "cli/audit_options.h"
#include "cli/output.h"
#include "report/audit/audit_entry.h"
#include "report/audit/leaf_files.h"

namespace tocsin::cli {

namespace {

/// What is shown without --limit, and the most that is held at once.
constexpr std::size_t kShownByDefault = 50, kShownMax = 100'000;

struct Wanted {
  AuditOptions audit;
  std::string who, what, object, since_text;
  std::optional<TimeUs> since;
  std::size_t limit = kShownByDefault;
  bool json = false;

  bool fits(const audit::LeafFacts& leaf) const {
    const auto names = [](const std::string& text, const std::string& wanted) { return wanted.empty() || text.find(wanted) != std::string::npos; };
    const TimeUs time = leaf.time == kNoTime ? leaf.logged : leaf.time;
    return names(leaf.who, who) && names(leaf.object, object) && leaf.what.starts_with(what) && (!since || time >= *since);
  }
};

/// One line: number, time, who from where, what to what, and what else there is to say.
std::string line_of(const audit::LeafFacts& leaf) {
  std::string line = fmt::format("{:>7} {} {}", leaf.number, format_time(leaf.time == kNoTime ? leaf.logged : leaf.time), leaf.who.empty() ? "service" : leaf.who);
  if (!leaf.address.empty()) line += fmt::format(" ({})", leaf.address);
  line += " " + leaf.what;
  if (!leaf.object.empty()) line += " " + leaf.object;
  if (!leaf.from.empty() || !leaf.to.empty()) line += fmt::format(" [{} → {}]", leaf.from.empty() ? "-" : leaf.from, leaf.to.empty() ? "-" : leaf.to);
  for (const std::string* const more : {&leaf.command, &leaf.detail, &leaf.reason, &leaf.result}) line += more->empty() ? "" : "; " + *more;
  return line;
}

Status collect(Env& env, const Wanted& wanted, std::deque<std::string>& shown) {
  const std::string folder = wanted.audit.folder();
  const std::vector<std::uint64_t> files = TRY(audit::leaf_files(env, folder));
  for (const std::uint64_t first : files) {
    audit::LineReader lines = TRY(audit::LineReader::open(env, folder + "/" + audit::leaf_file_name(first)));
    for (std::optional<std::string_view> line = TRY(lines.next()); line; line = TRY(lines.next())) {
      const Result<audit::LeafFacts> leaf = audit::read_leaf(*line);
      if (leaf && !wanted.fits(*leaf)) continue;
      shown.push_back(wanted.json ? std::string(*line) : leaf ? terminal_safe(line_of(*leaf)) : "      ? a line that is no leaf; `tocsin audit verify` says more");
      if (shown.size() > wanted.limit) shown.pop_front();
    }
  }
  return {};
}

}  // namespace

int run_audit_show(Env& env, const std::vector<std::string>& arguments) {
  Wanted wanted;
  CLI::App app("What was decided and done, the newest last: number, time, who, from where, what, to what.", "tocsin audit show");
  wanted.audit.add_to(app);
  app.add_option("--who", wanted.who, "only what was done by whom this is part of the name")->type_name("NAME");
  app.add_option("--what", wanted.what, "only what begins so: user.add, user")->type_name("WHAT");
  app.add_option("--object", wanted.object, "only what was done to what this is part of the name")->type_name("NAME");
  app.add_option("--since", wanted.since_text, "only what was done since: RFC 3339, or 30m, 24h, 7d before now")->type_name("TIME");
  app.add_option("--limit", wanted.limit, "so many at most, the newest")->check(CLI::Range(std::size_t{1}, kShownMax))->capture_default_str();
  app.add_flag("--json", wanted.json, "the leaves as they are, one line each");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (!read_time_option("--since", wanted.since_text, env.now_us(), wanted.since)) return kUsage;
  std::deque<std::string> shown;
  const Status read = collect(env, wanted, shown);
  for (const std::string& line : shown) fmt::print("{}\n", line);
  if (!read) return complain(read.error().message), kIncomplete;
  return kDone;
}

}  // namespace tocsin::cli
