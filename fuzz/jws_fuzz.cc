// Any bytes as a token, as a list of keys, and as the content of a token. Nothing is taken but what a key of ours has signed, and none has; a list of keys gives no more
// than it may; claims that are taken say what was wanted.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "oidc/id_token.h"
#include "oidc/jws.h"
#include "oidc/provider.h"

namespace {

using namespace tocsin;
using namespace tocsin::oidc;

/// RFC 7515, appendix A.3: its private half is public, so what is taken may be what it has signed there.
const KeySet& keys() {
  static const KeySet all = *KeySet::read(R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const Result<std::string> payload = verify_jws(text, keys())) TOCSIN_CHECK(payload->starts_with("{\"iss\":\"joe\""));
  if (const Result<KeySet> read = KeySet::read(text)) {
    TOCSIN_CHECK(read->size() <= kProviderKeysMax);
    (void)verify_jws(text, *read);
  }
  const IdTokenWanted wanted{"i", "c", "n", 1'000'000, 2'000'000};
  if (const Result<IdToken> token = read_id_token(text, wanted)) {
    TOCSIN_CHECK(!token->subject.empty() && token->subject.size() <= kSubjectBytesMax);
    TOCSIN_CHECK(token->claims.at("iss") == "i" && token->claims.at("nonce") == "n");
    if (const auto texts = texts_of_claim(token->claims, "a.b")) TOCSIN_CHECK(texts->size() <= kClaimValuesMax);
  }
  if (const Result<ProviderAbout> about = read_provider_about(text, "i")) {
    for (const std::string* address : {&about->authorization_endpoint, &about->token_endpoint, &about->jwks_uri}) TOCSIN_CHECK(read_safe_url(*address).has_value());
  }
  std::string bytes;
  if (read_base64url(text, bytes)) TOCSIN_CHECK(base64url(bytes) == text);
  return 0;
}
