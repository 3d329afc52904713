#include "collect/block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace tocsin {

namespace {

constexpr std::size_t kHeadBytes = 64 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view first_line(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text.substr(0, text.find('\n'));
}

/// True if every bracket that the line opens outside strings is closed in it again.
bool is_balanced(std::string_view line) {
  int depth = 0;
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (inside) {
      if (c == '\\') ++i;
      if (c == '"') inside = false;
    } else if (c == '"') {
      inside = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return depth == 0 && !inside;
}

/// One event a line, or one value over many lines? The first line tells, if it is whole; if it is not, it may be the one
/// damaged line of a file of lines: then the next begins an object in a place where no document could.
bool is_json_lines(std::string_view head) {
  const std::string_view line = first_line(head);
  if (line.empty() || line.front() != '{') return false;
  if (is_balanced(line)) return true;
  const std::size_t end = head.find(line) + line.size();
  if (end >= head.size()) return false;
  const std::string_view next = first_line(head.substr(end));
  std::string_view trimmed = line;
  while (!trimmed.empty() && is_blank(trimmed.back())) trimmed.remove_suffix(1);
  const char last = trimmed.empty() ? ' ' : trimmed.back();
  return next.starts_with("{\"") && last != '[' && last != ',' && last != ':' && last != '{';
}

/// A bracket begins JSON only if what follows can; "[2024-01-05 …" and "[error] …" are log lines.
bool begins_json(std::string_view head) {
  std::size_t at = 0;
  while (at < head.size() && is_blank(head[at])) ++at;
  if (at == head.size()) return false;
  if (head[at] == '{') return true;
  if (head[at] != '[') return false;
  for (++at; at < head.size() && is_blank(head[at]);) ++at;
  return at == head.size() || std::strchr("{[]\"", head[at]) != nullptr;
}

bool has_ending(std::string_view path, std::string_view ending) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (path.ends_with(packed)) path.remove_suffix(packed.size());
  }
  return path.ends_with(ending);
}

class Pieces : public JsonSplitter::Visitor {
 public:
  explicit Pieces(std::vector<Piece>& pieces) : pieces_(pieces) {}
  void event(std::size_t from, std::size_t size) override {
    pieces_.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(size), nullptr, true});
  }
  void damage(std::size_t at, const char* what, bool counts) override {
    pieces_.push_back({static_cast<std::uint32_t>(at), 0, what, counts});
  }

 private:
  std::vector<Piece>& pieces_;
};

}  // namespace

bool promises_json(std::string_view path) { return has_ending(path, ".json"); }

Format recognise_format(std::string_view head, bool promises_json) {
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  if (head.starts_with(std::string_view("ElfFile\0", 8)) || head.starts_with(std::string_view("ElfChnk\0", 8))) return Format::kEvtx;
  if (is_json_lines(head)) return Format::kJsonLines;
  return promises_json || begins_json(head) ? Format::kJsonDocument : Format::kText;
}

std::unique_ptr<BlockReader> BlockReader::open(std::unique_ptr<File> file, const std::string& path, TimeUs modified, TextRules text) {
  std::unique_ptr<BlockReader> reader(new BlockReader(ByteStream::open(std::move(file), text.mail), text, promises_json(path)));
  if (modified >= kModifiedLeast) reader->modified_us_ = modified;
  return reader;
}

Result<std::unique_ptr<BlockReader>> BlockReader::open(Env& env, const std::string& path, TextRules text) {
  return open(TRY(env.open(path)), path, env.modified_us(path), text);
}

/// Appends up to `bytes` from the stream to what is in the block.
void BlockReader::fill(Block& block, std::size_t bytes) {
  const std::size_t wanted = block.size + bytes + Block::kPadding;
  if (block.bytes.size() < wanted) block.bytes.resize(wanted);
  while (bytes > 0 && !at_end_) {
    Result<std::size_t> got = stream_->read(block.bytes.data() + block.size, bytes);
    if (!got) {
      trouble_ = std::make_unique<Error>(got.error());
      at_end_ = true;
    } else if (*got == 0) {
      at_end_ = true;
    } else {
      block.size += *got;
      bytes -= *got;
    }
  }
}

void BlockReader::keep_rest(Block& block, std::size_t used) {
  rest_.assign(block.bytes.data() + used, block.bytes.data() + block.size);
  block.size = used;
  given_ += used;
}

void BlockReader::recognise() {
  Block head;
  fill(head, kHeadBytes);
  std::string_view text = head.text();
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  format_ = recognise_format(text, promises_json_);
  given_ = static_cast<std::uint64_t>(head.size - text.size());
  rest_.assign(text.begin(), text.end());
}

