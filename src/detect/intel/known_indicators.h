// Which indicators were looked for in what is stored, so that the next load tells what is new: each by a fingerprint of its kind and key, with the time from when until when it holds, sorted, in one file. An indicator is
// covered where the same one was known for all the time in which there can be events by now. Its source does not count: whoever says it, it was looked for. One thread. Fails with kIo or kLimit; a file that is none is kInvalid.
//
//   file   TOCSINK1 | for each, in order: u64 fingerprint, u32 from, u32 until | the first 8 bytes of SHA-256 of all that       (little-endian; seconds since 1970: from 0 and until 2^32-1 are no limit)
//
// A fingerprint is the first 8 bytes of SHA-256 of the kind and the key. Of two million indicators two have the same one once in nine million files; the second would not be looked for.
//
//   KnownIndicators known = TRY(KnownIndicators::read(env, path));            // kNotFound: none were looked for yet
//   const std::vector<KnownIndicator> now = known_indicators(set);
//   set.each([&](const Found& found) { if (!known.covers(known_indicator(found), env.now_us())) … });
//   TRY(put_file(env, folder, name, known_bytes(now)));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "detect/intel/indicator_set.h"

namespace tocsin::intel {

struct KnownIndicator {
  std::uint64_t print = 0;
  std::uint32_t from = 0, until = UINT32_MAX;
  auto operator<=>(const KnownIndicator&) const = default;
};

/// Of as many as a set may have, and head and check.
inline constexpr std::size_t kKnownFileBytesMax = 16 * kIndicatorsMax + 16;

KnownIndicator known_indicator(const Found& found);
/// Those of a finished set that make alerts, sorted, each once. 16 bytes for each.
std::vector<KnownIndicator> known_indicators(const IndicatorSet& set);
std::string known_bytes(const std::vector<KnownIndicator>& known);

class KnownIndicators {
 public:
  KnownIndicators() = default;
  static Result<KnownIndicators> read(Env& env, const std::string& path);
  /// kInvalid: they are none of a file.
  static Result<KnownIndicators> of(std::string bytes);

  /// Whether one of the same fingerprint holds for all the time in which this one does, as far as it is before `now`.
  bool covers(const KnownIndicator& indicator, TimeUs now) const;
  std::size_t size() const { return count_; }
  bool is_the_same(std::string_view bytes) const { return bytes == bytes_; }

 private:
  KnownIndicator at(std::size_t place) const;
  std::string bytes_;
  std::size_t count_ = 0;
};

}  // namespace tocsin::intel
