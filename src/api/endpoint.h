// What stands behind the API's port: finds the route, who asks, whether that one may, and gives the work to the route's threads. The order is fixed, and
// each step refuses before the next looks: the name that the client thinks it talks to, the route, its parameters, who it is, whether that is allowed,
// whether the request is from our own page. Calls come from the listener's threads; nothing fails but by a reply.
//
//   Endpoint endpoint(context, {.scheme = "https", .hosts = {"127.0.0.1"}});
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "api/route.h"
#include "api/workers.h"
#include "collect/http_endpoint.h"

namespace tocsin::api {

/// Threads that answer what needs no waiting, and calls that wait for them.
inline constexpr std::size_t kQuickThreadsMax = 2, kQuickWaitingMax = 128;
/// Calls about incidents and what people decide about them: one that makes all incidents anew takes a tenth of a second, and those that wait for it have its answer.
inline constexpr std::size_t kCaseThreadsMax = 2, kCaseWaitingMax = 64;
/// One password at a time: each takes 64 MiB and a processor for a while.
inline constexpr std::size_t kPasswordThreadsMax = 1, kPasswordWaitingMax = 16;

/// Calls that wait for a provider of log-ins: one that does not answer holds up the others of this kind, and nothing else.
inline constexpr std::size_t kProviderThreadsMax = 2, kProviderWaitingMax = 32;

/// Parts of files that come and go. More threads would wait for the same disk; each connection has one part waiting, and there are fewer of those.
inline constexpr std::size_t kFilesThreadsMax = 2, kFilesWaitingMax = 512;
/// Bodies that are taken at once; each may fill the disk by an attachment's size before anybody knows that it is too large.
inline constexpr std::size_t kBodiesTakenMax = 8;

struct EndpointSettings {
  std::string scheme = "https";
  std::vector<std::string> hosts;  // names that the service has; none: any
};

class Endpoint : public HttpEndpoint {
 public:
  Endpoint(Context& context, EndpointSettings settings);
  std::optional<HttpReply> admit(const HttpHead& head, Sender& sender) override;
  void handle(HttpRequest request, HttpDone done) override;
  std::shared_ptr<HttpBodyTaker> taker(const HttpHead& head, const std::string& peer) override;
  HttpReply problem(int status, std::string_view reason) override;
  /// Waits for what is being answered.
  void stop();

 private:
  class Taking;

  bool is_ours(std::string_view host) const;
  bool is_off(std::string_view path) const;
  bool submit(Lane lane, std::function<void()> job);
  HttpReply answer(Call& call);
  Result<HttpReply> answer_checked(Call& call);
  /// Who asks, and whether that one may: what refuses it, or nothing.
  Result<std::optional<HttpReply>> refusal_of(Call& call);
  HttpReply reply_of(Result<HttpReply> reply);

  Context& context_;
  std::atomic<std::size_t> taking_{0};
  const EndpointSettings settings_;
  Workers quick_{kQuickThreadsMax, kQuickWaitingMax}, password_{kPasswordThreadsMax, kPasswordWaitingMax},
      provider_{kProviderThreadsMax, kProviderWaitingMax};
};

}  // namespace tocsin::api
