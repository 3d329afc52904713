#include "collect/capture_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "collect/capture_file.h"
#include "collect/capture_talks.h"
#include "collect/flow_table.h"
#include "collect/zeek_line.h"

namespace tocsin {

namespace {

/// Lines that are made before they are asked for.
constexpr std::size_t kLinesBytes = 64 << 10;

class CaptureStream : public ByteStream, private FlowVisitor {
 public:
  explicit CaptureStream(std::unique_ptr<ByteStream> source) : reader_(std::move(source)), talks_(lines_), table_(*this) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      if (at_ == lines_.size() && !refill()) break;
      const std::size_t now = std::min(size - done, lines_.size() - at_);
      std::memcpy(into + done, lines_.data() + at_, now);
      done += now;
      at_ += now;
    }
    if (done == 0 && reader_.trouble()) return Error(*reader_.trouble());
    return done;
  }

 private:
  void packet(Flow& flow, int side, const Packet& packet, std::int64_t time_ns) override { talks_.packet(flow, side, packet, time_ns); }
  void ended(Flow& flow) override {
    talks_.ended(flow);
    append_conn_line(lines_, flow);
  }

  bool refill() {
    lines_.clear();
    at_ = 0;
    while (lines_.size() < kLinesBytes && !ended_) {
      CapturedPacket captured;
      if (reader_.next(captured)) {
        take(captured);
        continue;
      }
      ended_ = true;
      table_.finish();
      say_rest();
    }
    return !lines_.empty();
  }

  void take(const CapturedPacket& captured) {
    last_ns_ = captured.time_ns;
    switch (read_packet(captured.link, captured.bytes, packet_)) {
      case PacketKind::kFlow: return table_.packet(packet_, captured.time_ns);
      case PacketKind::kFragment: ++fragments_; return;
      case PacketKind::kUnknownLink: ++unknown_links_; return;
      case PacketKind::kDamaged: ++damaged_; return;
      case PacketKind::kOther: return;
    }
  }

  void say_rest() {
    const auto say = [this](std::uint64_t count, std::string_view name, std::string_view what) {
      if (count > 0) append_weird_line(lines_, last_ns_, name, fmt::format("{} {}", count, what));
    };
    say(unknown_links_, "unknown_link_type", "packets of a link type that is not read");
    say(damaged_, "truncated_IP", "packets of IP that are damaged, or were not captured as far as their ports");
    say(fragments_, "fragments_not_reassembled", "fragments behind the first of their packets; their bytes are in no flow");
    say(talks_.damaged_dns(), "DNS_unparsable", "packets at ports of DNS that are no message of it");
    say(talks_.broken(), "TCP_content_gap", "directions of connections whose text is not whole, and was read up to there");
    say(table_.evicted(), "flow_table_full", "flows that were ended early to make room for others");
  }

  CaptureReader reader_;
  std::string lines_;
  std::size_t at_ = 0;
  CaptureTalks talks_;
  FlowTable table_;
  Packet packet_;
  bool ended_ = false;
  std::int64_t last_ns_ = 0;
  std::uint64_t fragments_ = 0, unknown_links_ = 0, damaged_ = 0;
};

}  // namespace

std::unique_ptr<ByteStream> make_capture_stream(std::unique_ptr<ByteStream> source) { return std::make_unique<CaptureStream>(std::move(source)); }

}  // namespace tocsin
