#include "collect/byte_stream.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "collect/stream_formats.h"

namespace tocsin {

namespace {

/// The file, with the bytes that were read to recognise it put back in front.
class PlainStream : public ByteStream {
 public:
  PlainStream(std::unique_ptr<File> file, std::string head) : file_(std::move(file)), head_(std::move(head)) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    std::size_t done = 0;
    if (head_at_ < head_.size()) {
      done = std::min(size, head_.size() - head_at_);
      std::memcpy(into, head_.data() + head_at_, done);
      head_at_ += done;
    }
    while (done < size) {
      if (trouble_) break;
      Result<std::size_t> got = file_->read(into + done, size - done);
      if (!got) {
        trouble_ = got.error();
        break;
      }
      if (*got == 0) return done;
      done += *got;
    }
    if (done == 0 && trouble_) return Error(*trouble_);
    return done;
  }

 private:
  std::unique_ptr<File> file_;
  std::string head_;
  std::size_t head_at_ = 0;
  std::optional<Error> trouble_;
};

Result<std::string> read_head(File& file) {
  std::string head(kStreamHeadBytes, '\0');
  std::size_t have = 0;
  while (have < head.size()) {
    const std::size_t got = TRY(file.read(head.data() + have, head.size() - have));
    if (got == 0) break;
    have += got;
  }
  head.resize(have);
  return head;
}

}  // namespace

Result<std::unique_ptr<ByteStream>> ByteStream::open(Env& env, const std::string& path) {
  std::unique_ptr<File> file = TRY(env.open(path));
  std::string head = TRY(read_head(*file));
  const auto& formats = stream_formats();
  const auto format = std::ranges::find_if(formats, [&](const StreamFormat& one) { return one.is(head); });
  std::unique_ptr<ByteStream> plain = std::make_unique<PlainStream>(std::move(file), std::move(head));
  return format == formats.end() ? std::move(plain) : format->make(std::move(plain));
}

}  // namespace tocsin
