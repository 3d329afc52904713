// NetFlow at its port: the listener for datagrams with NetFlow's reader.
#include <gtest/gtest.h>

#include "collect/net_fakes.h"
#include "collect/netflow_testing.h"
#include "collect/syslog_udp.h"

namespace tocsin {
namespace {

TEST(NetflowPort, FlowsSayWhoseTheyAreAndLossesAreCounted) {
  FakeIntake intake;
  FakeSenders senders;
  boost::asio::io_context io;
  SyslogUdpSettings settings;
  settings.input = "netflow";
  settings.make_reader = [] { return std::make_unique<NetflowDatagrams>(); };
  auto udp = SyslogUdp::open(io, {intake, senders, Env::system()}, settings);
  ASSERT_TRUE(udp);
  {
    FakeThreads threads(io);
    FakeClient one((*udp)->address(), SOCK_DGRAM), other((*udp)->address(), SOCK_DGRAM);
    const std::vector<TestField> fields = {{8, 4}, {12, 4}};
    const std::string flow = ip4(192, 0, 2, 1) + ip4(192, 0, 2, 2);
    one.send(v9(0, kFlowTime, 1, 0, template_set(0, 256, fields)));
    one.send(v9(0, kFlowTime, 2, 0, set(256, flow + flow)));
    ASSERT_TRUE(intake.wait_for_records(2));
    EXPECT_EQ(FlowsRead::member_of(intake.records()[0], "exporterIPv4Address"), "\"127.0.0.1\"");
    EXPECT_NE(intake.details()[0].find("127.0.0.1"), std::string::npos);
    other.send(v5(0, kFlowTime, 1, 0, {v5_record(1, 0, 0)}));
    ASSERT_TRUE(intake.wait_for_records(3));
    one.send("no NetFlow");
    ASSERT_TRUE(intake.wait_for_dropped(1));
    // The template is another exporter's: this waits until the port is closed, and is lost then.
    other.send(v9(0, kFlowTime, 1, 0, set(256, flow)));
    other.send(v5(0, kFlowTime, 2, 0, {v5_record(1, 0, 0)}));
    ASSERT_TRUE(intake.wait_for_records(4));
    EXPECT_EQ(intake.dropped(), 1U);
    (*udp)->stop();
  }
  EXPECT_EQ(intake.dropped(), 2U);
}

}  // namespace
}  // namespace tocsin
