#include "cli/explain_alert.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "analyze/incident_book.h"
#include "cli/alert_lines.h"
#include "cli/explain_confidence.h"
#include "cli/decision_case.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "cli/verdict_file.h"
#include "pipeline/event_search.h"
#include "store/state.h"

namespace tocsin::cli {

namespace {

namespace json = boost::json;

/// Of a correlation's events; the rest are counted.
constexpr std::size_t kEventsShown = 20;

/// The text at a path of keys; "" where it is not, or null.
std::string text_at(const json::value& value, std::initializer_list<const char*> path) {
  const json::value* at = &value;
  for (const char* const key : path) {
    const json::object* const object = at->if_object();
    at = object == nullptr ? nullptr : object->if_contains(key);
    if (at == nullptr) return {};
  }
  if (at->is_string()) return terminal_safe(std::string_view(at->get_string().data(), at->get_string().size()));
  return at->is_null() ? std::string() : json::serialize(*at);
}

const json::array& items_of(const json::value& value, const char* key) {
  static const json::array none;
  const json::object* const object = value.if_object();
  const json::value* const found = object == nullptr ? nullptr : object->if_contains(key);
  return found != nullptr && found->is_array() ? found->get_array() : none;
}

std::string joined(const json::array& items) {
  std::string all;
  for (const json::value& item : items) all += (all.empty() ? "" : ", ") + text_at(item, {});
  return all;
}

void print_head(const json::value& alert) {
  fmt::print("{}\n", text_at(alert, {"rule", "title"}));
  fmt::print("  alert      {}\n  time       {}\n", text_at(alert, {"id"}), text_at(alert, {"time"}));
  fmt::print("  level      {}, status {}\n", text_at(alert, {"rule", "level"}), text_at(alert, {"rule", "status"}));
  const std::string author = text_at(alert, {"rule", "author"});
  fmt::print("  rule       {}{}\n", text_at(alert, {"rule", "id"}), author.empty() ? "" : " by " + author);
  const json::value& rule = alert.at("rule");
  fmt::print("  tags       {}\n", joined(items_of(rule, "tags")));
  for (const json::value& reference : items_of(rule, "references")) fmt::print("  see        {}\n", text_at(reference, {}));
  const std::string late = text_at(alert, {"retro", "found"});
  if (!late.empty()) fmt::print("  found      later, in what was stored, at {}; the indicator is known since {}\n", late, text_at(alert, {"retro", "known_since"}));
}

void print_correlation(const json::value& correlation, std::size_t events) {
  const std::string timespan = text_at(correlation, {"timespan_us"});
  const double seconds = timespan.empty() ? 0 : std::stod(timespan) / 1e6;
  fmt::print("because of {} events together: {} within {:g} s, value {}\n", events, text_at(correlation, {"type"}), seconds, text_at(correlation, {"value"}));
  for (const json::value& by : items_of(correlation, "group_by")) fmt::print("  {} is {}\n", text_at(by, {"field"}), text_at(by, {"value"}));
  const auto more = [&](const char* key, const char* meaning) {
    const std::string number = text_at(correlation, {key});
    if (!number.empty() && number != "0" && number != "false") fmt::print("  {}{}\n", number == "true" ? "" : number + " ", meaning);
  };
  more("folded", "earlier matches since the last alert, which made none of their own");
  more("events_left_out", "events of it are not named");
  more("evicted", "events at most were lost for want of memory, and may have belonged to it");
  more("late", "an event came late: what stood beside it may be missing");
}

/// What a list or a file of indicators says.
void print_reputation(const json::value& known) {
  if (text_at(known, {"kind"}) != "reputation") return;
  std::string more;
  const auto add = [&](const char* before, const char* key) {
    const std::string text = text_at(known, {"data", key});
    if (!text.empty()) more += fmt::format(", {}{}", before, text);
  };
  add("", "category");
  add("score ", "score");
  add("tags ", "tags");
  add("from ", "valid_from");
  add("until ", "valid_until");
  add("see ", "reference");
  fmt::print("  {} {} is on {} as {} ({} of {}){}\n", text_at(known, {"type"}), text_at(known, {"value"}), text_at(known, {"data", "list"}), text_at(known, {"data", "kind"}), text_at(known, {"source", "record"}),
             text_at(known, {"source", "file"}), more);
}

void print_reasons(const json::value& alert) {
  const json::array& matched = items_of(alert, "matched");
  if (!matched.empty()) fmt::print("because\n");
  for (const json::value& one : matched) {
    std::string field = text_at(one, {"field"});
    if (field.empty()) field = "any value";
    for (const json::value& modifier : items_of(one, "modifiers")) field += "|" + text_at(modifier, {});
    fmt::print("  {}: {} is\n    {}\n  which is asked for by\n    {}\n", text_at(one, {"selection"}), field, text_at(one, {"value"}), text_at(one, {"pattern"}));
  }
  if (alert.as_object().contains("correlation")) print_correlation(alert.at("correlation"), items_of(alert, "events").size());
  const auto is_reputation = [](const json::value& known) { return text_at(known, {"kind"}) == "reputation"; };
  if (std::ranges::any_of(items_of(alert, "enrichments"), is_reputation)) fmt::print("known of it\n");
  for (const json::value& known : items_of(alert, "enrichments")) print_reputation(known);
  if (!items_of(alert, "entities").empty()) fmt::print("points at\n");
  for (const json::value& entity : items_of(alert, "entities")) fmt::print("  {:<10} {}\n", text_at(entity, {"type"}), text_at(entity, {"value"}));
}

/// What the policy says of it now; what was done to other targets before, which uses a blast radius up, is not counted.
void print_decisions(const respond::DecisionPolicy& policy, const analyze::IncidentBook& book, const std::string& id) {
  const auto alert = std::ranges::find(book.alerts(), id, &analyze::IncidentAlert::id);
  if (alert == book.alerts().end()) return;
  const auto number = static_cast<std::size_t>(alert - book.alerts().begin());
  std::vector<Decision> decisions;
  respond::DecisionMaker(policy).decide(decision_case(*alert, book.confidences().explain(number, *alert).confidence), decisions);
  fmt::print("policy {}{}\n", terminal_safe(policy.name), decisions.empty() ? ": no action is meant for it" : "");
  for (const Decision& decision : decisions) fmt::print("  {:<9} {} {}: {}\n", word_of(decision.kind), decision.action, terminal_safe(decision.target), terminal_safe(decision.reason));
}

/// Prints what was found.
class Records : public store::SearchVisitor {
 public:
  void columns(const std::vector<std::string>&) override {}
  bool row(const std::vector<store::SearchValue>& values) override {
    fmt::print("  {}  received {}\n    {}\n", terminal_safe(values[0].text), values[1].text, terminal_safe(values[2].text));
    ++found;
    return true;
  }
  std::size_t found = 0;
};

/// The records themselves, if they are still there.
void print_records(Env& env, const DataOptions& data, const json::value& alert) {
  std::string ids;
  std::size_t events = 0;
  const auto add = [&](const json::value& event) {
    if (++events > kEventsShown) return;
    ids += ids.empty() ? "'" : ", '";
    for (const char c : event.at("source").as_string()) ids.append(c == '\'' ? 2 : 1, c);
    ids += fmt::format(":{}'", event.at("index").to_number<std::uint64_t>());
  };
  if (const json::object* const object = alert.if_object(); object != nullptr && object->contains("event")) add(object->at("event"));
  for (const json::value& event : items_of(alert, "events")) add(event);
  EventSearchOptions options;
  options.data = data.folder();
  options.key_file = data.key_file();
  options.confined = true;  // nothing but printing comes after it
  Records records;
  const Result<std::unique_ptr<EventSearch>> search = EventSearch::open(env, options);
  fmt::print("records\n");
  const Status done = search ? (*search)->run_sql("SELECT id, received, raw FROM events WHERE id IN (" + ids + ") ORDER BY id", records) : search.error();
  if (!done) fmt::print("  cannot be read: {}\n", terminal_safe(done.error().message));
  const std::size_t shown = std::min(events, kEventsShown);
  if (done && records.found < shown) fmt::print("  {} of {} are not stored any more\n", shown - records.found, shown);
  if (events > shown) fmt::print("  and {} others\n", events - shown);
}

Result<std::optional<StoredAlert>> find_alert(const DataFolder& data, const std::string& id) {
  const std::unique_ptr<State> state = TRY(State::open(data.state(), State::IfMissing::kFail));
  return state->alert(id);
}

/// The alert's line, from the files that were given or from what is stored; with what else is there it is judged. Nothing: not there, or not readable, which was said.
std::optional<std::string> read_all(Env& env, const DataOptions& data, const AlertQuestion& question, analyze::IncidentBook& book) {
  AlertLines lines(book, question.id);
  if (!question.alerts.empty()) {
    (void)read_alert_files(env, question.alerts, lines);
    (void)lines.is_whole();
    if (lines.kept().empty()) return complain(fmt::format("there is no alert '{}' in these files", question.id)), std::nullopt;
    return lines.kept();
  }
  const Result<std::optional<StoredAlert>> alert = find_alert(data.folder(), question.id);
  if (!alert) return complain(alert.error().message), std::nullopt;
  if (!*alert) return complain(fmt::format("there is no alert '{}'; `tocsin alerts` lists them", question.id)), std::nullopt;
  const Result<std::unique_ptr<State>> state = State::open(data.folder().state(), State::IfMissing::kFail);
  const WhichAlerts which = (**alert).hidden_by == kHiddenByNone ? WhichAlerts::kReaching : WhichAlerts::kAll;
  if (!state || read_stored_alerts(**state, {.which = which}, lines) != kDone) return complain("the alerts before it cannot be read: how probable it is cannot be said"), (**alert).body;
  return (**alert).body;
}

}  // namespace

int explain_alert(Env& env, const DataOptions& data, const AlertQuestion& question) {
  const std::optional<Said> said = load_said(env, question.verdicts, question.calibration, question.alerts.empty() ? &data : nullptr);
  if (!said) return kUsage;
  const Result<respond::DecisionPolicy> policy = load_policy(env, question.policy);
  if (!policy) return complain_lines(policy.error().message), kUsage;
  analyze::IncidentBook book;
  const std::optional<std::string> line = read_all(env, data, question, book);
  if (!line) return kUsage;
  boost::system::error_code error;
  const json::value body = json::parse(*line, error);
  if (error || !body.is_object() || !body.as_object().contains("rule")) return complain("the alert is stored in a form that cannot be read"), kIncomplete;
  print_head(body);
  print_reasons(body);
  (void)book.incidents(said->verdicts, said->calibration_max);
  fmt::print("{}", confidence_text(book, text_at(body, {"id"}), question.bar));
  print_decisions(*policy, book, text_at(body, {"id"}));
  if (question.alerts.empty()) print_records(env, data, body);
  return kDone;
}

}  // namespace tocsin::cli
