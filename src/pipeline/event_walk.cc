#include "pipeline/event_walk.h"

#include <fmt/format.h>

#include "collect/block.h"
#include "report/alert_writer.h"

namespace tocsin {

ScanSummary EventWalk::run(const std::vector<FoundFile>& files, const Visit& visit) {
  const SilentWriter writer;
  const std::vector<HitFields> no_hits(engine_.rules().rules.size());
  WorkerOptions options;
  options.reference = env_.now_us();
  options.tally = false;
  Worker worker(engine_, options, writer, no_hits);
  ScanSummary problems;
  for (const FoundFile& file : files) {
    if (ended_) break;
    worker.watch_all([&](const Event& event, const PathTable& paths) {
      if (!ended_) ended_ = !visit(file.source, event, paths);
    });
    walk(file, worker, problems);
  }
  ScanSummary summary = worker.summary();
  summary.inputs = files.size();
  summary.inputs_failed = problems.inputs_failed;
  summary.problems = std::move(problems.problems);
  return summary;
}

void EventWalk::walk(const FoundFile& file, Worker& worker, ScanSummary& summary) {
  auto opened = BlockReader::open(env_, file.path, engine_.text_rules());
  if (!opened) {
    summary.problems.push_back({file.source, opened.error().message});
    ++summary.inputs_failed;
    return;
  }
  Block block;
  BlockResult result;
  std::uint64_t lines = 0, damaged = 0;
  while (!ended_) {
    const Result<bool> more = (*opened)->next(block);
    if (!more) summary.problems.push_back({file.source, more.error().message});
    if (!more) ++damaged;
    if (!more || !*more) break;
    worker.process(block, file.source, result);
    result.offset = block.offset;
    if (damaged == 0) describe(file, result, lines, summary);
    damaged += result.damaged;
    lines += result.lines;
  }
  if (damaged > 0) ++summary.inputs_failed;
}

/// The first places of an input that could not be read.
void EventWalk::describe(const FoundFile& file, const BlockResult& result, std::uint64_t lines, ScanSummary& summary) {
  for (const Damage& damage : result.damage) {
    summary.problems.push_back({file.source, damage.by_line ? fmt::format("line {}: {}", lines + damage.at, damage.what)
                                                            : fmt::format("byte {}: {}", result.offset + damage.at, damage.what)});
  }
}

}  // namespace tocsin
