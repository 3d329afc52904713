// The one table of routes: what can be asked, what it takes to be allowed, and who answers. api/openapi.json is its contract with the outside (a test holds
// the two together); the handlers stand in one file per resource. Whatever is not in the table is answered with 404, whoever asks.
//
//   const Match match = find_route("GET", "/api/v1/alerts/1f3a");
//   if (match.route != nullptr) match.route->handle(call, context);
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"

namespace tocsin::api {

/// Which threads do the work: what is answered at once never waits for what takes long, and what takes a moment (kCase: it may have to make all incidents anew) not for what takes minutes.
enum class Lane : std::uint8_t { kQuick, kCase, kSearch, kPassword, kProvider, kFiles };

using Handler = Result<HttpReply> (*)(Call& call, Context& context);

/// A body that is larger than can be held, as it comes. On threads of its lane, one call at a time; what is dropped before end() was cut short.
class BodyWork {
 public:
  virtual ~BodyWork() = default;
  virtual Status take(std::string_view part) = 0;
  virtual Result<HttpReply> end() = 0;
};
/// Behind the checks that stand before every handler.
using BodyTaker = Result<std::unique_ptr<BodyWork>> (*)(Call& call, Context& context);

struct Route {
  std::string_view method, path;  // "/api/v1/alerts/{id}"
  Need need;
  Lane lane = Lane::kQuick;
  std::string_view parameters;    // names in the query, with a space between; "*" at the end: others may come and are not looked at
  Handler handle = nullptr;
  BodyTaker take = nullptr;       // in place of it
};

std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;
  std::vector<std::string> names;
  std::string allow;  // methods of this path, if it is known but not with this method
};
Match find_route(std::string_view method, std::string_view path);

/// Of a query; false if it is malformed, or has one that the route does not know (but for "*"), or one twice.
bool read_parameters(std::string_view query, std::string_view known, std::map<std::string, std::string>& parameters);

Result<HttpReply> get_console(Call&, Context&);
Result<HttpReply> get_health(Call&, Context&);
Result<HttpReply> get_ready(Call&, Context&);
Result<HttpReply> get_metrics(Call&, Context&);
Result<HttpReply> get_status(Call&, Context&);
Result<HttpReply> get_alerts(Call&, Context&);
Result<HttpReply> get_alert(Call&, Context&);
Result<HttpReply> get_alert_explained(Call&, Context&);
Result<HttpReply> get_alert_case(Call&, Context&);
Result<HttpReply> get_alert_stream(Call&, Context&);
Result<HttpReply> get_incidents(Call&, Context&);
Result<HttpReply> get_incident(Call&, Context&);
Result<HttpReply> post_incident_act(Call&, Context&);
Result<std::unique_ptr<BodyWork>> post_attachment(Call&, Context&);
Result<HttpReply> get_attachment(Call&, Context&);
Result<HttpReply> delete_attachment(Call&, Context&);
Result<HttpReply> get_verdicts(Call&, Context&);
Result<HttpReply> post_verdict(Call&, Context&);
Result<HttpReply> get_confidence(Call&, Context&);
Result<HttpReply> post_calibration(Call&, Context&);
Result<HttpReply> get_rules(Call&, Context&);
Result<HttpReply> post_rule_promotion(Call&, Context&);
Result<HttpReply> delete_rule_promotion(Call&, Context&);
Result<HttpReply> get_suppressions(Call&, Context&);
Result<HttpReply> get_suppression(Call&, Context&);
Result<HttpReply> post_suppression(Call&, Context&);
Result<HttpReply> delete_suppression(Call&, Context&);
Result<HttpReply> post_search(Call&, Context&);
Result<HttpReply> get_senders(Call&, Context&);
Result<HttpReply> post_sender(Call&, Context&);
Result<HttpReply> delete_sender(Call&, Context&);
Result<HttpReply> post_setup_check(Call&, Context&);
Result<HttpReply> post_setup(Call&, Context&);
Result<HttpReply> post_login(Call&, Context&);
Result<HttpReply> get_login(Call&, Context&);
Result<HttpReply> get_oidc_login(Call&, Context&);
Result<HttpReply> get_oidc_callback(Call&, Context&);
Result<HttpReply> post_logout(Call&, Context&);
Result<HttpReply> get_me(Call&, Context&);
Result<HttpReply> post_password(Call&, Context&);
Result<HttpReply> post_totp(Call&, Context&);
Result<HttpReply> post_totp_confirm(Call&, Context&);
Result<HttpReply> post_totp_remove(Call&, Context&);
Result<HttpReply> get_reveals(Call&, Context&);
Result<HttpReply> post_reveal(Call&, Context&);
Result<HttpReply> post_reveal_approval(Call&, Context&);
Result<HttpReply> get_users(Call&, Context&);
Result<HttpReply> post_user(Call&, Context&);
Result<HttpReply> patch_user(Call&, Context&);
Result<HttpReply> delete_user(Call&, Context&);
Result<HttpReply> post_user_link(Call&, Context&);
Result<HttpReply> get_tokens(Call&, Context&);
Result<HttpReply> post_token(Call&, Context&);
Result<HttpReply> delete_token(Call&, Context&);
Result<HttpReply> get_audit(Call&, Context&);
Result<HttpReply> get_mcp(Call&, Context&);
Result<HttpReply> post_mcp(Call&, Context&);

}  // namespace tocsin::api
