#include "collect/flow_ends.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/address.h"

namespace tocsin {
namespace {

FlowEnds ends_of(std::string_view source, std::string_view destination, std::uint16_t from, std::uint16_t to, std::uint8_t protocol) {
  FlowEnds ends{.source_port = from, .destination_port = to, .protocol = protocol};
  std::uint8_t one[16], other[16];
  EXPECT_TRUE(parse_address(source, one, ends.v6) && parse_address(destination, other, ends.v6));
  std::memcpy(ends.source.data(), one, sizeof one);
  std::memcpy(ends.destination.data(), other, sizeof other);
  return ends;
}

std::string id_of(const FlowEnds& ends) {
  std::string id;
  append_community_id(id, ends);
  return id;
}

/// The first of each kind are the baseline of the specification; the others are of its reference implementation.
TEST(FlowEnds, CommunityIdsAreThoseOfTheSpecification) {
  const struct {
    const char *source, *destination;
    std::uint16_t from, to;
    std::uint8_t protocol;
    const char* id;
  } cases[] = {
      {"128.232.110.120", "66.35.250.204", 34855, 80, 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
      {"66.35.250.204", "128.232.110.120", 80, 34855, 6, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
      {"192.168.1.52", "8.8.8.8", 54585, 53, 17, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
      {"192.168.170.8", "192.168.170.56", 7, 7, 132, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
      {"192.168.0.89", "192.168.0.1", 8, 0, 1, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
      {"192.168.0.1", "192.168.0.89", 0, 0, 1, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
      {"192.168.0.89", "192.168.0.1", 20, 0, 1, "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="},
      {"192.168.0.89", "192.168.0.1", 3, 1, 1, "1:LXCfhMUFbYXe+CEMrQuZCbiLY3o="},
      {"192.168.0.1", "192.168.0.89", 3, 1, 1, "1:o3zT92uTgnRWv/YrDVeXcWumpC4="},
      {"10.0.0.1", "10.0.0.1", 9, 8, 6, "1:BriuZqmfifIqTVJOpCHPKIUrNIU="},
      {"10.0.0.1", "10.0.0.1", 8, 9, 6, "1:BriuZqmfifIqTVJOpCHPKIUrNIU="},
      {"fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, 58, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
      {"fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0, 58, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
      {"3ffe:507:0:1:260:97ff:fe07:69ea", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, 58, "1:NdobDX8PQNJbAyfkWxhtL2Pqp5w="},
      {"2001:db8::1", "2001:db8::2", 1, 2, 6, "1:oIcW+IHPKeZS9W98/OLFv2ivJKk="},
      {"10.0.0.2", "10.0.0.1", 0, 0, 47, "1:+KlEHDT0vJgzs/eNmzHq0aSpRYw="},
  };
  for (const auto& one : cases) EXPECT_EQ(id_of(ends_of(one.source, one.destination, one.from, one.to, one.protocol)), one.id) << one.source << " " << one.from;
}

TEST(FlowEnds, AddressesAreWritten) {
  std::string text;
  const FlowEnds v4 = ends_of("192.0.2.7", "0.0.0.0", 0, 0, 6), v6 = ends_of("2001:db8:0:0:1::7", "::", 0, 0, 6);
  append_address(text, v4.source, false);
  append_address(text += ' ', v6.source, true);
  append_address(text += ' ', v6.destination, true);
  EXPECT_EQ(text, "192.0.2.7 2001:db8::1:0:0:7 ::");
}

TEST(FlowEnds, QuestionsOfIcmpHaveAnswers) {
  EXPECT_EQ(icmp_counterpart(false, 8), 0);
  EXPECT_EQ(icmp_counterpart(false, 0), 8);
  EXPECT_EQ(icmp_counterpart(true, 136), 135);
  EXPECT_EQ(icmp_counterpart(true, 8), std::nullopt);
  EXPECT_EQ(icmp_counterpart(false, 3), std::nullopt);
}

}  // namespace
}  // namespace tocsin
