// Any bytes as a file of indicators and as an allow-list, and then as a value that is asked for. What is read is read the same in one piece and in many.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/memory_env.h"
#include "detect/intel/indicator_file.h"
#include "detect/intel/indicator_set.h"
#include "detect/intel/json_items.h"
#include "detect/intel/stix_pattern.h"

namespace {

/// The objects of a document, cut at every `size` bytes.
std::string objects(std::string_view text, std::size_t size) {
  std::string all;
  tocsin::intel::JsonItems items({"objects", "Attribute"}, [&](std::string_view object, std::uint32_t) {
    all.append(object).push_back('\n');
    return true;
  });
  bool good = true;
  for (std::size_t at = 0; good && at < text.size(); at += size) good = items.feed(text.substr(at, size));
  if (good) (void)items.finish();
  return all + items.trouble();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (objects(text, 1) != objects(text, text.size() + 1)) std::abort();
  (void)intel::read_stix_pattern(text);
  MemoryEnv env;
  env.add_file("f", text);
  std::vector<std::string> notes;
  intel::AllowList allowed;
  (void)allowed.read(env, "f", notes);
  for (const bool with_allowed : {false, true}) {
    intel::IndicatorSet set(1);
    if (with_allowed) set.set_allowed(std::move(allowed));
    const auto source = set.add_source({});
    intel::FileCounts counts;
    std::size_t taken = 0;
    (void)intel::read_indicator_file(
        env, "f",
        [&](const intel::Indicator& indicator) {
          ++taken;
          // A URL without its scheme may begin as if it had one.
          if (indicator.kind != intel::IndicatorKind::kUrl && intel::key_of(indicator.kind, intel::shown(indicator.kind, indicator.key)) != indicator.key) std::abort();  // what is shown is read as what it was
          return set.add(indicator, *source);
        },
        counts, notes);
    set.finish();
    if (set.size() > taken) std::abort();
    for (const intel::Ask ask : {intel::Ask::kAddress, intel::Ask::kName, intel::Ask::kUrl, intel::Ask::kHashes, intel::Ask::kMailbox, intel::Ask::kList}) {
      set.ask(ask, text.substr(0, 300), [](const intel::Found& found) { (void)(found.value() + found.reference()); });
    }
  }
  return 0;
}
