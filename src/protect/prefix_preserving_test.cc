#include "protect/prefix_preserving.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "base/address.h"

namespace tocsin::protect {
namespace {

using Key = std::array<std::uint8_t, 32>;

Key key_of(const boost::json::object& entry) {
  const std::string text(entry.at("key").as_string());
  const bool hex = entry.at("key_encoding").as_string() == "hex";
  Key key{};
  std::string latin1;
  if (!hex) {  // the file is UTF-8
    for (std::size_t at = 0; at < text.size(); ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      latin1 += byte < 0x80 ? text[at] : static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(text[++at]) & 0x3f));
    }
  }
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = hex ? static_cast<std::uint8_t>(std::stoul(text.substr(2 * i, 2), nullptr, 16)) : static_cast<std::uint8_t>(latin1.at(i));
  return key;
}

std::string replaced(PrefixPreserving& addresses, std::string_view text) {
  std::string out;
  EXPECT_TRUE(addresses.append_replaced(text, out)) << text;
  return out;
}

std::string restored(PrefixPreserving& addresses, std::string_view text) {
  std::string out;
  EXPECT_TRUE(addresses.append_restored(text, out)) << text;
  return out;
}

TEST(PrefixPreserving, GivesThePublishedPairs) {
  const char* const data = std::getenv("TOCSIN_DATA");
  const std::string path = std::string(data == nullptr ? TOCSIN_SOURCE_DIR "/../shared/data" : data) + "/cryptopan/vectors.json";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << path << " is not there";
  std::stringstream text;
  text << file.rdbuf();
  std::size_t pairs = 0;
  const boost::json::value all = boost::json::parse(text.str());
  for (const boost::json::value& entry : all.as_array()) {
    PrefixPreserving addresses(key_of(entry.as_object()));
    for (const char* const family : {"ipv4", "ipv6"}) {
      const boost::json::value* const list = entry.as_object().if_contains(family);
      if (list == nullptr) continue;
      for (const boost::json::value& pair : list->as_array()) {
        const std::string from(pair.as_array()[0].as_string()), to(pair.as_array()[1].as_string());
        std::uint8_t wanted[16] = {}, got[16] = {};
        bool v6 = false;
        ASSERT_TRUE(parse_address(to, wanted, v6)) << to;
        ASSERT_TRUE(parse_address(replaced(addresses, from), got, v6));
        EXPECT_EQ(std::string(got, got + 16), std::string(wanted, wanted + 16)) << from;
        EXPECT_EQ(replaced(addresses, restored(addresses, to)), to);
        ++pairs;
      }
    }
  }
  EXPECT_EQ(pairs, 144u);
}

std::size_t common_bits(const std::uint8_t* a, const std::uint8_t* b) {
  std::size_t bit = 0;
  while (bit < 32 && ((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8) & 1) == 0) ++bit;
  return bit;
}

TEST(PrefixPreserving, KeepsWhatTwoAddressesHaveInCommon) {
  Key key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i * 7 + 1);
  PrefixPreserving addresses(key);
  std::mt19937 random(1);
  for (int round = 0; round < 1'000; ++round) {
    std::uint8_t a[16] = {}, b[16] = {};
    for (int i = 0; i < 4; ++i) a[i] = static_cast<std::uint8_t>(random());
    std::copy(a, a + 4, b);
    const std::size_t turned = random() % 32;
    b[turned / 8] = static_cast<std::uint8_t>(b[turned / 8] ^ 0x80 >> turned % 8);
    addresses.replace(a, false);
    addresses.replace(b, false);
    EXPECT_EQ(common_bits(a, b), turned);
    addresses.restore(b, false);
  }
}

TEST(PrefixPreserving, OfWhatIsNoAddressNothingIsMade) {
  PrefixPreserving addresses(Key{});
  for (const char* const text : {"", "-", "1.2.3", "1.2.3.4.5", "host", "1.2.3.4:80"}) {
    std::string out = "x";
    EXPECT_FALSE(addresses.append_replaced(text, out)) << text;
    EXPECT_EQ(out, "x");
  }
  EXPECT_EQ(restored(addresses, replaced(addresses, "2001:db8::1")), "2001:db8::1");
}

}  // namespace
}  // namespace tocsin::protect
