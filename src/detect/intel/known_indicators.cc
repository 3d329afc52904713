#include "detect/intel/known_indicators.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/sha256.h"

namespace tocsin::intel {

namespace {

constexpr std::string_view kHead = "TOCSINK1";
constexpr std::size_t kRowBytes = 16, kCheckBytes = 8;
constexpr std::int64_t kSecondUs = 1'000'000;

std::uint64_t print_of(std::string_view bytes) {
  const Sha256 digest = sha256(bytes);
  std::uint64_t print = 0;
  std::memcpy(&print, digest.data(), sizeof print);
  return print;
}

std::uint32_t seconds(TimeUs time, std::uint32_t without) { return time == kNoTime ? without : static_cast<std::uint32_t>(std::clamp<std::int64_t>(time / kSecondUs, 0, UINT32_MAX)); }

}  // namespace

KnownIndicator known_indicator(const Found& found) {
  std::string named(1, static_cast<char>(found.kind));
  named += found.key;
  return {print_of(named), seconds(found.from, 0), seconds(found.until, UINT32_MAX)};
}

std::vector<KnownIndicator> known_indicators(const IndicatorSet& set) {
  std::vector<KnownIndicator> known;
  known.reserve(set.size());
  set.each([&](const Found& found) {
    if (found.source->alerts) known.push_back(known_indicator(found));
  });
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return known;
}

std::string known_bytes(const std::vector<KnownIndicator>& known) {
  std::string bytes(kHead);
  bytes.reserve(kHead.size() + known.size() * kRowBytes + kCheckBytes);
  for (const KnownIndicator& one : known) {
    append_number(bytes, one.print);
    append_number(bytes, one.from);
    append_number(bytes, one.until);
  }
  append_number(bytes, print_of(bytes));
  return bytes;
}

Result<KnownIndicators> KnownIndicators::read(Env& env, const std::string& path) {
  std::string bytes = TRY(env.read_file(path, kKnownFileBytesMax));
  Result<KnownIndicators> known = of(std::move(bytes));
  if (!known) return Error{known.error().code, path + ": " + known.error().message};
  return known;
}

Result<KnownIndicators> KnownIndicators::of(std::string bytes) {
  const std::size_t around = kHead.size() + kCheckBytes;
  const bool fits = bytes.size() >= around && (bytes.size() - around) % kRowBytes == 0 && bytes.starts_with(kHead);
  if (!fits || print_of(std::string_view(bytes).substr(0, bytes.size() - kCheckBytes)) != number_at<std::uint64_t>(bytes, bytes.size() - kCheckBytes)) {
    return Error{Code::kInvalid, "does not say which indicators were looked for: it is damaged, or of another version"};
  }
  KnownIndicators known;
  known.count_ = (bytes.size() - around) / kRowBytes;
  known.bytes_ = std::move(bytes);
  return known;
}

KnownIndicator KnownIndicators::at(std::size_t place) const {
  const std::size_t from = kHead.size() + place * kRowBytes;
  return {number_at<std::uint64_t>(bytes_, from), number_at<std::uint32_t>(bytes_, from + 8), number_at<std::uint32_t>(bytes_, from + 12)};
}

bool KnownIndicators::covers(const KnownIndicator& indicator, TimeUs now) const {
  std::size_t low = 0, high = count_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (at(middle).print < indicator.print) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const std::uint32_t needed = std::min(indicator.until, seconds(now, UINT32_MAX));
  for (; low < count_ && at(low).print == indicator.print; ++low) {
    if (at(low).from <= indicator.from && at(low).until >= needed) return true;
  }
  return false;
}

}  // namespace tocsin::intel
