// /api/v1/senders: who may send records; as `tocsin sender` on the command line.
#include "api/answer.h"
#include "api/route.h"
#include "pipeline/add_sender.h"
#include "report/json_text.h"

namespace tocsin::api {

Result<HttpReply> get_senders(Call&, Context& context) {
  const std::vector<SenderRecord> senders = TRY(context.state.senders());
  std::string body = R"({"senders":[)";
  for (const SenderRecord& sender : senders) {
    body += &sender == senders.data() ? "{" : ",{";
    append_part(body, "name", sender.name);
    body += ',';
    append_part(body, "input", sender.input);
    body += R"(,"added":)";
    append_time_or_null(body, sender.added);
    body += '}';
  }
  return json_answer(200, body + "]}");
}

Result<HttpReply> post_sender(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"name", "input"}));
  const std::string name = TRY(fields.text("name", kNameBytesMax)), input = TRY(fields.text("input", kNameBytesMax));
  const std::string token = TRY(add_sender(context.state, context.env.now_us(), name, input));
  TRY(context.accounts.note(call.actor(), "sender.add", name, "input " + input));
  std::string body = "{";
  append_part(body, "name", name);
  body += ',';
  append_part(body, "input", input);
  body += ',';
  append_part(body, "token", token);
  return json_answer(201, body + '}');
}

Result<HttpReply> delete_sender(Call& call, Context& context) {
  const std::string& name = call.names[0];
  if (!TRY(context.state.remove_sender(name))) return problem(404, "not_found", "there is no sender of this name");
  TRY(context.accounts.note(call.actor(), "sender.remove", name, ""));
  return no_content();
}

}  // namespace tocsin::api
