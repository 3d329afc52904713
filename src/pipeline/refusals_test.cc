#include "pipeline/refusals.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"

namespace tocsin {
namespace {

TEST(Refusals, SayWhatToDo) {
  MemoryEnv env;
  Refusals refusals(env);
  EXPECT_EQ(refusals.line("syslog_tls", "192.0.2.7", "it shows no certificate"),
            "tocsin: syslog_tls refused a connection of 192.0.2.7: it shows no certificate (`tocsin sender add NAME --input syslog` makes one)");
  env.advance_us(kRefusalLineMs * 1'000);
  EXPECT_EQ(refusals.line("bulk", "192.0.2.7", "certificate has expired"), "tocsin: bulk refused a connection of 192.0.2.7: certificate has expired");
}

TEST(Refusals, AreSaidNowAndThenAndAllCounted) {
  MemoryEnv env;
  Refusals refusals(env);
  EXPECT_NE(refusals.line("bulk", "192.0.2.7", "x"), "");
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(refusals.line("bulk", "192.0.2.7", "x"), "");
  env.advance_us(kRefusalLineMs * 1'000 - 1);
  EXPECT_EQ(refusals.line("hec", "192.0.2.7", "x"), "");
  env.advance_us(1);
  EXPECT_EQ(refusals.line("hec", "192.0.2.8", "y"), "tocsin: hec refused a connection of 192.0.2.8: y; 1001 others since the last such line");
  EXPECT_EQ(refusals.count(), 1'003u);
}

}  // namespace
}  // namespace tocsin
