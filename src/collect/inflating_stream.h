// What streams that undo a compression have in common: compressed bytes in from another stream, a bound on the ratio
// (kInflateRatioMax), and an error that waits until everything before it was delivered. A format derives from it and
// writes step(). One thread at a time.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "collect/byte_stream.h"

namespace tocsin {

class InflatingStream : public ByteStream {
 public:
  static constexpr std::size_t kInputBytes = 128 << 10;

  explicit InflatingStream(std::unique_ptr<ByteStream> source) : source_(std::move(source)), input_(kInputBytes) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size && !trouble_ && !ended_) {
      const std::size_t before = done;
      step(into, size, done);
      out_total_ += done - before;
      if (out_total_ > kInflateFreeBytes && out_total_ / kInflateRatioMax > in_total_) {
        trouble_ = Error{Code::kLimit, fmt::format("expands more than {} to 1: not read further", kInflateRatioMax)};
      }
    }
    if (done == 0 && trouble_) return Error(*trouble_);
    return done;
  }

 protected:
  /// Appends some output at into[done]; sets ended_ or trouble_ when there is no more.
  virtual void step(char* into, std::size_t size, std::size_t& done) = 0;

  /// False at the end of the file.
  bool refill() {
    Result<std::size_t> got = source_->read(input_.data(), input_.size());
    if (!got) {
      trouble_ = got.error();
      return false;
    }
    in_size_ = *got;
    in_at_ = 0;
    in_total_ += *got;
    return *got > 0;
  }

  std::unique_ptr<ByteStream> source_;
  std::vector<char> input_;
  std::size_t in_at_ = 0, in_size_ = 0;
  std::uint64_t in_total_ = 0, out_total_ = 0;
  bool ended_ = false;
  bool full_ = false;  // the last step filled its output, so more may wait inside although no input is left
  std::optional<Error> trouble_;
};

}  // namespace tocsin
