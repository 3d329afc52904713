#include "base/ip_network.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

std::string read_and_written(std::string_view text) {
  const std::optional<IpNetwork> network = read_network(text);
  return network ? network_text(*network) : "none";
}

TEST(IpNetwork, ReadAndWrittenAgain) {
  EXPECT_EQ(read_and_written("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(read_and_written("192.0.2.7/24"), "192.0.2.0/24");
  EXPECT_EQ(read_and_written("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(read_and_written("2001:DB8::1/33"), "2001:db8::/33");
  EXPECT_EQ(read_and_written("2001:db8:8000::/33"), "2001:db8:8000::/33");
  EXPECT_EQ(read_and_written("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(read_and_written("[2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(read_and_written("::/0"), "::/0");
  for (const char* const none : {"", "192.0.2", "192.0.2.7/33", "192.0.2.7/", "192.0.2.7/-1", "2001:db8::/129", "192.0.2.7/24x", "192.0.2.07", "fe80::1%3", "dc01"}) {
    EXPECT_EQ(read_and_written(none), "none") << none;
  }
}

/// Bit for bit, as the words say it.
TEST(IpNetwork, TheFirstBitsAreWhatTheTwinSays) {
  const IpAddress all{~std::uint64_t{0}, ~std::uint64_t{0}};
  for (unsigned bits = 0; bits <= 128; ++bits) {
    IpAddress twin;
    for (unsigned bit = 0; bit < bits; ++bit) (bit < 64 ? twin.high : twin.low) |= std::uint64_t{1} << (63 - bit % 64);
    EXPECT_EQ(first_bits(all, bits), twin) << bits;
  }
}

TEST(IpNetwork, WhatIsNobodysAndWhatIsAnotherOnesInEveryNetwork) {
  for (const char* const local : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "224.0.0.251", "255.255.255.255", "0.0.0.0", "::", "::1", "fe80::1",
                                  "fd00::1", "ff02::1", "::ffff:10.0.0.1"}) {
    EXPECT_EQ(scope_of(*read_ip(local)), IpScope::kLocal) << local;
  }
  for (const char* const reserved : {"192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "240.0.0.1", "2001:db8::1"}) EXPECT_EQ(scope_of(*read_ip(reserved)), IpScope::kReserved) << reserved;
  for (const char* const global : {"8.8.8.8", "172.32.0.1", "100.128.0.1", "11.0.0.1", "2001:4860:4860::8888", "2a00:1450::1"}) EXPECT_EQ(scope_of(*read_ip(global)), IpScope::kGlobal) << global;
}

}  // namespace
}  // namespace tocsin
