#include "analyze/filter_proposal.h"

#include <gtest/gtest.h>

#include <deque>

#include "analyze/field_kind.h"
#include "analyze/filter_atoms.h"
#include "analyze/filter_document.h"

namespace tocsin::analyze {
namespace {

using Match = FieldCondition::Match;

/// A history in the making; alerts are a1, a2 …
struct History {
  std::deque<AlertFields> alerts;
  std::vector<JudgedEvent> judged;

  void add(Verdict verdict, std::vector<std::pair<std::string, std::string>> values) {
    AlertFields& alert = alerts.emplace_back();
    alert.alert = "a" + std::to_string(alerts.size());
    std::ranges::sort(values);
    for (const auto& [name, value] : values) {
      const bool more = !alert.fields.empty() && alert.fields.back().name == name;
      if (!more) alert.fields.push_back({name, entity_of(name), {}});
      alert.fields.back().values.emplace_back(value);
    }
    judged.push_back({&alert, verdict});
  }
  static EntityType entity_of(const std::string& name) {
    if (name == "Computer") return EntityType::kHost;
    if (name == "User") return EntityType::kUser;
    return name.ends_with("Image") ? EntityType::kProcess : EntityType::kNone;
  }
};

constexpr const char* kAgent = R"(C:\Program Files\Agent\agent.exe)";
constexpr const char* kWhoami = R"(C:\Windows\System32\whoami.exe)";

TEST(FilterProposal, TheDeedAndItsOriginAreEnough) {
  History history;
  for (int i = 0; i < 3; ++i) history.add(Verdict::kFalsePositive, {{"Image", kWhoami}, {"CommandLine", "whoami /all"}, {"ParentImage", kAgent}, {"ProcessId", std::to_string(i)}, {"Computer", "ws-1"}, {"Company", "Microsoft"}});
  history.add(Verdict::kTruePositive, {{"Image", kWhoami}, {"CommandLine", "whoami /all"}, {"ParentImage", R"(C:\Windows\System32\cmd.exe)"}, {"ProcessId", "7"}, {"Computer", "ws-1"}, {"Company", "Microsoft"}});
  const FilterProposal proposal = propose_filter(history.judged, {.asked = {"Image"}});
  ASSERT_EQ(proposal.selections.size(), 1u) << proposal.refusal;
  const FilterSelection wanted = {{"CommandLine", Match::kEqual, {"whoami /all"}}, {"ParentImage", Match::kEqual, {kAgent}}};
  EXPECT_EQ(proposal.selections.front(), wanted);
  EXPECT_EQ(proposal.hides, (std::vector<std::string>{"a1", "a2", "a3"}));
  EXPECT_TRUE(proposal.left.empty());
}

TEST(FilterProposal, WhatHidesTheOneHidesTheOther) {
  History history;
  for (int i = 0; i < 3; ++i) history.add(Verdict::kFalsePositive, {{"Image", kWhoami}, {"CommandLine", "whoami"}, {"ParentImage", kAgent}, {"ProcessId", std::to_string(i)}});
  // Other only in case, which does not count, in what an attacker chooses, and in what is never the same.
  history.add(Verdict::kTruePositive, {{"Image", kWhoami}, {"CommandLine", "WHOAMI"}, {"ParentImage", kAgent}, {"ProcessId", "9"}, {"Description", "x"}});
  const FilterProposal proposal = propose_filter(history.judged, {});
  EXPECT_TRUE(proposal.selections.empty());
  EXPECT_NE(proposal.refusal.find("the true positive a4"), std::string::npos) << proposal.refusal;
  ASSERT_EQ(proposal.left.size(), 3u);
  EXPECT_EQ(proposal.left.front().why, NotHidden::Why::kTruePositive);
  EXPECT_EQ(proposal.left.front().true_positive, "a4");
}

TEST(FilterProposal, TheOnlyHostAndTheOnlyUserAreTooWide) {
  History history;
  for (int i = 0; i < 5; ++i) history.add(Verdict::kFalsePositive, {{"Computer", "ws-1"}, {"User", "SYSTEM"}, {"EventID", "1"}, {"Company", "Vendor"}, {"CommandLine", "run " + std::to_string(i)}});
  const FilterProposal proposal = propose_filter(history.judged, {});
  EXPECT_TRUE(proposal.selections.empty());
  EXPECT_NE(proposal.refusal.find("too wide"), std::string::npos) << proposal.refusal;
}

TEST(FilterProposal, AnImageAndItsCommandLineAreOneAspect) {
  History history;
  for (int i = 0; i < 3; ++i) history.add(Verdict::kFalsePositive, {{"Image", kWhoami}, {"CommandLine", "whoami"}});
  EXPECT_TRUE(propose_filter(history.judged, {}).selections.empty());
}

TEST(FilterProposal, OnceIsNoPatternUnlessSomebodySaysSo) {
  History history;
  history.add(Verdict::kFalsePositive, {{"CommandLine", "whoami"}, {"ParentImage", kAgent}});
  EXPECT_NE(propose_filter(history.judged, {}).refusal.find("3 are wanted"), std::string::npos);
  EXPECT_EQ(propose_filter(history.judged, {.least = 1}).selections.size(), 1u);
  EXPECT_NE(propose_filter({}, {}).refusal.find("none of the rule's alerts"), std::string::npos);
}

TEST(FilterProposal, BenignOnlyIfItIsAskedFor) {
  History history;
  for (int i = 0; i < 3; ++i) history.add(Verdict::kBenign, {{"CommandLine", "whoami"}, {"ParentImage", kAgent}});
  EXPECT_TRUE(propose_filter(history.judged, {}).selections.empty());
  EXPECT_EQ(propose_filter(history.judged, {.benign = true}).hides.size(), 3u);
}

TEST(FilterProposal, SeveralSelectionsWhereOneDoesNotDo) {
  History history;
  const auto add = [&](Verdict verdict, int count, const char* line, const char* parent) {
    for (int i = 0; i < count; ++i) history.add(verdict, {{"Image", kWhoami}, {"CommandLine", line}, {"ParentImage", parent}});
  };
  add(Verdict::kFalsePositive, 4, "one", R"(C:\a\a.exe)");
  add(Verdict::kFalsePositive, 3, "two", R"(C:\b\b.exe)");
  add(Verdict::kFalsePositive, 2, "three", R"(C:\c\c.exe)");
  add(Verdict::kTruePositive, 1, "one", R"(C:\b\b.exe)");
  add(Verdict::kTruePositive, 1, "two", R"(C:\a\a.exe)");
  add(Verdict::kTruePositive, 1, "three", R"(C:\a\a.exe)");
  const FilterProposal proposal = propose_filter(history.judged, {.asked = {"Image"}});
  ASSERT_EQ(proposal.selections.size(), 2u) << proposal.refusal;
  EXPECT_EQ(proposal.selections[0], (FilterSelection{{"CommandLine", Match::kEqual, {"one"}}, {"ParentImage", Match::kEqual, {R"(C:\a\a.exe)"}}}));
  EXPECT_EQ(proposal.selections[1], (FilterSelection{{"CommandLine", Match::kEqual, {"two"}}, {"ParentImage", Match::kEqual, {R"(C:\b\b.exe)"}}}));
  ASSERT_EQ(proposal.left.size(), 2u);
  EXPECT_EQ(proposal.left.front().why, NotHidden::Why::kTooFew);
}

TEST(FilterProposal, MoreSelectionsThanAPersonReadsAreLeft) {
  History history;
  for (std::size_t group = 0; group < kSelectionsMax + 2; ++group) {
    const std::string name = std::to_string(group), next = std::to_string((group + 1) % (kSelectionsMax + 2));
    for (int i = 0; i < 3; ++i) history.add(Verdict::kFalsePositive, {{"CommandLine", "run " + name}, {"ParentImage", "C:\\" + name + "\\a.exe"}});
    history.add(Verdict::kTruePositive, {{"CommandLine", "run " + name}, {"ParentImage", "C:\\" + next + "\\a.exe"}});
  }
  const FilterProposal proposal = propose_filter(history.judged, {});
  EXPECT_EQ(proposal.selections.size(), kSelectionsMax);
  ASSERT_EQ(proposal.left.size(), 6u);
  EXPECT_EQ(proposal.left.front().why, NotHidden::Why::kNoRoom);
}

TEST(FilterProposal, BeyondWhatIsCompared) {
  AlertFields attack{"t", kNoTime, "s", 0, {{"CommandLine", EntityType::kNone, {"x"}}}};
  AlertFields noise{"f", kNoTime, "s", 0, {{"CommandLine", EntityType::kNone, {"whoami"}}, {"ParentImage", EntityType::kProcess, {kAgent}}}};
  std::vector<JudgedEvent> judged(kJudgedMax + 1, {&attack, Verdict::kTruePositive});
  EXPECT_NE(propose_filter(judged, {}).refusal.find("more than can be held against a filter"), std::string::npos);
  judged.assign(kJudgedMax + 1, {&noise, Verdict::kFalsePositive});
  const FilterProposal proposal = propose_filter(judged, {});
  EXPECT_EQ(proposal.hides.size(), kJudgedMax);
  ASSERT_EQ(proposal.left.size(), 1u);
  EXPECT_EQ(proposal.left.front().why, NotHidden::Why::kNoRoom);
}

// -- conditions

std::vector<Atom> atoms_of(const std::vector<std::string>& values, const std::string& field = "ParentImage") {
  History history;
  for (const std::string& value : values) history.add(Verdict::kFalsePositive, {{field, value}});
  std::vector<const AlertFields*> events;
  for (const AlertFields& alert : history.alerts) events.push_back(&alert);
  return common_atoms(events, rule_fields(events, {}));
}

TEST(FilterAtoms, PathsAreCutAtWholeComponents) {
  std::vector<std::string> values;
  for (int i = 0; i < 6; ++i) values.push_back("C:\\Program Files\\Vendor\\v" + std::to_string(i) + "\\Bin\\x\\agent.exe");
  const std::vector<Atom> atoms = atoms_of(values);
  ASSERT_EQ(atoms.size(), 2u);
  EXPECT_EQ(atoms[0].condition, (FieldCondition{"ParentImage", Match::kStartsWith, {R"(C:\Program Files\Vendor\)"}}));
  EXPECT_EQ(atoms[0].points, 1u);
  EXPECT_EQ(atoms[1].condition, (FieldCondition{"ParentImage", Match::kEndsWith, {R"(\Bin\x\agent.exe)"}}));
  EXPECT_EQ(atoms[1].points, 1u);
}

TEST(FilterAtoms, FoldersOfEverybodyAreNoBeginning) {
  for (const char* folder : {R"(C:\Users\Public\Vendor\)", R"(C:\Windows\System32\)", R"(D:\Temp\a\b\)", "/usr/bin/x/", "/home/ann/bin/", R"(C:\Vendor\)", R"(\\server\share\x\)", "/usr/local/bin/x/", R"(HKU\S-1-5-21\Software\Vendor\)"}) {
    std::vector<std::string> values;
    for (int i = 0; i < 6; ++i) values.push_back(folder + std::to_string(i) + ".exe");
    EXPECT_TRUE(atoms_of(values).empty()) << folder;
  }
}

TEST(FilterAtoms, AProgramOfItsOwnFolderCountsTwice) {
  for (const char* path : {kAgent, "/opt/agent/bin/agentd", "/usr/local/agent/agentd"}) EXPECT_EQ(atoms_of({path}).front().points, 2u) << path;
  for (const char* path : {kWhoami, R"(C:\agent.exe)", R"(C:\Users\ann\agent.exe)", "/usr/bin/cron", "/usr/local/bin/x", "agent.exe", R"(C:\Program Files\Agent\..\x\agent.exe)"}) {
    EXPECT_EQ(atoms_of({path}).front().points, 1u) << path;
  }
}

TEST(FilterAtoms, APathThatClimbsOutAndACommandLineAreNoPaths) {
  std::vector<std::string> climbing, lines;
  for (int i = 0; i < 6; ++i) {
    climbing.push_back("C:\\Program Files\\Vendor\\..\\..\\x\\" + std::to_string(i));
    lines.push_back("C:\\Program Files\\Vendor\\agent.exe " + std::to_string(i));
  }
  EXPECT_TRUE(atoms_of(climbing).empty());
  EXPECT_TRUE(atoms_of(lines, "CommandLine").empty());
}

TEST(FilterAtoms, ValuesThatCannotStandThere) {
  for (const std::string value : {"", "-", "\xff", "tok-7wq2m4xkz5a3bdhe", "run [EMAIL]"}) EXPECT_TRUE(atoms_of({value}).empty()) << value;
  EXPECT_TRUE(atoms_of({std::string(kValueBytesMax + 1, 'x')}).empty());
  EXPECT_EQ(atoms_of({std::string(kValueBytesMax, 'x')}).size(), 1u);
  EXPECT_EQ(atoms_of({"tok-en of a talk"}).size(), 1u);
  EXPECT_TRUE(atoms_of({"x"}, "a|contains").empty());
  EXPECT_TRUE(atoms_of({"53971"}, "unknown").empty());
}

TEST(FilterAtoms, AsManyValuesAsAPersonReads) {
  EXPECT_EQ(atoms_of({"a", "b", "c", "A"}).front().condition.values, (std::vector<std::string>{"A", "b", "c"}));
  EXPECT_TRUE(atoms_of({"a", "b", "c", "d"}).empty());  // each its own: made anew each time
  EXPECT_TRUE(atoms_of({"a", "b", "c", "d", "e", "f", "a", "b", "c", "d", "e", "f"}).empty());
  History history;
  for (int i = 0; i < 40; ++i) history.add(Verdict::kFalsePositive, {{"field" + std::to_string(i), "x"}});
  AlertFields all = history.alerts.front();
  for (std::size_t i = 1; i < 40; ++i) all.fields.push_back(history.alerts[i].fields.front());
  EXPECT_EQ(common_atoms({&all}, {}).size(), kAtomsMax);
}

TEST(FilterAtoms, AnEventWithSeveralValuesHasTheOnesThatAllShare) {
  History history;
  history.add(Verdict::kFalsePositive, {{"ParentImage", "a"}, {"ParentImage", "b"}});
  history.add(Verdict::kFalsePositive, {{"ParentImage", "B"}});
  const std::vector<Atom> atoms = common_atoms({&history.alerts[0], &history.alerts[1]}, {});
  ASSERT_EQ(atoms.size(), 1u);
  EXPECT_EQ(atoms.front().condition.values, (std::vector<std::string>{"B"}));
}

TEST(FieldKind, ByNameAndEntity) {
  using enum EntityType;
  for (const char* name : {"UtcTime", "@timestamp", "ProcessGuid", "ProcessId", "EventRecordID", "LogonId", "SourcePort", "requestID", "process.pid", "message", "CreationUtcTime", "port", "IpPort"}) {
    EXPECT_EQ(field_kind(name, kNone), FieldKind::kVolatile) << name;
  }
  for (const char* name : {"CommandLine", "process.command_line", "ParentCommandLine", "ScriptBlockText", "TargetObject", "Hashes"}) EXPECT_EQ(field_kind(name, kNone), FieldKind::kDeed) << name;
  for (const char* name : {"Image", "ParentImage", "process.executable", "TargetFilename", "ServiceName"}) EXPECT_EQ(field_kind(name, kNone), FieldKind::kThing) << name;
  for (const char* name : {"Company", "Description", "OriginalFileName", "userAgent", "user_agent.original", "Product"}) EXPECT_EQ(field_kind(name, kNone), FieldKind::kClaim) << name;
  for (const char* name : {"EventID", "Channel", "Provider_Name"}) EXPECT_EQ(field_kind(name, kNone), FieldKind::kLabel) << name;
  EXPECT_EQ(field_kind("SubjectUserName", kUser), FieldKind::kContext);
  EXPECT_EQ(field_kind("UserId", kUser), FieldKind::kContext);
  EXPECT_EQ(field_kind("SubjectDomainName", kNone), FieldKind::kContext);
  EXPECT_EQ(field_kind("query", kDomain), FieldKind::kThing);
  EXPECT_EQ(field_kind("DestinationPort", kNone), FieldKind::kContext);
  EXPECT_EQ(field_kind("anything", kNone), FieldKind::kOther);
  EXPECT_EQ(field_kind("@", kNone), FieldKind::kOther);
  EXPECT_EQ(field_aspect("ParentImage", kProcess), FieldAspect::kOrigin);
  EXPECT_EQ(field_aspect("Image", kProcess), field_aspect("CommandLine", kNone));
  EXPECT_EQ(field_aspect("TargetFilename", kFile), FieldAspect::kTarget);
}

// -- the document

TEST(FilterDocument, TextsMeanThemselves) {
  EXPECT_EQ(sigma_escaped(R"(C:\x\*.exe?)"), R"(C:\x\\\*.exe\?)");
  EXPECT_EQ(sigma_escaped(R"(\\srv\x\)"), R"(\\\\srv\x\\)");
  EXPECT_EQ(yaml_quoted("it's"), "'it''s'");
  EXPECT_EQ(yaml_quoted("a\n\"\\"), R"("a\u000a\"\\")");
  EXPECT_EQ(yaml_quoted("\u202e"), R"("\u202e")");
}

TEST(FilterDocument, IsWhatItIsWritten) {
  FilterDocument document{.rule_id = "r", .rule_title = "Whoami", .log_source = {"windows", "process_creation", ""}, .owner = "ann", .date = "2026-11-24", .expires = "2027-02-22", .reason = "because"};
  document.selections = {{{"CommandLine", Match::kEqual, {"whoami", "whoami *"}}, {"Parent Image", Match::kEndsWith, {R"(\x\agent.exe)"}}}};
  document.false_positives = 4;
  EXPECT_EQ(filter_yaml(document), R"(title: 'Not: Whoami'
id: 5b81989a-2a0b-8e26-ad86-1f619c3cfa53
description: 'because'
author: 'ann'
date: '2026-11-24'
logsource:
    product: 'windows'
    category: 'process_creation'
filter:
    rules:
        - 'r'
    selection:
        CommandLine:
            - 'whoami'
            - 'whoami \*'
        'Parent Image|endswith': '\x\agent.exe'
    condition: not selection
custom:
    owner: 'ann'
    expires: '2027-02-22'
    reason: 'because'
    verdicts:
        false_positive: 4
        benign: 0
)");
  document.selections.push_back(document.selections.front());
  EXPECT_NE(filter_yaml(document).find("    filter_2:\n"), std::string::npos);
  EXPECT_NE(filter_yaml(document).find("    condition: not 1 of filter_*\n"), std::string::npos);
}

}  // namespace
}  // namespace tocsin::analyze
