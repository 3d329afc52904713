#include "collect/byte_stream.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "collect/capture_file.h"
#include "collect/capture_stream.h"
#include "collect/event_xml_frames.h"
#include "collect/journal_stream.h"
#include "collect/mail_stream.h"
#include "collect/stream_formats.h"
#include "collect/utf16_stream.h"

namespace tocsin {

namespace {

constexpr std::size_t kTextHeadBytes = std::max({kUtf16HeadBytes, kJournalHeadBytes, kCaptureHeadBytes, kMailStreamHeadBytes, kEventXmlHeadBytes});
static_assert(kTextHeadBytes <= kEncodedHeadBytes && kStreamHeadBytes <= kEncodedHeadBytes);

/// The file, read until what was asked for is there.
class FileStream : public ByteStream {
 public:
  explicit FileStream(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    std::size_t done = 0;
    while (done < size && !trouble_) {
      Result<std::size_t> got = file_->read(into + done, size - done);
      if (!got) {
        trouble_ = got.error();
      } else if (*got == 0) {
        return done;
      } else {
        done += *got;
      }
    }
    if (done == 0 && trouble_) return Error(*trouble_);
    return done;
  }

 private:
  std::unique_ptr<File> file_;
  std::optional<Error> trouble_;
};

/// A stream, with the bytes that were read to recognise it put back in front.
class HeadedStream : public ByteStream {
 public:
  HeadedStream(std::unique_ptr<ByteStream> source, std::string head) : source_(std::move(source)), head_(std::move(head)) {}

  Result<std::size_t> read(char* into, std::size_t size) override {
    if (head_at_ == head_.size()) return source_->read(into, size);
    const std::size_t from_head = std::min(size, head_.size() - head_at_);
    std::memcpy(into, head_.data() + head_at_, from_head);
    head_at_ += from_head;
    if (from_head == size) return size;
    // An error comes again with the next call: it stays with the stream it is of.
    const Result<std::size_t> more = source_->read(into + from_head, size - from_head);
    return from_head + (more ? *more : 0);
  }

 private:
  std::unique_ptr<ByteStream> source_;
  std::string head_;
  std::size_t head_at_ = 0;
};

/// Up to `size` bytes; fewer at the end or before an error, which the stream gives again.
std::string read_head(ByteStream& stream, std::size_t size) {
  std::string head(size, '\0');
  const Result<std::size_t> got = stream.read(head.data(), size);
  head.resize(got ? *got : 0);
  return head;
}

}  // namespace

Result<std::unique_ptr<ByteStream>> ByteStream::open(Env& env, const std::string& path, const MailRules& mail) {
  return open(TRY(env.open(path)), mail);
}

std::unique_ptr<ByteStream> ByteStream::open(std::unique_ptr<File> file, const MailRules& mail) {
  std::unique_ptr<ByteStream> stream = std::make_unique<FileStream>(std::move(file));
  std::string head = read_head(*stream, kStreamHeadBytes);
  const auto& formats = stream_formats();
  const auto format = std::ranges::find_if(formats, [&](const StreamFormat& one) { return one.is(head); });
  stream = std::make_unique<HeadedStream>(std::move(stream), std::move(head));
  if (format != formats.end()) stream = format->make(std::move(stream));

  std::string begin = read_head(*stream, kTextHeadBytes);
  const bool is_packets = is_capture(begin);
  const Utf16 order = utf16_order(begin.substr(0, kUtf16HeadBytes));
  const bool is_journal = is_journal_export(std::string_view(begin).substr(0, kJournalHeadBytes));
  stream = std::make_unique<HeadedStream>(std::move(stream), begin);
  if (is_packets) return make_capture_stream(std::move(stream));
  if (is_journal) return make_journal_stream(std::move(stream));
  if (is_event_document(begin)) return make_event_xml_stream(std::move(stream));
  if (is_mail_stream(begin)) return make_mail_stream(std::move(stream), begin, mail);
  if (order == Utf16::kNone) return stream;
  // What wevtutil writes through a pipe of PowerShell's is UTF-16, and may be a document of events as well.
  stream = make_utf16_stream(std::move(stream), order);
  std::string text = read_head(*stream, kEventXmlHeadBytes);
  const bool is_events = is_event_document(text);
  stream = std::make_unique<HeadedStream>(std::move(stream), std::move(text));
  return is_events ? make_event_xml_stream(std::move(stream)) : std::move(stream);
}

bool is_encoded(std::string_view head) {
  const auto& formats = stream_formats();
  const std::string_view begin = head.substr(0, kStreamHeadBytes);
  return std::ranges::any_of(formats, [&](const StreamFormat& one) { return one.is(begin); }) ||
         utf16_order(head.substr(0, kUtf16HeadBytes)) != Utf16::kNone || is_journal_export(head.substr(0, kJournalHeadBytes)) || is_capture(head.substr(0, kCaptureHeadBytes)) ||
         is_event_document(head) || is_mail_stream(head);
}

}  // namespace tocsin
