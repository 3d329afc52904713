// GET /api/v1/status: what `tocsin status --json` prints.
#include "api/answer.h"
#include "api/route.h"

namespace tocsin::api {

Result<HttpReply> get_status(Call&, Context& context) {
  const ServiceStatus status = TRY(context.service.status(context.state));
  return json_answer(200, status_json(status));
}

}  // namespace tocsin::api
