// tocsin intel: indicators from a TAXII 2.1 server without a service, for `tocsin scan --intel` and `tocsin search --indicators`. Requests are made by an executor of its own (poll_asker.h). What it fetches goes into a file with
// logs beside it (detect/intel/indicator_feed.h), so the next time only what is new is asked for.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "base/sha256.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/poll_asker.h"
#include "cli/sub_verb.h"
#include "cli/until_signal.h"
#include "cli/verb.h"
#include "collect/poll_parts.h"
#include "collect/poller.h"
#include "detect/intel/indicator_feed.h"

namespace tocsin::cli {

namespace {

/// In a row, before it gives up; waits grow meanwhile, or are as long as the server asks.
constexpr int kFailuresMax = 5;
/// The longest wait that somebody at a terminal is asked for.
constexpr TimeUs kWaitMax = 60'000'000;
/// API roots of a server that are asked for their collections.
constexpr std::size_t kApiRootsMax = 32;
/// Of a text of the server that is shown.
constexpr std::size_t kShownBytesMax = 200;
constexpr TimeUs kLook = 100'000;

struct Server {
  std::string url, user, secret, ca_file;

  void add_to(CLI::App& app) {
    app.add_option("--taxii", url, "the server, or one of its API roots: https://taxii.example.org/feeds/")->required()->type_name("URL");
    app.add_option("--user", user, "log in with this name, and --secret as the password; without it the secret is a token (Bearer)")->type_name("NAME");
    app.add_option("--secret", secret, "the file with it, on one line; without it the server is asked as by anybody")->type_name("FILE");
    app.add_option("--ca-file", ca_file, "who signs certificates there, PEM (default: the system's)")->type_name("FILE");
  }
  std::size_t path() const { return std::min(url.find('/', std::min(url.find("//"), url.size() - std::min<std::size_t>(2, url.size())) + 2), url.size()); }
  /// Without "/" at its beginning and its end; "" if the URL is that of the server.
  std::string api_root() const {
    std::string root = url.substr(path());
    while (root.starts_with('/')) root.erase(0, 1);
    while (root.ends_with('/')) root.pop_back();
    return root;
  }
  std::string origin() const { return url.substr(0, path()); }
  /// A name of its own for each collection, so that what was fetched of one is not taken for another's.
  Result<PollerSettings> poller(const std::string& root, const std::string& collection) const {
    std::string name = "taxii-";
    append_hex(name, sha256(fmt::format("{}\n{}\n{}", origin(), root, collection)), 8);
    std::vector<std::pair<std::string, std::string>> values = {{"name", name}, {"kind", "taxii"}, {"url", origin()}, {"api_root", root}, {"collection", collection}};
    for (const auto& [key, value] : {std::pair("user", &user), std::pair("secret", &secret), std::pair("ca_file", &ca_file)}) {
      if (!value->empty()) values.emplace_back(key, *value);
    }
    return read_poller(poller_text(values));
  }
};

std::string shown(const std::string& text) { return terminal_safe(text.substr(0, kShownBytesMax)); }

/// The body of an answer, or what is in the way.
Result<std::string> ask(const PollerSettings& poller, const std::string& path) {
  const PollAsker asker = TRY(PollAsker::start(poller));
  PollAnswer answer = TRY(asker.ask({false, path}));
  if (answer.trouble != PollTrouble::kNone) return Error{Code::kIo, std::move(answer.words)};
  if (answer.status != 200) return Error{Code::kDenied, fmt::format("{}{}: {}", poller.url, path, status_words(poller, answer.status))};
  return std::move(answer.body);
}

/// A line for each collection of an API root (TAXII 2.1, 5.1).
Status show_collections(const Server& server, const std::string& root) {
  const PollerSettings poller = TRY(server.poller(root, "none"));
  const std::string body = TRY(ask(poller, fmt::format("/{}/collections/", root)));
  bool any = false;
  const std::string_view list = json_member(body, "collections");
  const bool good = list.empty() || each_element(list, [&](std::string_view one) {
    any = true;
    fmt::print("{}/{}/  {}  {:<9}  {}\n", server.origin(), shown(root), shown(json_text(one, "id")), json_member(one, "can_read") == "true" ? "readable" : "no access", shown(json_text(one, "title")));
    return true;
  });
  if (!good) return Error{Code::kInvalid, fmt::format("{}/{}/collections/ is no list of collections of TAXII 2.1", server.origin(), root)};
  if (!any) complain(fmt::format("{}/{}/ has no collections", server.origin(), root));
  return {};
}

/// The API roots of a server, as paths (TAXII 2.1, 4.1); those at other machines are told.
Result<std::vector<std::string>> api_roots(const Server& server) {
  const PollerSettings poller = TRY(server.poller("taxii2", "none"));
  const std::string body = TRY(ask(poller, "/taxii2/"));
  std::vector<std::string> roots;
  std::size_t left_out = 0;
  const bool good = each_element(json_member(body, "api_roots"), [&](std::string_view one) {
    Server root = server;
    root.url = json_text(fmt::format("{{\"url\":{}}}", one), "url");
    if (root.url.starts_with('/')) root.url = server.origin() + root.url;
    if (root.origin() != server.origin()) complain(fmt::format("an API root is at another machine; ask it by itself: --taxii {}", shown(root.url)));
    else if (roots.size() < kApiRootsMax) roots.push_back(root.api_root());
    else ++left_out;
    return true;
  });
  if (!good) return Error{Code::kInvalid, fmt::format("{}/taxii2/ says no API roots; the server's documentation does: --taxii {}/ROOT/", server.origin(), server.origin())};
  if (left_out > 0) complain(fmt::format("{} more API roots are not shown", left_out));
  return roots;
}

int collections(Env&, const std::vector<std::string>& arguments) {
  Server server;
  CLI::App app("The collections of a TAXII 2.1 server.", "tocsin intel collections");
  server.add_to(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::vector<std::string> roots = {server.api_root()};
  if (roots.front().empty()) {
    Result<std::vector<std::string>> found = api_roots(server);
    if (!found) return complain(found.error().message), kIncomplete;
    roots = std::move(*found);
  }
  int exit = kDone;
  for (const std::string& root : roots) {
    if (const Status done = show_collections(server, root); !done) complain(done.error().message), exit = kIncomplete;
  }
  return exit;
}

/// From where it goes on: what the file has, or the beginning.
Result<PollMark> mark_of(const intel::IndicatorFeed& feed, const PollerSettings& poller) {
  PollMark first;
  first.name = poller.name;
  first.cursor = cursor_at(0);
  if (feed.mark().empty()) return first;
  const std::optional<PollMark> mark = unpacked_poll_mark(feed.mark());
  if (!mark || cursor_time(mark->cursor) == kNoTime) return Error{Code::kInvalid, fmt::format("{}.* do not say how far it is; without them and the file it is fetched anew", feed.path())};
  if (mark->name != poller.name) return Error{Code::kInvalid, fmt::format("{} is of another collection; each has a file of its own", feed.path())};
  return *mark;
}

Status hand_over(Poller& poller, intel::IndicatorFeed& feed, Env& env) {
  while (const PollBatch* const batch = poller.batch()) {
    std::vector<std::string_view> objects;
    for (const PollRecord& record : batch->records) objects.push_back(batch->body.substr(record.at, record.size));
    TRY(feed.append(objects, packed(batch->mark)));
    poller.acknowledged(true, env.now_us());
    if (feed.is_full()) (void)TRY(feed.publish(env.now_us()));
  }
  return {};
}

/// Whether a status is not to change by asking again. 400 and 404 may be about a page that the server has forgotten, which is asked for once.
bool is_final(const std::string& trouble, int failures) {
  return (failures >= 1 && (trouble.starts_with("401") || trouble.starts_with("403"))) || (failures >= 2 && trouble.starts_with("40"));
}

/// One pass, from page to page, with waits where the server has trouble.
Status fetch_all(Env& env, const PollerSettings& settings, intel::IndicatorFeed& feed, const UntilSignal& signal) {
  const PollAsker asker = TRY(PollAsker::start(settings));
  Poller poller(settings, TRY(mark_of(feed, settings)), {});
  int failures = 0;
  while (!signal.came()) {
    const TimeUs due = poller.due().value_or(0), now = env.now_us();
    if (due > now + kWaitMax) return Error{Code::kDenied, fmt::format("{}; it is to be asked again in {} s at the earliest", poller.trouble(), (due - now) / 1'000'000)};
    if (due > now) {
      std::this_thread::sleep_for(std::chrono::microseconds(std::min(due - now, kLook)));
      continue;
    }
    poller.answered(TRY(asker.ask(poller.ask(now))), env.now_us(), 0);
    TRY(hand_over(poller, feed, env));
    const bool good = poller.last_answer() >= now;
    failures = good ? 0 : failures + 1;
    if (good && !poller.trouble().empty()) complain(poller.trouble());
    if (good && poller.due().value_or(0) > env.now_us()) return {};
    if (failures >= kFailuresMax || is_final(poller.trouble(), failures)) return Error{Code::kDenied, poller.trouble()};
    if (!good) complain(poller.trouble());
  }
  return Error{Code::kDenied, "stopped; what was fetched stays, and the next time goes on from there"};
}

int fetch(Env& env, const std::vector<std::string>& arguments) {
  Server server;
  std::string collection, output;
  CLI::App app("Fetches the indicators of a collection; the next time only what is new.", "tocsin intel fetch");
  server.add_to(app);
  app.add_option("--collection", collection, "its id; `tocsin intel collections` lists them")->required()->type_name("ID");
  app.add_option("--output", output, "the file for --intel; further ones with its name and a number are beside it")->required()->type_name("FILE");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (server.api_root().empty()) return complain("--taxii needs the API root, as `tocsin intel collections` shows it: https://taxii.example.org/feeds/"), kUsage;
  const Result<PollerSettings> poller = server.poller(server.api_root(), collection);
  if (!poller) return complain(poller.error().message), kUsage;
  const Result<std::unique_ptr<intel::IndicatorFeed>> feed = intel::IndicatorFeed::open(env, output);
  if (!feed) return complain(feed.error().message), kUsage;
  const UntilSignal signal;
  const Status fetched = fetch_all(env, *poller, **feed, signal);
  const Result<intel::FeedCounts> counts = (*feed)->publish(env.now_us());
  if (!counts) return complain(counts.error().message), kIncomplete;
  fmt::print("{}: {} indicators; {} are new, {} have a new version, {} were taken back, {} have run out\n", terminal_safe(output), counts->indicators, counts->added, counts->updated, counts->revoked, counts->expired);
  if (counts->no_room > 0) complain(fmt::format("{} indicators were left out: a file of a feed has {} at most", counts->no_room, intel::kFeedObjectsMax));
  if (!fetched) return complain(fetched.error().message), kIncomplete;
  return counts->no_room > 0 ? kIncomplete : kDone;
}

constexpr const char* kHelp =
    "Indicators from a TAXII 2.1 server (docs/intelligence.md).\n\n"
    "  tocsin intel collections --taxii URL                             what the server has\n"
    "  tocsin intel fetch --taxii URL --collection ID --output FILE     its indicators, for `tocsin scan --intel FILE`\n";

}  // namespace

int run_intel(Env& env, const std::vector<std::string>& arguments) { return run_sub_verb(env, arguments, "intel", {{"collections", collections}, {"fetch", fetch}}, kHelp); }

}  // namespace tocsin::cli
