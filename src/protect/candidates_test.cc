#include "protect/candidates.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tocsin::protect {
namespace {

std::vector<std::pair<FindAll, FindFew>> kernels() {
  std::vector<std::pair<FindAll, FindFew>> all = {{best_find_all(), best_find_few()}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) all.emplace_back(find_all_avx2, find_few_avx2);
#endif
  return all;
}

std::vector<Lanes> all_of(const Candidates& found) {
  return {found.number, found.lettered, found.base64, found.rare, found.bytes, found.quad, found.degrees, found.digit, found.mac, found.colons, found.person, found.birth, found.place, found.any};
}

TEST(Candidates, KernelsSeeTheSame) {
  std::mt19937 random(9);
  constexpr std::string_view kPieces[] = {"12", "2026-11-29", "10.0.0.1", "GB82", "::", "a:b", "00-11-22-33-44-55", "name=", "born", "lat", "@", " ", "x", "aGVsbG8gd29ybGQhISEh", "\xC3\xA9", "(", "/"};
  for (int round = 0; round < 400; ++round) {
    std::string text;
    const std::size_t size = random() % 700;
    while (text.size() < size) text += kPieces[random() % std::size(kPieces)];
    ClassBits bits;
    const std::size_t blocks = text.empty() ? 0 : bits.read(text, 0, true);
    for (std::size_t block = 0; block < blocks; block += kLanes) {
      const std::size_t lanes = std::min(blocks - block, kLanes);
      Candidates expected, found;
      find_all_portable(bits, block, lanes, expected);
      for (const auto& [find_all, find_few] : kernels()) {
        find_all(bits, block, lanes, found);
        FewCandidates few;
        find_few(bits, block, lanes, few);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          for (std::size_t i = 0; i < all_of(found).size(); ++i) ASSERT_EQ(all_of(found)[i][lane], all_of(expected)[i][lane]) << i << " in lane " << lane << " of " << text;
          ASSERT_EQ(few.number[lane] | few.lettered[lane] | few.base64[lane] | few.rare[lane], expected.number[lane] | expected.lettered[lane] | expected.base64[lane] | expected.rare[lane]) << text;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tocsin::protect
