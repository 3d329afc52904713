#include "api/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "api/answer.h"
#include "api/http_counts.h"
#include "api/mcp.h"
#include "api/search_run.h"
#include "api/workers.h"
#include "api/sign_in.h"
#include "base/text.h"
#include "collect/http_body_taker.h"

namespace tocsin::api {

namespace {

bool may_change(std::string_view method) { return method != "GET" && method != "HEAD"; }

HttpReply busy() {
  HttpReply reply = problem(503, "busy", "too many requests wait already; try again soon");
  reply.headers += "Retry-After: 1\r\n";
  return reply;
}

HttpReply no_route(const std::string& allow) {
  if (allow.empty()) return problem(404, "no_route", "there is nothing at this path");
  HttpReply reply = problem(405, "no_method", "this path knows " + allow);
  reply.headers += "Allow: " + allow + "\r\n";
  return reply;
}

HttpReply denied(const Who& who) {
  if (who.is_known()) return problem(403, "denied", who.text() + " may not do this");
  HttpReply reply = problem(401, "log_in", "log in, or show a token as Authorization: Bearer");
  reply.headers += "WWW-Authenticate: Bearer\r\n";
  return reply;
}

}  // namespace

Endpoint::Endpoint(Context& context, EndpointSettings settings) : context_(context), settings_(std::move(settings)) {}

/// A page of another site whose name was made to lead here (DNS rebinding) asks for that name.
bool Endpoint::is_ours(std::string_view host) const {
  if (settings_.hosts.empty()) return true;
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const std::string name = folded(host.substr(0, std::min(host.find(':', bracket), host.size())));
  return std::ranges::find(settings_.hosts, name) != settings_.hosts.end();
}

std::optional<HttpReply> Endpoint::admit(const HttpHead& head, Sender&) {
  if (is_ours(head.host)) return std::nullopt;
  return api::problem(421, "wrong_host", "this service has another name; the setting api.hosts gives it further ones");
}

HttpReply Endpoint::problem(int status, std::string_view reason) {
  context_.counts.add(nullptr, status);
  return api::problem(status, "bad_request", reason);
}

void Endpoint::handle(HttpRequest request, HttpDone done) {
  auto call = std::make_shared<Call>();
  Match match = find_route(request.head.method, request.head.path);
  call->request = std::move(request);
  call->request.held = nullptr;
  call->route = match.route;
  call->names = std::move(match.names);
  const auto reply = [&](HttpReply said) {
    context_.counts.add(call->route, said.status);
    done(std::move(said));
  };
  if (is_off(call->request.head.path)) return reply(no_route(""));
  if (call->route == nullptr) return reply(no_route(match.allow));
  if (!read_parameters(call->request.head.query, call->route->parameters, call->parameters)) {
    return reply(api::problem(400, "bad_parameter", fmt::format("this route knows these parameters, each once: '{}'", call->route->parameters)));
  }
  const bool queued = submit(call->route->lane, [this, call, done] {
    HttpReply said = answer(*call);
    context_.counts.add(call->route, said.status);
    done(std::move(said));
  });
  if (!queued) reply(busy());
}

/// What the settings do not have served is not there, whoever asks.
bool Endpoint::is_off(std::string_view path) const { return path == kMcpPath && context_.mcp == nullptr; }

bool Endpoint::submit(Lane lane, std::function<void()> job) {
  switch (lane) {
    case Lane::kCase: return context_.cases.submit(std::move(job));
    case Lane::kSearch: return context_.searches.work(std::move(job));
    case Lane::kPassword: return password_.submit(std::move(job));
    case Lane::kProvider: return provider_.submit(std::move(job));
    case Lane::kFiles: return context_.files.submit(std::move(job));
    case Lane::kQuick: break;
  }
  return quick_.submit(std::move(job));
}

HttpReply Endpoint::answer(Call& call) { return reply_of(answer_checked(call)); }

HttpReply Endpoint::reply_of(Result<HttpReply> reply) {
  if (reply) return std::move(*reply);
  if (reply.error().code == Code::kIo) fmt::print(stderr, "tocsin: api: {}\n", terminal_safe(reply.error().message));
  return problem_of(reply.error());
}

Result<HttpReply> Endpoint::answer_checked(Call& call) {
  if (std::optional<HttpReply> refusal = TRY(refusal_of(call))) return std::move(*refusal);
  return call.route->handle(call, context_);
}

Result<std::optional<HttpReply>> Endpoint::refusal_of(Call& call) {
  const HttpHead& head = call.request.head;
  call.who = TRY(identify(head, context_.accounts, call.request.received));
  if (!is_allowed(call.who, call.route->need)) return denied(call.who);
  const bool by_cookie = call.who.kind == Who::Kind::kUser;
  if (by_cookie && may_change(head.method) && !is_own_page(head, settings_.scheme)) {
    return api::problem(403, "not_our_page", "a change comes from the service's own page: Origin and X-Tocsin-Request: 1 say so");
  }
  return std::optional<HttpReply>();
}

/// One body, from its head to its answer. Its parts are worked on by the lane's threads; a connection that goes lets go of it, and what it was filling goes with it.
class Endpoint::Taking : public HttpBodyTaker, public std::enable_shared_from_this<Taking> {
 public:
  Taking(Endpoint& endpoint, Call call) : endpoint_(endpoint), call_(std::move(call)) { ++endpoint_.taking_; }
  ~Taking() override { --endpoint_.taking_; }

