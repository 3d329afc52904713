#include "base/sorted_spool.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace tocsin {

namespace {

std::uint64_t prefix_of(std::string_view text) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0u);
  return prefix;
}

template <class Number>
void append_big_endian(std::string& out, Number number) {
  for (std::size_t shift = sizeof number * 8; shift > 0; shift -= 8) out.push_back(static_cast<char>(number >> (shift - 8)));
}

template <class Number>
Number read_big_endian(std::string_view& from) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = static_cast<Number>(number << 8 | static_cast<unsigned char>(from[i]));
  from.remove_prefix(sizeof number);
  return number;
}

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

}  // namespace

void append_key(std::string& out, std::uint64_t number) { append_big_endian(out, number); }
void append_key(std::string& out, std::uint32_t number) { append_big_endian(out, number); }
void append_key(std::string& out, std::int64_t number) { append_big_endian(out, static_cast<std::uint64_t>(number) ^ kSign); }
std::uint64_t read_key_u64(std::string_view& from) { return read_big_endian<std::uint64_t>(from); }
std::uint32_t read_key_u32(std::string_view& from) { return read_big_endian<std::uint32_t>(from); }
std::int64_t read_key_i64(std::string_view& from) { return static_cast<std::int64_t>(read_big_endian<std::uint64_t>(from) ^ kSign); }

SortedSpool::SortedSpool(Env& env, std::size_t bytes_max)
    : bytes_max_(bytes_max), runs_max_(bytes_max / kChunkBytes), file_(env) {
  TOCSIN_CHECK(bytes_max >= 4 * kSpoolRecordBytesMax);
}

/// Room for one more: in the open chunk, in a new one, or in those that spilling empties.
Status SortedSpool::make_room(std::size_t size) {
  const bool fits_chunk = chunk_ > 0 && kChunkBytes - chunk_used_ >= size;
  const bool chunk_spare = fits_chunk || chunk_ < chunks_.size();
  const std::size_t entries = entries_.size() < entries_.capacity() ? entries_.capacity() : std::max<std::size_t>(256, 2 * entries_.capacity());
  const std::size_t after = (chunks_.size() + (chunk_spare ? 0 : 1)) * kChunkBytes + entries * sizeof(Entry);
  if (after > bytes_max_) {
    TRY(spill());
    return make_room(size);
  }
  entries_.reserve(entries);
  if (fits_chunk) return {};
  if (!chunk_spare) chunks_.push_back(std::make_unique<char[]>(kChunkBytes));
  ++chunk_;
  chunk_used_ = 0;
  return {};
}

Status SortedSpool::add(std::string_view record) {
  TOCSIN_CHECK(!merging_);
  if (record.size() > kSpoolRecordBytesMax) return Error{Code::kLimit, "a record is longer than " + std::to_string(kSpoolRecordBytesMax) + " bytes"};
  TRY(make_room(record.size()));
  char* const at = chunks_[chunk_ - 1].get() + chunk_used_;
  std::memcpy(at, record.data(), record.size());
  chunk_used_ += record.size();
  entries_.push_back({prefix_of(record), at, static_cast<std::uint32_t>(record.size())});
  ++left_;
  return {};
}

void SortedSpool::sort() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.text() < b.text();
  });
}

Status SortedSpool::spill() {
  if (broken_ && runs_.size() >= runs_max_) {
    broken_ = Error{Code::kLimit, "there is more to sort than " + std::to_string(runs_max_) + " runs of " + std::to_string(bytes_max_) + " bytes"};
  }
  if (!broken_) return Error(broken_.error());
  sort();
  const std::uint64_t from = file_.size();
  for (const Entry& entry : entries_) {
    if (Status status = file_.append(entry.text()); !status) return broken_ = std::move(status);
  }
  runs_.push_back({from, file_.size()});
  entries_.clear();
  chunk_ = 0;
  chunk_used_ = kChunkBytes;
  return {};
}

Result<bool> SortedSpool::advance(Source& source) {
  if (source.reader != nullptr) return source.reader->next(source.record);
  if (next_entry_ == entries_.size()) return false;
  source.record = entries_[next_entry_++].text();
  return true;
}

/// Moves a source on and, if it has more, puts it among the others.
Status SortedSpool::put_back(std::size_t source) {
  if (!TRY(advance(sources_[source]))) {
    sources_[source].reader.reset();
    return {};
  }
  heap_.push_back(source);
  std::push_heap(heap_.begin(), heap_.end(), [&](std::size_t a, std::size_t b) { return sources_[b].record < sources_[a].record; });
  return {};
}

Status SortedSpool::start_merge() {
  merging_ = true;
  sort();
  sources_.emplace_back();
  for (const Run& run : runs_) sources_.push_back({std::make_unique<RecordFile::Reader>(file_, run.from, run.to), {}});
  Status status;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (Status one = put_back(i); !one) status = std::move(one);
  }
  return status;
}

Result<bool> SortedSpool::next(std::string_view& record) {
  if (!merging_) TRY(start_merge());
  if (given_ != SIZE_MAX) TRY(put_back(std::exchange(given_, SIZE_MAX)));
  if (heap_.empty()) return false;
  std::pop_heap(heap_.begin(), heap_.end(), [&](std::size_t a, std::size_t b) { return sources_[b].record < sources_[a].record; });
  given_ = heap_.back();
  heap_.pop_back();
  record = sources_[given_].record;
  --left_;
  return true;
}

}  // namespace tocsin
