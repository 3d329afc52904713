// Finds personal data and secrets in text: log lines, JSON, prose. One pass goes over the bytes and stops only where a kind can begin (a digit where a word does, '@', ':', …); what stands there is then
// looked at by the part that knows the kind. What is covered (uncovered.h) is looked at as it was meant. Findings do not overlap; where two would, they are one, of the kind that says more. One thread at a
// time; memory is kept from one text to the next. Nothing fails: a text of any bytes has findings or none.
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
  /// Kinds of `ignore` are not found, and decide nothing where they overlap another.
  explicit Finder(std::vector<Kind> ignore = {});
  ~Finder();
  /// In place of what `found` had, in the order of the text.
  void find(std::string_view text, std::vector<Finding>& found);

 private:
  struct Parts;
  void find_plain(std::string_view text, std::vector<Finding>& found);
  void find_covered(std::string_view text, std::vector<Finding>& found);
  void find_in_base64(std::string_view text, std::vector<Finding>& found);
  void drop_ignored(std::vector<Finding>& found) const;
  std::size_t look_at_number(std::string_view text, std::size_t at, std::vector<Finding>& found);

  std::unique_ptr<Parts> parts_;
};

/// In the order of the text; those that overlap become one, of the kind that says more, over all that they cover.
void settle(std::vector<Finding>& found);

}  // namespace tocsin::protect
