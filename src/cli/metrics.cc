// tocsin metrics: the numbers of a service in Prometheus' text format, as its GET /metrics has them, but for those of the API itself; and how well confidences held, which the data folder says without a service too.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "api/confidence_metrics.h"
#include "cli/case_options.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "pipeline/control_socket.h"

namespace tocsin::cli {

namespace {

Result<std::string> numbers_of(const DataFolder& data) {
  boost::system::error_code failed;
  const boost::json::value told = boost::json::parse(TRY(ask_service(data.control(), {"metrics", {}})), failed);
  if (failed || !told.is_string()) return Error{Code::kInvalid, "the service's metrics are no text; is it of another version?"};
  return std::string(told.as_string());
}

}  // namespace

int run_metrics(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("The numbers of a service, and how well its confidences held, in Prometheus' text format.", "tocsin metrics");
  data.add_to(app, false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, data)) return *exit;
  const Result<std::string> service = numbers_of(data.folder());
  if (!service) complain(fmt::format("{}; its own numbers are left out", service.error().message));
  const auto made = here.view->now();
  if (!made) return tell(made.error());
  std::string text = service ? *service : std::string();
  api::append_confidence_metrics(text, (*made)->calibrator);
  fmt::print("{}", text);
  return service ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
