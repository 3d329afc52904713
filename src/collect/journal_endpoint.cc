#include "collect/journal_endpoint.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "collect/http_connection.h"
#include "collect/http_lines.h"
#include "collect/journal_export.h"

namespace tocsin {

namespace asio = boost::asio;

namespace {

HttpReply text_reply(int status, std::string_view text) {
  HttpReply reply{.status = status, .content_type = "text/plain"};
  reply.body.append(text) += '\n';
  if (status == 405) reply.headers = "Allow: POST\r\n";
  if (status == 429 || status == 503) reply.headers = "Retry-After: 1\r\n";
  return reply;
}

/// One request. On the connection's strand, but for the Intake's answers, which are posted there. Shared with those and with the timer.
class JournalUpload : public HttpBodyTaker, public std::enable_shared_from_this<JournalUpload>, private ReceivedVisitor {
 public:
  JournalUpload(const SyslogContext& context, std::uint32_t source, std::string peer, const asio::any_io_executor& executor)
      : context_(context), source_(source), peer_(std::move(peer)), executor_(executor), timer_(executor) {}

  void take(std::string part, More more) override {
    received_ = context_.env.now_us();
    part_ = std::move(part);
    at_ = 0;
    more_ = std::move(more);
    go_on();
  }

  void end(HttpDone done) override {
    received_ = context_.env.now_us();
    export_.finish(*this);
    count_damage();
    // Shared, since a More has to be copyable.
    more_ = [answer = std::make_shared<HttpDone>(std::move(done))](std::optional<HttpReply> refusal) {
      (*answer)(refusal ? std::move(*refusal) : text_reply(202, "OK."));
    };
    go_on();
  }

  void stop() override {
    stopped_ = true;
    timer_.cancel();
    // What is in the Intake already stays there; what waits for room is refused, and the client sends it again.
    if (batch_ != nullptr) context_.intake.refuse(source_, batch_->entries().size());
    batch_ = nullptr;
    more_ = nullptr;
  }

 private:
  void record(const Received& received) override {
    if (batch_ == nullptr) batch_ = std::make_unique<IntakeBatch>(source_, IntakeBatch::IfFull::kWait);
    if (!batch_->add(received, received_, peer_)) context_.intake.refuse(source_, 1);
  }

  void count_damage() {
    const std::uint64_t damaged = export_.counts().damaged;
    if (damaged > damaged_) context_.intake.refuse(source_, damaged - damaged_);
    damaged_ = damaged;
  }

  /// A batch's worth of the part at a time.
  void go_on() {
    while (at_ < part_.size() && (batch_ == nullptr || batch_->bytes() < kJournalBatchBytesMax)) {
      const std::string_view some = std::string_view(part_).substr(at_, kHttpReadBytes);
      export_.read(some, *this);
      at_ += some.size();
    }
    count_damage();
    if (batch_ != nullptr) return offer();
    part_ = std::string();
    at_ = 0;
    std::exchange(more_, nullptr)(std::nullopt);
  }

  /// Until there is room for it.
  void offer() {
    if (stopped_ || batch_ == nullptr) return;
    const std::size_t records = batch_->entries().size();
    const bool taken = context_.intake.submit(std::move(batch_), [self = shared_from_this(), records](const IntakeResult& result) {
      if (!result.safe) self->context_.intake.refuse(self->source_, records);
      asio::post(self->executor_, [self, safe = result.safe] { self->was_answered(safe); });
    });
    if (taken) {
      batch_ = nullptr;
      return;
    }
    timer_.expires_after(std::chrono::milliseconds(kSyslogRetryMs));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) self->offer();
    });
  }

  void was_answered(bool safe) {
    if (stopped_ || more_ == nullptr) return;
    if (safe) return go_on();
    std::exchange(more_, nullptr)(text_reply(503, "it cannot be kept now; send it again"));
  }

  const SyslogContext context_;
  const std::uint32_t source_;
  const std::string peer_;
  const asio::any_io_executor executor_;
  asio::steady_timer timer_;
  JournalExport export_;
  std::string part_;
  std::size_t at_ = 0;         // of it, what was read
  std::uint64_t damaged_ = 0;  // that were counted
  TimeUs received_ = 0;
  std::unique_ptr<IntakeBatch> batch_;
  More more_;
  bool stopped_ = false;
};

}  // namespace

std::optional<HttpReply> JournalEndpoint::admit_shown(const HttpHead& head, const std::string& certificate, Sender& sender) {
  std::optional<Sender> found;
  if (!certificate.empty()) {
    found = context_.senders.by_certificate("journal", certificate);
  } else if (!certificate_required_) {
    found = context_.senders.without_token("journal");
  }
  if (!found) return text_reply(403, certificate.empty() ? "a certificate is needed: tocsin sender add NAME --input journal" : "this certificate is not that of a sender");
  if (head.path != "/upload") return text_reply(404, "only /upload is served here");
  if (head.method != "POST") return text_reply(405, "entries are sent with POST");
  if (!same_http_word(head.content_type, "application/vnd.fdo.journal")) return text_reply(415, "Content-Type is not application/vnd.fdo.journal");
  if (!head.content_encoding.empty() && !same_http_word(head.content_encoding, "identity")) return text_reply(415, "entries are taken as they are: no Content-Encoding");
  sender = *found;
  return std::nullopt;
}

std::shared_ptr<HttpBodyTaker> JournalEndpoint::take_body(const Sender& sender, const std::string& peer, const asio::any_io_executor& executor) {
  return std::make_shared<JournalUpload>(context_, sender.source, peer, executor);
}

/// Never asked: every request that is admitted is taken in parts.
void JournalEndpoint::handle(HttpRequest, HttpDone done) { done(text_reply(404, "only /upload is served here")); }

HttpReply JournalEndpoint::problem(int status, std::string_view reason) { return text_reply(status, reason); }

}  // namespace tocsin
