// Any bytes as an HTTP connection. However they are cut into reads, the requests are the same, and so is the refusal; what is taken has one
// length alone, and no header that goes on in a second line. Bodies go on to the unpacking.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "collect/http_auth.h"
#include "collect/http_body.h"
#include "collect/http_request.h"

namespace {

using namespace tocsin;

constexpr std::size_t kBodyBytes = 2'000;

struct Seen {
  std::vector<std::string> requests;
  int refused = 0;
  bool operator==(const Seen&) const = default;
};

void take(HttpRequestReader& reader, Seen& seen) {
  const HttpHead& head = reader.head();
  std::string body = reader.take_body(), token;
  TOCSIN_CHECK(body.size() <= kBodyBytes && !(head.chunked && head.length));
  TOCSIN_CHECK(head.chunked || body.size() == head.length.value_or(0));
  TOCSIN_CHECK(head.path.starts_with('/'));
  seen.requests.push_back(head.method + ' ' + head.path + '?' + head.query + ' ' + head.host + ' ' + body);
  if (read_auth_password(head.authorization, "basic", token)) TOCSIN_CHECK(token.size() <= kTokenBytesMax);
  if (unpack_http_body(head.content_encoding, kBodyBytes, body)) TOCSIN_CHECK(body.size() <= kBodyBytes);
}

Seen read(std::string_view bytes, std::size_t step) {
  HttpRequestReader reader(kBodyBytes);
  Seen seen;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    HttpStep told = reader.feed(bytes.substr(at, step));
    for (; told != HttpStep::kMore; told = reader.feed({})) {
      if (told == HttpStep::kBad) {
        seen.refused = reader.problem().status;
        return seen;
      }
      if (told != HttpStep::kWhole) continue;
      take(reader, seen);
      reader.next();
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Seen whole = read(bytes, bytes.size() + 1);
  for (const std::size_t step : {1 + size % 7, std::size_t{1}}) TOCSIN_CHECK(read(bytes, step) == whole);
  return 0;
}
