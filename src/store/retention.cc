#include "store/retention.h"

#include <fmt/format.h>

namespace tocsin::store {

std::string group_name(const RetentionRule& rule) {
  std::string name;
  for (const char c : rule.sources) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? std::string(1, c) : fmt::format("_{:02x}", static_cast<unsigned char>(c));
  }
  return name;
}

/// Between the sequences and the ending: day/first-last.group.parquet.
std::string_view group_of(const Segment& segment) {
  const std::string_view file = segment.file;
  const std::size_t from = file.find('.'), to = file.rfind('.');
  return from == to ? std::string_view() : file.substr(from + 1, to - from - 1);
}

RetentionGroups::RetentionGroups(const std::vector<RetentionRule>& rules) {
  for (const RetentionRule& rule : rules) patterns_.emplace_back(read_wild(rule.sources));
}

std::size_t RetentionGroups::of(std::string_view source) {
  if (patterns_.empty()) return 0;
  const auto [known, is_new] = known_.try_emplace(std::string(source), 0);
  if (!is_new) return known->second;
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    if (!patterns_[i].matches(source, scratch_)) continue;
    known->second = i + 1;
    break;
  }
  return known->second;
}

}  // namespace tocsin::store
