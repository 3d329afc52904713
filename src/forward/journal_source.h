// This machine's journal, by cursor: `journalctl` writes its export format into a pipe, and each entry becomes a record as collect/journal_export.h makes it. The
// cursor of the last entry goes into the spool with the records, and journalctl begins behind it when it is started again. Where the spool has no room the pipe is not read, and
// journalctl waits. It is started by a process that was forked before this one was confined (base/program_starter.h). One thread.
//
//   JournalSource journal(env, feed, *starter, {.folder = ""});
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/program_starter.h"
#include "collect/journal_export.h"
#include "forward/source.h"

namespace tocsin::forward {

/// After journalctl has ended, or could not be started.
inline constexpr std::int64_t kJournalAgainNs = 5'000'000'000;

class JournalSource : public Source, private ReceivedVisitor {
 public:
  struct Options {
    std::string folder = {};  // of journal files; "": this machine's journal, from this boot on if nothing was read yet
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  /// `shell` starts /bin/sh, which is journalctl from then on.
  JournalSource(Env& env, Feed& feed, ProgramStarter& shell, Options options);

  bool round() override;
  std::string name() const override { return "journal"; }
  std::string trouble() const override { return trouble_; }

  /// What journalctl is given.
  static std::vector<std::string> words(const std::string& folder, const std::string& cursor);

 private:
  void record(const Received& received) override;
  bool begin();
  bool read();
  bool hand_on();
  void ended();

  Env& env_;
  Feed& feed_;
  ProgramStarter& shell_;
  const Options options_;
  StartedProgram program_;
  Descriptor pipe_;
  JournalExport entries_;
  std::string cursor_;            // of the last entry in the spool
  std::string read_cursor_;       // of the last one that was read
  std::string bytes_;             // records that were read and not handed on
  std::vector<std::size_t> ends_;
  std::int64_t again_ns_ = 0;
  bool told_ = false;
  std::string trouble_;
};

}  // namespace tocsin::forward
