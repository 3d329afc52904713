#include "pipeline/state_senders.h"

#include "base/sha256.h"

namespace tocsin {

namespace {

constexpr std::int64_t kReadAgainNs = 1'000'000'000;
/// A sender that was removed is let in no longer than this.
constexpr std::int64_t kBelievedNs = 5'000'000'000;

}  // namespace

std::string token_digest(std::string_view token) {
  const Sha256 digest = sha256(token);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Comparing digests, not tokens, tells a guesser nothing by the time it takes.
std::optional<Sender> StateSenders::by_token(std::string_view input, std::string_view token) {
  return by_digest(input, token_digest(token));
}

std::optional<Sender> StateSenders::by_certificate(std::string_view input, std::string_view fingerprint) {
  return by_digest(input, std::string(fingerprint));
}

std::optional<Sender> StateSenders::by_digest(std::string_view input, const std::string& digest) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::int64_t age = env_.monotonic_ns() - read_ns_;
  if (!read_ || age >= kBelievedNs || (age >= kReadAgainNs && !by_digest_.contains(digest))) read_again();
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end() || found->second.first != input) return std::nullopt;
  return found->second.second;
}

std::optional<Sender> StateSenders::without_token(std::string_view input) {
  if (input != "syslog") return std::nullopt;
  const Result<std::uint32_t> source = intake_.source("syslog");
  if (!source) return std::nullopt;
  return Sender{"syslog", *source};
}

void StateSenders::read_again() {
  read_ = true;
  read_ns_ = env_.monotonic_ns();
  const Result<std::vector<SenderRecord>> senders = state_.senders();
  if (!senders) return;
  by_digest_.clear();
  for (const SenderRecord& sender : *senders) {
    const Result<std::uint32_t> source = intake_.source(sender.input + "/" + sender.name);
    if (source) by_digest_[sender.token_digest] = {sender.input, {sender.name, *source}};
  }
}

}  // namespace tocsin
