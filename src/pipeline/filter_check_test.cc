#include "pipeline/filter_check.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

class HostsAlone : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override {
    PathMeaning meaning;
    meaning.names = {std::string(path)};
    if (path == "Computer") meaning.entity = EntityType::kHost;
    return meaning;
  }
};

/// So many rules on processes that ask for Image, one on files that asks for TargetFilename and Computer, and a filter on the first one.
std::string said_of(std::size_t rules, const std::string& selection) {
  std::string text = "title: File\nid: file\nlogsource: {category: file_event}\ndetection: {s: {TargetFilename: x, Computer: y}, condition: s}\n";
  for (std::size_t i = 0; i < rules; ++i) text += fmt::format("---\ntitle: Process\nid: p{}\nlogsource: {{category: process_creation}}\ndetection: {{s: {{Image: x}}, condition: s}}\n", i);
  text += "---\ntitle: 'Not: Noise'\nid: f\nlogsource: {category: process_creation}\nfilter:\n  rules: [p0]\n  selection: " + selection + "\n  condition: not selection\n";
  std::string said;
  for (const sigma::Diagnostic& diagnostic : check_filter_fields(sigma::load({{"rules.yml", text, false}}, {}).set, HostsAlone())) said += diagnostic.code + " " + diagnostic.message + "\n";
  return said;
}

TEST(FilterCheck, AFieldOfAnotherLogSourceIsDoubted) {
  EXPECT_EQ(said_of(kRulesThatTell, "{Image: a, TargetFilename: b}"), "S0903 the filter 'Not: Noise' asks for TargetFilename, which none of the 20 rules on this log source asks for\n");
  EXPECT_EQ(said_of(kRulesThatTell - 1, "{Image: a, TargetFilename: b}"), "");  // too few to know
  EXPECT_EQ(said_of(kRulesThatTell, "{Image: a, Computer: b}"), "");            // every source has it
  EXPECT_EQ(said_of(kRulesThatTell, "{Image: a, OfOurOwn: b}"), "");            // nobody knows it
}

}  // namespace
}  // namespace tocsin
