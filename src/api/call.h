// One call of the API on its way to its resource, and what every resource may use. A handler gets both, runs on a worker thread (never two calls of one
// connection at once, but several of different ones), and returns the reply or an error, which becomes a problem.
//
//   Result<HttpReply> get_alert(Call& call, Context& context) {
//     std::optional<StoredAlert> alert = TRY(context.state.alert(call.names[0]));
//     …
//   }
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.h"
#include "api/service_client.h"
#include "base/env.h"
#include "base/seal.h"
#include "collect/http_endpoint.h"
#include "store/accounts.h"

namespace tocsin::api {

struct Route;
class AlertFeed;
class AttachmentDesk;
class HttpCounts;
class IncidentView;
class LoginThrottle;
class McpServer;
class ProviderLogin;
class SearchLane;
class Workers;

/// All of it outlives every call.
struct Context {
  Env& env;
  ServiceClient& service;
  State& state;  // a connection of the API's own, so that a long list does not hold the stream of detection up
  Accounts& accounts;
  AlertFeed& feed;
  IncidentView& incidents;
  AttachmentDesk& attachments;
  Workers& files;  // read and write what is attached
  HttpCounts& counts;
  LoginThrottle& throttle;
  Workers& cases;  // threads for what may have to make all incidents anew
  SearchLane& searches;
  Seal& totp_seal;
  std::mutex totp_mutex;  // guards totp_seal
  std::string origin;     // "https://127.0.0.1:8443", for links
  ProviderLogin* provider_login = nullptr;  // if there is one
  McpServer* mcp = nullptr;                 // if the settings have it served
};

struct Call {
  HttpRequest request;
  const Route* route = nullptr;
  std::vector<std::string> names;                  // what stood in the path's braces
  std::map<std::string, std::string> parameters;   // of the query; only those that the route knows
  Who who;

  Actor actor() const { return {who.text(), request.peer, request.received}; }
  /// "" if it is not there.
  const std::string& parameter(const std::string& name) const;
};

/// A number parameter from 1 to `most`; kInvalid if it is none.
Result<std::size_t> number_parameter(const Call& call, const std::string& name, std::size_t preset, std::size_t most);

/// The body, a JSON object of these keys and no others. kInvalid with what is wrong.
class Fields {
 public:
  static Result<Fields> read(const Call& call, std::initializer_list<std::string_view> known);
  bool has(std::string_view name) const;
  /// kInvalid if it is not there, not a text, empty, or longer.
  Result<std::string> text(std::string_view name, std::size_t bytes_max) const;
  /// The same, and "" if it is not there.
  Result<std::string> text_or_none(std::string_view name, std::size_t bytes_max) const;
  Result<std::uint64_t> number_or(std::string_view name, std::uint64_t preset, std::uint64_t least, std::uint64_t most) const;
  /// From 0 to 1; kInvalid if it is not there.
  Result<double> share(std::string_view name) const;
  /// true or false; nothing if it is not there.
  Result<std::optional<bool>> truth(std::string_view name) const;
  Result<std::vector<std::string>> texts(std::string_view name, std::size_t count_max) const;

 private:
  boost::json::object object_;
};

/// Of a request's body: no object here is deeper.
inline constexpr std::size_t kBodyDepthMax = 8;
/// Names of users, tokens and senders.
inline constexpr std::size_t kNameBytesMax = 64;

}  // namespace tocsin::api
