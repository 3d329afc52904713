#include "pipeline/stored_coverage.h"

#include "pipeline/coverage.h"
#include "pipeline/record_reader.h"
#include "pipeline/worker.h"
#include "report/alert_writer.h"

namespace tocsin {

namespace {

class Reader : public store::RecordVisitor {
 public:
  Reader(Worker& worker, std::atomic<std::uint64_t>& events, SourceSurvey* survey) : worker_(worker), events_(events), survey_(survey) {}

  bool record(const store::StoredRecord& record) override {
    source_ = record.source;
    put_record(record.raw, record.received, block_);
    worker_.process(block_, source_, result_);
    if (survey_ != nullptr) survey_->add(block_, source_);
    ++events_;
    return true;
  }

 private:
  Worker& worker_;
  std::atomic<std::uint64_t>& events_;
  SourceSurvey* const survey_;
  std::string source_;
  Block block_;
  BlockResult result_;
};

}  // namespace

StoredCoverage stored_coverage(Engine& engine, EventSearch& search, std::atomic<std::uint64_t>& events, SourceSurvey* survey) {
  const SilentWriter writer;
  const std::vector<HitFields> no_hits(engine.rules().rules.size());
  WorkerOptions options;
  options.tally = true;  // which rules fired
  Worker worker(engine, options, writer, no_hits);
  Reader reader(worker, events, survey);
  StoredCoverage coverage;
  coverage.ended = search.read_records({}, reader);
  coverage.summary = worker.summary();
  const std::vector<match::Matcher::Seen> seen = worker.seen();
  coverage.summary.silent = silent_rules(engine.rules(), engine.log_sources(), seen);
  for (const match::Matcher::Seen& one : seen) {
    for (const LogSource& source : engine.log_sources().get(one.log_source).sources) coverage.arrived[source] += one.events;
  }
  return coverage;
}

}  // namespace tocsin
