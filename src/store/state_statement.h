// One use of one SQL statement of the state, for the files that State is written in. One thread: whoever has it holds the state's mutex.
//
//   Statement find(*this, "SELECT name FROM senders WHERE input = ?");
//   find.text(input);
//   while (TRY(find.row())) names.push_back(find.next_text());
#pragma once

#include <sqlite3.h>

#include "store/state.h"

namespace tocsin {

/// Bind in order, step, read columns in order.
class State::Statement {
 public:
  Statement(State& state, const char* sql) : state_(state) {
    good_ = sqlite3_prepare_v2(state.database_, sql, -1, &statement_, nullptr) == SQLITE_OK;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& text(std::string_view value) {
    good_ = good_ && sqlite3_bind_text64(statement_, ++bound_, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_TRANSIENT,
                                         SQLITE_UTF8) == SQLITE_OK;
    return *this;
  }
  Statement& blob(std::string_view value) {
    good_ = good_ && sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT) == SQLITE_OK;
    return *this;
  }
  Statement& number(std::int64_t value) {
    good_ = good_ && sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK;
    return *this;
  }
  Statement& real(double value) {
    good_ = good_ && sqlite3_bind_double(statement_, ++bound_, value) == SQLITE_OK;
    return *this;
  }
  /// For the next round.
  Statement& again() {
    good_ = good_ && sqlite3_reset(statement_) == SQLITE_OK;
    bound_ = 0;
    return *this;
  }

  /// Whether there is a row.
  Result<bool> row() {
    column_ = 0;
    const int code = good_ ? sqlite3_step(statement_) : SQLITE_ERROR;
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return state_.trouble("cannot be read or written");
  }
  Status run() {
    TRY(row());
    return {};
  }

  std::int64_t next_number() { return sqlite3_column_int64(statement_, column_++); }
  double next_real() { return sqlite3_column_double(statement_, column_++); }
  std::string next_text() {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column_));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column_++));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
  }

 private:
  State& state_;
  sqlite3_stmt* statement_ = nullptr;
  bool good_ = false;
  int bound_ = 0, column_ = 0;
};

template <class Change>
Status State::change(Change&& what) {
  const std::lock_guard<std::mutex> lock(mutex_);
  TRY(execute("BEGIN IMMEDIATE"));
  const Status done = [&]() -> Status {
    TRY(what());
    return execute("COMMIT");
  }();
  if (!done) (void)execute("ROLLBACK");
  return done;
}

}  // namespace tocsin
