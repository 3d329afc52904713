// /api/v1/alerts: the stored alerts, a page at a time, one, one with its records, and a stream of those that come.
#include <fmt/format.h>

#include <charconv>

#include "api/alert_feed.h"
#include "api/answer.h"
#include "api/route.h"
#include "api/search_run.h"
#include "event/level.h"
#include "report/json_text.h"
#include "store/query.h"

namespace tocsin::api {

namespace {

constexpr std::size_t kPageAlerts = 100, kPageAlertsMax = 1'000;
/// A page ends with the alert that makes it larger: alerts of correlations may have hundreds of KB each.
constexpr std::size_t kPageBytes = 4u << 20;
/// Of a correlation's events; the rest are counted.
constexpr std::size_t kExplainedRecordsMax = 20;
constexpr std::size_t kExplainedBytesMax = 4u << 20;

Result<int> level_parameter(const Call& call) {
  const std::string& level = call.parameter("level");
  if (level.empty()) return 0;
  const auto rank = level_rank_of(level);
  if (!rank) return Error{Code::kInvalid, "'level' is informational, low, medium, high or critical"};
  return static_cast<int>(*rank);
}

template <class Number>
bool read_whole(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// "TIME.ID", as a page before gave it.
Status read_cursor(const std::string& cursor, AlertsWanted& wanted) {
  if (cursor.empty()) return {};
  const std::size_t dot = cursor.find('.');
  if (dot == std::string::npos || !read_whole(std::string_view(cursor).substr(0, dot), wanted.before_time) || dot + 1 == cursor.size()) {
    return Error{Code::kInvalid, "'cursor' is none that a page gave"};
  }
  wanted.before_id = cursor.substr(dot + 1);
  return {};
}

Result<StoredAlert> wanted_alert(const Call& call, State& state) {
  std::optional<StoredAlert> alert = TRY(state.alert(call.names[0]));
  if (!alert) return Error{Code::kNotFound, fmt::format("there is no alert '{}'", call.names[0])};
  return std::move(*alert);
}

/// Ids of the alert's events as SQL texts; how many there are.
std::size_t event_ids(const boost::json::value& alert, std::string& ids) {
  std::size_t events = 0;
  const auto add = [&](const boost::json::value& event) {
    const boost::json::object* const object = event.if_object();
    if (object == nullptr || ++events > kExplainedRecordsMax) return;
    const boost::json::value* const source = object->if_contains("source");
    const boost::json::value* const index = object->if_contains("index");
    if (source == nullptr || index == nullptr || !source->is_string()) return;
    ids += ids.empty() ? "'" : ", '";
    for (const char c : source->get_string()) ids.append(c == '\'' ? 2 : 1, c);
    ids += ':' + boost::json::serialize(*index) + '\'';
  };
  const boost::json::object* const object = alert.if_object();
  if (object == nullptr) return 0;
  if (const boost::json::value* const one = object->if_contains("event"); one != nullptr) add(*one);
  const boost::json::value* const several = object->if_contains("events");
  if (several == nullptr || !several->is_array()) return events;
  for (const boost::json::value& event : several->get_array()) add(event);
  return events;
}

}  // namespace

Result<HttpReply> get_alerts(Call& call, Context& context) {
  AlertsWanted wanted;
  wanted.level_min = TRY(level_parameter(call));
  const std::size_t limit = TRY(number_parameter(call, "limit", kPageAlerts, kPageAlertsMax));
  wanted.limit = limit + 1;  // one more tells whether there is a next page
  if (!call.parameter("since").empty()) wanted.since = TRY(store::parse_since(call.parameter("since"), call.request.received));
  const std::string& suppressed = call.parameter("suppressed");
  if (!suppressed.empty() && suppressed != "true" && suppressed != "false") return Error{Code::kInvalid, "'suppressed' is true or false"};
  if (suppressed == "true") wanted.which = WhichAlerts::kAll;
  TRY(read_cursor(call.parameter("cursor"), wanted));
  // Before the list: whoever follows from there misses nothing, and may see again what came meanwhile.
  const std::int64_t last = TRY(context.state.last_alert_number());
  const std::vector<StoredAlert> alerts = TRY(context.state.alerts(wanted));
  std::string body = R"({"alerts":[)";
  std::size_t shown = 0;
  for (; shown < alerts.size() && shown < limit && body.size() < kPageBytes; ++shown) {
    if (shown > 0) body += ',';
    body += alerts[shown].body;
  }
  body += R"(],"next":)";
  if (shown < alerts.size()) {
    append_string(body, fmt::format("{}.{}", alerts[shown - 1].time, alerts[shown - 1].id));
  } else {
    body += "null";
  }
  const HiddenAlerts hidden = TRY(context.state.hidden_alerts(wanted));
  return json_answer(200, body + fmt::format(R"(,"last_event_id":{},"suppressed_count":{},"shadow_count":{}}})", last, hidden.suppressed, hidden.in_shadow));
}

Result<HttpReply> get_alert(Call& call, Context& context) {
  const StoredAlert alert = TRY(wanted_alert(call, context.state));
  return json_answer(200, alert.body);
}

Result<HttpReply> get_alert_explained(Call& call, Context& context) {
  const StoredAlert alert = TRY(wanted_alert(call, context.state));
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(alert.body, error);
  std::string ids, lines, piece;
  const std::size_t events = error ? 0 : event_ids(body, ids);
  SearchEnd end{0, ""};
  if (!ids.empty()) {
    SearchWanted wanted;
    wanted.sql = "SELECT id, received, raw FROM events WHERE id IN (" + ids + ") ORDER BY id";
    const std::unique_ptr<SearchRun> run = TRY(context.searches.start(wanted, call.request.gone));
    while (lines.size() < kExplainedBytesMax && run->read(piece)) lines += piece;
    end = run->finish();
  }
  std::string records;
  std::size_t found = 0;
  for (std::string_view rest = lines; rest.find('\n') != std::string_view::npos; ++found) {
    if (found > 0) records += ',';
    records += rest.substr(0, rest.find('\n'));
    rest.remove_prefix(rest.find('\n') + 1);
  }
  std::string answer = fmt::format(R"({{"alert":{},"events":{},"records":[{}],"trouble":)", alert.body, events, records);
  if (end.exit == 0) {
    answer += "null";
  } else {
    append_string(answer, end.complaints);
  }
  return json_answer(200, answer + '}');
}

Result<HttpReply> get_alert_stream(Call& call, Context& context) {
  AlertFeed::From from;
  from.level_min = TRY(level_parameter(call));
  // The header is what a browser sends when it connects again; the parameter is for the first time.
  const std::string& after = call.request.head.last_event_id.empty() ? call.parameter("after") : call.request.head.last_event_id;
  if (after.empty()) {
    from.after = TRY(context.state.last_alert_number());
  } else if (!read_whole(after, from.after) || from.after < 0) {
    return Error{Code::kInvalid, "the last event's id is a number"};
  }
  HttpReply reply{.content_type = "text/event-stream", .headers = std::string(kSecurityHeaders)};
  reply.pieces = context.feed.follow(from);
  if (reply.pieces == nullptr) return Error{Code::kLimit, fmt::format("{} streams are open already, which is the most", kFollowersMax)};
  return reply;
}

}  // namespace tocsin::api
