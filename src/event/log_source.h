// What produced an event, in Sigma's terms. One event can be several things at once (a Sysmon registry write is
// registry_set and registry_event, product windows, service sysmon): the set of them is its log source class. There
// are few distinct classes, so an event carries a number, and everything the detector prepares, it prepares per class.
//
// LogSourceTable is shared by all threads. Interning and reading take a lock (rare: once per new class and thread);
// what get() returns never moves and never changes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tocsin {

/// An empty part means "not said": in a rule it fits everything, in an event it fits only rules that do not ask.
struct LogSource {
  std::string product, category, service;
  auto operator<=>(const LogSource&) const = default;
};

struct LogSourceClass {
  std::vector<LogSource> sources;                           // sorted, distinct; empty: not recognised
  /// Field names of the taxonomy that this source spells otherwise: (name in rules, name in the event), sorted.
  std::vector<std::pair<std::string, std::string>> aliases;
  auto operator<=>(const LogSourceClass&) const = default;

  /// The first source that fits what a rule asks for, or nullptr.
  const LogSource* fits(const LogSource& wanted) const;
};

using LogSourceId = std::uint32_t;

class LogSourceTable {
 public:
  static constexpr LogSourceId kUnknown = 0;  // the empty class

  LogSourceTable();
  LogSourceId intern(const LogSourceClass& log_source);
  const LogSourceClass& get(LogSourceId id) const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::map<LogSourceClass, LogSourceId> ids_;
  std::deque<LogSourceClass> classes_;
};

}  // namespace tocsin
