// Any bytes as a connection of Fluent Forward, without keys and with: however they are cut into reads, records and answers are the same, every record is JSON, and
// without a proof there is none.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "collect/acked_testing.h"
#include "collect/forward_connection.h"
#include "collect/json_walk.h"

namespace {

using namespace tocsin;

class Nobody : public Senders {
 public:
  std::optional<Sender> by_token(std::string_view, std::string_view) override { return std::nullopt; }
  std::optional<Sender> by_certificate(std::string_view, std::string_view) override { return std::nullopt; }
  std::optional<Sender> by_proof(std::string_view, const Proves& proves) override {
    TOCSIN_CHECK(!proves("somebody", std::string(32, 'k')));
    return std::nullopt;
  }
  std::optional<Sender> without_token(std::string_view) override { return std::nullopt; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ForwardConnection whole(nullptr);
  const AckedRun first = run_acked(whole, bytes, size + 1);
  for (const AckedRun::Record& record : first.records) TOCSIN_CHECK(record.truncated || is_json_object(record.raw));
  for (const std::size_t step : {1 + size % 7, std::size_t{1}}) {
    ForwardConnection forward(nullptr);
    TOCSIN_CHECK(run_acked(forward, bytes, step) == first);
  }
  Nobody nobody;
  ForwardConnection strict(&nobody);
  std::string helo;
  strict.greet(helo);
  TOCSIN_CHECK(run_acked(strict, bytes, size + 1).records.empty());
  return 0;
}
