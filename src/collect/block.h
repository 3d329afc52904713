// The unit of parallel work: a stretch of one input that can be parsed without looking at its neighbours. BlockReader
// cuts an input into blocks, in order; any thread may then parse a block on its own. Sizes are chosen so that a block and
// what is derived from it stay in the second-level cache.
//
// A reader belongs to one thread at a time (the pipeline takes turns under a lock); a block belongs to whoever holds it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "collect/byte_stream.h"
#include "collect/evtx.h"
#include "collect/json_split.h"

namespace tocsin {

enum class Format : std::uint8_t { kJsonLines, kJsonDocument, kEvtx, kText };

/// A piece of a kJsonDocument block: one event's text, or a damaged one.
struct Piece {
  std::uint32_t from = 0, size = 0;
  const char* damage = nullptr;  // a literal
  bool counts = true;            // takes an index
};

struct Block {
  /// Readable bytes after the content, so that vector code may read ahead.
  static constexpr std::size_t kPadding = 64;

  Format format = Format::kText;
  std::vector<char> bytes;  // the content and kPadding more
  std::size_t size = 0;
  std::uint64_t offset = 0;       // of the content in the (uncompressed) input
  std::vector<Piece> pieces;      // kJsonDocument only
  bool first = false;             // of its input
  std::string fields_line;        // kText: the lines above this block that name its columns, if there are any (TextFields)

  TimeUs modified_us = kNoTime;   // when the file was last written, if that is known (BlockReader::kModifiedLeast)

  std::string_view text() const { return {bytes.data(), size}; }
};

/// How much of `text` may be given out without tearing an event apart; 0 if nothing. `at_end`: nothing follows.
using TextCut = std::size_t (*)(std::string_view text, bool at_end);
/// The last lines of `text` that name the columns of what follows (the head of a W3C or Zeek log), or "".
using TextFields = std::string_view (*)(std::string_view text);
struct TextRules {
  TextCut cut;
  TextFields fields;
  MailRules mail = {};  // of mails, which are read before there is text
};

/// What an input that begins so is. `promises_json`: its name does (BlockReader::open).
Format recognise_format(std::string_view head, bool promises_json);
bool promises_json(std::string_view path);

class BlockReader {
 public:
  /// 256 KiB: large against the cost of handing over a block, small against the caches.
  static constexpr std::size_t kBlockBytes = 256 << 10;
  /// A line longer than this is cut and counted as damaged: no log line is, and a file without line ends must not be
  /// read into memory whole.
  static constexpr std::size_t kLineBytesMax = 16u << 20;

  /// A file that says it was written before is one whose date was left out: archivers put the start of their calendar there,
  /// which is 1970 for most and 1980 for zip.
  static constexpr TimeUs kModifiedLeast = 315'705'600'000'000;  // 1980-01-03

  /// `text` says where plain text may be cut (whole lines, at least) and what its later blocks need to know. A name that ends in .json, before .gz or .zst,
  /// promises a JSON value: then even an empty file is an error.
  static Result<std::unique_ptr<BlockReader>> open(Env& env, const std::string& path, TextRules text);
  /// The same of a file that is open; `path` is its name.
  static std::unique_ptr<BlockReader> open(std::unique_ptr<File> file, const std::string& path, TimeUs modified, TextRules text);

  ~BlockReader();

  /// False at the end of the input. An error is the input's, after every readable block was given out; then the end.
  Result<bool> next(Block& block);
  Format format() const { return format_; }
  /// Bytes given out so far, after decompression.
  std::uint64_t bytes() const { return given_; }

 private:
  BlockReader(std::unique_ptr<ByteStream> stream, TextRules text, bool promises_json);

  void recognise();
  void fill(Block& block, std::size_t bytes);
  void keep_rest(Block& block, std::size_t used);
  bool next_lines(Block& block);
  bool next_document(Block& block);
  bool next_chunk(Block& block);

  std::unique_ptr<ByteStream> stream_;
  TextRules text_;
  std::string fields_line_;   // the last one given out
  bool promises_json_;
  TimeUs modified_us_ = kNoTime;
  Format format_ = Format::kText;
  std::vector<char> rest_;    // read, not given out
  std::uint64_t given_ = 0;
  bool started_ = false;
  bool at_end_ = false;       // the stream has no more
  std::unique_ptr<Error> trouble_;
  JsonSplitter splitter_;
  class Remaining;
  std::unique_ptr<Remaining> remaining_;
  std::unique_ptr<EvtxSplitter> splitter_evtx_;
  bool skipped_reported_ = false;
};

}  // namespace tocsin
