// tocsin poller: the pollers of the settings, and one request by one of them. The request is made by an executor of its own, as in a service; nothing is kept, and a service that runs is not touched.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/poll_asker.h"
#include "cli/settings.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "collect/poller.h"

namespace tocsin::cli {

namespace {

/// So far back a test asks, or as far as `start` says, if that is less.
constexpr TimeUs kTestBack = 3'600'000'000;
/// A listing, or the start of a subscription, gives no events: what follows it is asked, too.
constexpr int kTestRequests = 4;

/// Nothing, with all that is wrong said, if the settings are not good.
std::optional<int> read_pollers(Env& env, const std::vector<std::string>& arguments, const char* name, std::string* which, std::vector<PollerSettings>& pollers) {
  std::string file;
  CLI::App app("The cloud APIs that are asked for events.", name);
  app.add_option("--config", file, "the configuration file")->type_name("FILE");
  if (which != nullptr) app.add_option("NAME", *which, "a poller of the settings")->required();
  if (const auto exit = parse_arguments(app, arguments)) return exit;
  Settings settings;
  std::vector<std::string> mistakes;
  settings.read_chosen(env, file, mistakes);
  for (const std::string& mistake : mistakes) complain(mistake);
  if (!mistakes.empty()) return kUsage;
  for (const std::string& text : settings.value(kPollers).texts) {
    if (Result<PollerSettings> poller = read_poller(text)) pollers.push_back(std::move(*poller));
  }
  return std::nullopt;
}

int list(Env& env, const std::vector<std::string>& arguments) {
  std::vector<PollerSettings> pollers;
  if (const auto exit = read_pollers(env, arguments, "tocsin poller list", nullptr, pollers)) return *exit;
  if (pollers.empty()) complain("the settings have no pollers (docs/pollers.md)");
  for (const PollerSettings& poller : pollers) {
    fmt::print("{:<20} {:<14} every {} s, {} s of overlap, {} requests a day  {}  secret: {}\n", poller.name, poller.facts->name, poller.interval_us / 1'000'000, poller.overlap_us / 1'000'000,
               poller.requests_a_day, terminal_safe(poller.url), terminal_safe(poller.value("secret")));
  }
  return kDone;
}

/// Up to the first events, or what is in the way; how many there are.
Result<std::size_t> try_out(Env& env, const PollerSettings& settings, std::string& request) {
  const PollAsker asker = TRY(PollAsker::start(settings));
  PollMark mark;
  mark.name = settings.name;
  mark.cursor = cursor_at(settings.is_feed() ? 0 : env.now_us() - std::min(kTestBack, settings.start_us));
  Poller poller(settings, mark, {});
  for (int i = 0; i < kTestRequests; ++i) {
    const PollRequest ask = poller.ask(env.now_us());
    request = ask.url;
    poller.answered(TRY(asker.ask(ask)), env.now_us(), 0);
    if (!poller.trouble().empty()) return Error{Code::kDenied, poller.trouble()};
    if (poller.batch() != nullptr) return poller.batch()->records.size();
    if (poller.due() && *poller.due() > env.now_us()) break;
  }
  return std::size_t{0};
}

int test(Env& env, const std::vector<std::string>& arguments) {
  std::vector<PollerSettings> pollers;
  std::string name, request;
  if (const auto exit = read_pollers(env, arguments, "tocsin poller test", &name, pollers)) return *exit;
  const auto poller = std::ranges::find(pollers, name, &PollerSettings::name);
  if (poller == pollers.end()) return complain(fmt::format("the settings have no poller '{}'; `tocsin poller list` shows them", terminal_safe(name))), kUsage;
  const Result<std::size_t> found = try_out(env, *poller, request);
  fmt::print("asked {}{}\n", request.starts_with('/') ? poller->url : "", terminal_safe(request));
  if (!found) return complain(fmt::format("poller {}: {}", name, found.error().message)), kIncomplete;
  if (poller->is_feed()) fmt::print("it works: {} indicators would be got first, as the feed {}\n", *found, poller->name);
  else fmt::print("it works: {} events would be read first, as the source {}\n", *found, poller->source());
  return kDone;
}

constexpr const char* kHelp =
    "The cloud APIs that the service asks for events (docs/pollers.md).\n\n"
    "  tocsin poller list [--config FILE]        those of the settings\n"
    "  tocsin poller test NAME [--config FILE]   asks once, says what would be read, and keeps nothing\n";

}  // namespace

int run_poller(Env& env, const std::vector<std::string>& arguments) { return run_sub_verb(env, arguments, "poller", {{"list", list}, {"test", test}}, kHelp); }

}  // namespace tocsin::cli
