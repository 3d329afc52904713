// GET /metrics: the service's numbers (pipeline/metrics.h), the API's own, and how well confidences held.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "api/alert_feed.h"
#include "api/answer.h"
#include "api/confidence_metrics.h"
#include "api/http_counts.h"
#include "api/incident_view.h"
#include "api/route.h"
#include "api/search_run.h"
#include "api/workers.h"
#include "pipeline/metrics.h"
#include "store/suppressions.h"

namespace tocsin::api {

void HttpCounts::append_to(std::string& metrics) const {
  append_metric_head(metrics, "http_requests_total", "counter", "Requests answered by the API.");
  for (std::size_t i = 0; i <= routes().size(); ++i) {
    const Route* const route = i < routes().size() ? &routes()[i] : nullptr;
    for (std::size_t kind = 1; kind < counts_[i].size(); ++kind) {
      const std::uint64_t count = counts_[i][kind];
      if (count == 0) continue;
      metrics += fmt::format("tocsin_http_requests_total{{method=\"{}\",route=\"{}\",status=\"{}xx\"}} {}\n", route == nullptr ? "" : route->method,
                             route == nullptr ? "none" : route->path, kind, count);
    }
  }
}

namespace {

/// What reaches nobody, and what broke through all the same.
Status append_hidden(std::string& text, Context& context) {
  Suppressions suppressions(context.state);
  const TimeUs now = context.env.now_us();
  std::uint64_t in_force = 0, hidden = 0, too_grave = 0, watched = 0;
  for (const Suppression& one : TRY(suppressions.all())) {
    in_force += state_of(one, now) == SuppressionState::kInForce;
    hidden += one.hidden;
    too_grave += one.too_grave;
    watched += one.watched;
  }
  append_metric(text, "suppressions_in_force", "gauge", "Suppressions that hide alerts.", static_cast<double>(in_force));
  append_metric(text, "suppressed_alerts_total", "counter", "Alerts that suppressions hid, those too that were taken back since.", static_cast<double>(hidden));
  append_metric_head(text, "suppression_breakthroughs_total", "counter", "Alerts that a suppression is about and that reached people: graver than it may hide, or about what is under attack.");
  text += fmt::format("tocsin_suppression_breakthroughs_total{{by=\"level\"}} {}\ntocsin_suppression_breakthroughs_total{{by=\"watched\"}} {}\n", too_grave, watched);
  append_metric(text, "shadow_alerts", "gauge", "Stored alerts of rules in shadow.", static_cast<double>(TRY(context.state.hidden_alerts({})).in_shadow));
  return {};
}

}  // namespace

Result<HttpReply> get_metrics(Call&, Context& context) {
  boost::system::error_code failed;
  const boost::json::value service = boost::json::parse(TRY(context.service.ask("metrics")), failed);
  if (failed || !service.is_string()) return Error{Code::kInvalid, "the service's metrics are no text"};
  std::string text(service.as_string());
  append_metric(text, "searches_running", "gauge", "Searches of the API.", static_cast<double>(context.searches.running()));
  TRY(append_hidden(text, context));
  append_metric(text, "alert_streams", "gauge", "Clients that follow the alerts.", static_cast<double>(context.feed.followers()));
  context.counts.append_to(text);
  // Those of the question before: who asks for metrics waits for no search, and no other route for this one.
  if (const auto made = context.incidents.last()) append_confidence_metrics(text, made->calibrator);
  context.incidents.renew([&](std::function<void()> job) { return context.cases.submit(std::move(job)); });
  append_process_metrics(text, context.env, "api_process", "the process that answers the API");
  HttpReply reply = json_answer(200, std::move(text));
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return reply;
}

}  // namespace tocsin::api
