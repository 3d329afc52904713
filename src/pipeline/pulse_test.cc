#include "pipeline/pulse.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Pulse, HangsWhoHadWorkTwiceAndDidNothing) {
  const Pulse idle{{7, false}, {7, false}};
  EXPECT_EQ(hanging_part(idle, idle), "") << "nothing to do";
  EXPECT_EQ(hanging_part({{7, true}, {5, true}}, {{8, true}, {6, true}}), "") << "behind, but getting on";
  EXPECT_EQ(hanging_part({{7, true}, {5, false}}, {{7, true}, {5, false}}), "the journal");
  EXPECT_EQ(hanging_part({{7, false}, {5, true}}, {{9, false}, {5, true}}), "detection");
  EXPECT_EQ(hanging_part({{7, false}, {7, false}}, {{9, true}, {7, true}}), "") << "the work has just come";
  EXPECT_EQ(hanging_part({{7, true}, {5, true}}, {{7, false}, {5, false}}), "") << "done, or what is in the way is told";
}

}  // namespace
}  // namespace tocsin
