// What State knows of pollers (docs/formats/polling.md): written with the step of the stream that saw their marks, so that it is never ahead of the journal or behind the stream's place in it.
#include <cstring>

#include "store/state.h"
#include "store/state_statement.h"

namespace tocsin {

Status State::keep_polls(const StreamStep& step) {
  if (step.polls.empty()) return {};
  Statement keep(*this, "INSERT OR REPLACE INTO pollers VALUES (?, ?, ?)");
  Statement take(*this, "INSERT OR IGNORE INTO poll_ids VALUES (?, ?, ?)");
  Statement forget(*this, "DELETE FROM poll_ids WHERE poller = ? AND time < ?");
  for (const StoredPollMark& poll : step.polls) {
    TRY(keep.again().text(poll.name).number(poll.seen).blob(poll.mark).run());
    for (const auto& [id, time] : poll.ids) TRY(take.again().text(poll.name).blob({id.data(), id.size()}).number(time).run());
    TRY(forget.again().text(poll.name).number(poll.forget_before).run());
  }
  return {};
}

Status State::begin_poller(const std::string& name, std::string_view mark, TimeUs now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return Statement(*this, "INSERT OR IGNORE INTO pollers VALUES (?, ?, ?)").text(name).number(now).blob(mark).run();
}

Result<std::vector<StoredPollMark>> State::poll_marks() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<StoredPollMark> polls;
  Statement statement(*this, "SELECT name, seen, mark FROM pollers ORDER BY name");
  while (TRY(statement.row())) {
    StoredPollMark& poll = polls.emplace_back();
    poll.name = statement.next_text();
    poll.seen = statement.next_number();
    poll.mark = statement.next_text();
  }
  for (StoredPollMark& poll : polls) {
    Statement ids(*this, "SELECT id, time FROM poll_ids WHERE poller = ?");
    ids.text(poll.name);
    while (TRY(ids.row())) {
      const std::string bytes = ids.next_text();
      auto& [id, time] = poll.ids.emplace_back();
      if (bytes.size() == id.size()) std::memcpy(id.data(), bytes.data(), id.size());
      time = ids.next_number();
    }
  }
  return polls;
}

}  // namespace tocsin
