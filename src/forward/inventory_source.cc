#include "forward/inventory_source.h"

namespace tocsin::forward {

namespace {

/// After there was no room.
constexpr std::int64_t kAgainNs = 60'000'000'000;

}  // namespace

/// A table at a time, so that the other sources are not kept waiting.
bool InventorySource::round() {
  const std::int64_t now = env_.monotonic_ns();
  if (now < next_ns_) return false;
  if (table_ == 0) {
    snapshot_ = {options_.host, env_.now_us()};
    trouble_.clear();
  }
  const bool taken = take_table(inventory_tables()[table_], snapshot_);
  table_ = taken ? table_ + 1 : 0;
  if (taken && table_ < inventory_tables().size()) return true;
  next_ns_ = now + (taken ? options_.every_us * 1'000 : kAgainNs);
  table_ = 0;
  return false;
}

/// False if there was no room.
bool InventorySource::take_table(const InventoryTable& table, const Snapshot& snapshot) {
  bool room = true;
  const Status read = table.read({env_, options_.root}, [&](const Row& row) {
    rows_.push_back(inventory_record(snapshot, table.name, row));
    bytes_ += rows_.back().size();
    if (bytes_ >= kSourceBatchBytes) room = hand_on();
    return room;
  });
  if (room) room = hand_on();
  rows_.clear();
  bytes_ = 0;
  if (!read) {
    trouble_ = "inventory, " + std::string(table.name) + ": " + read.error().message;
    options_.say(trouble_);
  }
  return room;
}

bool InventorySource::hand_on() {
  if (rows_.empty()) return true;
  const std::vector<std::string_view> views(rows_.begin(), rows_.end());
  if (!feed_.take({{}, {}, views})) return false;
  records_ += rows_.size();
  rows_.clear();
  bytes_ = 0;
  return true;
}

}  // namespace tocsin::forward
