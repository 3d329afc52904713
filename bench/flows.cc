// How fast are flows read? NetFlow v5, v9 and IPFIX: flows a second of one core as records, beside the digest that each record's Community ID takes. A capture: MB a second as lines, beside walking
// over its packets alone. The best of several rounds in turn; nothing here passes or fails.
//
//   bench_flows CAPTURE
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <memory>

#include "base/env.h"
#include "collect/capture_file.h"
#include "collect/capture_stream.h"
#include "collect/capture_testing.h"
#include "collect/netflow_testing.h"
#include "cpu_time.h"

namespace tocsin {
namespace {

constexpr int kRounds = 7;
constexpr unsigned kDatagrams = 4'000, kFlows = 24;

struct Bytes : ReceivedVisitor {
  void record(const Received& received) override { bytes += received.raw.size(); }
  std::size_t bytes = 0;
};

const std::vector<TestField> kFields = {{8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}, {5, 1}, {6, 1}, {1, 8}, {2, 8}, {21, 4}, {22, 4}, {10, 4}, {14, 4}, {61, 1}, {136, 1}, {60, 1}};

std::string flow(unsigned i) {
  return ip4(192, 0, 2, i & 255) + ip4(198, 51, 100, i >> 8 & 255) + u16(20'000 + i % 40'000) + u16(443) + u8(6) + u8(0) + u8(27) + u64(5'120 + i) + u64(11) + u32(59'000) + u32(50'000) + u32(3) + u32(4) + u8(0) + u8(3) + u8(4);
}

void netflow(unsigned version) {
  std::vector<std::string> datagrams;
  std::string sets;
  for (unsigned i = 0; i < kFlows; ++i) sets += flow(i);
  sets = set(256, sets);
  const std::string layout = template_set(version == 9 ? 0 : 2, 256, kFields);
  const std::vector<std::string> records(kFlows, v5_record(7, 50'000, 59'000));
  for (std::uint32_t i = 0; i < kDatagrams; ++i) {
    const std::string body = i == 0 ? layout + sets : sets;
    datagrams.push_back(version == 5 ? v5(60'000, kFlowTime, i * kFlows, 0, records) : version == 9 ? v9(60'000, kFlowTime, i, 0, body) : ipfix(kFlowTime, i * kFlows, 0, body));
  }
  Bytes told;
  const double seconds = best_seconds(kRounds, [&] {
    NetflowDatagrams reader;
    for (const std::string& datagram : datagrams) reader.read(datagram, {"exporter", "192.0.2.1"}, 0, told);
  });
  std::string id;
  const double digests = best_seconds(kRounds, [&] {
    FlowEnds ends{.protocol = kProtocolTcp};
    for (unsigned i = 0; i < kDatagrams * kFlows; ++i) {
      ends.source_port = static_cast<std::uint16_t>(i);
      id.clear();
      append_community_id(id, ends);
    }
  });
  const double flows = double{kDatagrams} * kFlows;
  fmt::print("{:<14} {:>10.0f} flows/s {:>8.0f} bytes of record each; its Community ID alone {:>10.0f}/s\n", version == 10 ? "IPFIX" : fmt::format("NetFlow v{}", version), flows / seconds,
             static_cast<double>(told.bytes) / kRounds / flows, flows / digests);
}

int run(const char* name) {
  const auto capture = Env::system().read_file(name, 1u << 30);
  if (!capture) return fmt::print(stderr, "{}\n", capture.error().message), 2;
  for (const unsigned version : {5U, 9U, 10U}) netflow(version);
  std::size_t packets = 0, bytes = 0;
  const double walked = best_seconds(kRounds, [&] {
    CaptureReader reader(std::make_unique<TextStream>(*capture));
    packets = 0;
    for (CapturedPacket packet; reader.next(packet);) ++packets;
  });
  const double read = best_seconds(kRounds, [&] {
    std::string trouble;
    const auto stream = make_capture_stream(std::make_unique<TextStream>(*capture));
    bytes = read_all(*stream, trouble, 256 << 10).size();
  });
  const double mb = static_cast<double>(capture->size()) / 1e6;
  fmt::print("{:<14} {:>10.0f} MB/s, {:.0f} packets/s, {} bytes of lines; walking over its packets alone {:.0f} MB/s ({:.2f})\n", "capture", mb / read, static_cast<double>(packets) / read, bytes, mb / walked, walked / read);
  return 0;
}

}  // namespace
}  // namespace tocsin

int main(int count, char** words) {
  if (count != 2) return fmt::print(stderr, "usage: bench_flows CAPTURE\n"), 2;
  return tocsin::run(words[1]);
}
