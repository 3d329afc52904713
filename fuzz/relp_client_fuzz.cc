// Any bytes as a server's answers to a client of RELP that has sent some messages and a command. However they are cut into reads, the same is understood, and never more is answered than was sent.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "forward/relp_client.h"

namespace {

using namespace tocsin;

struct Outcome {
  std::uint64_t answered = 0, refused = 0;
  bool open = false, closing = false, failed = false;
  std::string response, left;
  bool operator==(const Outcome&) const = default;
};

Outcome run(std::string_view bytes, std::size_t step) {
  forward::RelpClient client;
  std::string sent, held;
  client.open(sent);
  client.message("one", sent);
  client.message("two", sent);
  client.command("enrol", "x", sent);
  Outcome outcome;
  while (!bytes.empty() && !outcome.failed) {
    held += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    const Result<std::size_t> used = client.take(held);
    outcome.failed = !used;
    if (used) held.erase(0, *used);
  }
  outcome.answered = client.answered();
  outcome.refused = client.refused();
  outcome.open = client.is_open();
  outcome.closing = client.is_closing();
  if (client.response()) outcome.response = client.response()->text;
  if (!outcome.failed) outcome.left = held;
  TOCSIN_CHECK(outcome.answered <= 2 && outcome.answered + client.in_flight() <= 4);
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = run(bytes, size + 1);
  for (const std::size_t step : {1 + size % 7, std::size_t{1}}) TOCSIN_CHECK(run(bytes, step) == whole);
  return 0;
}
