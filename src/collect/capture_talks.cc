#include "collect/capture_talks.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "collect/big_endian.h"
#include "collect/tcp_text.h"

namespace tocsin {

struct CaptureTalks::Talk : FlowTalk {
  enum class Kind : std::uint8_t { kUnknown, kDns, kHttp, kTls, kOther };
  Kind kind = Kind::kUnknown;
  std::vector<DnsQuestion> waiting;
  HttpTalk http;
  TlsTalk tls;
  std::array<TcpText, 2> text;
};

void CaptureTalks::packet(Flow& flow, int side, const Packet& packet, std::int64_t time_ns) {
  const bool tcp = flow.ends.protocol == kProtocolTcp;
  if (!tcp && (flow.ends.protocol != kProtocolUdp || !(is_dns_port(flow.ends.destination_port) || is_dns_port(flow.ends.source_port)))) return;
  // A SYN says where text begins; without any there is nothing to remember.
  if (packet.payload_bytes == 0 && (packet.flags & kTcpSyn) == 0) return;
  if (flow.talk == nullptr) {
    auto begun = std::make_unique<Talk>();
    if (is_dns_port(flow.ends.destination_port) || is_dns_port(flow.ends.source_port)) begun->kind = Talk::Kind::kDns;
    flow.talk = std::move(begun);
  }
  Talk& talk = static_cast<Talk&>(*flow.talk);
  if (tcp) return stream(flow, talk, side, packet, time_ns);
  // A part of a message is none: of a packet in fragments, and of one that was not captured whole.
  if (packet.fragment || packet.payload.size() < packet.payload_bytes) return;
  if (dns_.message(flow, packet.payload, time_ns, talk.waiting)) flow.service = "dns";
}

void CaptureTalks::stream(Flow& flow, Talk& talk, int side, const Packet& packet, std::int64_t time_ns) {
  if (talk.kind == Talk::Kind::kOther) return;
  TcpText& text = talk.text[static_cast<std::size_t>(side)];
  const auto held = [&talk] { return talk.text[0].bytes().size() + talk.text[1].bytes().size(); };
  const bool was_broken = text.broken();
  const std::size_t before = held();
  const bool fresh = text.add(packet);
  // Text that nobody stopped and that is not whole: of a protocol that is read.
  if (!was_broken && text.broken() && talk.kind != Talk::Kind::kUnknown) ++broken_;
  if (fresh) {
    if (talk.kind == Talk::Kind::kUnknown) recognise(talk);
    if (talk.kind == Talk::Kind::kOther) {
      for (TcpText& one : talk.text) one.stop();
    } else if (talk.kind != Talk::Kind::kUnknown) {
      for (const int one : {0, 1}) read(flow, talk, one, time_ns);
    }
  }
  bytes_ = bytes_ - before + held();
  if (bytes_ > kTalksBytesMax || text.bytes().size() > kTalkBytesMax) {
    bytes_ -= text.bytes().size();
    text.stop();
    ++broken_;
  }
}

void CaptureTalks::recognise(Talk& talk) {
  const std::string_view begin = talk.text[0].bytes();
  const bool http = may_be_http(begin), tls = may_be_tls(begin);
  // Who answers first, without a question, speaks neither.
  if ((!http && !tls) || (begin.empty() && !talk.text[1].bytes().empty())) talk.kind = Talk::Kind::kOther;
  constexpr std::size_t kEnough = 16;
  if (begin.size() < kEnough && talk.kind != Talk::Kind::kOther) return;
  if (http) talk.kind = Talk::Kind::kHttp;
  if (tls) talk.kind = Talk::Kind::kTls;
}

void CaptureTalks::read(Flow& flow, Talk& talk, int side, std::int64_t time_ns) {
  TcpText& text = talk.text[static_cast<std::size_t>(side)];
  if (text.bytes().empty()) return;
  if (talk.kind == Talk::Kind::kDns) return read_dns(flow, talk, side, time_ns);
  if (talk.kind == Talk::Kind::kHttp) return http_.read(flow, side, text, time_ns, talk.http);
  tls_.read(flow, side, text, time_ns, talk.tls);
}

void CaptureTalks::read_dns(Flow& flow, Talk& talk, int side, std::int64_t time_ns) {
  TcpText& text = talk.text[static_cast<std::size_t>(side)];
  for (std::string_view bytes = text.bytes(); bytes.size() >= 2; bytes = text.bytes()) {
    const std::size_t size = big_at<std::uint16_t>(bytes, 0);
    if (bytes.size() < 2 + size) return;
    if (dns_.message(flow, bytes.substr(2, size), time_ns, talk.waiting)) flow.service = "dns";
    text.use(2 + size);
  }
}

void CaptureTalks::ended(Flow& flow) {
  if (flow.talk == nullptr) return;
  Talk& talk = static_cast<Talk&>(*flow.talk);
  dns_.ended(flow, talk.waiting);
  http_.ended(flow, talk.http);
  tls_.ended(flow, talk.tls);
  for (const TcpText& text : talk.text) bytes_ -= text.bytes().size();
}

}  // namespace tocsin
