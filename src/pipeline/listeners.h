// Every port on which the service takes records, over the Intake and the Senders that it is given. open() fails with the address that cannot be
// listened on; nothing is taken before run(). stop() ends them in order: requests under way get their answers, so the Intake must still be there.
// What it needs is plain data, so that it may be told to another process. Connections that are refused are said on standard error, and counted.
//
//   auto listeners = TRY(Listeners::open(env, intake, senders, {.bulk = "127.0.0.1:0"}));
//   listeners->run();
//   … listeners->addresses() …
//   listeners->stop();
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "collect/intake.h"

namespace tocsin {

class HttpEndpoint;
class HttpListener;
struct SyslogContext;

/// What is shown on TLS ports, and who signs senders' certificates: PEM texts.
struct ServerTls {
  std::string certificates = {}, key = {};
  std::string client_authority = {};
};

/// Something that is wanted where others can reach the port: kAuto is yes beyond loopback, and no on it.
enum class Beyond : std::uint8_t { kAuto, kYes, kNo };

/// Where to listen; port 0 lets the system choose.
struct ListenOptions {
  std::string bulk = "127.0.0.1:9200", hec = "127.0.0.1:8088";
  std::string syslog = "127.0.0.1:5514";  // UDP and TCP
  std::string syslog_tls = "127.0.0.1:6514";
  ServerTls tls = {};
  Beyond http_tls = Beyond::kAuto;             // bulk and hec speak TLS
  Beyond syslog_certificates = Beyond::kAuto;  // who sends syslog over TLS shows a certificate
};

struct ServiceAddress {
  std::string input, address;
  bool tls = false;
};

class Listeners {
 public:
  static Result<std::unique_ptr<Listeners>> open(Env& env, Intake& intake, Senders& senders, const ListenOptions& options);
  ~Listeners();
  const std::vector<ServiceAddress>& addresses() const;
  /// Connections that ended in the handshake, or whose certificate is not that of a sender.
  std::uint64_t refused() const;
  void run();
  void stop();

 private:
  struct Parts;
  explicit Listeners(std::unique_ptr<Parts> parts);
  static Result<std::unique_ptr<HttpListener>> open_http(Parts& parts, Env& env, HttpEndpoint& endpoint, const std::string& input,
                                                         const std::string& address, const ListenOptions& options);
  static Status open_syslog(Parts& parts, const SyslogContext& context, const ListenOptions& options);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin
