// "Might any of these keywords stand in this text?" asked once per event over the raw record, before anything is
// unescaped. A no is certain; a yes is only a reason to look at the values one by one. ASCII letters count without case;
// a text with one of the two non-ASCII characters that fold to ASCII (U+017F, U+212A) is a yes.
//
// Immutable, safe from any thread. Literals are folded ASCII and not empty.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detect/plan/literal_scan.h"

namespace tocsin::match {

class KeywordFilter {
 public:
  explicit KeywordFilter(const std::vector<std::string>& literals, plan::ScanKernel kernel = plan::best_scan_kernel())
      : scan_(numbered(literals), true, kernel) {}

  bool might_match(std::string_view text) const {
    bool non_ascii = false;
    if (scan_.any(text, non_ascii)) return true;
    return non_ascii && (text.find("\xC5\xBF") != std::string_view::npos || text.find("\xE2\x84\xAA") != std::string_view::npos);
  }

 private:
  static std::vector<plan::LiteralScan::Literal> numbered(const std::vector<std::string>& literals) {
    std::vector<plan::LiteralScan::Literal> all;
    for (const std::string& literal : literals) all.push_back({literal, 0});
    return all;
  }

  plan::LiteralScan scan_;
};

}  // namespace tocsin::match
