#include "collect/dns_log.h"

#include <algorithm>

#include "base/text.h"

namespace tocsin {

bool is_dns_port(std::uint16_t port) { return port == 53 || port == 5353 || port == 5355; }

bool DnsLog::message(const Flow& flow, std::string_view bytes, std::int64_t time_ns, std::vector<DnsQuestion>& waiting) {
  if (!message_.read(bytes) || message_.opcode() > 6) {
    ++damaged_;
    return false;
  }
  if (message_.is_reply()) {
    const auto question = std::ranges::find_if(waiting, [this](const DnsQuestion& one) { return one.message.id == message_.id && (!message_.has_query || one.message.query == message_.query); });
    write(flow, question == waiting.end() ? nullptr : &*question, &message_, time_ns);
    if (question != waiting.end()) {
      waiting.erase(question);
      --waiting_;
    }
    return true;
  }
  // The same again is one question that was asked twice.
  const bool again = std::ranges::any_of(waiting, [this](const DnsQuestion& one) { return one.message.id == message_.id && one.message.query == message_.query && one.message.type == message_.type; });
  if (again) return true;
  if (waiting_ >= kDnsAllWaitingMax) {
    const DnsQuestion now{time_ns, message_};
    write(flow, &now, nullptr, time_ns);
    return true;
  }
  if (waiting.size() == kDnsWaitingMax) {
    write(flow, &waiting.front(), nullptr, time_ns);
    waiting.erase(waiting.begin());
    --waiting_;
  }
  waiting.push_back({time_ns, message_});
  ++waiting_;
  return true;
}

void DnsLog::ended(const Flow& flow, std::vector<DnsQuestion>& waiting) {
  for (const DnsQuestion& one : waiting) write(flow, &one, nullptr, one.time_ns);
  waiting_ -= waiting.size();
  waiting.clear();
}

void DnsLog::write(const Flow& flow, const DnsQuestion* question, const DnsMessage* reply, std::int64_t time_ns) {
  const DnsMessage& asked = question != nullptr && question->message.has_query ? question->message : *(reply != nullptr ? reply : &question->message);
  const DnsMessage& last = reply != nullptr ? *reply : asked;
  append_zeek_head(out_, "dns", question != nullptr ? question->time_ns : time_ns, flow);
  append_member(out_, "trans_id", last.id);
  if (question != nullptr && reply != nullptr && time_ns >= question->time_ns) append_member_seconds(out_, "rtt", time_ns - question->time_ns);
  if (asked.has_query) {
    append_member_text(out_, "query", asked.query);
    append_member(out_, "qclass", asked.dns_class);
    append_member_text(out_, "qclass_name", dns_class_name(asked.dns_class));
    append_member(out_, "qtype", asked.type);
    append_member_text(out_, "qtype_name", dns_type_name(asked.type));
  }
  if (reply != nullptr) {
    append_member(out_, "rcode", reply->code());
    append_member_text(out_, "rcode_name", dns_code_name(reply->code()));
  }
  append_member_flag(out_, "AA", (last.flags & 0x0400) != 0);
  append_member_flag(out_, "TC", (last.flags & 0x0200) != 0);
  append_member_flag(out_, "RD", (last.flags & 0x0100) != 0);
  append_member_flag(out_, "RA", (last.flags & 0x0080) != 0);
  append_member(out_, "Z", last.flags >> 4 & 7U);
  if (!last.answers.empty()) {
    out_ += ",\"answers\":[";
    for (const DnsAnswer& answer : last.answers) {
      out_ += '"';
      append_json_escaped(out_, answer.text);
      out_ += "\",";
    }
    out_.back() = ']';
    out_ += ",\"TTLs\":[";
    for (const DnsAnswer& answer : last.answers) (out_ += std::to_string(answer.seconds)) += ',';
    out_.back() = ']';
  }
  append_member_flag(out_, "rejected", reply != nullptr && reply->counts[1] == 0 && reply->counts[2] == 0 && reply->counts[3] == 0);
  out_ += "}\n";
}

}  // namespace tocsin
