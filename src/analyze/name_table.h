// Names as small numbers, and back: rules, hosts, families of rules. The numbers count up in the order in which names come. Most names came a moment ago, which a small memory in front knows; behind
// it is a tree, so that nobody can choose names that make it slow. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace tocsin::analyze {

class NameTable {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// The number of the name, a new one if need be.
  std::uint32_t intern(std::string_view name) {
    std::uint32_t& known = memory_[hash_bytes(name) % memory_.size()];
    if (known < names_.size() && names_[known] == name) return known;
    const auto [at, is_new] = numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
    if (is_new) {
      names_.push_back(at->first);
      bytes_ += name.size();
    }
    return known = at->second;
  }
  std::uint32_t find(std::string_view name) const {
    const auto at = numbers_.find(name);
    return at == numbers_.end() ? kNone : at->second;
  }
  std::string_view name(std::uint32_t number) const { return names_[number]; }
  std::size_t size() const { return names_.size(); }
  /// Of all names together.
  std::uint64_t bytes() const { return bytes_; }
  /// The place of each number among the names in bytewise order.
  std::vector<std::uint32_t> ranks() const {
    std::vector<std::uint32_t> ranks(names_.size());
    std::uint32_t rank = 0;
    for (const auto& [name, number] : numbers_) ranks[number] = rank++;
    return ranks;
  }

 private:
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<std::string_view> names_;  // of the tree's keys, which stay where they are
  std::array<std::uint32_t, 4096> memory_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace tocsin::analyze
