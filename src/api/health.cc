// GET /health and /ready: for load balancers and supervisors, who do not log in, so they say yes or no and nothing more.
#include "api/answer.h"
#include "api/route.h"

namespace tocsin::api {

Result<HttpReply> get_health(Call&, Context&) { return json_answer(200, R"({"status":"ok"})"); }

/// Ready is who takes records and looks at them. Of no trouble is said `null`.
Result<HttpReply> get_ready(Call&, Context& context) {
  const Result<std::string> trouble = context.service.ask("trouble");
  const bool ready = trouble && *trouble == "null";
  return json_answer(ready ? 200 : 503, ready ? R"({"ready":true})" : R"({"ready":false})");
}

}  // namespace tocsin::api
