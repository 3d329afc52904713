#include "respond/executor/sigv4.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/sha256.h"

namespace tocsin::executor {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
/// Of nothing.
constexpr std::string_view kEmptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string hmac(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string sha256_hex(std::string_view text) {
  std::string out;
  append_hex(out, sha256(text), 32);
  return out;
}

/// Sorted by name, then value; one without a value has an empty one.
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> parts;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    const std::size_t equals = std::min(part.find('='), part.size());
    if (!part.empty()) parts.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
  }
  std::ranges::sort(parts);
  std::string text;
  for (const auto& [name, value] : parts) text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> sigv4_headers(const AwsKey& key, const AwsRequest& request) {
  std::string time = format_time(request.now).substr(0, 19) + "Z";
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const std::string day = time.substr(0, 8);
  std::vector<std::pair<std::string, std::string>> headers = {{"host", request.host}, {"x-amz-content-sha256", std::string(kEmptyBody)}, {"x-amz-date", time}};
  if (!key.session.empty()) headers.emplace_back("x-amz-security-token", key.session);
  const std::size_t mark = std::min(request.target.find('?'), request.target.size());
  std::string canonical = fmt::format("GET\n{}\n{}\n", request.target.substr(0, mark), canonical_query(std::string_view(request.target).substr(std::min(mark + 1, request.target.size()))));
  std::string names;
  for (const auto& [name, value] : headers) {
    canonical += fmt::format("{}:{}\n", name, value);
    names += (names.empty() ? "" : ";") + name;
  }
  canonical += fmt::format("\n{}\n{}", names, kEmptyBody);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, request.region, request.service);
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, sha256_hex(canonical));
  const std::string signing = hmac(hmac(hmac(hmac("AWS4" + key.secret, day), request.region), request.service), "aws4_request");
  headers.erase(headers.begin());  // Host is sent anyway
  headers.emplace_back("Authorization", fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm, key.id, scope, names, hex(hmac(signing, to_sign))));
  return headers;
}

}  // namespace tocsin::executor
