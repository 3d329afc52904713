// Any bytes as the file and as the log of a feed, and as an object that it gets. Whatever is there, a feed that opens can be put into its file, which then is read as one, and a second time changes nothing.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/memory_env.h"
#include "detect/intel/indicator_feed.h"
#include "detect/intel/indicator_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string text(reinterpret_cast<const char*>(data), size);
  constexpr TimeUs kNow = 1'780'000'000'000'000;
  for (const bool as_file : {true, false}) {
    MemoryEnv env;
    env.add_folder("d");
    env.add_file(as_file ? "d/f" : "d/f.1", text);
    Result<std::unique_ptr<intel::IndicatorFeed>> feed = intel::IndicatorFeed::open(env, "d/f");
    if (!feed) continue;
    TOCSIN_CHECK((*feed)->append({text}, "mark").has_value());
    const Result<intel::FeedCounts> counts = (*feed)->publish(kNow);
    if (!counts) continue;  // the file was damaged
    std::vector<std::string> notes;
    intel::FileCounts read;
    (void)intel::read_indicator_file(env, "d/f", [](const intel::Indicator&) { return Status(); }, read, notes);
    TOCSIN_CHECK(as_file || read.replaced.empty());
    feed = intel::IndicatorFeed::open(env, "d/f");
    TOCSIN_CHECK(feed.has_value() && (*feed)->mark() == "mark" && (*feed)->pending() == 0);
    const Result<intel::FeedCounts> again = (*feed)->publish(kNow);
    TOCSIN_CHECK(again.has_value() && again->indicators == counts->indicators && !again->changed());
  }
  return 0;
}
