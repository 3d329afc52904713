#include "store/audit_outbox.h"

#include <mutex>

#include "store/state_statement.h"

namespace tocsin {

namespace {

const char* table_of(AuditOutbox::List list) { return list == AuditOutbox::List::kDeeds ? "audit" : "segment_changes"; }

}  // namespace

Result<std::vector<AuditLine>> AuditOutbox::deeds_after(std::int64_t number, std::size_t limit) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT n, time, who, address, action, object, detail FROM audit WHERE n > ? ORDER BY n LIMIT ?");
  find.number(number).number(static_cast<std::int64_t>(limit));
  std::vector<AuditLine> lines;
  while (TRY(find.row())) {
    AuditLine& line = lines.emplace_back();
    line.number = find.next_number();
    line.time = find.next_number();
    for (std::string* const text : {&line.who, &line.address, &line.action, &line.object, &line.detail}) *text = find.next_text();
  }
  return lines;
}

Result<std::vector<SegmentChange>> AuditOutbox::segments_after(std::int64_t number, std::size_t limit) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT n, what, file, sha256, detail FROM segment_changes WHERE n > ? ORDER BY n LIMIT ?");
  find.number(number).number(static_cast<std::int64_t>(limit));
  std::vector<SegmentChange> changes;
  while (TRY(find.row())) {
    SegmentChange& change = changes.emplace_back();
    change.number = find.next_number();
    for (std::string* const text : {&change.what, &change.file, &change.sha256, &change.detail}) *text = find.next_text();
  }
  return changes;
}

Result<std::int64_t> AuditOutbox::last(List list) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT seq FROM sqlite_sequence WHERE name = ?");
  return TRY(find.text(table_of(list)).row()) ? find.next_number() : 0;
}

Status AuditOutbox::skip_to(List list, std::int64_t number) {
  return state_.change([&]() -> Status {
    State::Statement find(state_, "SELECT seq FROM sqlite_sequence WHERE name = ?");
    if (!TRY(find.text(table_of(list)).row())) return State::Statement(state_, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)").text(table_of(list)).number(number).run();
    return State::Statement(state_, "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?").number(number).text(table_of(list)).run();
  });
}

Status AuditOutbox::forget_segments(std::int64_t taken) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  return State::Statement(state_, "DELETE FROM segment_changes WHERE n <= ?").number(taken - kSegmentChangesKept).run();
}

}  // namespace tocsin
