#include "store/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "store/log_source_parts.h"

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
  TOCSIN_CHECK(rules.size() <= kRetentionRulesMax);
  for (const RetentionRule& rule : rules) asked_.push_back(read(rule.sources));
}

RetentionGroups::Asked RetentionGroups::read(std::string_view sources) {
  constexpr std::pair<std::string_view, About> kParts[] = {{"product:", About::kProduct}, {"category:", About::kCategory}, {"service:", About::kService}};
  for (const auto& [word, about] : kParts) {
    if (sources.starts_with(word)) return {about, TextPattern(read_wild(sources.substr(word.size())))};
  }
  return {About::kSource, TextPattern(read_wild(sources))};
}

RetentionGroups::Fits RetentionGroups::fits(std::string_view source) {
  const auto [known, is_new] = sources_.try_emplace(std::string(source), 0);
  for (std::size_t i = 0; is_new && i < asked_.size(); ++i) {
    if (asked_[i].about == About::kSource && asked_[i].pattern.matches(source, scratch_)) known->second |= Fits{1} << i;
  }
  return known->second;
}

RetentionGroups::Fits RetentionGroups::fits(const LogSourceClass& log_source) {
  const auto [known, is_new] = log_sources_.try_emplace(&log_source, 0);
  if (!is_new) return known->second;
  const LogSourceParts parts = parts_of(log_source);
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    if (asked_[i].about == About::kSource) continue;
    const std::vector<std::string>& texts = asked_[i].about == About::kProduct ? parts.products : asked_[i].about == About::kCategory ? parts.categories : parts.services;
    const bool fits = std::ranges::any_of(texts, [&](const std::string& text) { return asked_[i].pattern.matches(text, scratch_); });
    if (fits) known->second |= Fits{1} << i;
  }
  return known->second;
}

std::size_t RetentionGroups::of(std::string_view source, const LogSourceClass& log_source) {
  if (asked_.empty()) return 0;
  const Fits all = fits(source) | fits(log_source);
  return all == 0 ? 0 : 1 + static_cast<std::size_t>(std::countr_zero(all));
}

}  // namespace tocsin::store
