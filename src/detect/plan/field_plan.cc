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

std::string_view fold_within(std::vector<char>& room, std::string_view text) {
  if (room.size() < folded_room(text.size())) room.resize(folded_room(text.size()));
  return {room.data(), fold_into(room.data(), text)};
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

void FieldPlan::add(const Pattern& pattern, bool keyword, const Regex* regex, GroupId group) {
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

void FieldPlan::add_on_demand(const Regex* regex, GroupId group) {
  OnDemand& one = on_demand_.emplace_back(OnDemand{group, regex, {}});
  for (const std::string& literal : regex->required_literals()) one.literals.push_back(folded(literal));
}

void FieldPlan::build() {
  set_.build();
  by_line_ = always_.empty() && !set_.empty() && !set_.has_line_feed();
}

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
      low = fold_within(scratch.low, text);
      have_text = true;
    }
    if (all_stand(one.literals, low) && one.regex->search(text)) return true;
  }
  return false;
}

FieldPlan::Answer::Answer(const FieldPlan& plan, const Value& value, std::size_t groups_max, FieldScratch& scratch,
                          std::vector<GroupId>& groups)
    : plan_(plan), value_(value), scratch_(scratch), groups_(groups) {
  scratch_.begin(groups_max, plan_.entries_.size());
  for (const GroupId group : plan_.exists_groups_) satisfied(group);
  for (const GroupId group : plan_.non_null_groups_) satisfied(group);
}

void FieldPlan::Answer::satisfied(GroupId group) {
  if (scratch_.seen[group] == scratch_.serial) return;
  scratch_.seen[group] = scratch_.serial;
  groups_.push_back(group);
}

void FieldPlan::Answer::make_text() {
  if (have_text_) return;
  text_ = value_text(value_, scratch_.text);
  low_ = fold_within(scratch_.low, text_);
  have_text_ = true;
}

std::string_view FieldPlan::Answer::low() {
  make_text();
  return low_;
}

void FieldPlan::Answer::candidate(std::uint32_t id) {
  const Entry& entry = plan_.entries_[id];
  if (scratch_.seen[entry.group] == scratch_.serial || scratch_.tried[id] == scratch_.serial) return;
  scratch_.tried[id] = scratch_.serial;
  if (entry.verify != Verify::kNothing) {
    make_text();
    if (!plan_.verified(entry, text_, low_, value_)) return;
  }
  satisfied(entry.group);
}

void FieldPlan::find_in_line(const Value& line, LinePlace place, FieldScratch& scratch,
                             std::vector<std::uint32_t>& entries) const {
  entries.clear();
  const std::string_view low = fold_within(scratch.line_low, value_text(line, scratch.line_text));
  const auto add = [&](std::uint32_t id) {
    if (std::ranges::find(entries, id) == entries.end()) entries.push_back(id);
  };
  set_.find_in_line(low, place == LinePlace::kFirst, place == LinePlace::kLast, add);
}

void FieldPlan::evaluate(const Value& value, std::size_t groups_max, FieldScratch& scratch,
                         std::vector<GroupId>& groups) const {
  if (value.kind == ValueKind::kNull) {
    groups.insert(groups.end(), exists_groups_.begin(), exists_groups_.end());
    return;
  }
  Answer answer(*this, value, groups_max, scratch, groups);
  if (entries_.empty()) return;
  set_.find(answer.low(), [&](std::uint32_t id) { answer.candidate(id); });
  for (const std::uint32_t id : always_) answer.candidate(id);
}

}  // namespace tocsin::plan
