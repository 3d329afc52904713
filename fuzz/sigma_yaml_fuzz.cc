// Any bytes as a file of rules: parsed or refused, and every diagnostic can be printed. The part behind a line "=====",
// if there is one, is a processing pipeline.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "detect/sigma/describe.h"
#include "detect/sigma/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kCut = "\n=====\n";
  const std::size_t cut = text.find(kCut);
  sigma::LoadOptions options;
  options.lint = size % 2 == 0;
  if (cut != std::string_view::npos)
    options.pipelines.push_back({"pipeline.yml", std::string(text.substr(cut + kCut.size()))});
  const sigma::LoadResult result = sigma::load({{"rule.yml", std::string(text.substr(0, cut)), false}}, options);
  for (const sigma::Diagnostic& diagnostic : result.set.diagnostics) {
    const std::string shown = sigma::format_diagnostic(diagnostic);
    TOCSIN_CHECK(shown.find('\x1b') == std::string::npos);
    TOCSIN_CHECK(is_valid_utf8(shown));
  }
  for (const sigma::Rule& rule : result.set.rules) sigma::describe(rule);
  for (const sigma::Correlation& correlation : result.set.correlations) sigma::describe(correlation);
  // What is wrong and no mere warning costs something; a filter alone may leave no rule and still be in order.
  const bool wrong = std::any_of(result.set.diagnostics.begin(), result.set.diagnostics.end(), [](const sigma::Diagnostic& diagnostic) {
    return diagnostic.severity == sigma::Diagnostic::Severity::kError;
  });
  TOCSIN_CHECK(wrong == (result.pipeline_failed || result.set.rejected > 0));
  return 0;
}