  void take(std::string part, More more) override {
    const bool queued = endpoint_.submit(call_.route->lane, [self = shared_from_this(), part = std::move(part), more] {
      std::optional<HttpReply> refusal = self->work(part);
      if (refusal) self->count(*refusal);
      more(std::move(refusal));
    });
    if (!queued) more(busy());
  }
  void end(HttpDone done) override {
    const bool queued = endpoint_.submit(call_.route->lane, [self = shared_from_this(), done] {
      HttpReply said = self->endpoint_.reply_of(self->work_->end());
      self->count(said);
      done(std::move(said));
    });
    if (!queued) done(busy());
  }
  void stop() override {}

 private:
  void count(const HttpReply& said) { endpoint_.context_.counts.add(call_.route, said.status); }
  std::optional<HttpReply> work(std::string_view part) {
    if (work_ == nullptr) {
      if (std::optional<HttpReply> refusal = begin()) return refusal;
    }
    const Status taken = work_->take(part);
    if (taken) return std::nullopt;
    return taken.error().code == Code::kLimit ? api::problem(413, "too_large", taken.error().message) : endpoint_.reply_of(taken.error());
  }
  std::optional<HttpReply> begin() {
    if (endpoint_.taking_ > kBodiesTakenMax) return busy();
    const HttpHead& head = call_.request.head;
    if (!head.content_encoding.empty()) return api::problem(415, "bad_request", "send it as it is, without Content-Encoding");
    if (!read_parameters(head.query, call_.route->parameters, call_.parameters)) {
      return api::problem(400, "bad_parameter", fmt::format("this route knows these parameters, each once: '{}'", call_.route->parameters));
    }
    Result<std::optional<HttpReply>> refusal = endpoint_.refusal_of(call_);
    if (!refusal) return endpoint_.reply_of(refusal.error());
    if (*refusal) return std::move(*refusal);
    Result<std::unique_ptr<BodyWork>> work = call_.route->take(call_, endpoint_.context_);
    if (!work) return endpoint_.reply_of(work.error());
    work_ = std::move(*work);
    return std::nullopt;
  }

  Endpoint& endpoint_;
  Call call_;
  std::unique_ptr<BodyWork> work_;
};

std::shared_ptr<HttpBodyTaker> Endpoint::taker(const HttpHead& head, const std::string& peer) {
  Match match = find_route(head.method, head.path);
  if (match.route == nullptr || match.route->take == nullptr) return nullptr;
  Call call;
  call.request.head = head;
  call.request.peer = peer;
  call.request.received = context_.env.now_us();
  call.route = match.route;
  call.names = std::move(match.names);
  return std::make_shared<Taking>(*this, std::move(call));
}

void Endpoint::stop() {
  quick_.stop();
  password_.stop();
  provider_.stop();
  context_.files.stop();
}

}  // namespace tocsin::api
