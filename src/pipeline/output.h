// Where finished alert lines go, in the order of the contract: by source, index, rule id; a correlation's alert stands
// where its last event stands. Lines of single events arrive in that order and are passed on at once. If correlations
// are loaded their alerts are known only at the end, so the lines wait in an unnamed temporary file and are merged then.
//
// One thread at a time. A failed write (disk full, reader gone) is remembered and ends the scan's output, not the scan.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tocsin {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status write(std::string_view bytes) = 0;
};

struct LineKey {
  std::uint32_t source = 0;
  std::uint32_t rank = 0;   // of the rule id
  std::uint64_t index = 0;
  bool operator<(const LineKey& other) const {
    if (source != other.source) return source < other.source;
    if (index != other.index) return index < other.index;
    return rank < other.rank;
  }
};

class OrderedOutput {
 public:
  /// `wait_for_late`: some lines come only at finish().
  OrderedOutput(ByteSink& sink, bool wait_for_late);

  void add(const LineKey& key, std::string_view line);
  struct LateLine {
    LineKey key;
    std::string line;
  };
  /// Merges the late lines in and writes everything that waits.
  Status finish(std::vector<LateLine> late);

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void pass_on(std::string_view line);
  void flush();

  ByteSink& sink_;
  std::string buffer_;
  std::unique_ptr<std::FILE, Closer> waiting_;
  std::uint64_t waiting_lines_ = 0;
  Status status_;
};

}  // namespace tocsin
