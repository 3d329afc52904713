#include "collect/elastic_endpoint.h"

#include <algorithm>
#include <span>
#include <utility>

#include "collect/elastic_answers.h"
#include "collect/elastic_bulk.h"
#include "collect/http_auth.h"
#include "collect/percent.h"

namespace tocsin {

namespace {

HttpReply elastic_reply(int status) {
  HttpReply reply{.status = status};
  reply.headers.append(kElasticProductHeader).append(": ").append(kElasticProduct).append("\r\n");
  return reply;
}

HttpReply elastic_error(int status, std::string_view type, std::string_view reason) {
  HttpReply reply = elastic_reply(status);
  append_elastic_error(reply.body, status, type, reason);
  return reply;
}

/// Whether all that the answer has to hold are statuses and errors.
bool is_brief(std::string_view query) {
  constexpr std::string_view kName = "filter_path=";
  while (!query.empty() && !query.starts_with(kName))
    query.remove_prefix(std::min(query.find('&'), query.size() - 1) + 1);
  if (query.empty()) return false;
  std::string list;
  if (!percent_decode(query.substr(kName.size(), query.find('&') - kName.size()), true, list)) return false;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name != "took" && name != "errors" && name != "items.*.status" && name != "items.*.error") return false;
  }
  return true;
}

std::string_view problem_type(int status) {
  switch (status) {
    case 408: return "timeout_exception";
    case 413: return "content_too_large_exception";
    case 429: return "es_rejected_execution_exception";
    default: return "illegal_argument_exception";
  }
}

}  // namespace

bool read_bulk_token(std::string_view authorization, std::string& token) {
  return read_auth_password(authorization, "basic", token) || read_auth_password(authorization, "apikey", token) ||
         read_auth_word(authorization, "apikey", token) || read_auth_word(authorization, "bearer", token);
}

/// Documents on their way. It stays where it is, since the items look into the body and the path.
struct ElasticEndpoint::Bulk {
  HttpRequest request;
  ElasticRequest route;
  BulkReader reader;
  BulkItem document;  // of a request with one alone
  std::span<BulkItem> items;
  HttpDone done;
  std::int64_t begun_ns = 0;
};

std::optional<HttpReply> ElasticEndpoint::admit(const HttpHead& head, Sender& sender) {
  std::string token;
  if (read_bulk_token(head.authorization, token)) {
    if (const std::optional<Sender> found = senders_.by_token("bulk", token)) {
      sender = *found;
      return std::nullopt;
    }
  }
  const bool none = head.authorization.empty();
  HttpReply reply = elastic_error(
      401, "security_exception", none ? "missing authentication credentials" : "unable to authenticate: unknown token");
  reply.headers += "WWW-Authenticate: Basic realm=\"tocsin\", charset=\"UTF-8\"\r\nWWW-Authenticate: ApiKey\r\n";
  return reply;
}

HttpReply ElasticEndpoint::problem(int status, std::string_view reason) {
  return elastic_error(status, problem_type(status), reason);
}

void ElasticEndpoint::handle(HttpRequest request, HttpDone done) {
  ElasticRequest route = elastic_request(request.head.method, request.head.path);
  if (route.kind == ElasticKind::kAnswer) {
    HttpReply reply = elastic_reply(route.status);
    reply.content_type = route.content_type;
    append_elastic_answer(reply.body, route, std::string_view(request.head.host).substr(0, kElasticHostBytesMax));
    return done(std::move(reply));
  }
  // Shared, since the Intake's callback has to be copyable: this function and that callback have it.
  auto bulk = std::make_shared<Bulk>();
  bulk->request = std::move(request);
  bulk->route = std::move(route);
  bulk->done = std::move(done);
  bulk->begun_ns = env_.monotonic_ns();
  if (bulk->route.kind == ElasticKind::kDocument) {
    bulk->document = read_elastic_document(bulk->request.body, bulk->route.name, bulk->route.id);
    bulk->items = {&bulk->document, 1};
  } else if (const Status status = bulk->reader.read(bulk->request.body, bulk->route.name); status) {
    bulk->items = bulk->reader.items();
  } else {
    HttpReply reply = elastic_reply(400);
    reply.status = append_bulk_refusal(reply.body, status.error());
    return bulk->done(std::move(reply));
  }
  submit(std::move(bulk));
}

void ElasticEndpoint::submit(std::shared_ptr<Bulk> bulk) {
  const HttpRequest& request = bulk->request;
  const std::size_t bytes = request.body.size() + bulk->items.size() * sizeof(BulkItem);
  const bool crowded = request.crowded || !request.held->resize(bytes);
  auto batch = std::make_unique<IntakeBatch>(request.sender.source);
  bool any = false;
  for (BulkItem& item : bulk->items) {
    if (item.status != BulkStatus::kStored) continue;
    const bool added = !crowded && batch->add(item.received, request.received, request.peer);
    if (!added) item.status = BulkStatus::kBusy;
    any |= added;
  }
  if (!any) return answer(*bulk, {.safe = true});
  const bool taken = intake_.submit(std::move(batch), [this, bulk](const IntakeResult& result) { answer(*bulk, result); });
  if (!taken) answer(*bulk, {});
}

void ElasticEndpoint::answer(Bulk& bulk, const IntakeResult& result) {
  std::uint64_t sequence = result.first, refused = 0;
  for (BulkItem& item : bulk.items) {
    if (item.status == BulkStatus::kStored && !result.safe) item.status = BulkStatus::kBusy;
    if (item.status == BulkStatus::kStored) {
      item.sequence = sequence++;
    } else {
      ++refused;
    }
  }
  if (refused > 0) intake_.refuse(bulk.request.sender.source, refused);
  HttpReply reply = elastic_reply(200);
  if (bulk.route.kind == ElasticKind::kDocument) {
    reply.status = append_document_answer(reply.body, bulk.document);
  } else {
    const std::int64_t took_ns = env_.monotonic_ns() - bulk.begun_ns;
    append_bulk_answer(
        reply.body, bulk.items,
        {.took_ms = static_cast<std::uint64_t>(took_ns) / 1'000'000, .brief = is_brief(bulk.request.head.query)});
  }
  bulk.done(std::move(reply));
}

}  // namespace tocsin
