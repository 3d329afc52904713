#include "detect/plan/field_plan.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "base/time.h"

namespace tocsin::plan {

using sigma::Pattern;

namespace {

bool all_stand(const std::vector<std::string>& literals, std::string_view low) {
  return std::ranges::all_of(literals, [&](const std::string& literal) { return low.find(literal) != std::string_view::npos; });
}

}  // namespace

void FieldScratch::begin(std::size_t groups, std::size_t entries) {
  if (seen.size() < groups) seen.resize(groups, 0);
  if (tried.size() < entries) tried.resize(entries, 0);
  if (++serial != 0) return;
  std::ranges::fill(seen, 0u);  // the counter came round: forget everything once
  std::ranges::fill(tried, 0u);
  serial = 1;
}

std::string_view FieldScratch::fold(std::string_view value) {
  if (low.size() < folded_room(value.size())) low.resize(folded_room(value.size()));
  return {low.data(), fold_into(low.data(), value)};
}

std::string_view value_text(const Value& value, std::string& scratch) {
  const bool plain = value.kind == ValueKind::kText || value.kind == ValueKind::kBool ||
                     (value.kind == ValueKind::kJsonText && std::memchr(value.data, '\\', value.size) == nullptr);
  if (plain) return value.raw();
  scratch.clear();
  append_value_text(scratch, value);
  return scratch;
}

bool number_matches(const Pattern& pattern, std::string_view text) {
  // from_chars also reads inf, nan and hexadecimal digits after them, and no plus sign.
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return false;
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  switch (pattern.compare) {
    case Pattern::Compare::kEq: return number == pattern.number;
    case Pattern::Compare::kLt: return number < pattern.number;
    case Pattern::Compare::kLte: return number <= pattern.number;
    case Pattern::Compare::kGt: return number > pattern.number;
    case Pattern::Compare::kGte: return number >= pattern.number;
  }
  return false;
}

bool cidr_matches(const Pattern& pattern, std::string_view text) {
  char buffer[64];
  if (text.size() >= sizeof buffer) return false;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = 0;
  std::uint8_t address[16] = {};
  const std::uint8_t* from = address;
  if (inet_pton(AF_INET, buffer, address) == 1) {
    if (pattern.network_v6) return false;
  } else if (inet_pton(AF_INET6, buffer, address) == 1) {
    static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const bool mapped = std::memcmp(address, kMapped, sizeof kMapped) == 0;
    if (!pattern.network_v6) {
      if (!mapped) return false;
      from = address + 12;  // ::ffff:a.b.c.d is the IPv4 address
    }
  } else {
    return false;
  }
  const int whole = pattern.prefix_bits / 8, rest = pattern.prefix_bits % 8;
  if (std::memcmp(from, pattern.network, static_cast<std::size_t>(whole)) != 0) return false;
  if (rest == 0) return true;
  const std::uint8_t mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (from[whole] & mask) == (pattern.network[whole] & mask);
}

bool time_part_matches(const Pattern& pattern, std::string_view text, bool is_number) {
  const std::optional<TimeUs> time = is_number ? parse_epoch(text) : parse_time(text);
  if (!time) return false;
  const CivilTime civil = to_civil(*time);
  int part = 0;
  switch (pattern.part) {
    case Pattern::TimePart::kMinute: part = civil.minute; break;
    case Pattern::TimePart::kHour: part = civil.hour; break;
    case Pattern::TimePart::kDay: part = civil.day; break;
    case Pattern::TimePart::kWeek: part = iso_week(civil); break;
    case Pattern::TimePart::kMonth: part = civil.month; break;
    case Pattern::TimePart::kYear: part = civil.year; break;
  }
  return static_cast<double>(part) == pattern.number;
}

void FieldPlan::add_string(const Wild& wild, GroupId group) {
  if (wild.shape == Shape::kEverything) return add_non_null(group);
  Entry entry{group, Verify::kNothing, wild, nullptr, {}, {}};
  if (wild.cased) {
    entry.verify = Verify::kCasedWild;
  } else if (wild.shape == Shape::kGeneral) {
    entry.verify = Verify::kWild;
  }
  const auto id = static_cast<std::uint32_t>(entries_.size());
  switch (wild.shape) {
    case Shape::kEquals: set_.add(StringSet::Place::kEquals, wild.literal, id); break;
    case Shape::kPrefix: set_.add(StringSet::Place::kPrefix, wild.literal, id); break;
    case Shape::kSuffix: set_.add(StringSet::Place::kSuffix, wild.literal, id); break;
    default:
      if (wild.literal.empty()) {
        always_.push_back(id);
      } else {
        set_.add(StringSet::Place::kContains, wild.literal, id);
      }
  }
  entries_.push_back(std::move(entry));
}

void FieldPlan::add(const Pattern& pattern, bool keyword, const sigma::Regex* regex, GroupId group) {
  switch (pattern.kind) {
    case Pattern::Kind::kString:
      for (const sigma::WildString& string : pattern.strings) {
        add_string(keyword ? compile_keyword(string, pattern.cased) : compile_wild(string, pattern.cased), group);
      }
      return;
    case Pattern::Kind::kRegex: {
      const auto id = static_cast<std::uint32_t>(entries_.size());
      Entry& entry = entries_.emplace_back(Entry{group, Verify::kRegex, {}, regex, {}, {}});
      for (const std::string& literal : regex->required_literals()) entry.literals.push_back(folded(literal));
      if (entry.literals.empty()) {
        always_.push_back(id);
      } else {
        set_.add(StringSet::Place::kContains, entry.literals.front(), id);
      }
      return;
    }
    case Pattern::Kind::kCidr:
    case Pattern::Kind::kNumber:
    case Pattern::Kind::kTimePart: {
      const Verify verify = pattern.kind == Pattern::Kind::kCidr     ? Verify::kCidr
                            : pattern.kind == Pattern::Kind::kNumber ? Verify::kNumber
                                                                     : Verify::kTimePart;
      always_.push_back(static_cast<std::uint32_t>(entries_.size()));
      entries_.push_back({group, verify, {}, nullptr, {}, pattern});
      return;
    }
    case Pattern::Kind::kExists:
    case Pattern::Kind::kNull:
    case Pattern::Kind::kFieldRef: return;  // the class plan handles these
  }
}

void FieldPlan::add_on_demand(const sigma::Regex* regex, GroupId group) {
  OnDemand& one = on_demand_.emplace_back(OnDemand{group, regex, {}});
  for (const std::string& literal : regex->required_literals()) one.literals.push_back(folded(literal));
}

void FieldPlan::build() { set_.build(); }

bool FieldPlan::verified(const Entry& entry, std::string_view text, std::string_view low, const Value& value) const {
  switch (entry.verify) {
    case Verify::kNothing: return true;
    case Verify::kWild: return wild_matches(entry.wild.parts, low);
    case Verify::kCasedWild: return wild_matches(entry.wild.parts, text);
    case Verify::kRegex: return all_stand(entry.literals, low) && entry.regex->search(text);
    case Verify::kCidr: return cidr_matches(entry.pattern, text);
    case Verify::kNumber: return number_matches(entry.pattern, text);
    case Verify::kTimePart: return time_part_matches(entry.pattern, text, value.kind == ValueKind::kNumber);
  }
  return false;
}

bool FieldPlan::on_demand_holds(GroupId group, const Value& value, FieldScratch& scratch) const {
  if (value.kind == ValueKind::kNull) return false;
  std::string_view text, low;
  bool have_text = false;
  for (const OnDemand& one : on_demand_) {
    if (one.group != group) continue;
    if (!have_text) {
      text = value_text(value, scratch.text);
      low = scratch.fold(text);
      have_text = true;
    }
    if (all_stand(one.literals, low) && one.regex->search(text)) return true;
  }
  return false;
}

void FieldPlan::evaluate(const Value& value, std::size_t groups_max, FieldScratch& scratch,
                         std::vector<GroupId>& groups) const {
  scratch.begin(groups_max, entries_.size());
  const auto satisfied = [&](GroupId group) {
    if (scratch.seen[group] == scratch.serial) return;
    scratch.seen[group] = scratch.serial;
    groups.push_back(group);
  };
  for (const GroupId group : exists_groups_) satisfied(group);
  if (value.kind == ValueKind::kNull) return;
  for (const GroupId group : non_null_groups_) satisfied(group);
  if (entries_.empty()) return;
  const std::string_view text = value_text(value, scratch.text);
  const std::string_view low = scratch.fold(text);
  const auto candidate = [&](std::uint32_t id) {
    const Entry& entry = entries_[id];
    if (scratch.seen[entry.group] == scratch.serial || scratch.tried[id] == scratch.serial) return;
    scratch.tried[id] = scratch.serial;
    if (verified(entry, text, low, value)) satisfied(entry.group);
  };
  set_.find(low, candidate);
  for (const std::uint32_t id : always_) candidate(id);
}

}  // namespace tocsin::plan
