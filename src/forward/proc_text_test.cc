#include "forward/proc_text.h"

#include <gtest/gtest.h>

namespace tocsin::forward {
namespace {

TEST(ProcText, AProcessMayCallItselfAnything) {
  const auto stat = parse_process_stat("812 (a) b) R 1) S 1 812 700 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 123456 1 2\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) b) R 1");
  EXPECT_EQ(stat->state, "S");
  EXPECT_EQ(stat->parent, "1");
  EXPECT_EQ(stat->process_group, "812");
  EXPECT_EQ(stat->threads, "9");
  EXPECT_EQ(stat->start_ticks, 123'456u);
  for (const char* const none : {"", "1", "1 (x", "1 x)", ")(", "1 (x) S 1 2", "1 (x) S 1 812 700 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 late"}) EXPECT_FALSE(parse_process_stat(none)) << none;
}

TEST(ProcText, SocketsAreOfBothFamilies) {
  const auto listens = parse_socket("   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 100 0 0 10 0", false);
  ASSERT_TRUE(listens);
  EXPECT_EQ(listens->local_address, "127.0.0.1");
  EXPECT_EQ(listens->local_port, 8080);
  EXPECT_EQ(listens->state, kSocketListens);
  EXPECT_EQ(listens->inode, 12'345u);
  EXPECT_EQ(socket_state_name(listens->state), "LISTEN");
  const auto v6 = parse_socket("1: B80D01200000000000000000010000000:0000 0 0", true);
  EXPECT_FALSE(v6);
  const auto connected = parse_socket("1: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:C350 01 0:0 0:0 0 0 0 77 1", true);
  ASSERT_TRUE(connected);
  EXPECT_EQ(connected->local_address, "2001:db8::1");
  EXPECT_EQ(connected->remote_address, "2001:db8::2");
  EXPECT_EQ(connected->remote_port, 50'000);
  for (const char* const none : {"", "  sl  local_address rem_address   st tx_queue", "0: 0100007F:1F90", "0: 0100007G:1F90 00000000:0000 0A 0 0 0 0 0 1 1"}) EXPECT_FALSE(parse_socket(none, false)) << none;
  EXPECT_EQ(socket_state_name(99), "UNKNOWN");
}

TEST(ProcText, ValuesAreFoundByWholeNames) {
  EXPECT_EQ(value_of("Package-Type: x\nPackage: bash\nVersion: 5.2\n", "Package"), "bash");
  EXPECT_EQ(value_of("Uid:\t1000\t0\n", "Uid"), "1000\t0");
  EXPECT_EQ(value_of("Uid:\n", "Uid"), "");
  EXPECT_EQ(value_of("", "Uid"), "");
  EXPECT_EQ(release_value("NAME=\"Debian GNU/Linux\"\nVERSION_ID='12'\nID=debian\n", "VERSION_ID"), "12");
  EXPECT_EQ(release_value("NAME=\"Debian GNU/Linux\"\nID=debian\n", "ID"), "debian");
  EXPECT_EQ(release_value("NAME=\"", "NAME"), "\"");
  EXPECT_EQ(command_line(std::string_view("sh\0-c\0a b\0\0", 11)), "sh -c a b");
  EXPECT_EQ(split("a::b", ':').size(), 3u);
}

}  // namespace
}  // namespace tocsin::forward
