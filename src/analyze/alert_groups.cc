#include "analyze/alert_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/hash.h"

namespace tocsin::analyze {

namespace {

/// What two tables hold in memory of names.
Status check_names(const NameTable& table, const NameTable& other, std::size_t names_max, const char* what) {
  if (table.size() > names_max) return Error{Code::kLimit, fmt::format("there are more than {} {}", names_max, what)};
  if (table.bytes() + other.bytes() > kAlertNamesBytesMax) return Error{Code::kLimit, fmt::format("the names of rules and hosts have more than {} MB", kAlertNamesBytesMax >> 20)};
  return {};
}

}  // namespace

std::string_view family_name(std::string_view rule) { return rule.substr(0, rule.rfind('-')); }

Result<std::uint32_t> AlertNames::rule(std::string_view name) {
  const std::uint32_t number = rules_.intern(name);
  if (number < family_of_.size()) return number;
  family_of_.push_back(families_.intern(family_name(name)));
  TRY(check_names(rules_, hosts_, kAlertRulesMax, "rules: is what stands for the rule's name one?"));
  return number;
}

Result<std::uint32_t> AlertNames::host(std::string_view name) {
  const std::size_t known = hosts_.size();
  const std::uint32_t number = hosts_.intern(name);
  if (number >= known) TRY(check_names(hosts_, rules_, kAlertHostsMax, "hosts"));
  return number;
}

Status AlertGroups::add(const AlertBrief& alert) {
  const AlertGroup group{window_of(alert.time_s), TRY(names_.host(alert.host)), TRY(names_.rule(alert.rule)), 1, alert.verdict};
  std::uint32_t& last = last_[hash_fold(static_cast<std::uint64_t>(group.start_s) ^ 0x2d358dccaa6c78a5ull, (static_cast<std::uint64_t>(group.host) << 32 | group.rule) ^ 0x8bb84b93962eacc9ull) % last_.size()];
  if (last < groups_.size() && groups_[last].is_same(group)) {
    ++groups_[last].alerts;
    groups_[last].verdict = std::max(groups_[last].verdict, group.verdict);
    return {};
  }
  if (groups_.size() >= merge_at_) TRY(merge());
  last = static_cast<std::uint32_t>(groups_.size());
  groups_.push_back(group);
  return {};
}

/// Whatever order makes equal groups neighbours will do here.
Status AlertGroups::merge() {
  std::ranges::sort(groups_, {}, [](const AlertGroup& group) { return std::tuple(group.start_s, group.host, group.rule); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (kept > 0 && groups_[kept - 1].is_same(groups_[i])) {
      groups_[kept - 1].alerts += groups_[i].alerts;
      groups_[kept - 1].verdict = std::max(groups_[kept - 1].verdict, groups_[i].verdict);
    } else {
      groups_[kept++] = groups_[i];
    }
  }
  groups_.resize(kept);
  last_.fill(0);
  merge_at_ = std::max<std::size_t>(2 * kept, 1u << 16);
  if (kept > kAlertGroupsMax) return Error{Code::kLimit, fmt::format("there are more than {} groups of alerts: give fewer days at a time", kAlertGroupsMax)};
  return {};
}

Status AlertGroups::finish() {
  TRY(merge());
  const std::vector<std::uint32_t> hosts = names_.hosts().ranks(), rules = names_.rules().ranks();
  std::ranges::sort(groups_, {}, [&](const AlertGroup& group) { return std::tuple(group.start_s, hosts[group.host], rules[group.rule]); });
  return {};
}

}  // namespace tocsin::analyze
