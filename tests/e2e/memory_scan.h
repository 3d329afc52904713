// A scan inside a test: rules and inputs are strings, the output is a string. One thread calls; a rule that does not load
// fails the test.
//
//   MemoryScan scan(kRules);
//   scan.env.add_file("a.log", "…");
//   std::string alerts = scan.run({.format = "csv", .threads = 3});
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/memory_env.h"
#include "pipeline/scan.h"
#include "report/summary_text.h"

namespace tocsin {

class StringSink : public ByteSink {
 public:
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

class MemoryScan {
 public:
  struct Options {
    std::string format = "ndjson";  // csv, or table
    unsigned threads = 1;
    TimeUs reference = kNoTime;
    bool naive = false;
    bool may_fail = false;  // the test looks at `failed`
    std::size_t hit_bytes_max = 32u << 20;
    std::size_t correlation_bytes_max = 128u << 20;
  };

  explicit MemoryScan(const std::string& rules) {
    sigma::LoadResult loaded = sigma::load({{"rules.yml", rules, false}}, {});
    for (const sigma::Diagnostic& diagnostic : loaded.set.diagnostics) ADD_FAILURE() << sigma::format_diagnostic(diagnostic);
    auto taxonomy = Taxonomy::load(Taxonomy::shipped());
    engine_ = std::make_unique<Engine>(std::move(loaded.set), std::move(*taxonomy));
  }

  /// Over everything in `env`. The time that a table says the scan took is always one second.
  std::string run(const Options& options) {
    const std::unique_ptr<AlertWriter> writer = options.format == "csv" ? make_csv_writer() : make_ndjson_writer();
    ScanOptions scan_options;
    scan_options.threads = options.threads;
    scan_options.worker.reference = options.reference;
    scan_options.worker.naive = options.naive;
    scan_options.hit_bytes_max = options.hit_bytes_max;
    scan_options.correlation_bytes_max = options.correlation_bytes_max;
    StringSink sink;
    Scan scan(env, *engine_, scan_options, *writer, sink);
    std::vector<Error> errors;
    const Result<ScanSummary> result = scan.run(find_files(env, "logs", errors));
    EXPECT_TRUE((result || options.may_fail) && errors.empty());
    failed = !result;
    if (failed) return {};
    summary = *result;
    if (options.format != "table") return sink.text;
    return summary_text(summary, [&](std::size_t i) -> const RuleCard& { return engine_->card(i); }, 1.0, {});
  }

  MemoryEnv env;
  ScanSummary summary;  // of the last run
  bool failed = false;  // the last run could not write its output

 private:
  std::unique_ptr<Engine> engine_;
};

inline std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace tocsin
