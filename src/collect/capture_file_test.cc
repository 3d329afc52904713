#include "collect/capture_file.h"

#include <gtest/gtest.h>

#include "collect/capture_testing.h"

namespace tocsin {
namespace {

struct Read {
  std::vector<std::string> packets;
  std::vector<std::int64_t> times;
  std::vector<std::uint16_t> links;
  std::string trouble;
};

Read read(const std::string& bytes, std::size_t piece = 1u << 20) {
  Read all;
  CaptureReader reader(std::make_unique<TextStream>(bytes, piece));
  CapturedPacket packet;
  while (reader.next(packet)) {
    all.packets.emplace_back(packet.bytes);
    all.times.push_back(packet.time_ns);
    all.links.push_back(packet.link);
  }
  if (reader.trouble()) all.trouble = reader.trouble()->message;
  return all;
}

/// Numbers of 32 bits in the other order, up to `size` bytes.
std::string swapped(std::string bytes, std::size_t from, std::size_t to) {
  for (std::size_t at = from; at + 4 <= to; at += 4) {
    std::swap(bytes[at], bytes[at + 3]);
    std::swap(bytes[at + 1], bytes[at + 2]);
  }
  return bytes;
}

using Packets = std::vector<std::string>;
constexpr std::int64_t kFromNs = Capture::kFrom * 1'000;

TEST(CaptureFiles, PcapInBothOrdersAndUnits) {
  Capture capture;
  capture.add(0.5, "one");
  capture.add(1, "");
  const std::string little = capture.pcap();
  const Read first = read(little);
  EXPECT_EQ(first.packets, (Packets{"one", ""}));
  EXPECT_EQ(first.times, (std::vector<std::int64_t>{kFromNs + 500'000'000, kFromNs + 1'000'000'000}));
  EXPECT_EQ(first.links[0], 1);
  EXPECT_EQ(first.trouble, "");
  std::string big = swapped(swapped(swapped(little, 0, 4), 8, 40), 43, 59);
  EXPECT_TRUE(is_capture(big));
  EXPECT_EQ(read(big).packets, first.packets);
  EXPECT_EQ(read(big).times, first.times);
  std::string fine = little;
  fine[0] = '\x4D';
  fine[1] = '\x3C';
  EXPECT_TRUE(is_capture(fine));
  EXPECT_EQ(read(fine).times[0], kFromNs + 500'000);
}

TEST(CaptureFiles, BlocksOfPcapng) {
  const std::string tens = std::string("\x09\0\1\0\x09\0\0\0", 8), halves = std::string("\x09\0\1\0\x8A\0\0\0\x0E\0\x08\0\x0A\0\0\0\0\0\0\0\0\0\0\0", 24);
  const std::string bytes = Capture::section() + Capture::interface(1) + Capture::interface(101, tens) + Capture::block(0x0BAD, std::string(300'000, 'x')) + Capture::interface(113, halves) +
                            Capture::enhanced(0, 1'772'439'330'000'007, "micro") + Capture::enhanced(1, 1'772'439'330'000'000'009, "nano") + Capture::enhanced(2, 1'024 * 5 + 512, "binary") +
                            Capture::block(3, std::string("\6\0\0\0simple", 10)) + Capture::section() + Capture::interface(276) + Capture::enhanced(0, 0, "second section");
  ASSERT_TRUE(is_capture(bytes));
  const Read all = read(bytes);
  EXPECT_EQ(all.packets, (Packets{"micro", "nano", "binary", "simple", "second section"})) << all.trouble;
  EXPECT_EQ(all.times, (std::vector<std::int64_t>{1'772'439'330'000'007'000, 1'772'439'330'000'000'009, 15'500'000'000, 15'500'000'000, 0}));
  EXPECT_EQ(all.links, (std::vector<std::uint16_t>{1, 101, 113, 1, 276}));
  EXPECT_EQ(all.trouble, "");
}

TEST(CaptureFiles, ASectionInTheOtherOrder) {
  std::string section = swapped(Capture::section(), 4, 12), interface = Capture::interface(1), packet = Capture::enhanced(0, 1'000'000, "four");
  section = swapped(section, 24, 28);
  interface = swapped(interface, 0, 8);
  std::swap(interface[8], interface[9]);
  interface = swapped(interface, 16, 20);
  packet = swapped(swapped(packet, 0, 28), 32, 36);
  const Read all = read(section + interface + packet);
  EXPECT_EQ(all.packets, (Packets{"four"})) << all.trouble;
  EXPECT_EQ(all.links[0], 1);
}

TEST(CaptureFiles, HowItIsCutIntoReadsDoesNotMatter) {
  Capture capture;
  for (int i = 0; i < 50; ++i) capture.add(i, std::string(static_cast<std::size_t>(i * 37 % 400), 'x'));
  const std::string bytes = capture.pcap();
  const Read whole = read(bytes);
  for (const std::size_t piece : {1, 3, 100}) EXPECT_EQ(read(bytes, piece).packets, whole.packets);
}

TEST(CaptureFiles, EveryBeginningGivesWhatIsWhole) {
  Capture capture;
  capture.add(0, "first");
  capture.add(1, "second");
  const std::string classic = capture.pcap(), blocks = Capture::section() + Capture::interface(1) + Capture::enhanced(0, 1, "first") + Capture::enhanced(0, 2, "second");
  for (const std::string& bytes : {classic, blocks}) {
    const std::size_t last = bytes == classic ? bytes.size() - 22 : bytes.size() - 40;
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const Read all = read(bytes.substr(0, size));
      EXPECT_EQ(all.packets.size(), size < (bytes == classic ? 45U : 88U) ? 0U : 1U) << size;
      const bool between = (bytes == classic && (size == 24 || size == 45)) || (bytes == blocks && (size == 28 || size == 48 || size == last));
      EXPECT_EQ(all.trouble.empty(), between) << size << " " << all.trouble;
    }
    EXPECT_EQ(read(bytes).packets.size(), 2U);
  }
}

TEST(CaptureFiles, WhatCannotBeEndsIt) {
  Capture capture;
  capture.add(0, "whole");
  std::string bytes = capture.pcap();
  std::string head;
  for (const std::uint32_t number : {1U, 2U, static_cast<std::uint32_t>(kCapturePacketBytesMax + 1), 5U}) append_number(head, number);
  const Read all = read(bytes + head + std::string(kCapturePacketBytesMax + 1, 'x'));
  EXPECT_EQ(all.packets.size(), 1U);
  EXPECT_EQ(all.trouble, "capture: a packet that cannot be so large, at byte 45; everything before was read");
  const std::string begin = Capture::section() + Capture::interface(1);
  EXPECT_EQ(read(begin + Capture::enhanced(1, 0, "x")).trouble, "capture: a packet of no interface, at byte 48; everything before was read");
  EXPECT_NE(read(Capture::section() + Capture::block(3, std::string("\1\0\0\0x", 5))).trouble, "");
  std::string larger = Capture::enhanced(0, 0, "x");
  larger[20] = 100;
  EXPECT_NE(read(begin + larger).trouble, "");
  std::string odd = Capture::block(7, "");
  odd[4] = 13;
  EXPECT_NE(read(begin + odd).trouble, "");
  std::string many = Capture::section();
  for (std::size_t i = 0; i <= kCaptureInterfacesMax; ++i) many += Capture::interface(1);
  EXPECT_NE(read(many).trouble.find("too many interfaces"), std::string::npos);
  std::string huge;
  append_number(huge, std::uint32_t{7});
  append_number(huge, static_cast<std::uint32_t>(kCaptureBlockBytesMax + 4));
  EXPECT_NE(read(begin + huge + std::string(8, 'x')).trouble.find("cannot have this size"), std::string::npos);
}

TEST(CaptureFiles, OthersAreNotTakenForOne) {
  EXPECT_FALSE(is_capture(""));
  EXPECT_FALSE(is_capture("{\"a\":1}"));
  EXPECT_FALSE(is_capture(std::string("\x0A\x0D\x0D\x0A\0\0\0\0abcd", 12)));
  EXPECT_FALSE(is_capture("\x0A\x0D\x0D\x0A"));
}

}  // namespace
}  // namespace tocsin
