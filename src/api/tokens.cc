// /api/v1/tokens: tokens for programs, each with what it is for and when it ends; and /api/v1/audit, who changed what.
#include <fmt/format.h>

#include "api/account_rules.h"
#include "api/answer.h"
#include "api/route.h"
#include "api/token_rules.h"
#include "report/json_text.h"

namespace tocsin::api {

namespace {

constexpr std::size_t kAuditPage = 100, kAuditPageMax = 1'000;

void append_scopes(std::string& body, std::string_view scopes) {
  std::vector<std::string> words;
  for (const std::string_view scope : kScopeWords) {
    if ((" " + std::string(scopes) + " ").find(" " + std::string(scope) + " ") != std::string::npos) words.emplace_back(scope);
  }
  append_strings(body, words);
}

}  // namespace

Result<HttpReply> get_tokens(Call&, Context& context) {
  const std::vector<ApiTokenRecord> tokens = TRY(context.accounts.tokens());
  std::string body = R"({"tokens":[)";
  for (const ApiTokenRecord& token : tokens) {
    body += &token == tokens.data() ? "{" : ",{";
    append_part(body, "name", token.name);
    body += R"(,"scopes":)";
    append_scopes(body, token.scopes);
    body += R"(,"made":)";
    append_time_or_null(body, token.made);
    body += R"(,"expires":)";
    append_time_or_null(body, token.expires);
    body += ',';
    append_part(body, "made_by", token.made_by);
    body += '}';
  }
  return json_answer(200, body + "]}");
}

Result<HttpReply> post_token(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"name", "scopes", "days"}));
  NewToken token;
  token.name = TRY(fields.text("name", kNameBytesMax));
  token.scopes = TRY(fields.texts("scopes", kScopeWords.size()));
  token.days = TRY(fields.number_or("days", kTokenDays, 1, kTokenDaysMax));
  const std::string secret = TRY(add_api_token(context.accounts, token, call.actor()));
  std::string body = "{";
  append_part(body, "name", token.name);
  body += ',';
  append_part(body, "token", secret);
  return json_answer(201, body + '}');
}

Result<HttpReply> delete_token(Call& call, Context& context) {
  TRY(context.accounts.remove_token(call.names[0], call.actor()));
  return no_content();
}

Result<HttpReply> get_audit(Call& call, Context& context) {
  const std::size_t limit = TRY(number_parameter(call, "limit", kAuditPage, kAuditPageMax));
  const std::size_t before = TRY(number_parameter(call, "before", 0, INT64_MAX));
  const std::vector<AuditLine> lines = TRY(context.accounts.audit(limit, static_cast<std::int64_t>(before)));
  std::string body = R"({"lines":[)";
  for (const AuditLine& line : lines) {
    body += fmt::format(R"({}{{"number":{},"time":)", &line == lines.data() ? "" : ",", line.number);
    append_time_or_null(body, line.time);
    const std::pair<std::string_view, const std::string*> parts[] = {
        {"who", &line.who}, {"address", &line.address}, {"action", &line.action}, {"object", &line.object}, {"detail", &line.detail}};
    for (const auto& [name, text] : parts) {
      body += ',';
      append_part(body, name, *text);
    }
    body += '}';
  }
  return json_answer(200, body + "]}");
}

}  // namespace tocsin::api
