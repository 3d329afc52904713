#include "pipeline/baseline_memory.h"

#include <optional>

#include "store/sealed_file.h"

namespace tocsin {

namespace {

constexpr std::string_view kName = "baselines";
/// The place, and nonce, mark and tag of some dozen bytes.
constexpr std::size_t kFileBytesMax = baseline::kBaselinesPackedBytesMax + 4'096;

}  // namespace

std::string BaselineMemory::path() const { return folder_ + "/" + std::string(kName); }

Result<BaselineMemory::Recalled> BaselineMemory::recall(baseline::Baselines& baselines, journal::Sequence position) {
  const Result<std::string> sealed = env_.read_file(path(), kFileBytesMax);
  const bool is_there = sealed.has_value() || sealed.error().code != Code::kNotFound;
  if (!sealed && is_there && sealed.error().code != Code::kLimit) return sealed.error();
  Recalled recalled;
  if (sealed) {
    const std::string bytes = tokens_.unsealed(*sealed);
    ByteReader reader(bytes);
    recalled.from = reader.number<std::uint64_t>();
    if (reader.good() && bytes != *sealed && recalled.from <= position && baselines.unpack(reader.rest())) return kept_ = recalled.from, recalled;
  }
  if (is_there) recalled.trouble = path() + ": does not open: it is damaged, of another version or of other data; what is usual is learnt anew";
  recalled.from = position;
  kept_ = position;
  (void)baselines.unpack({});
  due_ns_ = 0;
  if (const Status kept = keep(baselines, position, When::kNow); !kept) recalled.trouble = kept.error().message;
  return recalled;
}

Status BaselineMemory::keep(const baseline::Baselines& baselines, journal::Sequence position, When when) {
  if (when == When::kIfDue && (position == kept_ || env_.monotonic_ns() < due_ns_)) return {};
  std::string bytes;
  append_number(bytes, position);
  bytes += baselines.packed();
  due_ns_ = env_.monotonic_ns() + std::int64_t{1'000'000'000} * static_cast<std::int64_t>(bytes.size()) / kBaselineBytesPerSecond + 1'000'000'000;  // a disk that fails is not asked again at once
  kept_ = position;
  return put_file(env_, folder_, kName, tokens_.sealed(bytes));
}

Status BaselineMemory::forget() {
  if (!env_.exists(path())) return {};
  TRY(env_.remove_file(path()));
  return env_.sync_folder(folder_);
}

}  // namespace tocsin
