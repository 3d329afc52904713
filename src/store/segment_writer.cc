#include "store/segment_writer.h"

#ifdef TOCSIN_DUCKDB
#include <fmt/format.h>

#include <algorithm>

#include "store/duck.h"
#include "store/retention.h"

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

namespace {

std::string copy_sql(const std::string& rows, const std::string& path) {
  return fmt::format("COPY (SELECT * FROM {}) TO {} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {}, ROW_GROUP_SIZE {}, ROW_GROUP_SIZE_BYTES {})",
                     rows, sql_text(path), kCompressionLevel, kRowGroupRows, kRowGroupBytes);
}

std::uint64_t rows_of(std::span<const Segment> parts) {
  std::uint64_t rows = 0;
  for (const Segment& part : parts) rows += part.rows;
  return rows;
}

}  // namespace

Status SegmentWriter::copy(RowSource& rows, const std::string& path) {
  const std::unique_ptr<Duck> duck = TRY(Duck::open({.memory_bytes = kWriteMemoryBytes, .threads = 1, .keeps_order = false, .folders = {folder_}}));
  TRY(register_rows(*duck, "rows_to_store", rows));
  return duck->run(copy_sql("rows_to_store()", path));
}

Status SegmentWriter::copy(std::span<const Segment> parts, const std::string& path) {
  std::vector<std::string> paths;
  for (const Segment& part : parts) {
    TRY(check_segment(env_, folder_, part));
    paths.push_back(folder_ + "/" + part.file);
  }
  const std::unique_ptr<Duck> duck = TRY(Duck::open({.memory_bytes = kWriteMemoryBytes, .threads = 1, .keeps_order = false, .folders = {folder_}}));
  TRY(duck->run(copy_sql("read_parquet(" + sql_list(paths) + ", hive_partitioning = false, union_by_name = true)", path)));
  // What is believed of the new file is asked of it.
  return duck->run(fmt::format("SELECT CASE WHEN count(*) = {} AND min(sequence) = {} AND max(sequence) = {} THEN 1 ELSE error('rows are missing') END "
                               "FROM read_parquet({})",
                               rows_of(parts), parts.front().first_sequence, parts.back().last_sequence, sql_text(path)));
}

/// Gives the file its name, once its bytes are safe.
Status SegmentWriter::publish(const std::string& temporary, std::string_view group, Segment& segment) {
  const std::string day = format_time(segment.first_received).substr(0, 10);
  segment.file = fmt::format("{}/{:020}-{:020}{}{}.parquet", day, segment.first_sequence, segment.last_sequence, group.empty() ? "" : ".", group);
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

Result<std::optional<Segment>> SegmentWriter::write(RowSource& rows, std::string_view group) {
  const std::string temporary = folder_ + "/" + std::string(kUnfinished);
  Segment segment;
  Measured measured(rows, segment);
  Status done = copy(measured, temporary);
  if (done && segment.rows > 0) done = publish(temporary, group, segment);
  if (!done || segment.rows == 0) (void)env_.remove_file(temporary);
  if (!done) return Error{Code::kIo, folder_ + ": a segment cannot be written: " + done.error().message};
  if (segment.rows == 0) return std::optional<Segment>();
  return std::optional<Segment>(std::move(segment));
}

Result<Segment> SegmentWriter::merge(std::span<const Segment> parts) {
  const std::string temporary = folder_ + "/" + std::string(kUnfinished);
  Segment whole = parts.front();
  whole.rows = rows_of(parts);
  whole.last_sequence = parts.back().last_sequence;
  for (const Segment& part : parts.subspan(1)) {
    whole.raw_bytes += part.raw_bytes;
    whole.first_time = std::min(whole.first_time, part.first_time);
    whole.last_time = std::max(whole.last_time, part.last_time);
    whole.first_received = std::min(whole.first_received, part.first_received);
    whole.last_received = std::max(whole.last_received, part.last_received);
  }
  Status done = copy(parts, temporary);
  if (done) done = publish(temporary, group_of(parts.front()), whole);
  if (done) return whole;
  (void)env_.remove_file(temporary);
  return Error{done.error().code, folder_ + ": segments cannot be merged: " + done.error().message};
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
