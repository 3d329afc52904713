// A DNS message (RFC 1035, section 4): its header, the question and the answers. Pure, one object a thread. A message that is not whole, or says things that cannot be, is
// none. Names are lower case, with dots between labels and as RFC 4343 escapes what would not stand there: `\.` and `\\` in a label, other bytes that do not print as `\255`; the root is ".".
//
//   header   = id, flags, questions, answers, authorities, additional: 16 bits each
//   question = name, type: 16 bits, class: 16 bits
//   answer   = name, type, class, seconds to live: 32 bits, size: 16 bits, data
//   name     = *(size: 1 to 63, bytes) 0, or in place of a size C0 + a place in the message: the name goes on there
//
// A name goes on before where it stands, and each time further before, so none goes round; it has 255 bytes at most.
//
//   DnsMessage message;
//   if (message.read(bytes)) use(message.query, message.answers);
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

/// Answers that are read; a message of 64 KB could have 5,000, and who looks at more has other tools.
inline constexpr std::size_t kDnsAnswersMax = 256;
/// RFC 1035, 3.1.
inline constexpr std::size_t kDnsNameBytesMax = 255;
/// Text of one answer that is kept: longer than a TXT record may be that is not of several texts.
inline constexpr std::size_t kDnsAnswerBytesMax = 1'024;

struct DnsAnswer {
  std::string text;  // an address, a name, "TXT 5 hello", "<unknown type=65>"
  std::uint32_t seconds = 0;
};

struct DnsMessage {
  std::uint16_t id = 0, flags = 0;
  std::uint16_t counts[4] = {};  // questions, answers, authorities, additional, as the header says
  bool has_query = false;
  std::string query;
  std::uint16_t type = 0, dns_class = 0;
  std::vector<DnsAnswer> answers;

  bool is_reply() const { return (flags & 0x8000) != 0; }
  unsigned code() const { return flags & 15U; }
  unsigned opcode() const { return flags >> 11 & 15U; }

  bool read(std::string_view bytes);
};

/// "A", "AAAA", "TYPE65280"; "C_INTERNET", "CLASS7"; "NOERROR", "NXDOMAIN", "RCODE14".
std::string dns_type_name(std::uint16_t type);
std::string dns_class_name(std::uint16_t dns_class);
std::string dns_code_name(unsigned code);

}  // namespace tocsin
