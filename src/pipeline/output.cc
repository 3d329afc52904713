#include "pipeline/output.h"

#include <algorithm>

namespace tocsin {

namespace {
constexpr std::size_t kBufferBytes = 256 << 10;
}  // namespace

OrderedOutput::OrderedOutput(ByteSink& sink, bool wait_for_late) : sink_(sink) {
  if (!wait_for_late) return;
  waiting_.reset(std::tmpfile());
  if (waiting_ == nullptr) status_ = Error{Code::kIo, "cannot make a temporary file for alerts that wait for correlations"};
}

void OrderedOutput::flush() {
  if (status_ && !buffer_.empty()) status_ = sink_.write(buffer_);
  buffer_.clear();
}

void OrderedOutput::pass_on(std::string_view line) {
  buffer_.append(line);
  if (buffer_.size() >= kBufferBytes) flush();
}

void OrderedOutput::add(const LineKey& key, std::string_view line) {
  if (!status_) return;
  if (waiting_ == nullptr) return pass_on(line);
  const std::uint64_t size = line.size();
  const bool good = std::fwrite(&key, sizeof key, 1, waiting_.get()) == 1 &&
                    std::fwrite(&size, sizeof size, 1, waiting_.get()) == 1 &&
                    std::fwrite(line.data(), 1, size, waiting_.get()) == size;
  if (!good) status_ = Error{Code::kIo, "cannot write the temporary file for alerts that wait for correlations"};
  ++waiting_lines_;
}

Status OrderedOutput::finish(std::vector<LateLine> late) {
  std::ranges::stable_sort(late, [](const LateLine& a, const LateLine& b) { return a.key < b.key; });
  std::size_t next_late = 0;
  if (waiting_ != nullptr && status_) std::rewind(waiting_.get());
  std::string line;
  for (std::uint64_t i = 0; i < waiting_lines_ && status_; ++i) {
    LineKey key;
    std::uint64_t size = 0;
    const bool header = std::fread(&key, sizeof key, 1, waiting_.get()) == 1 &&
                        std::fread(&size, sizeof size, 1, waiting_.get()) == 1;
    if (header) line.resize(size);
    if (!header || std::fread(line.data(), 1, size, waiting_.get()) != size) {
      status_ = Error{Code::kIo, "cannot read back the temporary file for alerts that wait for correlations"};
      break;
    }
    while (next_late < late.size() && late[next_late].key < key) pass_on(late[next_late++].line);
    pass_on(line);
  }
  while (next_late < late.size()) pass_on(late[next_late++].line);
  flush();
  return std::move(status_);
}

}  // namespace tocsin
