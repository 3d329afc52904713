// Files of incidents: /api/v1/incidents/{id}/attachments. What is attached is never shown: it goes out as bytes that a browser keeps and does not open.
#include <fmt/format.h>

#include <charconv>

#include "api/answer.h"
#include "api/attachment_desk.h"
#include "api/route.h"
#include "api/workers.h"
#include "report/case_writer.h"

namespace tocsin::api {

namespace {

/// Beside the policy that every answer has; both hold. A page that is made of it can do nothing, whatever it is taken for.
constexpr std::string_view kSandboxed = "Content-Security-Policy: sandbox; default-src 'none'\r\n";
constexpr std::string_view kEnding = ".quarantined";

Result<std::int64_t> act_of(const Call& call) {
  std::int64_t number = 0;
  const std::string& text = call.names[1];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return Error{Code::kNotFound, fmt::format("there is no attachment '{}'", text)};
  return number;
}

HttpReply done_answer(int status, const CaseAct& done) {
  std::string body;
  append_case_act(body, done, true);
  return json_answer(status, body);
}

class Upload : public BodyWork {
 public:
  Upload(AttachmentDesk& desk, AttachmentDesk::Wanted wanted, AttachmentWriter writer, const Call& call)
      : desk_(desk), wanted_(std::move(wanted)), writer_(std::move(writer)), announced_(call.request.head.length.value_or(0)), by_(call.actor()) {}
  Status take(std::string_view part) override { return announced_ > kAttachmentBytesMax ? attachment_too_large() : writer_.append(part); }
  Result<HttpReply> end() override { return done_answer(201, TRY(desk_.add(wanted_, writer_, by_))); }

 private:
  AttachmentDesk& desk_;
  const AttachmentDesk::Wanted wanted_;
  AttachmentWriter writer_;
  const std::uint64_t announced_;
  const Actor by_;
};

/// Read on the files' threads while it is sent.
class Download : public HttpPieces {
 public:
  Download(AttachmentReader reader, Workers& files) : reader_(std::make_shared<AttachmentReader>(std::move(reader))), files_(files) {}
  void next(Done done) override {
    const bool queued = files_.submit([reader = reader_, done] {
      const Result<std::string> piece = reader->next();
      if (!piece) fmt::print(stderr, "tocsin: api: {}\n", piece.error().message);
      done(piece.value_or(""));
    });
    if (!queued) done({});  // the service stops
  }
  void stop() override {}

 private:
  const std::shared_ptr<AttachmentReader> reader_;  // shared with the work that is under way when the client goes
  Workers& files_;
};

/// As a browser is to call it: it must not be what a click runs. RFC 6266; whatever is not plain ASCII is in the second form alone (RFC 8187).
std::string disposition(const std::string& name) {
  std::string plain, encoded;
  for (const char c : name) {
    const bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
    plain += is_word || c == ' ' ? c : '_';
    encoded += is_word ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return fmt::format("Content-Disposition: attachment; filename=\"{0}{2}\"; filename*=UTF-8''{1}{2}\r\n", plain, encoded, kEnding);
}

}  // namespace

Result<std::unique_ptr<BodyWork>> post_attachment(Call& call, Context& context) {
  AttachmentDesk::Wanted wanted{call.names[0], call.parameter("name"), call.parameter("comment")};
  if (wanted.name.empty()) return Error{Code::kInvalid, "say what it is called: ?name="};
  AttachmentWriter writer = TRY(context.attachments.begin(wanted.incident));
  return std::make_unique<Upload>(context.attachments, std::move(wanted), std::move(writer), call);
}

Result<HttpReply> get_attachment(Call& call, Context& context) {
  const std::int64_t act = TRY(act_of(call));
  AttachmentDesk::Reading reading = TRY(context.attachments.read(call.names[0], act, call.actor()));
  HttpReply reply{.content_type = "application/octet-stream", .headers = std::string(kSecurityHeaders)};
  reply.headers += kSandboxed;
  reply.headers += disposition(reading.file.name);
  reply.headers += fmt::format("X-Tocsin-SHA256: {}\r\n", reading.file.sha256);
  reply.pieces = std::make_unique<Download>(std::move(reading.reader), context.files);
  return reply;
}

Result<HttpReply> delete_attachment(Call& call, Context& context) {
  const std::int64_t act = TRY(act_of(call));
  const Result<CaseAct> done = context.attachments.remove(call.names[0], act, call.parameter("why"), call.actor());
  if (!done && done.error().code == Code::kDenied) return problem(409, "refused", done.error().message);
  return done_answer(200, TRY(done));
}

}  // namespace tocsin::api
