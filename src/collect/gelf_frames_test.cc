#include "collect/gelf_frames.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

using std::string_view_literals::operator""sv;

struct Told : ReceivedVisitor {
  void record(const Received& received) override { texts.push_back((received.truncated ? "cut:" : "") + std::string(received.raw)); }
  std::vector<std::string> texts;
};
using Texts = std::vector<std::string>;

/// Reads of `step` bytes each.
Texts read(std::string_view bytes, std::size_t step, GelfFrames::Counts* counts = nullptr) {
  GelfFrames frames;
  Told told;
  for (std::size_t at = 0; at < bytes.size(); at += step) frames.read(bytes.substr(at, step), told);
  frames.finish(told);
  if (counts != nullptr) *counts = frames.counts();
  return told.texts;
}

TEST(GelfFrames, TextsEndWithNulHoweverTheyWereCut) {
  const std::string_view bytes = "{\"a\":1}\0\0{\"b\":\n2}\n\0three\0{\"the la"sv;
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    GelfFrames::Counts counts;
    EXPECT_EQ(read(bytes, step, &counts), (Texts{"{\"a\":1}", "{\"b\":\n2}\n", "three", "cut:{\"the la"})) << step;
    EXPECT_EQ(counts, (GelfFrames::Counts{.frames = 4, .cut_off = 1})) << step;
  }
}

TEST(GelfFrames, ALongTextIsCutAndTheNextOneIsWhole) {
  const std::string just(kGelfFrameBytesMax, 'x'), longer = just + "yz";
  const std::string bytes = just + '\0' + longer + '\0' + "next" + '\0';
  for (const std::size_t step : {std::size_t{1'000}, bytes.size()}) {
    GelfFrames::Counts counts;
    const Texts texts = read(bytes, step, &counts);
    ASSERT_EQ(texts.size(), 3u);
    EXPECT_TRUE(texts[0] == just);
    EXPECT_TRUE(texts[1] == "cut:" + just);
    EXPECT_EQ(texts[2], "next");
    EXPECT_EQ(counts, (GelfFrames::Counts{.frames = 3, .truncated = 1, .skipped_bytes = 2}));
  }
}

}  // namespace
}  // namespace tocsin
