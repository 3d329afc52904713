// What systemd-journal-upload sends, behind an HTTP listener: POST /upload with a body of the journal's export format (journal_export.h), which may be a journal's worth of
// gigabytes in one request; it is taken in parts, each handed to the Intake before the next is read. The answer is 202 when all of it is safe, and the client writes down
// then how far it came. Who may send shows a certificate, as with syslog over TLS; without TLS, and where none is asked for, whoever reaches the port. Safe from any thread;
// nothing fails: entries that are damaged are counted as refused, and the others taken.
//
//   JournalEndpoint endpoint({intake, senders, env}, certificate_required);
//   HttpListener::open(io, endpoint, env, {.address = "127.0.0.1:19532", .takers = &endpoint});
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collect/http_body_taker.h"
#include "collect/syslog_listener.h"

namespace tocsin {

/// Bytes after which a batch takes no more; the client waits for each.
inline constexpr std::size_t kJournalBatchBytesMax = 1u << 20;
/// Connections of the listener, in all and from one address: an uploader has one, which may hold an entry of a megabyte, what it becomes, and a batch: 4 MB.
inline constexpr std::size_t kJournalConnectionsMax = 64;
inline constexpr std::size_t kJournalPeerConnectionsMax = 16;

class JournalEndpoint : public HttpEndpoint, public HttpBodyTakers {
 public:
  JournalEndpoint(const SyslogContext& context, bool certificate_required) : context_(context), certificate_required_(certificate_required) {}
  std::optional<HttpReply> admit(const HttpHead& head, Sender& sender) override { return admit_shown(head, "", sender); }
  std::optional<HttpReply> admit_shown(const HttpHead& head, const std::string& certificate, Sender& sender) override;
  std::shared_ptr<HttpBodyTaker> take_body(const Sender& sender, const std::string& peer, const boost::asio::any_io_executor& executor) override;
  void handle(HttpRequest request, HttpDone done) override;
  HttpReply problem(int status, std::string_view reason) override;

 private:
  const SyslogContext context_;
  const bool certificate_required_;
};

}  // namespace tocsin
