// What people do to incidents: judge, assign, close, comment, merge, split. Each is an act, written down once and never changed; what an incident stands at, and
// which alerts a person put into it, follows from the acts alone (analyze/case_book.h), so that any of them can be taken back.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/verdict.h"

namespace tocsin {

enum class CaseActKind : std::uint8_t {
  kStatus,    // `status`; closing gives `verdict`, of the incident as a whole
  kAssign,    // to `assignee`; "": to nobody
  kComment,   // `text`
  kTask,      // something to do: `text`
  kDone,      // the task of act `of` is
  kVerdict,   // `verdict` of `alerts`
  kMerge,     // `alerts`, all of `other`, into `incident`
  kSplit,     // `alerts` from `incident` into `other`, which begins
  kMove,      // `alerts` from `incident` into `other`
  kUndo,      // takes act `of` back
  kConfidence,   // a person's own, `value`, beside the machine's
  kCalibration,  // `value`: the version of the calibration that counts, 0 for none; of all incidents
  kModel,     // the words of the language model `assignee`: `text`, and `verdict`, which it suggests; nothing goes by them
  kAttach,    // `file`
  kDetach,    // the content of the file of act `of` goes; not to be taken back
};
inline constexpr std::array<std::string_view, 15> kCaseActWords = {"status", "assign", "comment", "task", "done", "verdict", "merge", "split", "move", "undo", "confidence", "calibration", "model", "attach", "detach"};

/// As `value` of kCalibration: whichever is the newest.
inline constexpr double kNewestCalibration = -1;

enum class CaseStatus : std::uint8_t { kNew, kAssigned, kInProgress, kContained, kClosed };
inline constexpr std::array<std::string_view, 5> kCaseStatusWords = {"new", "assigned", "in_progress", "contained", "closed"};

/// Nothing for another word; "in-progress", as it is typed, is one too.
inline std::optional<CaseStatus> case_status_named(std::string_view word) {
  std::string plain(word);
  std::ranges::replace(plain, '-', '_');
  const auto at = std::ranges::find(kCaseStatusWords, plain);
  if (at == kCaseStatusWords.end()) return std::nullopt;
  return static_cast<CaseStatus>(at - kCaseStatusWords.begin());
}
inline std::optional<CaseActKind> case_act_named(std::string_view word) {
  const auto at = std::ranges::find(kCaseActWords, word);
  if (at == kCaseActWords.end()) return std::nullopt;
  return static_cast<CaseActKind>(at - kCaseActWords.begin());
}
inline std::string_view word_of(CaseStatus status) { return kCaseStatusWords[static_cast<std::size_t>(status)]; }
inline std::string_view word_of(CaseActKind kind) { return kCaseActWords[static_cast<std::size_t>(kind)]; }

/// Alerts that one act names, and bytes of what it says.
inline constexpr std::size_t kActAlertsMax = 100'000, kActTextMax = 16'384;

/// What was attached. The content lies in a file of its own, sealed (store/attachments.h).
struct AttachedFile {
  std::string place = {};    // the name of that file; "": nothing was attached
  std::string name = {};     // as whoever attached it called it, made safe to show
  std::string sha256 = {};   // of the content, in hexadecimal
  std::uint64_t bytes = 0;
};

struct CaseAct {
  std::int64_t number = 0;            // from 1, in the order in which they were done
  TimeUs time = kNoTime;
  std::string who = {};               // "user ada", "command line"
  CaseActKind kind = CaseActKind::kComment;
  std::string incident = {};          // whole id; "": of a verdict, of alerts alone
  std::string other = {};             // another incident, as the kind says
  std::string assignee = {};
  CaseStatus status = CaseStatus::kNew;
  Verdict verdict = Verdict::kNone;
  std::string text = {};              // why, or what
  std::int64_t of = 0;                // another act
  double value = 0;                   // as the kind says
  std::vector<std::string> alerts = {};  // ids
  std::vector<std::string> seen = {};    // ids of what else was in `incident` then: it stays there
  std::vector<std::string> seen_other = {};  // kMove: the same of `other`
  AttachedFile file = {};
};

struct CaseTask {
  std::int64_t act = 0;  // by which it is named
  std::string text, who;
  bool done = false;
};

struct CaseAttachment {
  std::int64_t act = 0;  // by which it is named
  AttachedFile file;
  std::string who, text;
  TimeUs time = kNoTime;
  std::int64_t removed = 0;  // the act that removed its content; 0: it is there
  std::string removed_by, removed_why;
  TimeUs removed_at = kNoTime;
};

/// An incident that somebody has done something to.
struct Case {
  std::string incident;
  CaseStatus status = CaseStatus::kNew;
  Verdict classification = Verdict::kNone;  // of a closed one
  std::string assignee = {};
  std::string merged_into = {};             // another incident has its alerts
  std::optional<double> confidence = {};    // as a person sees it
  std::string confidence_by = {};           // who that is
  TimeUs changed = kNoTime;
  std::uint32_t comments = 0;
  std::vector<CaseTask> tasks = {};
  std::vector<CaseAttachment> attachments = {};
  std::vector<std::int64_t> acts = {};      // numbers of those about it
};

}  // namespace tocsin
