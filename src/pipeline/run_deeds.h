// What the audit log is told of runs of playbooks: who started one, what was decided, approved, sent, what came of it, who steered it, and the stop switch. It reads the log of runs behind the engine and makes the runs again from it, so that
// a leaf has the very call, with its status before and after; time that only passes is no deed. How far it has come stands in `<data>/runs/audited`, which may be behind: from there it counts up to what the audit log has already.
// Asked by the feed's thread alone; fails as the log of runs does.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/audit_feed.h"
#include "pipeline/run_journal.h"
#include "respond/engine/run.h"

namespace tocsin {

class RunDeeds : public AuditSource {
 public:
  /// `folder` is <data>/runs. `journal` and `shelf` must outlive it.
  RunDeeds(Env& env, std::string folder, Seal& master, RunJournal& journal, respond::BookShelf& shelf) : env_(env), folder_(std::move(folder)), master_(master), journal_(journal), shelf_(shelf) {}

  std::string name() const override { return "runs"; }
  Result<std::vector<audit::AuditEntry>> after(std::uint64_t position, std::size_t limit) override;
  Result<std::uint64_t> last() override;
  Status skip_to(std::uint64_t position) override;
  Status taken(std::uint64_t position) override;

 private:
  /// A place in the log of runs, and how many deeds stand before it.
  struct Mark {
    std::uint64_t number = 0, deeds = 0;
  };
  struct Followed {
    std::uint64_t first = 0;
    std::uint64_t deeds_before = 0;
    std::unique_ptr<respond::Run> run;
  };

  Status begin();
  Status save(const Mark& mark);
  Result<bool> next(std::uint64_t& number, std::string& record);
  Status follow(std::uint64_t number, std::string_view record, std::vector<audit::AuditEntry>* entries);
  Status follow_input(std::uint64_t number, const respond::RunInput& input, std::vector<audit::AuditEntry>* entries);
  Mark oldest() const;

  Env& env_;
  const std::string folder_;
  Seal& master_;
  RunJournal& journal_;
  respond::BookShelf& shelf_;
  bool begun_ = false;
  Mark saved_;
  std::unique_ptr<journal::Reader> reader_, counter_;
  std::deque<std::pair<std::uint64_t, std::string>> read_;  // of a frame, and not followed yet
  Mark at_;                                                 // what was followed
  std::uint64_t counted_ = 0;                               // deeds, by the counter
  std::map<respond::RunId, Followed> runs_;
};

}  // namespace tocsin
