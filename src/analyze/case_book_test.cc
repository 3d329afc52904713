#include "analyze/case_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace tocsin::analyze {
namespace {

/// Acts numbered as they are added.
class Acts {
 public:
  std::int64_t add(CaseAct act) {
    act.number = static_cast<std::int64_t>(acts_.size()) + 1;
    act.time = act.number * 1'000'000;
    act.who = "user ada";
    acts_.push_back(std::move(act));
    return acts_.back().number;
  }
  std::int64_t undo(std::int64_t of, std::string incident) { return add({.kind = CaseActKind::kUndo, .incident = std::move(incident), .of = of}); }
  CaseBook book() const { return CaseBook(acts_); }

 private:
  std::vector<CaseAct> acts_;
};

CaseAct closing(std::string incident, Verdict verdict, std::vector<std::string> seen = {}) {
  return {.kind = CaseActKind::kStatus, .incident = std::move(incident), .status = CaseStatus::kClosed, .verdict = verdict, .seen = std::move(seen)};
}

/// "" where no act names the alert.
std::string where(const CaseBook& book, std::string_view alert) {
  const CaseBook::Pin* const pin = book.pin(alert);
  return pin == nullptr ? "" : book.at(pin->number).incident;
}

TEST(CaseBook, StandsWhereTheLastActPutIt) {
  Acts acts;
  acts.add({.kind = CaseActKind::kAssign, .incident = "A", .assignee = "ada"});
  EXPECT_EQ(acts.book().of("A")->status, CaseStatus::kAssigned);
  EXPECT_EQ(acts.book().of("A")->assignee, "ada");
  EXPECT_EQ(acts.book().of("B"), nullptr);
  const std::int64_t closed = acts.add(closing("A", Verdict::kBenign));
  EXPECT_EQ(acts.book().of("A")->status, CaseStatus::kClosed);
  EXPECT_EQ(acts.book().of("A")->classification, Verdict::kBenign);
  const std::int64_t undone = acts.undo(closed, "A");
  EXPECT_EQ(acts.book().of("A")->status, CaseStatus::kAssigned);
  EXPECT_EQ(acts.book().of("A")->classification, Verdict::kNone);
  EXPECT_FALSE(acts.book().counts(closed));
  acts.undo(undone, "A");
  EXPECT_EQ(acts.book().of("A")->status, CaseStatus::kClosed) << "what took it back was taken back";
  EXPECT_TRUE(acts.book().counts(closed));
  acts.add({.kind = CaseActKind::kStatus, .incident = "A", .status = CaseStatus::kInProgress});
  EXPECT_EQ(acts.book().of("A")->classification, Verdict::kNone) << "open again";
}

TEST(CaseBook, ConfidencesAndTheCalibrationArePeoplesToSayAndToTakeBack) {
  Acts acts;
  acts.add({.kind = CaseActKind::kConfidence, .incident = "A", .text = "seen it before", .value = 0.9});
  const std::int64_t second = acts.add({.kind = CaseActKind::kConfidence, .incident = "A", .text = "no", .value = 0.1});
  EXPECT_EQ(acts.book().of("A")->confidence, 0.1);
  EXPECT_EQ(acts.book().of("A")->confidence_by, "user ada");
  acts.undo(second, "A");
  EXPECT_EQ(acts.book().of("A")->confidence, 0.9);
  EXPECT_EQ(acts.book().calibration(), UINT32_MAX);
  acts.add({.kind = CaseActKind::kCalibration, .text = "why", .value = 2});
  const std::int64_t none = acts.add({.kind = CaseActKind::kCalibration, .text = "why", .value = 0});
  EXPECT_EQ(acts.book().calibration(), 0u);
  acts.undo(none, "");
  EXPECT_EQ(acts.book().calibration(), 2u);
  acts.add({.kind = CaseActKind::kCalibration, .text = "why", .value = kNewestCalibration});
  EXPECT_EQ(acts.book().calibration(), UINT32_MAX);
  EXPECT_EQ(acts.book().cases().size(), 1u) << "a calibration is of no incident";
}

TEST(CaseBook, TakenFromSomebodyItIsNew) {
  Acts acts;
  acts.add({.kind = CaseActKind::kAssign, .incident = "A", .assignee = "ada"});
  acts.add({.kind = CaseActKind::kAssign, .incident = "A"});
  EXPECT_EQ(acts.book().of("A")->status, CaseStatus::kNew);
  acts.add({.kind = CaseActKind::kStatus, .incident = "A", .status = CaseStatus::kContained});
  acts.add({.kind = CaseActKind::kAssign, .incident = "A", .assignee = "ada"});
  EXPECT_EQ(acts.book().of("A")->status, CaseStatus::kContained) << "who has it says nothing about that";
}

TEST(CaseBook, WhatSomebodySawStaysThere) {
  Acts acts;
  const std::int64_t comment = acts.add({.kind = CaseActKind::kComment, .incident = "A", .text = "hm", .seen = {"a", "b"}});
  EXPECT_EQ(where(acts.book(), "a"), "A");
  EXPECT_FALSE(acts.book().pin("a")->moved);
  EXPECT_EQ(where(acts.book(), "c"), "");
  acts.undo(comment, "A");
  EXPECT_EQ(where(acts.book(), "a"), "A");
  EXPECT_EQ(acts.book().of("A")->comments, 0u);
}

TEST(CaseBook, AMergeThatIsTakenBackPutsAlertsWhereTheyWere) {
  Acts acts;
  const std::int64_t merge = acts.add({.kind = CaseActKind::kMerge, .incident = "A", .other = "B", .alerts = {"b", "c"}, .seen = {"a"}});
  EXPECT_EQ(where(acts.book(), "b"), "A");
  EXPECT_TRUE(acts.book().pin("b")->moved);
  EXPECT_EQ(acts.book().of("B")->merged_into, "A");
  acts.undo(merge, "A");
  EXPECT_EQ(where(acts.book(), "a"), "A");
  EXPECT_EQ(where(acts.book(), "b"), "B");
  EXPECT_FALSE(acts.book().pin("b")->moved);
  EXPECT_EQ(acts.book().of("B")->merged_into, "");
}

TEST(CaseBook, ASplitAndAMove) {
  Acts acts;
  const std::int64_t split = acts.add({.kind = CaseActKind::kSplit, .incident = "A", .other = "B", .alerts = {"b", "c"}, .seen = {"a"}});
  EXPECT_EQ(where(acts.book(), "a"), "A");
  EXPECT_EQ(where(acts.book(), "c"), "B");
  acts.add({.kind = CaseActKind::kMove, .incident = "B", .other = "C", .alerts = {"c"}, .seen_other = {"d"}});
  EXPECT_EQ(where(acts.book(), "b"), "B");
  EXPECT_EQ(where(acts.book(), "c"), "C");
  EXPECT_EQ(where(acts.book(), "d"), "C");
  acts.undo(split, "A");
  EXPECT_EQ(where(acts.book(), "b"), "A");
  EXPECT_EQ(where(acts.book(), "c"), "C") << "it was moved afterwards";
}

TEST(CaseBook, Tasks) {
  Acts acts;
  const std::int64_t first = acts.add({.kind = CaseActKind::kTask, .incident = "A", .text = "ask"});
  acts.add({.kind = CaseActKind::kTask, .incident = "A", .text = "look"});
  const std::int64_t done = acts.add({.kind = CaseActKind::kDone, .incident = "A", .of = first});
  ASSERT_EQ(acts.book().of("A")->tasks.size(), 2u);
  EXPECT_TRUE(acts.book().of("A")->tasks[0].done);
  EXPECT_FALSE(acts.book().of("A")->tasks[1].done);
  acts.undo(done, "A");
  EXPECT_FALSE(acts.book().of("A")->tasks[0].done);
}

TEST(CaseBook, AnAlertsOwnVerdictStandsAboveThatOfItsIncident) {
  Acts acts;
  acts.add({.kind = CaseActKind::kVerdict, .incident = "", .verdict = Verdict::kTruePositive, .alerts = {"a"}});
  const std::int64_t closed = acts.add(closing("A", Verdict::kFalsePositive, {"a", "b"}));
  EXPECT_EQ(acts.book().verdict("a").verdict, Verdict::kTruePositive);
  EXPECT_EQ(acts.book().verdict("b").verdict, Verdict::kFalsePositive);
  EXPECT_TRUE(acts.book().verdict("b").of_incident);
  EXPECT_EQ(acts.book().verdict("c").verdict, Verdict::kNone);
  ASSERT_EQ(acts.book().verdicts().size(), 2u);
  EXPECT_EQ(acts.book().verdicts()[0].alert, "a") << "as they were said";
  acts.undo(closed, "A");
  EXPECT_EQ(acts.book().verdict("b").verdict, Verdict::kNone);
  acts.add({.kind = CaseActKind::kVerdict, .incident = "", .verdict = Verdict::kNone, .alerts = {"a"}});
  EXPECT_TRUE(acts.book().verdicts().empty());
}

/// The same by asking, for each alert, every act from the last to the first.
struct SlowCases {
  std::vector<CaseAct> acts;

