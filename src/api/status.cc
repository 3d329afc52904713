// GET /api/v1/status: what `tocsin status --json` prints.
#include "api/answer.h"
#include "api/route.h"

namespace tocsin::api {

Result<HttpReply> get_status(Call&, Context& context) { return json_answer(200, TRY(context.service.ask("status"))); }

}  // namespace tocsin::api
