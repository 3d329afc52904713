#include "pipeline/refusals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace tocsin {

namespace {

/// What to do, by a part of what OpenSSL or the listener says. The first that fits.
struct Advice {
  std::string_view part, what;
};
constexpr Advice kAdvice[] = {
    {"unknown ca", "the client does not believe our authority: give it tls/ca.pem of the data folder"},
    {"alert bad certificate", "the client does not believe our certificate: give it tls/ca.pem of the data folder, and call the service by a name that tls.names has"},
    {"not that of a sender", "`tocsin sender list` shows those that are; it was removed, or made for another input"},
    {"no certificate", "`tocsin sender add NAME --input INPUT` makes one"},
    {"not return a certificate", "`tocsin sender add NAME --input INPUT` makes one"},
    {"issuer certificate", "it is not signed by this service's authority: `tocsin sender add NAME --input INPUT` makes one"},
    {"self-signed", "it is not signed by this service's authority: `tocsin sender add NAME --input INPUT` makes one"},
    {"http request", "it speaks HTTP without TLS: write https://"},
    {"wrong version number", "it speaks no TLS"},
    {"unsupported protocol", "it is too old: TLS 1.2 is the least"},
    {"no shared cipher", "it is too old, or set up for weak encryption"},
};

std::string advice_for(std::string_view why, std::string_view port) {
  const auto found = std::ranges::find_if(kAdvice, [&](const Advice& each) { return why.find(each.part) != std::string_view::npos; });
  if (found == std::end(kAdvice)) return {};
  std::string what(found->what);
  constexpr std::string_view kPlace = "INPUT";
  if (const std::size_t place = what.find(kPlace); place != std::string::npos) what.replace(place, kPlace.size(), port.substr(0, port.find("_tls")));
  return what;
}

}  // namespace

OnRefused Refusals::teller(const std::string& input) {
  return [this, input](const std::string& peer, const std::string& why) {
    const std::string text = line(input, peer, why);
    if (!text.empty()) fmt::print(stderr, "{}\n", text);
    told_();
  };
}

std::string Refusals::line(const std::string& input, const std::string& peer, const std::string& why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++count_;
  const std::int64_t now = env_.monotonic_ns();
  if (said_ && now - said_ns_ < kRefusalLineMs * 1'000'000) {
    ++unsaid_;
    return {};
  }
  said_ = true;
  said_ns_ = now;
  std::string text = fmt::format("tocsin: {} refused a connection of {}: {}", input, peer, why);
  if (const std::string advice = advice_for(why, input); !advice.empty()) text += fmt::format(" ({})", advice);
  if (const std::uint64_t others = std::exchange(unsaid_, 0); others > 0) text += fmt::format("; {} others since the last such line", others);
  return text;
}

std::uint64_t Refusals::count() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return count_;
}

}  // namespace tocsin
