#include "collect/dns_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "collect/big_endian.h"
#include "collect/flow_ends.h"

namespace tocsin {

namespace {

constexpr std::size_t kHeaderBytes = 12;

using Named = std::pair<std::uint16_t, std::string_view>;
constexpr Named kTypes[] = {{1, "A"},       {2, "NS"},      {5, "CNAME"},   {6, "SOA"},     {10, "NULL"},   {12, "PTR"},    {13, "HINFO"},  {15, "MX"},     {16, "TXT"},    {17, "RP"},     {18, "AFSDB"},
                            {24, "SIG"},    {25, "KEY"},    {28, "AAAA"},   {29, "LOC"},    {33, "SRV"},    {35, "NAPTR"},  {36, "KX"},     {37, "CERT"},   {39, "DNAME"},  {41, "OPT"},    {43, "DS"},
                            {44, "SSHFP"},  {45, "IPSECKEY"}, {46, "RRSIG"}, {47, "NSEC"},  {48, "DNSKEY"}, {49, "DHCID"},  {50, "NSEC3"},  {51, "NSEC3PARAM"}, {52, "TLSA"}, {53, "SMIMEA"}, {55, "HIP"},
                            {59, "CDS"},    {60, "CDNSKEY"}, {61, "OPENPGPKEY"}, {62, "CSYNC"}, {64, "SVCB"}, {65, "HTTPS"}, {99, "SPF"},   {108, "EUI48"}, {109, "EUI64"}, {249, "TKEY"},  {250, "TSIG"},
                            {251, "IXFR"},  {252, "AXFR"},  {255, "*"},     {256, "URI"},   {257, "CAA"}};
constexpr Named kClasses[] = {{1, "C_INTERNET"}, {2, "C_CSNET"}, {3, "C_CHAOS"}, {4, "C_HESIOD"}, {254, "C_NONE"}, {255, "C_ANY"}};
constexpr Named kCodes[] = {{0, "NOERROR"}, {1, "FORMERR"}, {2, "SERVFAIL"}, {3, "NXDOMAIN"}, {4, "NOTIMP"}, {5, "REFUSED"}, {6, "YXDOMAIN"}, {7, "YXRRSET"}, {8, "NXRRSET"}, {9, "NOTAUTH"}, {10, "NOTZONE"}};

template <std::size_t N>
std::string name_in(const Named (&table)[N], unsigned number, std::string_view otherwise) {
  const auto* const found = std::ranges::find(table, number, &Named::first);
  return found == std::end(table) ? fmt::format("{}{}", otherwise, number) : std::string(found->second);
}

void append_label(std::string& name, std::string_view label) {
  for (const char c : label) {
    if (c == '.' || c == '\\') {
      name += '\\';
      name += c;
    } else if (c > ' ' && c < 0x7F) {
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    } else {
      name += fmt::format("\\{:03}", static_cast<unsigned char>(c));
    }
  }
}

/// The name at `at`, which is put behind it.
bool read_name(std::string_view message, std::size_t& at, std::string& name) {
  name.clear();
  std::size_t here = at, bytes = 0;
  std::size_t before = at;  // where it goes on is before this
  bool followed = false;
  for (;;) {
    if (here >= message.size()) return false;
    const auto size = static_cast<unsigned char>(message[here]);
    if (size >= 0xC0) {
      if (here + 2 > message.size()) return false;
      const std::size_t to = big_at<std::uint16_t>(message, here) & 0x3FFF;
      if (!std::exchange(followed, true)) at = here + 2;
      if (to >= before) return false;
      here = before = to;
      continue;
    }
    if (size > 63 || here + 1 + size > message.size()) return false;
    bytes += size + 1U;
    if (bytes > kDnsNameBytesMax) return false;
    ++here;
    if (size == 0) break;
    if (!name.empty()) name += '.';
    append_label(name, message.substr(here, size));
    here += size;
  }
  if (!followed) at = here;
  if (name.empty()) name += '.';
  return true;
}

/// As Zeek has it: one text after the other, each with its size.
void append_texts(std::string& out, std::string_view data, std::string_view kind) {
  while (!data.empty() && out.size() < kDnsAnswerBytesMax) {
    const std::size_t size = std::min<std::size_t>(static_cast<unsigned char>(data[0]), data.size() - 1);
    if (!out.empty()) out += ' ';
    out += fmt::format("{} {} ", kind, size);
    out += data.substr(1, size);
    data.remove_prefix(size + 1);
  }
  if (out.size() > kDnsAnswerBytesMax) out.resize(kDnsAnswerBytesMax);
}

/// What the data at `at`, of `size` bytes, says.
bool read_data(std::string_view message, std::size_t at, std::size_t size, std::uint16_t type, std::string& text) {
  const std::string_view data = message.substr(at, size);
  switch (type) {
    case 1:
    case 28:
      if (size != (type == 1 ? 4U : 16U)) return false;
      append_address(text, data);
      return true;
    case 2:
    case 5:
    case 6:
    case 12:
    case 39: return read_name(message, at, text);
    case 15:
      at += 2;
      return size > 2 && read_name(message, at, text);
    case 33:
      at += 6;
      return size > 6 && read_name(message, at, text);
    case 16: append_texts(text, data, "TXT"); return true;
    case 99: append_texts(text, data, "SPF"); return true;
    default: text = fmt::format("<unknown type={}>", type); return true;
  }
}

}  // namespace

bool DnsMessage::read(std::string_view bytes) {
  answers.clear();
  query.clear();
  has_query = false;
  if (bytes.size() < kHeaderBytes) return false;
  id = big_at<std::uint16_t>(bytes, 0);
  flags = big_at<std::uint16_t>(bytes, 2);
  for (std::size_t i = 0; i < 4; ++i) counts[i] = big_at<std::uint16_t>(bytes, 4 + 2 * i);
  std::size_t at = kHeaderBytes;
  std::string name;
  for (std::size_t i = 0; i < counts[0]; ++i) {
    if (!read_name(bytes, at, name) || at + 4 > bytes.size()) return false;
    if (!std::exchange(has_query, true)) {
      query = name;
      type = big_at<std::uint16_t>(bytes, at);
      dns_class = big_at<std::uint16_t>(bytes, at + 2);
    }
    at += 4;
  }
  for (std::size_t i = 0; i < counts[1]; ++i) {
    if (answers.size() == kDnsAnswersMax) return true;
    if (!read_name(bytes, at, name) || at + 10 > bytes.size()) return false;
    const auto kind = big_at<std::uint16_t>(bytes, at);
    const std::size_t size = big_at<std::uint16_t>(bytes, at + 8);
    DnsAnswer answer;
    answer.seconds = big_at<std::uint32_t>(bytes, at + 4);
    at += 10;
    if (at + size > bytes.size()) return false;
    if (!read_data(bytes, at, size, kind, answer.text)) return false;
    answers.push_back(std::move(answer));
    at += size;
  }
  return true;
}

std::string dns_type_name(std::uint16_t type) { return name_in(kTypes, type, "TYPE"); }
std::string dns_class_name(std::uint16_t dns_class) { return name_in(kClasses, dns_class, "CLASS"); }
std::string dns_code_name(unsigned code) { return name_in(kCodes, code, "RCODE"); }

}  // namespace tocsin
