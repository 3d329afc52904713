// The conditions that a filter may be made of, and what each is worth. A filter hides what it matches from everybody, so a condition counts as far as an attacker cannot meet it by chance or by choice:
//
//   * a deed (field_kind.h) counts two; a thing one, and two where it is a path below a folder of its own: one that takes an administrator to write to, and that is not everybody's (System32, /usr/bin). It counts
//     nothing where the rule asks for it and all its alerts have the same. Who, where, and what nothing is known of count one where the rule's alerts differ in it: the only host there is says nothing. A label counts nothing;
//   * a beginning or an end is made of whole path components, of fields that hold paths, and only where the events have so many values that they cannot be listed. A beginning counts one, and ends in a
//     folder of its own; an end counts one from three components on, else nothing.
//
// Volatile fields, numbers in fields that nothing is known of, what programs say of themselves, texts longer than kValueBytesMax, and tokens that stand for protected values are in no condition. Pure functions.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "analyze/field_kind.h"
#include "analyze/filter_condition.h"

namespace tocsin::analyze {

/// More is a list of what happened to happen, not a condition.
inline constexpr std::size_t kValuesMax = 5;
/// Conditions among which is chosen; of more, those of the fields that a filter prefers. 24 over 5 are 42,504.
inline constexpr std::size_t kAtomsMax = 24;
/// As long as a command line that a person still reads; a script block may be longer.
inline constexpr std::size_t kValueBytesMax = 4'096;
/// What a selection must count, and from how many aspects of what happened: an image and its command line are one.
inline constexpr unsigned kNarrowPoints = 3, kNarrowAspects = 2;

/// What is known of a rule's alerts together.
struct RuleFields {
  std::set<std::string> asked;     // fields that the rule asks for
  std::set<std::string> constant;  // fields in which all its alerts have the same
};
RuleFields rule_fields(const std::vector<const AlertFields*>& all, std::set<std::string> asked);

struct Atom {
  FieldCondition condition;
  FieldAspect aspect = FieldAspect::kOther;
  unsigned points = 0;
};

/// Whether they narrow enough together.
bool is_narrow(const std::vector<const Atom*>& atoms);

/// Those that hold for every event of `wanted`, in the order in which a filter prefers them: kinds of fields as FieldKind has them, then those with fewer values, then by name; at most kAtomsMax.
std::vector<Atom> common_atoms(const std::vector<const AlertFields*>& wanted, const RuleFields& rule);

}  // namespace tocsin::analyze
