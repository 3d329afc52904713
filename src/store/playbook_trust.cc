#include "store/playbook_trust.h"

#include "store/state_statement.h"

namespace tocsin {

Status PlaybookTrust::enable(const Row& row, const Actor& by) {
  return state_.change([&]() -> Status {
    State::Statement add(state_, "INSERT OR REPLACE INTO playbooks_enabled (sha256, playbook, who, time) VALUES (?, ?, ?, ?)");
    TRY(add.text(row.sha256).text(row.playbook).text(by.who).number(by.time).run());
    return Accounts(state_).add_line(by, "playbook.enable", row.playbook, "sha256 " + row.sha256);
  });
}

Status PlaybookTrust::disable(const Row& row, const Actor& by) {
  return state_.change([&]() -> Status {
    State::Statement remove(state_, "DELETE FROM playbooks_enabled WHERE sha256 = ?");
    TRY(remove.text(row.sha256).run());
    if (sqlite3_changes(state_.database_) == 0) return Error{Code::kNotFound, "the playbook is not enabled"};
    return Accounts(state_).add_line(by, "playbook.disable", row.playbook, "sha256 " + row.sha256);
  });
}

Result<std::vector<PlaybookTrust::Row>> PlaybookTrust::enabled() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT sha256, playbook, who, time FROM playbooks_enabled ORDER BY time, sha256");
  std::vector<Row> rows;
  while (TRY(find.row())) {
    Row row;
    row.sha256 = find.next_text();
    row.playbook = find.next_text();
    row.who = find.next_text();
    row.time = find.next_number();
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<bool> PlaybookTrust::is_enabled(const std::string& sha256) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT 1 FROM playbooks_enabled WHERE sha256 = ?");
  return find.text(sha256).row();
}

}  // namespace tocsin
