#include "collect/journal_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace tocsin {

namespace {

constexpr std::size_t kInputBytes = 64 << 10;

class JournalStream : public ByteStream, private ReceivedVisitor {
 public:
  explicit JournalStream(std::unique_ptr<ByteStream> source) : source_(std::move(source)), input_(kInputBytes) {}

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
  void record(const Received& received) override { lines_.append(received.raw) += '\n'; }

  /// More lines; false at the end.
  bool refill() {
    lines_.clear();
    at_ = 0;
    while (lines_.empty() && !ended_) {
      const Result<std::size_t> got = source_->read(input_.data(), input_.size());
      if (got && *got > 0) {
        export_.read({input_.data(), *got}, *this);
        continue;
      }
      ended_ = true;
      export_.finish(*this);
      if (!got) trouble_ = got.error();
      const std::uint64_t damaged = export_.counts().damaged;
      if (got && damaged > 0) trouble_ = Error{Code::kInvalid, fmt::format("journal export: {} entries are damaged", damaged)};
    }
    return !lines_.empty();
  }

  std::unique_ptr<ByteStream> source_;
  JournalExport export_;
  std::vector<char> input_;
  std::string lines_;
  std::size_t at_ = 0;
  bool ended_ = false;
  std::optional<Error> trouble_;
};

}  // namespace

std::unique_ptr<ByteStream> make_journal_stream(std::unique_ptr<ByteStream> source) { return std::make_unique<JournalStream>(std::move(source)); }

}  // namespace tocsin
