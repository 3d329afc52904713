#include "pipeline/state_senders.h"

#include <algorithm>

#include "base/sha256.h"

namespace tocsin {

std::string token_digest(std::string_view token) {
  const Sha256 digest = sha256(token);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::optional<Sender> StateSenders::without_token(std::string_view input) {
  if (std::ranges::find(kInputsWithoutToken, input) == std::end(kInputsWithoutToken)) return std::nullopt;
  const Result<std::uint32_t> source = intake_.source(std::string(input));
  if (!source) return std::nullopt;
  return Sender{std::string(input), *source};
}

Result<std::vector<SenderEntry>> StateSenders::senders() {
  std::vector<SenderEntry> entries;
  const std::vector<SenderRecord> records = TRY(state_.senders());
  for (const SenderRecord& sender : records) {
    const Result<std::uint32_t> source = intake_.source(sender.input + "/" + sender.name);
    if (source) entries.push_back({sender.input, sender.name, sender.token_digest, *source});
  }
  return entries;
}

}  // namespace tocsin
