#include "pipeline/state_senders.h"

#include <algorithm>

#include "base/sha256.h"
#include "pipeline/enrol_sender.h"
#include "store/certificates.h"

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
    if (is_waiting(sender) && !is_awaited(sender, enrolling_.env.now_us())) continue;
    const std::string input = is_waiting(sender) ? std::string(kEnrolledInput) : sender.input;
    const Result<std::uint32_t> source = intake_.source(input + "/" + sender.name);
    if (source) entries.push_back({sender.input, sender.name, sender.token_digest, *source});
  }
  return entries;
}

Result<std::string> StateSenders::enrol(const EnrolmentRequest& request) {
  const Identity authority = TRY(open_authority(enrolling_.env, enrolling_.data, enrolling_.master, enrolling_.machine));
  return enrol_sender(state_, authority, enrolling_.env.now_us(), request);
}

}  // namespace tocsin
