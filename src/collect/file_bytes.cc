#include "collect/file_bytes.h"

namespace tocsin {

namespace {

/// Of one read of a stream.
constexpr std::size_t kStepBytes = 256u << 10;
class FrontToBack : public File {
 public:
  explicit FrontToBack(WatchedFile& file) : file_(file) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    const std::size_t got = TRY(file_.read_at(at_, into, size));
    at_ += got;
    return got;
  }

 private:
  WatchedFile& file_;
  std::uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<File> front_to_back(WatchedFile& file) { return std::make_unique<FrontToBack>(file); }

Status FileBytes::begin() {
  char head[kEncodedHeadBytes];
  const std::size_t got = TRY(file_.read_at(0, head, sizeof head));
  encoded_ = is_encoded({head, got});
  return {};
}

Result<std::string_view> FileBytes::at(std::uint64_t offset, std::size_t size, std::string& buffer) {
  if (!encoded_) {
    if (buffer.size() < size) buffer.resize(size);
    return std::string_view(buffer.data(), TRY(file_.read_at(offset, buffer.data(), size)));
  }
  if (stream_ == nullptr || offset < from_) {
    stream_ = ByteStream::open(front_to_back(file_), mail_);
    window_.clear();
    from_ = 0;
    ended_ = false;
    damage_.reset();
  }
  while (true) {
    const std::size_t gone = static_cast<std::size_t>(std::min<std::uint64_t>(offset - from_, window_.size()));
    window_.erase(0, gone);
    from_ += gone;
    if (ended_ || (from_ == offset && window_.size() >= size)) break;
    TRY(decode_to(offset + size));
  }
  if (from_ < offset) return std::string_view();
  return std::string_view(window_).substr(0, size);
}

/// One step in that direction.
Status FileBytes::decode_to(std::uint64_t end) {
  const std::size_t have = window_.size();
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(end - from_ - have, kStepBytes));
  window_.resize(have + wanted);
  const Result<std::size_t> got = stream_->read(window_.data() + have, wanted);
  window_.resize(have + (got ? *got : 0));
  if (got) {
    ended_ = *got == 0;
    return {};
  }
  if (got.error().code == Code::kIo) {
    stream_ = nullptr;  // from the beginning, next time
    return got.error();
  }
  damage_ = got.error();
  ended_ = true;
  return {};
}

}  // namespace tocsin
