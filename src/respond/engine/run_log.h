// Where runs are kept so that they survive: records in order, safe once commit() has said so. What stands behind it is the store's journal (pipeline/run_journal.h), or memory in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin::respond {

class RunLog {
 public:
  virtual ~RunLog() = default;
  /// Puts a record behind the last one; its number. It is not safe yet. One thread, as all of it.
  virtual std::uint64_t append(std::string_view record) = 0;
  /// All that was appended is safe. On failure none of it is since the last commit, and it has to be appended again: their numbers then are others.
  virtual Status commit() = 0;
  /// Every record that is there, in order, with its number.
  virtual Status read(const std::function<Status(std::uint64_t number, std::string_view record)>& visit) = 0;
  /// What of it could not be read, in words; "": all could. Behind read().
  virtual std::string damage() const { return ""; }
  /// Nothing before this number is needed any more.
  virtual Status forget_before(std::uint64_t number) = 0;
};

/// Texts of playbooks, by the hexadecimal SHA-256 of the text: what a run runs never changes. Safe from any thread.
class BookShelf {
 public:
  virtual ~BookShelf() = default;
  /// Safe once it has returned; one that is there already stays.
  virtual Status put(const std::string& hash_hex, std::string_view text) = 0;
  virtual Result<std::string> text(const std::string& hash_hex) = 0;
};

}  // namespace tocsin::respond
