// Finds personal data and secrets in text: log lines, JSON, prose. Where something can begin is told for 32 places at once (candidates.h), which leaves one place in fifty; what stands there is then looked at by
// the part that knows the kind. What is covered (uncovered.h) is looked at as it was meant. Findings do not overlap; where two would, they are one, of the kind that says more. Slow, obvious twin: finder_twin.h.
//
// Made for many calls on values and records of some 10 bytes to some 10 KB: a call costs some 30 ns and then less than 2 ns a byte, and allocates nothing once `found` and the finder have their memory, but for phone
// numbers, which libphonenumber is asked. One thread at a time. Nothing fails: a text of any bytes has findings or none.
//
//   Finder finder;
//   std::vector<Finding> found;
//   finder.find("mail from ada@example.org", found);    // [10, 25) kEmail
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "protect/finding.h"

namespace tocsin::protect {

class Finder {
 public:
  /// Kinds of `ignore` are not found, and decide nothing where they overlap another. Little is spent on them: least if only secrets, cards, accounts and national identifiers are left.
  explicit Finder(std::vector<Kind> ignore = {});
  ~Finder();
  Finder(Finder&&) noexcept;
  Finder& operator=(Finder&&) noexcept;
  /// In place of what `found` had, in the order of the text.
  void find(std::string_view text, std::vector<Finding>& found);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// In the order of the text; those that overlap become one, of the kind that says more, over all that they cover.
void settle(std::vector<Finding>& found);
/// Whether of two that overlap `a` says what it is: the kind that says more, or else the longer.
bool says_more(const Finding& a, const Finding& b);

}  // namespace tocsin::protect
