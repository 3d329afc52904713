#include "pipeline/canary_intake.h"

#include "pipeline/canary_rule.h"

namespace tocsin {

bool is_of_canaries(const journal::SourceCounts& source) {
  const journal::Counts& counts = source.counts;
  return source.name == kCanarySource || (source.name == "syslog" && counts.stored + counts.refused + counts.dropped == 0);
}

/// A canary has a connection of its own, so it is alone in its batch. One that the journal did not take comes again, and has its source by then.
bool CanaryIntake::submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) {
  std::optional<std::uint64_t> number;
  if (batch->entries().size() == 1) number = book_.recognised(batch->raw(batch->entries().front()));
  if (!number) return next_.submit(std::move(batch), std::move(done));
  book_.passed(*number, CanaryStage::kAccepted);
  if (batch->source() != book_.source()) batch = std::make_unique<IntakeBatch>(book_.source(), batch->if_full(), batch->entries(), std::string(batch->all()));
  return next_.submit(std::move(batch), [&book = book_, number = *number, done = std::move(done)](IntakeResult result) {
    if (result.safe) book.journaled(number, result.first);
    done(std::move(result));
  });
}

}  // namespace tocsin
