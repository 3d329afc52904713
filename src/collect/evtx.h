// Windows event logs (EVTX): from the bytes of a file to events, chunk by chunk. Used by the pipeline (an
// EvtxSplitter per file, an EvtxChunkReader per worker thread). A chunk is the unit of parallel work: it
// depends on no other, and damage in one never stops the next. Nothing here fails as a whole: what cannot be
// read is counted and named, the rest is handed on. evtx_format.h holds the bytes, evtx_json.h the rules by
// which an event becomes paths and texts.
//
//   EvtxSplitter splitter(file);                    // one thread
//   while (TRY(splitter.next(chunk))) … hand chunk.bytes to a worker …
//
//   EvtxChunkReader reader(paths);                  // one per thread, reused: the caches stay warm
//   EvtxChunkStats stats = reader.read(chunk.bytes, [&](const EvtxRecord& record, Event& event) { … });
//
// Paths and texts are those of the JSON that evtx_dump 0.8 and 0.9 write: Event.System.EventID,
// Event.EventData.<Name>, Event.System.TimeCreated.#attributes.SystemTime and so on. The event and everything
// it points to is valid until the visitor returns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "base/time.h"
#include "collect/evtx_format.h"
#include "event/event.h"

namespace tocsin {

/// The first 4,096 bytes of a file. Nothing in it is needed to read the chunks, so damage here is only
/// reported.
struct EvtxFileHeader {
  bool magic_ok = false;
  bool checksum_ok = false;
  bool dirty = false;  // was not closed: the counts here and in the last chunk may be stale
  std::uint64_t first_chunk = 0;
  std::uint64_t last_chunk = 0;
  std::uint64_t next_record_id = 0;
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint16_t chunk_count = 0;

  /// From the start of a file; fewer than 128 bytes leave everything unset.
  static EvtxFileHeader parse(std::span<const char> bytes);
};

/// Whether the 512 bytes of a chunk header have the checksum they claim (or claim to have none).
bool evtx_chunk_header_sound(EvtxBytes header);

struct EvtxChunk {
  std::uint64_t offset = 0;  // in the file
  std::string bytes;         // at most kEvtxChunkSize; less at the end of a truncated file
};

/// Cuts a file into chunks, with one chunk of memory. Blocks of zeros (room that Windows set aside) are
/// passed over in silence. A block where a chunk should be is handed out even if its header is lost, as long
/// as there is a record in it. Anything else is counted, and the search goes on byte by byte for the next
/// chunk header.
class EvtxSplitter {
 public:
  explicit EvtxSplitter(File& file) : file_(file) {}

  /// The next chunk, or false at the end. An error of the file is returned once; then it is the end.
  Result<bool> next(EvtxChunk& into);

  const EvtxFileHeader& header() const { return header_; }
  /// Bytes that belonged to no chunk and were not zero, after the file header.
  std::uint64_t skipped_bytes() const { return skipped_bytes_; }
  std::uint64_t bytes_read() const { return offset_ + buffer_.size() - at_; }

 private:
  Status fill(std::size_t size);
  std::size_t chunk_size() const;
  void take(std::size_t size, EvtxChunk& into);

  File& file_;
  EvtxFileHeader header_;
  std::string buffer_;
  std::size_t at_ = 0;        // consumed part of buffer_
  std::uint64_t offset_ = 0;  // of buffer_[at_] in the file
  std::uint64_t skipped_bytes_ = 0;
  bool header_read_ = false;
  bool on_grid_ = false;  // at_ is where a chunk should begin
  bool ended_ = false;
};

/// What a record says about itself, before its content.
struct EvtxRecord {
  std::uint64_t id = 0;
  TimeUs written = kNoTime;
  std::uint32_t offset = 0;  // in the chunk
  /// Set if the content could be read in part or not at all: the event has the values that were readable.
  const char* damage = nullptr;
  std::uint32_t damage_offset = 0;  // in the chunk
};

struct EvtxChunkStats {
  std::uint64_t records = 0;        // with an intact header, damaged ones included
  std::uint64_t damaged = 0;        // of these
  std::uint32_t skipped_bytes = 0;  // where a record should have begun and none was found
  std::uint32_t recovered = 0;      // records behind a stale end-of-data mark
  bool magic_ok = false;
  bool header_checksum_ok = false;
  bool data_checksum_ok = false;
  bool truncated = false;
  bool dirty = false;
  const char* damage = nullptr;  // the first thing that was wrong, or nullptr
  std::uint32_t damage_offset = 0;
};

class EvtxDecoder;

/// Reads chunks. Keeps compiled templates and buffers between chunks, so one per thread.
class EvtxChunkReader {
 public:
  explicit EvtxChunkReader(PathTable& paths);
  ~EvtxChunkReader();
  EvtxChunkReader(const EvtxChunkReader&) = delete;
  EvtxChunkReader& operator=(const EvtxChunkReader&) = delete;

  /// Calls `visit(const EvtxRecord&, Event&)` for every record with an intact header, in the order of the
  /// chunk.
  template <class Visit>
  EvtxChunkStats read(std::span<const char> chunk, Visit&& visit) {
    open(chunk);
    while (next()) visit(record_, event());
    return stats_;
  }

  /// The same as a loop: open, then next until it is false.
  void open(std::span<const char> chunk);
  bool next();
  const EvtxRecord& record() const { return record_; }
  Event& event();
  const EvtxChunkStats& stats() const { return stats_; }

  /// For the differential test: every record by the slow way (evtx_json.h), none by compiled templates.
  void set_plain(bool plain) { plain_ = plain; }
  /// Records decoded by compiled templates, and by the slow way, since construction.
  std::uint64_t fast_records() const;
  std::uint64_t slow_records() const;
  /// Compiled templates in the cache.
  std::size_t templates() const;

 private:
  bool find_record();
  bool resync();
  std::uint32_t record_size(std::uint32_t at) const;
  void decode(std::uint32_t size);
  void note(const char* damage, std::uint32_t offset);

  std::unique_ptr<EvtxDecoder> decoder_;
  EvtxBytes chunk_;
  std::uint32_t at_ = 0;
  std::uint32_t end_ = 0;  // where the header says that records end
  std::uint64_t last_id_ = 0;
  bool plain_ = false;
  EvtxRecord record_;
  EvtxChunkStats stats_;
};

}  // namespace tocsin
