// How well confidences held, and which calibration counts: /api/v1/confidence.
#include <fmt/format.h>

#include "api/answer.h"
#include "api/case_desk.h"
#include "api/route.h"
#include "report/case_writer.h"

namespace tocsin::api {

namespace {

constexpr std::uint64_t kVersionMax = 1'000'000;

void append_bins(std::string& body, const analyze::Reliability& held) {
  const auto width = 1 / static_cast<double>(held.bins.size());
  for (std::size_t i = 0; i < held.bins.size(); ++i) {
    const analyze::Reliability::Bin& bin = held.bins[i];
    body += fmt::format(R"({}{{"from":{:.2},"to":{:.2},"groups":{},"attacks":{},"said_sum":{}}})", i == 0 ? "" : ",", width * static_cast<double>(i), width * static_cast<double>(i + 1), bin.count, bin.attacks, bin.sum);
  }
}

}  // namespace

Result<HttpReply> get_confidence(Call&, Context& context) {
  const std::shared_ptr<const IncidentView::Made> made = TRY(context.incidents.now());
  const analyze::Calibrator& calibrator = made->calibrator;
  const analyze::Reliability held = analyze::reliability_of(calibrator.predictions(), calibrator.labels());
  std::string body = fmt::format(R"({{"groups":{},"attacks":{},"brier":)", held.count, held.attacks);
  if (held.count == 0) {
    body += R"(null,"brier_of_share":null,"calibration_error":null)";
  } else {
    body += fmt::format(R"({},"brier_of_share":{},"calibration_error":{})", held.brier, held.brier_of_share, held.calibration_error);
  }
  body += R"(,"bins":[)";
  if (held.count > 0) append_bins(body, held);
  body += fmt::format(R"(],"in_use":{},"chosen":{},"calibrations":[)", calibrator.current().version, made->cases->calibration() != UINT32_MAX);
  for (std::size_t i = 0; i < calibrator.versions().size(); ++i) body.append(i == 0 ? "" : ",").append(calibrator.versions()[i].json());
  return json_answer(200, body + "]}");
}

Result<HttpReply> post_calibration(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"version", "newest", "text"}));
  CaseAct act;
  act.kind = CaseActKind::kCalibration;
  act.text = TRY(fields.text("text", kActTextMax));
  const bool newest = TRY(fields.truth("newest")).value_or(false);
  if (newest == fields.has("version")) return Error{Code::kInvalid, "either 'version', where 0 is none, or 'newest': true"};
  act.value = newest ? kNewestCalibration : static_cast<double>(TRY(fields.number_or("version", 0, 0, kVersionMax)));
  const CaseAct done = TRY(CaseDesk(context.incidents, context.state).act(std::move(act), call.actor()));
  std::string body;
  append_case_act(body, done, true);
  return json_answer(201, body);
}

}  // namespace tocsin::api
