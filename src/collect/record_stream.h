// What is cut into records as it comes (RecordFrames), as lines of JSON: the last stage of a ByteStream, behind whatever undoes a compression, so that all who read JSON read exports of
// the journal, mails and reports, too. What is damaged in them is an error behind everything that could be read. One thread at a time.
//
//   return std::make_unique<RecordStream<JournalExport>>(std::move(source), std::make_unique<JournalExport>(), trouble_of_export);
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collect/byte_stream.h"
#include "collect/record_frames.h"

namespace tocsin {

template <class Frames>
class RecordStream : public ByteStream, private ReceivedVisitor {
 public:
  using Trouble = std::optional<Error> (*)(const Frames& frames);

  /// `trouble` says, at the end, what was damaged.
  RecordStream(std::unique_ptr<ByteStream> source, std::unique_ptr<Frames> frames, Trouble trouble)
      : source_(std::move(source)), frames_(std::move(frames)), trouble_of_(trouble), input_(kInputBytes) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size) {
      if (at_ == lines_.size() && !refill()) break;
      const std::size_t now = std::min(size - done, lines_.size() - at_);
      std::memcpy(into + done, lines_.data() + at_, now);
      done += now;
      at_ += now;
    }
    if (done == 0 && trouble_) return Error(*trouble_);
    return done;
  }

 private:
  static constexpr std::size_t kInputBytes = 64 << 10;

  void record(const Received& received) override { lines_.append(received.raw) += '\n'; }

  /// More lines; false at the end.
  bool refill() {
    lines_.clear();
    at_ = 0;
    while (lines_.empty() && !ended_) {
      const Result<std::size_t> got = source_->read(input_.data(), input_.size());
      if (got && *got > 0) {
        frames_->read({input_.data(), *got}, *this);
        continue;
      }
      ended_ = true;
      frames_->finish(*this);
      trouble_ = got ? trouble_of_(*frames_) : got.error();
    }
    return !lines_.empty();
  }

  std::unique_ptr<ByteStream> source_;
  std::unique_ptr<Frames> frames_;
  Trouble trouble_of_;
  std::vector<char> input_;
  std::string lines_;
  std::size_t at_ = 0;
  bool ended_ = false;
  std::optional<Error> trouble_;
};

}  // namespace tocsin
