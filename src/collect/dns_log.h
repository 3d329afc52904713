// DNS of a capture as lines in the shape of Zeek's dns.log: a question with its answer, a question that nobody answered, an answer whose question was not seen. One object belongs to one thread and
// serves all flows; what waits is kept with each flow. Nothing fails: what is no DNS message is counted.
//
// Over UDP a packet is a message; over TCP (RFC 1035, 4.2.2) a message has its size before it, in two bytes.
//
//   DnsLog dns(out);
//   dns.message(flow, side, bytes, time_ns, waiting);
//   dns.ended(flow, waiting);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/dns_message.h"
#include "collect/zeek_line.h"

namespace tocsin {

/// Questions that wait for their answers: of one flow, where the oldest is written down as unanswered for one more, and of all, of about 200 bytes each.
inline constexpr std::size_t kDnsWaitingMax = 32;
inline constexpr std::size_t kDnsAllWaitingMax = 64 << 10;

bool is_dns_port(std::uint16_t port);

struct DnsQuestion {
  std::int64_t time_ns = 0;
  DnsMessage message;
};

class DnsLog {
 public:
  explicit DnsLog(std::string& out) : out_(out) {}
  /// False if it is no DNS.
  bool message(const Flow& flow, std::string_view bytes, std::int64_t time_ns, std::vector<DnsQuestion>& waiting);
  void ended(const Flow& flow, std::vector<DnsQuestion>& waiting);

  std::uint64_t damaged() const { return damaged_; }
  std::size_t waiting() const { return waiting_; }

 private:
  void write(const Flow& flow, const DnsQuestion* question, const DnsMessage* reply, std::int64_t time_ns);

  std::string& out_;
  DnsMessage message_;
  std::size_t waiting_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace tocsin
