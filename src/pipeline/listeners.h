// Every port on which the service takes records: bind_ports() makes them, or fails with the address that cannot be listened on; Listeners reads from them, over
// the Intake and the Senders that it is given, in this process or another. Nothing is taken before run(). stop() ends them in order: requests under way
// get their answers, so the Intake must still be there. What it needs is
// plain data, so that it may be told to another process. Connections that are refused are said on standard error, and to who wants to count them.
//
//   auto ports = TRY(bind_ports({.bulk = "127.0.0.1:0"}));
//   auto listeners = TRY(Listeners::open({env, intake, senders}, std::move(ports), tls));
//   listeners->run();
//   listeners->stop();
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/env.h"
#include "collect/enrolment.h"
#include "collect/intake.h"
#include "collect/net_ports.h"

namespace tocsin {

/// What is shown on TLS ports, and who signs senders' certificates: PEM texts.
struct ServerTls {
  std::string certificates = {}, key = {};
  std::string client_authority = {};
};

/// Something that is wanted where others can reach the port: kAuto is yes beyond loopback, and no on it.
enum class Beyond : std::uint8_t { kAuto, kYes, kNo };

/// Where to listen; port 0 lets the system choose, and "" is nowhere.
struct ListenOptions {
  std::string bulk = "127.0.0.1:9200", hec = "127.0.0.1:8088";
  std::string syslog = "127.0.0.1:5514";  // UDP and TCP
  std::string syslog_tls = "127.0.0.1:6514";
  std::string relp = {}, forward = {}, lumberjack = {};  // "": nowhere
  std::string gelf = {};  // UDP and TCP
  std::string gelf_tls = {};
  std::string otlp = {}, journal = {};
  std::string netflow = {};  // UDP
  ServerTls tls = {};
  Beyond http_tls = Beyond::kAuto;             // bulk, hec, otlp and journal speak TLS
  Beyond syslog_certificates = Beyond::kAuto;  // who sends syslog, RELP, Lumberjack, GELF or the journal over TLS shows a certificate
  Beyond streams_tls = Beyond::kAuto;          // RELP, Forward and Lumberjack speak TLS
  Beyond forward_keys = Beyond::kAuto;         // who sends by Forward proves that it knows a key
};

enum class PortUse : std::uint8_t { kBulk = 1, kHec, kSyslogTcp, kSyslogUdp, kSyslogTls, kGelfTcp, kGelfUdp, kGelfTls, kOtlp, kJournal, kRelp = 16, kForward, kLumberjack, kNetflow = 24 };
/// As --ready-file and messages call it.
std::string_view name_of(PortUse use);
/// Of a port that takes datagrams, whose input loses what the kernel throws away; "" of others.
std::string_view datagram_input(PortUse use);

struct BoundPort {
  PortUse use = PortUse::kBulk;
  PortSocket socket;
  bool tls = false;
  bool certificate_required = false;  // who sends has to show one; by Forward, to prove a key
};

Result<std::vector<BoundPort>> bind_ports(const ListenOptions& options);

/// A service that was killed a moment ago may have left a process that is about to end, with its ports.
inline constexpr int kBindTries = 50, kBindAgainMs = 20;
/// What `bind` gives, asked again while a port is taken.
template <class Bind>
auto bind_again(Bind&& bind) {
  auto bound = bind();
  for (int tries = 0; !bound && bound.error().code == Code::kIo && tries < kBindTries; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kBindAgainMs));
    bound = bind();
  }
  return bound;
}

struct ServiceAddress {
  std::string input, address;
  bool tls = false;
};

class Listeners {
 public:
  struct Place {
    Env& env;
    Intake& intake;
    Senders& senders;
    Enroller* enroller = nullptr;           // lets hosts in, over RELP with TLS
    std::function<void()> refused = [] {};  // called for each connection that a TLS port refuses, from any thread
  };
  static Result<std::unique_ptr<Listeners>> open(const Place& place, std::vector<BoundPort> ports, const ServerTls& tls);
  ~Listeners();
  void run();
  void stop();

 private:
  struct Parts;
  explicit Listeners(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tocsin
