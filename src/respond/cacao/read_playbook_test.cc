#include "respond/cacao/read_playbook.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::cacao {
namespace {

constexpr std::string_view kStart = "start--00000000-0000-4000-8000-000000000001", kEnd = "end--00000000-0000-4000-8000-000000000002", kAction = "action--00000000-0000-4000-8000-000000000003";

/// A playbook with these members more, or others; `workflow` beside a start and an end.
std::string playbook(std::string_view more = "", std::string_view workflow = "") {
  return fmt::format(
      R"({{"type":"playbook","spec_version":"cacao-2.0","id":"playbook--00000000-0000-4000-8000-000000000000","name":"P","created_by":"identity--00000000-0000-4000-8000-000000000009",)"
      R"("created":"2026-01-31T09:00:00Z","modified":"2026-01-31T09:00:00.000Z","workflow_start":"{0}",{2}"workflow":{{"{0}":{{"type":"start","on_completion":"{1}"}},{3}"{1}":{{"type":"end"}}}}}})",
      kStart, kEnd, more, workflow);
}

std::string step(std::string_view id, std::string_view members) { return fmt::format(R"("{}":{{{}}},)", id, members); }
std::string action(std::string_view members) { return step(kAction, fmt::format(R"("type":"action","agent":"group--00000000-0000-4000-8000-000000000004",{})", members)); }

std::string mistakes(const std::string& text) {
  std::string all;
  for (const Mistake& mistake : read_playbook(text).mistakes) {
    all += fmt::format("{}{}: {}\n", mistake.kind == Mistake::Kind::kError ? "" : "warning: ", mistake.pointer, mistake.message);
  }
  return all;
}

TEST(ReadPlaybook, AllOfIt) {
  const std::string text = playbook(
      R"("description":"D","playbook_types":["detection"],"priority":3,"severity":70,"labels":["a"],"valid_until":"2027-01-01T00:00:00Z","workflow_exception":"end--00000000-0000-4000-8000-000000000002",)"
      R"("playbook_variables":{"__ip__":{"type":"ipv4-addr","value":"192.0.2.1","constant":true},"__later__":{"type":"string","value":null,"external":true}},)"
      R"("markings":["marking-tlp--00000000-0000-4000-8000-000000000006","marking-tlp--00000000-0000-4000-8000-000000000007"],)"
      R"("data_marking_definitions":{"marking-tlp--00000000-0000-4000-8000-000000000006":{"type":"marking-tlp","tlpv2_level":"TLP:AMBER"},"marking-tlp--00000000-0000-4000-8000-000000000007":{"type":"marking-tlp","tlpv2_level":"TLP:GREEN"}},)"
      R"("agent_definitions":{"group--00000000-0000-4000-8000-000000000004":{"type":"group","name":"People"}},)"
      R"("target_definitions":{"ssh--00000000-0000-4000-8000-000000000005":{"type":"ssh","name":"S","address":{"ipv4":["192.0.2.9"],"vlan":[7]},"port":"22","authentication_info":"user-auth--00000000-0000-4000-8000-000000000008"}},)"
      R"("authentication_info_definitions":{"user-auth--00000000-0000-4000-8000-000000000008":{"type":"user-auth","username":"u","kms":true,"kms_key_identifier":"box"}},)",
      action(R"("delay":0,"timeout":5000,"in_args":["__ip__"],"targets":["ssh--00000000-0000-4000-8000-000000000005"],"on_success":"end--00000000-0000-4000-8000-000000000002",)"
             R"("commands":[{"type":"ssh","command_b64":"bHMgLWxh"},{"type":"http-api","command":"GET /a HTTP/1.1","headers":{"Accept":["x","y"]},"content":"c"},{"type":"ftp","command":"get"}])") +
          step("if-condition--00000000-0000-4000-8000-000000000010", R"("type":"if-condition","condition":"__ip__:value = '192.0.2.1'","on_true":"end--00000000-0000-4000-8000-000000000002")") +
          step("switch-condition--00000000-0000-4000-8000-000000000011",
               R"("type":"switch-condition","switch":"__ip__:value","cases":{"a":"playbook-action--00000000-0000-4000-8000-000000000013","default":"end--00000000-0000-4000-8000-000000000002"})") +
          step("parallel--00000000-0000-4000-8000-000000000012",
               R"("type":"parallel","next_steps":["end--00000000-0000-4000-8000-000000000002","action--00000000-0000-4000-8000-000000000003"],"on_completion":"end--00000000-0000-4000-8000-000000000002")") +
          step("playbook-action--00000000-0000-4000-8000-000000000013", R"("type":"playbook-action","playbook_id":"playbook--00000000-0000-4000-8000-000000000014","out_args":["__later__"])"));
  const Reading reading = read_playbook(text);
  EXPECT_EQ(mistakes(text), "");
  ASSERT_TRUE(reading.is_good());
  const Playbook& read = reading.playbook;
  EXPECT_EQ(read.name, "P");
  EXPECT_EQ(read.severity, 70u);
  EXPECT_EQ(read.tlp(), Tlp::kAmber) << "the strictest";
  EXPECT_EQ(read.workflow_start, kStart);
  EXPECT_EQ(read.workflow.size(), 7u);
  EXPECT_EQ(read.variables.at("__ip__").type, VariableType::kIpv4);
  EXPECT_TRUE(read.variables.at("__ip__").constant);
  EXPECT_FALSE(read.variables.at("__later__").value);
  EXPECT_TRUE(read.variables.at("__later__").external);
  const Step& act = read.workflow.find(kAction)->second;
  EXPECT_EQ(act.type, StepType::kAction);
  EXPECT_EQ(act.timeout_ms, 5'000u);
  EXPECT_EQ(act.commands.at(0).command, "ls -la");
  EXPECT_EQ(act.commands.at(1).headers.at("Accept"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(act.commands.at(2).type, "ftp") << "whether it can be run is another question";
  EXPECT_EQ(act.commands.at(1).pointer, fmt::format("/workflow/{}/commands/1", kAction));
  EXPECT_EQ(read.workflow.at("switch-condition--00000000-0000-4000-8000-000000000011").cases.size(), 2u) << "a case may be any step";
  EXPECT_EQ(read.targets.at("ssh--00000000-0000-4000-8000-000000000005").address.at("vlan"), std::vector<std::string>{"7"});
  EXPECT_EQ(read.authentications.at("user-auth--00000000-0000-4000-8000-000000000008").kms_key, "box");
}

TEST(ReadPlaybook, EverythingThatIsWrongIsSaidAtOnce) {
  EXPECT_EQ(mistakes(R"({"type":"playbook","spec_version":"cacao-1.1","id":"x","name":"","workflow":[],"priority":101,"revoked":"no","created":"2026-01-31 09:00","colour":"red"})"),
            "/spec_version: 'cacao-1.1' is none of cacao-2.0\n"
            "/id: 'x' is no identifier (type--UUID)\n"
            "/name: is empty\n"
            ": 'created_by' is missing\n"
            "/created: '2026-01-31 09:00' is no time in UTC (2026-01-31T09:00:00.000Z)\n"
            ": 'modified' is missing\n"
            "/revoked: is neither true nor false\n"
            "/priority: is no whole number from 0 to 100\n"
            ": 'workflow_start' is missing\n"
            "/workflow: is no object\n"
            "warning: /colour: is not known here, and nothing is done with it\n");
}

TEST(ReadPlaybook, StepsSayWhatTheyMayHave) {
  const auto step_mistakes = [](std::string_view id, std::string_view members) { return mistakes(playbook("", step(id, members))); };
  constexpr std::string_view kIf = "if-condition--00000000-0000-4000-8000-000000000010", kParallel = "parallel--00000000-0000-4000-8000-000000000012";
  EXPECT_NE(step_mistakes(kIf, R"("type":"if-condition","condition":"")").find("'on_true' is missing"), std::string::npos);
  EXPECT_NE(step_mistakes(kIf, R"("type":"while-condition","condition":"x","on_true":"end--00000000-0000-4000-8000-000000000002")").find("none of 'while-condition'"), std::string::npos);
  EXPECT_NE(step_mistakes(kParallel, R"("type":"parallel","next_steps":["end--00000000-0000-4000-8000-000000000002"])").find("has one branch"), std::string::npos);
  EXPECT_NE(step_mistakes(kParallel, R"("type":"sideways")").find("/type: is no type of steps"), std::string::npos);
  EXPECT_NE(step_mistakes(kAction, R"("type":"action","commands":[],"agent":"a")").find("is an empty list"), std::string::npos);
  EXPECT_NE(mistakes(playbook("", action(R"("commands":[{"type":"ssh"}])"))).find("has neither 'command' nor 'command_b64'"), std::string::npos);
  EXPECT_NE(mistakes(playbook("", action(R"("commands":[{"type":"bash","command":"a","command_b64":"YQ=="}])"))).find("has both"), std::string::npos);
  EXPECT_NE(mistakes(playbook("", action(R"("commands":[{"type":"sigma","command_b64":"?"}])"))).find("is no Base64"), std::string::npos);
  EXPECT_NE(mistakes(playbook("", action(R"("on_completion":"end--00000000-0000-4000-8000-000000000002","on_failure":"end--00000000-0000-4000-8000-000000000002","commands":[{"type":"manual","command":"a"}])"))).find("either the one or the others"),
            std::string::npos);
  EXPECT_NE(mistakes(playbook(R"("playbook_variables":{"ip":{"type":"string"},"__x__":{"type":"colour"}},)")).find("/playbook_variables/ip: is no name"), std::string::npos);
  EXPECT_NE(mistakes(playbook(R"("playbook_variables":{"ip":{"type":"string"},"__x__":{"type":"colour"}},)")).find("/playbook_variables/__x__/type: is no type"), std::string::npos);
}

TEST(ReadPlaybook, WhatIsNoPlaybook) {
  EXPECT_EQ(mistakes("[]"), ": is no object\n");
  EXPECT_NE(mistakes("{").find("cannot be read as JSON"), std::string::npos);
  EXPECT_NE(mistakes(R"({"id":1,"id":2})").find("the name 'id' is twice"), std::string::npos);
  EXPECT_NE(mistakes(std::string(kPlaybookBytesMax + 1, ' ')).find("are the most"), std::string::npos);
  std::string many;
  for (int i = 0; i < 300; ++i) many += fmt::format(R"("x{}":1,)", i);
  EXPECT_TRUE(read_playbook(playbook(many)).is_good()) << "warnings";
  EXPECT_EQ(read_playbook(playbook(many)).mistakes.size(), kMistakesMax);
  std::string bad;
  for (int i = 0; i < 300; ++i) bad += fmt::format(R"("v{}":{{}},)", i);
  EXPECT_NE(mistakes(playbook(R"("playbook_variables":{)" + bad + R"("__y__":{"type":"string"}},)")).find("mistakes more"), std::string::npos);
}

/// RFC 6901, 3.
TEST(ReadPlaybook, PointersAreEscaped) { EXPECT_EQ(mistakes(playbook(R"("a/b~c":1,)")), "warning: /a~1b~0c: is not known here, and nothing is done with it\n"); }

/// Each may leave for itself and all above, and for none below.
TEST(ReadPlaybook, LevelsOfTlpAreInOrder) {
  const std::vector<std::string> names = {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"};
  for (std::size_t level = 0; level < names.size(); ++level) {
    for (std::size_t most = 0; most < names.size(); ++most) EXPECT_EQ(may_leave(tlp_named(names[level]).value(), tlp_named(names[most]).value()), level <= most) << names[level] << names[most];
    EXPECT_EQ(tlp_name(tlp_named(names[level]).value()), names[level]);
  }
  EXPECT_FALSE(tlp_named("TLP:WHITE"));
}

TEST(ReadPlaybook, Identifiers) {
  EXPECT_EQ(type_of_id("if-condition--00000000-0000-4000-8000-000000000010"), "if-condition");
  for (const char* const bad : {"", "action", "action-00000000-0000-4000-8000-000000000010", "Action--00000000-0000-4000-8000-000000000010", "--00000000-0000-4000-8000-000000000010",
                                "action--00000000-0000-4000-8000-00000000001g", "action--00000000x0000-4000-8000-000000000010", "-a--00000000-0000-4000-8000-000000000010", "ab---00000000-0000-4000-8000-000000000010"}) {
    EXPECT_EQ(type_of_id(bad), "") << bad;
  }
}

}  // namespace
}  // namespace tocsin::cacao
