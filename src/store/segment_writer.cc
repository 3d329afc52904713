#include "store/segment_writer.h"

#ifdef TOCSIN_DUCKDB
#include <fmt/format.h>

#include <algorithm>

#include "store/duck.h"

namespace tocsin::store {
namespace {

constexpr std::string_view kUnfinished = "unfinished.parquet";
/// Rows that are read or left out together: many enough that repetition pays in their compression, few enough that their raw records
/// fit into memory at once.
constexpr int kRowGroupRows = 61'440;
constexpr std::uint64_t kRowGroupBytes = 32u << 20;
constexpr int kCompressionLevel = 3;
/// A row group as rows, as pages and compressed, and the largest records there may be.
constexpr std::uint64_t kWriteMemoryBytes = 256u << 20;

/// Passes rows on and notes what they span.
class Measured : public RowSource {
 public:
  Measured(RowSource& rows, Segment& segment) : rows_(rows), segment_(segment) {}

  Status start() override {
    segment_ = Segment{};
    return rows_.start();
  }

  Result<bool> next(EventRow& row) override {
    if (!TRY(rows_.next(row))) return false;
    const TimeUs time = row.columns->time == kNoTime ? row.received : row.columns->time;
    if (segment_.rows == 0) {
      segment_.first_sequence = row.sequence;
      segment_.first_time = segment_.last_time = time;
      segment_.first_received = segment_.last_received = row.received;
    }
    segment_.last_sequence = row.sequence;
    segment_.first_time = std::min(segment_.first_time, time);
    segment_.last_time = std::max(segment_.last_time, time);
    segment_.first_received = std::min(segment_.first_received, row.received);
    segment_.last_received = std::max(segment_.last_received, row.received);
    segment_.raw_bytes += row.raw.size();
    ++segment_.rows;
    return true;
  }

 private:
  RowSource& rows_;
  Segment& segment_;
};

}  // namespace

Status SegmentWriter::copy(RowSource& rows, const std::string& path) {
  const std::unique_ptr<Duck> duck = TRY(Duck::open({.memory_bytes = kWriteMemoryBytes, .threads = 1, .keeps_order = false, .folders = {folder_}}));
  TRY(register_rows(*duck, "rows_to_store", rows));
  return duck->run(fmt::format("COPY (SELECT * FROM rows_to_store()) TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {}, ROW_GROUP_SIZE {}, "
                               "ROW_GROUP_SIZE_BYTES {})",
                               sql_text(path), kCompressionLevel, kRowGroupRows, kRowGroupBytes));
}

/// Gives the file its name, once its bytes are safe.
Status SegmentWriter::publish(const std::string& temporary, Segment& segment) {
  const std::string day = format_time(segment.first_received).substr(0, 10);
  segment.file = fmt::format("{}/{:020}-{:020}.parquet", day, segment.first_sequence, segment.last_sequence);
  const std::unique_ptr<DurableFile> written = TRY(env_.open_durable(temporary, false));
  TRY(written->sync());
  const FileDigest digest = TRY(digest_of(env_, temporary));
  segment.bytes = digest.bytes;
  segment.sha256 = digest.sha256;
  TRY(env_.make_folder(folder_ + "/" + day));
  TRY(env_.rename_file(temporary, folder_ + "/" + segment.file));
  TRY(env_.sync_folder(folder_ + "/" + day));
  return env_.sync_folder(folder_);
}

Result<std::optional<Segment>> SegmentWriter::write(RowSource& rows) {
  const std::string temporary = folder_ + "/" + std::string(kUnfinished);
  Segment segment;
  Measured measured(rows, segment);
  Status done = copy(measured, temporary);
  if (done && segment.rows > 0) done = publish(temporary, segment);
  if (!done || segment.rows == 0) (void)env_.remove_file(temporary);
  if (!done) return Error{Code::kIo, folder_ + ": a segment cannot be written: " + done.error().message};
  if (segment.rows == 0) return std::optional<Segment>();
  return std::optional<Segment>(std::move(segment));
}

Status SegmentWriter::remove_strangers(const std::vector<Segment>& known) {
  std::vector<std::string> names;
  for (const Segment& segment : known) names.push_back(segment.file);
  std::ranges::sort(names);
  for (const FolderEntry& entry : TRY(env_.list_folder(folder_))) {
    if (!entry.is_folder) {
      if (entry.name == kUnfinished) TRY(env_.remove_file(folder_ + "/" + entry.name));
      continue;
    }
    for (const FolderEntry& file : TRY(env_.list_folder(folder_ + "/" + entry.name))) {
      const std::string name = entry.name + "/" + file.name;
      if (file.is_file && name.ends_with(".parquet") && !std::ranges::binary_search(names, name)) TRY(env_.remove_file(folder_ + "/" + name));
    }
  }
  return {};
}

}  // namespace tocsin::store
#endif
