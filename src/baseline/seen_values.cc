#include "baseline/seen_values.h"

#include <algorithm>
#include <cmath>

namespace tocsin::baseline {

SeenValues::Known SeenValues::find(std::uint64_t fingerprint, std::uint32_t now_s) const {
  const Set& set = sets_[place_of(fingerprint)];
  const std::uint32_t tag = tag_of(fingerprint);
  for (std::size_t i = 0; i < kWays; ++i) {
    if (set.tag[i] == tag) return {true, fading_.faded(set.count[i], set.last_s[i], now_s), 0};
  }
  return {false, 0, set.gone_s};
}

bool SeenValues::add(std::uint64_t fingerprint, std::uint32_t now_s) {
  Set& set = sets_[place_of(fingerprint)];
  const std::uint32_t tag = tag_of(fingerprint);
  std::size_t oldest = 0;
  for (std::size_t i = 0; i < kWays; ++i) {
    if (set.tag[i] == tag) {
      set.count[i] = fading_.faded(set.count[i], set.last_s[i], now_s) + 1;
      set.last_s[i] = std::max(set.last_s[i], now_s);
      return false;
    }
    if (set.last_s[i] < set.last_s[oldest]) oldest = i;  // a free one was never seen
  }
  if (set.tag[oldest] != 0) set.gone_s = std::max(set.gone_s, set.last_s[oldest]);
  set.tag[oldest] = tag;
  set.last_s[oldest] = std::max<std::uint32_t>(now_s, 1);
  set.count[oldest] = 1;
  return true;
}

void SeenValues::pack(std::string& out) const {
  std::uint32_t used = 0;
  const std::size_t head = out.size();
  append_number(out, used);
  for (std::size_t place = 0; place < count_; ++place) {
    if (sets_[place].last_s == std::array<std::uint32_t, kWays>{}) continue;
    append_number(out, static_cast<std::uint32_t>(place));
    out.append(reinterpret_cast<const char*>(&sets_[place]), sizeof(Set));
    ++used;
  }
  out.replace(head, sizeof used, reinterpret_cast<const char*>(&used), sizeof used);
}

bool SeenValues::unpack(ByteReader& bytes) {
  const auto used = bytes.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < used && bytes.good(); ++i) {
    const auto place = bytes.number<std::uint32_t>();
    const std::string_view raw = bytes.take(sizeof(Set));
    if (!bytes.good() || place >= count_) return false;
    Set& set = sets_[place];
    std::memcpy(static_cast<void*>(&set), raw.data(), sizeof(Set));
    if (!std::ranges::all_of(set.count, [](float count) { return std::isfinite(count) && count >= 0; })) return false;
  }
  return bytes.good();
}

}  // namespace tocsin::baseline
