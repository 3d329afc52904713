// What the acts of people come to: where each incident stands, which alerts are where because a person put or left them there, and what was said of each alert. A function
// of the acts, in their order: whoever has them has all of it, and an act that is taken back is as if it had not been, but for alerts: those go back to where
// they were, and stay there.
//
//   CaseBook cases(std::move(acts));
//   const CaseBook::Pin* pin = cases.pin(alert.id);   // the incident that this alert must be in, if a person decided
//
// Any number of threads may ask. Some hundred bytes for each alert that an act names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/case.h"

namespace tocsin::analyze {

/// Numbers of cases: places in cases(), from one, so that 0 is none.
using CaseNumber = std::uint32_t;

class CaseBook {
 public:
  CaseBook() = default;
  /// In the order of their numbers.
  explicit CaseBook(std::vector<CaseAct> acts);

  const std::vector<CaseAct>& acts() const { return acts_; }
  /// Whether an act counts: nobody has taken it back.
  bool counts(std::int64_t act) const;
  const CaseAct* act(std::int64_t number) const;

  const std::vector<Case>& cases() const { return cases_; }
  /// Of an incident, by its whole id; nullptr: nobody has done anything to it.
  const Case* of(std::string_view incident) const;
  const Case& at(CaseNumber number) const { return cases_[number - 1]; }

  /// Of an incident by its whole id, and of those that were merged into it; in the order in which they were attached, removed ones too.
  std::vector<const CaseAttachment*> attachments(std::string_view incident) const;

  struct Pin {
    CaseNumber number = 0;
    std::int64_t act = 0;  // that put it there
    bool moved = false;    // by a merge, a split or a move; else it was there
  };
  /// nullptr: no act names it, so where it belongs is for links to say.
  const Pin* pin(std::string_view alert) const;
  std::vector<std::string> pinned() const;

  /// What was said of the alert, or else of the closed incident that it was left in.
  struct Said {
    Verdict verdict = Verdict::kNone;
    std::int64_t act = 0;
    bool of_incident = false;
  };
  Said verdict(std::string_view alert) const;
  /// All that were said of alerts, incidents' too, in the order in which they were said.
  std::vector<AlertVerdict> verdicts() const;
  /// The version of the calibration that a person chose; UINT32_MAX: the newest.
  std::uint32_t calibration() const { return calibration_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  CaseNumber number_of(const std::string& incident);
  const Case& final_of(const Case& begin) const;
  void see_undone();
  void apply(const CaseAct& act, bool counts);
  void pin_all(const std::vector<std::string>& alerts, CaseNumber number, std::int64_t act, bool moved);

  std::vector<CaseAct> acts_;
  std::vector<bool> undone_;  // by place in acts_
  std::vector<Case> cases_;
  ByText<CaseNumber> by_incident_;
  ByText<Pin> pins_;
  ByText<std::int64_t> said_;  // by alert: the last act that counts
  std::unordered_map<CaseNumber, std::int64_t> closed_by_;
  std::uint32_t calibration_ = UINT32_MAX;
};

}  // namespace tocsin::analyze
