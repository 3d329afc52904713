// Any bytes as replies of a mail server: the same whole and byte by byte, and never more than they may be.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "respond/connector/smtp.h"

namespace {

using namespace tocsin;
using namespace tocsin::respond;

std::string read_as(std::string_view bytes, std::size_t piece) {
  SmtpReplyReader reader;
  std::string all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    reader.feed(bytes.substr(at, piece));
    while (true) {
      const Result<std::optional<SmtpReply>> next = reader.next();
      if (!next) return all + "refused";
      if (!*next) break;
      TOCSIN_CHECK((*next)->code >= 200 && (*next)->code <= 599);
      all += (*next)->text() + "\n";
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TOCSIN_CHECK(read_as(bytes, size == 0 ? 1 : size) == read_as(bytes, 1));
  return 0;
}