bool BlockReader::next_lines(Block& block) {
  std::size_t used = 0;
  for (std::size_t bytes = kBlockBytes;; bytes *= 2) {
    fill(block, bytes);
    if (block.size == 0) return false;
    if (format_ == Format::kText) {
      used = text_.cut(block.text(), at_end_);
    } else {
      const void* newline = memrchr(block.bytes.data(), '\n', block.size);
      used = newline == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(newline) - block.bytes.data()) + 1;
      if (at_end_) used = block.size;
    }
    if (used > 0) break;
    if (block.size > kLineBytesMax) {  // no end of line in sight: what is here goes as one (damaged) line
      used = block.size;
      break;
    }
  }
  keep_rest(block, used);
  block.fields_line = fields_line_;
  if (format_ == Format::kText) {
    if (const std::string_view fields = text_.fields(block.text()); !fields.empty()) fields_line_ = fields;
  }
  return true;
}

bool BlockReader::next_document(Block& block) {
  for (std::size_t bytes = kBlockBytes;; bytes *= 2) {
    fill(block, bytes);
    block.pieces.clear();
    Pieces pieces(block.pieces);
    const std::size_t used = splitter_.split(block.text(), at_end_, pieces);
    if (used == 0 && !at_end_) continue;
    if (at_end_ && promises_json_ && !splitter_.any() && block.pieces.empty()) {
      block.pieces.push_back({0, 0, "no JSON value", false});
      promises_json_ = false;
      keep_rest(block, used);
      return true;
    }
    keep_rest(block, used);
    return block.size > 0 || !block.pieces.empty();
  }
}

/// What was read to recognise the input, then the rest of it, as the file that EvtxSplitter reads.
class BlockReader::Remaining : public File {
 public:
  Remaining(std::vector<char> head, ByteStream& stream) : head_(std::move(head)), stream_(stream) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    if (at_ == head_.size()) return stream_.read(into, size);
    const std::size_t give = std::min(size, head_.size() - at_);
    std::memcpy(into, head_.data() + at_, give);
    at_ += give;
    return give;
  }

 private:
  std::vector<char> head_;
  std::size_t at_ = 0;
  ByteStream& stream_;
};

bool BlockReader::next_chunk(Block& block) {
  if (splitter_evtx_ == nullptr) {
    remaining_ = std::make_unique<Remaining>(std::move(rest_), *stream_);
    splitter_evtx_ = std::make_unique<EvtxSplitter>(*remaining_);
    rest_.clear();
  }
  EvtxChunk chunk;
  const Result<bool> more = splitter_evtx_->next(chunk);
  if (!more) {
    trouble_ = std::make_unique<Error>(more.error());
    return false;
  }
  if (!*more) {
    if (const std::uint64_t skipped = std::exchange(skipped_reported_, true) ? 0 : splitter_evtx_->skipped_bytes(); skipped > 0) {
      trouble_ = std::make_unique<Error>(Error{Code::kInvalid, fmt::format("{} bytes outside the chunks of this event log are damaged", skipped)});
    }
    return false;
  }
  block.offset = chunk.offset;
  block.size = chunk.bytes.size();
  if (block.bytes.size() < block.size + Block::kPadding) block.bytes.resize(block.size + Block::kPadding);
  std::memcpy(block.bytes.data(), chunk.bytes.data(), block.size);
  given_ = splitter_evtx_->bytes_read();
  return true;
}

BlockReader::BlockReader(std::unique_ptr<ByteStream> stream, TextRules text, bool promises_json)
    : stream_(std::move(stream)), text_(text), promises_json_(promises_json) {}

BlockReader::~BlockReader() = default;

Result<bool> BlockReader::next(Block& block) {
  block.size = 0;
  block.pieces.clear();
  block.first = !started_;
  block.modified_us = modified_us_;
  if (!started_) recognise();
  started_ = true;
  block.format = format_;
  block.offset = given_;
  if (format_ != Format::kEvtx) {
    if (block.bytes.size() < rest_.size() + Block::kPadding) block.bytes.resize(rest_.size() + Block::kPadding);
    std::copy(rest_.begin(), rest_.end(), block.bytes.begin());
    block.size = rest_.size();
    rest_.clear();
  }
  bool more = false;
  switch (format_) {
    case Format::kJsonLines:
    case Format::kText: more = next_lines(block); break;
    case Format::kJsonDocument: more = next_document(block); break;
    case Format::kEvtx: more = next_chunk(block); break;
  }
  if (more) return true;
  if (trouble_ != nullptr) return Error(*std::exchange(trouble_, nullptr));
  return false;
}

}  // namespace tocsin
