// Any bytes as a DNS message: what is taken keeps its bounds, and is the same when something stands behind it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "collect/dns_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  DnsMessage message, longer;
  if (!message.read(bytes)) return 0;
  TOCSIN_CHECK(message.answers.size() <= kDnsAnswersMax);
  TOCSIN_CHECK(message.query.size() <= 4 * kDnsNameBytesMax);
  for (const DnsAnswer& answer : message.answers) TOCSIN_CHECK(answer.text.size() <= kDnsAnswerBytesMax || answer.text.size() <= 4 * kDnsNameBytesMax);
  TOCSIN_CHECK(longer.read(bytes + "more") && longer.query == message.query && longer.answers.size() == message.answers.size());
  return 0;
}