  bool counts(std::int64_t number) const {
    for (auto act = acts.rbegin(); act != acts.rend() && act->number > number; ++act) {
      if (act->kind == CaseActKind::kUndo && act->of == number && counts(act->number)) return false;
    }
    return true;
  }
  static bool has(const std::vector<std::string>& ids, const std::string& id) { return std::ranges::find(ids, id) != ids.end(); }
  std::string where(const std::string& alert) const {
    for (auto act = acts.rbegin(); act != acts.rend(); ++act) {
      const bool moves = act->kind == CaseActKind::kMerge || act->kind == CaseActKind::kSplit || act->kind == CaseActKind::kMove;
      if (moves && has(act->alerts, alert)) return (act->kind == CaseActKind::kMerge) == counts(act->number) ? act->incident : act->other;
      if (has(act->seen_other, alert)) return act->other;
      if (has(act->seen, alert)) return act->incident;
    }
    return {};
  }
  Verdict verdict(const std::string& alert) const {
    for (auto act = acts.rbegin(); act != acts.rend(); ++act) {
      if (act->kind == CaseActKind::kVerdict && has(act->alerts, alert) && counts(act->number)) return act->verdict;
    }
    const std::string incident = where(alert);
    for (auto act = acts.rbegin(); act != acts.rend(); ++act) {
      if (act->kind == CaseActKind::kStatus && act->incident == incident && counts(act->number)) return act->status == CaseStatus::kClosed ? act->verdict : Verdict::kNone;
    }
    return Verdict::kNone;
  }
};

CaseAct attaching(std::string incident, std::string place) {
  CaseAct act{.kind = CaseActKind::kAttach, .incident = std::move(incident), .text = "from the mail"};
  act.file = {.place = std::move(place), .name = "sample.exe", .sha256 = "ab", .bytes = 7};
  return act;
}

TEST(CaseBook, AttachmentsGoWhereTheirIncidentGoes) {
  Acts acts;
  const std::int64_t first = acts.add(attaching("A", "p1")), second = acts.add(attaching("B", "p2"));
  EXPECT_TRUE(acts.book().attachments("C").empty());
  const auto places = [&](std::string_view incident) {
    std::string all;
    const CaseBook book = acts.book();
    for (const CaseAttachment* const one : book.attachments(incident)) all += one->file.place + (one->removed != 0 ? "(removed) " : " ");
    return all;
  };
  EXPECT_EQ(places("A"), "p1 ");
  const std::int64_t merge = acts.add({.kind = CaseActKind::kMerge, .incident = "B", .other = "A"});
  EXPECT_EQ(places("B"), "p1 p2 ");
  EXPECT_EQ(places("A"), "");
  acts.add({.kind = CaseActKind::kMerge, .incident = "C", .other = "B"});
  EXPECT_EQ(places("C"), "p1 p2 ") << "over two merges";
  acts.add({.kind = CaseActKind::kDetach, .incident = "C", .text = "done with it", .of = first});
  EXPECT_EQ(places("C"), "p1(removed) p2 ");
  const CaseBook book = acts.book();
  ASSERT_EQ(book.attachments("C").size(), 2u);
  const CaseAttachment& gone = *book.attachments("C").front();
  EXPECT_EQ(gone.act, first);
  EXPECT_EQ(gone.file.sha256, "ab");
  EXPECT_EQ(gone.text, "from the mail");
  EXPECT_EQ(gone.removed_why, "done with it");
  EXPECT_EQ(gone.removed_by, "user ada");
  EXPECT_EQ(book.attachments("C").back()->act, second);
  acts.undo(merge, "B");
  EXPECT_EQ(places("A"), "p1(removed) ") << "back with the merge taken back";
  EXPECT_EQ(places("C"), "p2 ");
  acts.add({.kind = CaseActKind::kMove, .incident = "A", .other = "D", .alerts = {"x"}});
  EXPECT_EQ(places("A"), "p1(removed) ") << "alerts that move leave them";
  acts.add({.kind = CaseActKind::kDetach, .incident = "A", .of = 999});
  acts.add({.kind = CaseActKind::kDetach, .incident = "A", .of = merge});
  EXPECT_EQ(places("A"), "p1(removed) ");
}

TEST(CaseBook, IsWhatItsSlowTwinSays) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto one_of = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
    const auto incident = [&] { return std::string(1, static_cast<char>('A' + one_of(4))); };
    const auto alerts = [&] {
      std::vector<std::string> ids;
      for (unsigned i = one_of(4); i > 0; --i) ids.emplace_back(1, static_cast<char>('a' + one_of(8)));
      return ids;
    };
    Acts acts;
    SlowCases slow;
    for (int i = 0; i < 40; ++i) {
      CaseAct act;
      act.kind = static_cast<CaseActKind>(one_of(kCaseActWords.size()));
      act.incident = incident();
      act.number = i + 1;
      if (act.kind == CaseActKind::kUndo) act.of = 1 + one_of(static_cast<unsigned>(i) + 1);
      if (act.kind == CaseActKind::kVerdict || act.kind >= CaseActKind::kMerge) act.alerts = alerts();
      if (act.kind >= CaseActKind::kMerge && act.kind <= CaseActKind::kMove) act.other = incident();
      if (act.kind == CaseActKind::kMove) act.seen_other = alerts();
      if (act.kind == CaseActKind::kUndo) act.alerts.clear();
      std::erase_if(act.seen_other, [&](const std::string& id) { return SlowCases::has(act.alerts, id); });
      act.status = static_cast<CaseStatus>(one_of(kCaseStatusWords.size()));
      act.verdict = static_cast<Verdict>(one_of(kVerdictWords.size()));
      act.seen = alerts();
      std::erase_if(act.seen, [&](const std::string& id) { return SlowCases::has(act.alerts, id) || SlowCases::has(act.seen_other, id); });
      slow.acts.push_back(act);
      acts.add(act);
    }
    const CaseBook book = acts.book();
    for (std::int64_t number = 1; number <= 40; ++number) ASSERT_EQ(book.counts(number), slow.counts(number)) << "seed " << seed << ", act " << number;
    for (char alert = 'a'; alert < 'i'; ++alert) {
      ASSERT_EQ(where(book, std::string(1, alert)), slow.where(std::string(1, alert))) << "seed " << seed << ", alert " << alert;
      ASSERT_EQ(book.verdict(std::string(1, alert)).verdict, slow.verdict(std::string(1, alert))) << "seed " << seed << ", alert " << alert;
    }
  }
}

}  // namespace
}  // namespace tocsin::analyze
