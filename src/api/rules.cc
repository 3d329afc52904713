// GET /api/v1/rules: what is in force.
#include "api/answer.h"
#include "api/route.h"

namespace tocsin::api {

Result<HttpReply> get_rules(Call&, Context& context) { return json_answer(200, TRY(context.service.ask("rules"))); }

}  // namespace tocsin::api
