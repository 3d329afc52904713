#include "pipeline/find_event.h"

#include <fmt/format.h>

#include "collect/block.h"
#include "pipeline/worker.h"
#include "report/alert_writer.h"

namespace tocsin {

Status find_event(Env& env, Engine& engine, const std::string& path, std::uint64_t index,
                  const std::function<void(const Event&, const PathTable&)>& visit) {
  const SilentWriter writer;
  const std::vector<HitFields> no_hits(engine.rules().rules.size());
  WorkerOptions options;
  options.reference = env.now_us();
  Worker worker(engine, options, writer, no_hits);
  std::unique_ptr<BlockReader> reader = TRY(BlockReader::open(env, path, engine.text_rules()));
  std::uint64_t base = 0;
  bool found = false;
  Block block;
  BlockResult result;
  while (!found && TRY(reader->next(block))) {
    worker.watch(index - base, [&](const Event& event, const PathTable& paths) {
      found = true;
      visit(event, paths);
    });
    worker.process(block, path, result);
    if (index < base + result.events) break;
    base += result.events;
  }
  if (!found) return Error{Code::kNotFound, fmt::format("{}: there is no readable event {} (the first is 0)", path, index)};
  return {};
}

}  // namespace tocsin
