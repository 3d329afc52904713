#include "respond/policy/playbook_bindings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::respond {
namespace {

constexpr std::string_view kTwo = R"(
bindings: ours
description: D
playbooks:
  - playbook: playbook--1
    for: {rules: [r1, r2], tags: [attack.t1110]}
    variables: {__address__: ip, __account__: user}
  - playbook: playbook--2
    for: {stages: [credential-access, impact], tags: [attack.t1486]}
)";

std::string wrong(std::string_view text) {
  const Result<PlaybookBindings> bindings = read_playbook_bindings("b.yml", text);
  return bindings ? "" : bindings.error().message;
}

std::string started(std::string_view rule, const std::vector<std::string>& tags, const std::vector<std::string>& stages) {
  const PlaybookBindings bindings = read_playbook_bindings("b.yml", kTwo).value();
  const PlaybookBinding* const found = bindings.find(rule, tags, stages);
  return found == nullptr ? "" : found->playbook;
}

TEST(PlaybookBindings, TheNarrowestStarts) {
  EXPECT_EQ(started("r1", {"attack.t1486"}, {"impact"}), "playbook--1") << "the rule itself";
  EXPECT_EQ(started("r3", {"attack.t1110"}, {"impact"}), "playbook--1") << "its tag";
  EXPECT_EQ(started("r3", {"other", "attack.t1486", "attack.t1110"}, {}), "playbook--2") << "the alert's first";
  EXPECT_EQ(started("r3", {}, {"discovery", "impact"}), "playbook--2");
  EXPECT_EQ(started("r3", {}, {}), "");
}

TEST(PlaybookBindings, MistakesAreSaidAtOnceWithTheirPlaces) {
  EXPECT_EQ(wrong(kTwo), "");
  EXPECT_EQ(wrong("[]"), "b.yml:1:1: bindings are one YAML mapping of bindings, description and playbooks");
  EXPECT_EQ(wrong("playbooks:\n- playbook: x\n- playbook: playbook--1\n  for: {stages: [nowhere], rules: [a, a], hosts: [h]}\n  variables: {x: ip, __y__: colour}\n  when: now\n"),
            "b.yml:2:3: say which playbook: its identifier, playbook: playbook--UUID\n"
            "b.yml:2:3: say what starts it: for: {rules: […], tags: […], stages: […]}\n"
            "b.yml:4:18: 'nowhere' is no stage: a tactic of ATT&CK, such as lateral-movement\n"
            "b.yml:4:39: 'a' is bound on line 4 already: it would start two playbooks\n"
            "b.yml:4:43: 'hosts' is not a part of for (rules, tags, stages)\n"
            "b.yml:5:15: 'x' is no variable: __name__\n"
            "b.yml:5:29: 'colour' is no entity (host, user, process, file, hash, ip, domain, url, mailbox, cloud_resource)\n"
            "b.yml:6:3: 'when' is not a part of a binding (playbook, for, variables)\n"
            "b.yml:1:1: the bindings have no name; give them one with bindings: NAME");
}

TEST(PlaybookBindings, AllThatAPlaybookNeedsIsBoundToWhatFits) {
  const PlaybookBindings bindings = read_playbook_bindings("b.yml", kTwo).value();
  std::vector<BindablePlaybook> playbooks(2);
  playbooks[0].id = "playbook--1";
  playbooks[0].externals = {{"__address__", {.type = "ipv4-addr"}}, {"__account__", {.type = "string"}}, {"__note__", {.type = "string", .has_value = true}}};
  playbooks[1].id = "playbook--2";
  const auto said = [&] {
    const Status sound = check_bindings("b.yml", bindings, playbooks);
    return sound ? "" : sound.error().message;
  };
  EXPECT_EQ(said(), "");
  playbooks[0].externals["__account__"].type = "integer";
  playbooks[0].externals["__host__"] = {.type = "string"};
  playbooks[0].externals.erase("__address__");
  playbooks[1].id = "playbook--1";
  EXPECT_EQ(said(),
            "b.yml:5:5: there are two playbooks playbook--1: which one is meant?\n"
            "b.yml:5:5: the playbook needs __host__ (string), and nothing is bound to it: variables: {__host__: …}\n"
            "b.yml:5:5: __account__ is of type integer, which no user is\n"
            "b.yml:5:5: the playbook has no external variable __address__\n"
            "b.yml:8:5: playbook--2 is none of the playbooks that there are");
}

}  // namespace
}  // namespace tocsin::respond
