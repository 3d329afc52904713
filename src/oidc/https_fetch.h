// Asks a provider one thing over HTTPS and waits for the answer: one connection, one request, one answer. The certificate has to be good for the host, by the
// system's authorities or by those that were given; redirects are not followed; everything together, the look-up of the name too, has a time and the
// answer a size. Plain HTTP is spoken with this machine alone (read_safe_url). Safe from any thread, each call blocks its own. kIo where the other
// side cannot be reached or is too slow, kInvalid and kLimit where its answer is not what it should be.
//
//   const auto fetch = TRY(HttpsFetch::open(pem));
//   const HttpAnswer answer = TRY(fetch->ask({.url = "https://login.example.org/.well-known/openid-configuration"}));
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "oidc/http_answer.h"
#include "oidc/url.h"

namespace tocsin::oidc {

/// For all of one question; a person waits for it.
inline constexpr int kFetchMs = 10'000;
/// An answer; the largest are lists of keys, 20 KB.
inline constexpr std::size_t kAnswerBytesMax = 512 << 10;

struct HttpQuestion {
  std::string url;
  std::string form = {};           // sent with POST; "": GET
  std::string form_type = "application/x-www-form-urlencoded";  // a constant of the asker's
  std::string authorization = {};  // the header's value
  bool post = false;               // POST without a form
  std::string accept = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones; values without line ends
  std::size_t answer_bytes_max = kAnswerBytesMax;
  bool packed = false;             // objects of a store have the encoding that they were put there with
  int most_ms = kFetchMs;          // for all of it
};

/// How a provider is asked; tests stand a provider of their own behind it.
class Fetch {
 public:
  virtual ~Fetch() = default;
  virtual Result<HttpAnswer> ask(const HttpQuestion& question) = 0;
  /// What is asked now, or later, fails soon.
  virtual void stop() {}
};

class HttpsFetch : public Fetch {
 public:
  /// `authorities` as PEM; "": the system's. kInvalid if there is no certificate in it.
  static Result<std::unique_ptr<HttpsFetch>> open(const std::string& authorities);
  ~HttpsFetch() override;
  Result<HttpAnswer> ask(const HttpQuestion& question) override;
  void stop() override { stopped_ = true; }

 private:
  struct Tls;
  explicit HttpsFetch(std::unique_ptr<Tls> tls);
  const std::unique_ptr<Tls> tls_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace tocsin::oidc
