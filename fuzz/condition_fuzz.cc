// Any text as a condition over a fixed set of selections. What parses must print as text that parses to the same tree.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "detect/sigma/condition.h"
#include "detect/sigma/describe.h"

namespace {

using namespace tocsin::sigma;

bool same(const Condition& a, const Condition& b) {
  if (a.kind != b.kind || a.operands.size() != b.operands.size()) return false;
  if (a.kind == Condition::Kind::kSelection) return a.selection == b.selection;
  for (std::size_t i = 0; i < a.operands.size(); ++i) {
    if (!same(a.operands[i], b.operands[i])) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<DraftSelection> selections = [] {
    std::vector<DraftSelection> made;
    for (const char* name :
         {"selection", "selection_img", "selection_cli", "filter", "filter_main", "_hidden", "1x", "k-w"}) {
      made.emplace_back().name = name;
    }
    return made;
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Source source{"rule.yml", text};
  Diagnostics diagnostics(true);
  const auto tree = ConditionParser(selections, source, diagnostics).parse({text, {1, 1}});
  for (const Diagnostic& diagnostic : diagnostics.take()) TOCSIN_CHECK(!diagnostic.code.empty());
  if (!tree) return 0;
  Rule rule;
  for (const DraftSelection& selection : selections) rule.selections.emplace_back().name = selection.name;
  rule.condition = *tree;
  const std::string printed = describe_condition(rule);
  Diagnostics again(true);
  const auto reread = ConditionParser(selections, {"rule.yml", printed}, again).parse({printed, {1, 1}});
  TOCSIN_CHECK(reread && same(*tree, *reread));
  return 0;
}
