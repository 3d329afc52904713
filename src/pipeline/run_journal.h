// The log of runs of playbooks (respond/engine/run_log.h) in a data folder: a journal of its own, written as the one of events is (store/journal_writer.h), and the texts of the playbooks that were run, each in a file of
// its SHA-256's name. One thread, but for the shelf, which is safe from any.
//
//   <data>/runs/journal/     docs/formats/runs.md
//   <data>/runs/playbooks/
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/env.h"
#include "base/seal.h"
#include "respond/engine/run_log.h"
#include "store/journal_writer.h"

namespace tocsin {

/// A restart reads them all, and what is over goes with its segment.
inline constexpr std::uint64_t kRunSegmentBytes = 8u << 20;

class RunJournal : public respond::RunLog {
 public:
  /// `master` must outlive it.
  /// `readers` is held by whoever reads and wants nothing to go (store/data_folder.h); "": nobody does.
  static Result<std::unique_ptr<RunJournal>> open(Env& env, std::string folder, Seal& master, std::string readers = "");

  std::uint64_t append(std::string_view record) override;
  Status commit() override;
  Status read(const std::function<Status(std::uint64_t, std::string_view)>& visit) override;
  std::string damage() const override { return damage_; }
  /// Calls `what` while nothing is being written. Any thread.
  void between_commits(const std::function<void()>& what);
  /// Nothing goes while a backup reads; then it goes the next time.
  Status forget_before(std::uint64_t number) override;
  /// Records below this are safe. Any thread.
  std::uint64_t committed() const { return committed_; }
  /// Whoever reads behind the engine needs nothing below this; as long as nobody says so, nobody reads. Any thread.
  void need_from(std::uint64_t number) { needed_from_ = number; }

 private:
  RunJournal(Env& env, std::string folder, Seal& master) : env_(env), folder_(std::move(folder)), master_(master) {}

  Env& env_;
  const std::string folder_;
  Seal& master_;
  std::string readers_;
  std::mutex writing_;
  std::atomic<std::uint64_t> committed_ = 0, needed_from_ = UINT64_MAX;
  std::unique_ptr<journal::Writer> writer_;
  journal::SourceId source_ = 0;
  std::string damage_;
  Status trouble_;  // of a commit that was in the way of an append
};

class PlaybookShelf : public respond::BookShelf {
 public:
  /// Makes the folder.
  static Result<std::unique_ptr<PlaybookShelf>> open(Env& env, std::string folder);
  Status put(const std::string& hash_hex, std::string_view text) override;
  Result<std::string> text(const std::string& hash_hex) override;

 private:
  PlaybookShelf(Env& env, std::string folder) : env_(env), folder_(std::move(folder)) {}

  Env& env_;
  const std::string folder_;
  std::mutex writing_;
};

}  // namespace tocsin
