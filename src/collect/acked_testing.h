// For tests of protocols that acknowledge: all of a stream through one, cut into reads as the caller likes, with everything that came out. The
// listener does the same with what a socket gives. One thread.
//
//   RelpFrames relp;
//   const AckedRun run = run_acked(relp, bytes, 7);
//   EXPECT_EQ(run.out, "1 rsp 6 200 OK\n");
#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "collect/acked_protocol.h"

namespace tocsin {

struct AckedRun : private ReceivedVisitor {
  struct Record {
    std::string raw, source, time, fields;
    bool truncated = false;
    bool operator==(const Record&) const = default;
  };
  std::vector<Record> records;
  std::string out;       // all answers
  std::string left;      // the beginning of a frame; "" where the stream was given up, or ended
  std::string error;     // why the stream was given up; "" if it was not
  bool ended = false;    // the protocol said so

  bool operator==(const AckedRun& other) const {
    return records == other.records && out == other.out && left == other.left && error == other.error && ended == other.ended;
  }

  friend void PrintTo(const AckedRun& run, std::ostream* to) {
    *to << run.records.size() << " records, '" << run.left << "' left, '" << run.out << "', " << run.error << (run.ended ? "; ended" : "");
  }

 private:
  friend AckedRun run_acked(AckedProtocol& protocol, std::string_view bytes, std::size_t step);
  void record(const Received& received) override {
    records.push_back({std::string(received.raw), std::string(received.source), std::string(received.time), std::string(received.fields), received.truncated});
  }
};

/// Reads of `step` bytes each; all is answered at the end.
inline AckedRun run_acked(AckedProtocol& protocol, std::string_view bytes, std::size_t step) {
  AckedRun run;
  while (!bytes.empty() && run.error.empty() && !run.ended) {
    run.left += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
    while (!run.left.empty() && run.error.empty() && !run.ended) {
      const Result<std::size_t> used = protocol.take(run.left, run);
      if (!used) {
        run.error = used.error().message;
        TOCSIN_CHECK(!run.error.empty());
        break;
      }
      TOCSIN_CHECK(*used <= run.left.size());
      if (*used == 0) {
        TOCSIN_CHECK(protocol.wanted() > run.left.size());
        break;
      }
      run.left.erase(0, *used);
      run.ended = protocol.has_ended();
    }
  }
  if (!run.error.empty() || run.ended) run.left.clear();
  protocol.answer(run.out);
  return run;
}

}  // namespace tocsin
