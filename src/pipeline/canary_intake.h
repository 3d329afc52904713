// An Intake before the journal's that knows canaries when they come by (canary_book.h), and gives them a source of their own, so that nobody's counts have them. What it costs others is a look at a flag, and where a canary is on its way a
// comparison of batches that have one record. Safe from any thread, as the other one is.
#pragma once

#include "collect/intake.h"
#include "pipeline/canary_book.h"
#include "store/journal_reader.h"

namespace tocsin {

/// Whether a row of the ledger is there because of canaries alone: their own source, and that of the port which they come by, where nobody else sent anything.
bool is_of_canaries(const journal::SourceCounts& source);

class CanaryIntake : public Intake {
 public:
  /// Both outlive it, and every answer.
  CanaryIntake(Intake& next, CanaryBook& book) : next_(next), book_(book) {}

  bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) override;
  void refuse(std::uint32_t source, std::uint64_t records) override { next_.refuse(source, records); }
  void drop(std::uint32_t source, std::uint64_t records) override { next_.drop(source, records); }

 private:
  Intake& next_;
  CanaryBook& book_;
};

}  // namespace tocsin
