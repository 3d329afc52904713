#include "respond/cacao/check_playbook.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tocsin::cacao {
namespace {

/// "action--1" stands for an identifier.
std::string id(std::string_view name) {
  const std::size_t dash = name.rfind("--");
  return fmt::format("{}--00000000-0000-4000-8000-{:0>12}", name.substr(0, dash), name.substr(dash + 2));
}

/// A playbook from a start to an end, as values; what is tested is added.
class CheckPlaybook : public testing::Test {
 protected:
  CheckPlaybook() {
    playbook_.workflow_start = id("start--1");
    step("start--1", StepType::kStart).on_completion = id("action--2");
    action("action--2").on_completion = id("end--3");
    step("end--3", StepType::kEnd);
    AgentTarget& people = playbook_.agents[id("group--9")];
    people.type = "group";
    people.pointer = "/agent_definitions/people";
  }
  Step& step(std::string_view name, StepType type) {
    Step& made = playbook_.workflow[id(name)];
    made.id = id(name);
    made.type = type;
    made.pointer = "/workflow/" + std::string(name);
    return made;
  }
  Step& action(std::string_view name, std::string_view type = "manual", std::string command = "look") {
    Step& made = step(name, StepType::kAction);
    made.agent = id("group--9");
    made.commands.push_back({.type = std::string(type), .description = {}, .version = {}, .activity = {}, .command = std::move(command), .headers = {}, .content = {}, .pointer = made.pointer + "/commands/0"});
    return made;
  }
  Step& act() { return playbook_.workflow.at(id("action--2")); }
  static Variable variable(VariableType type, std::optional<std::string> value, bool constant = false) { return {.type = type, .description = {}, .value = std::move(value), .constant = constant, .external = false}; }
  std::string mistakes(const CheckOptions& options = {}) const {
    std::string all;
    for (const Mistake& mistake : check_playbook(playbook_, options)) all += fmt::format("{}{}: {}\n", mistake.kind == Mistake::Kind::kError ? "" : "warning: ", mistake.pointer, mistake.message);
    return all;
  }
  bool says(std::string_view part) const { return mistakes().find(part) != std::string::npos; }

  Playbook playbook_;
};

TEST_F(CheckPlaybook, AGoodOneHasNoMistakes) { EXPECT_EQ(mistakes(), ""); }

TEST_F(CheckPlaybook, EveryReferenceLeadsSomewhere) {
  act().on_completion = id("end--4");
  act().agent = id("group--8");
  act().targets = {id("ssh--7")};
  playbook_.markings = {id("marking-tlp--6")};
  playbook_.workflow_exception = id("action--5");
  playbook_.targets[id("ssh--1")].authentication_info = id("user-auth--1");
  playbook_.targets[id("ssh--1")].pointer = "/target_definitions/box";
  act().extensions["extension-definition--x"] = boost::json::object();
  for (const char* const part : {"/workflow/action--2/on_completion: leads to 'end--00000000-0000-4000-8000-000000000004', which is no step", "/workflow/action--2/agent: is defined nowhere", "/workflow/action--2/targets/0: is defined nowhere",
                                 "/markings/0: is defined nowhere", "/workflow_exception: leads to", "/target_definitions/box/authentication_info: is defined nowhere", "/step_extensions/extension-definition--x: is defined nowhere"}) {
    EXPECT_TRUE(says(part)) << part << "\n" << mistakes();
  }
  playbook_.workflow_start = id("action--2");
  EXPECT_TRUE(says("/workflow_start: leads to a step that is no start"));
}

TEST_F(CheckPlaybook, EveryWayEnds) {
  act().on_completion.clear();
  EXPECT_TRUE(says("/workflow/action--2: nothing comes behind it")) << mistakes();
  act().on_failure = id("end--3");
  EXPECT_TRUE(says("/workflow/action--2: nothing comes behind it")) << "where it succeeds";
  act().on_success = id("end--3");
  EXPECT_EQ(mistakes(), "");
  playbook_.variables["__a__"] = variable(VariableType::kString, "x");
  Step& choice = step("if-condition--4", StepType::kIf);
  choice.condition = "EXISTS __a__:value", choice.on_true = id("end--3");
  act().on_success = id("if-condition--4");
  EXPECT_TRUE(says("'on_false' or 'on_completion' is missing"));
  choice.on_false = id("end--3");
  EXPECT_EQ(mistakes(), "");
  Step& cases = step("switch-condition--5", StepType::kSwitch);
  cases.switch_on = "__a__:value", cases.cases["x"] = id("end--3");
  choice.on_false = id("switch-condition--5");
  EXPECT_TRUE(says("the case 'default' or 'on_completion' is missing"));
  cases.cases["default"] = id("end--3");
  EXPECT_EQ(mistakes(), "");
  action("action--6").on_completion = id("end--3");
  EXPECT_EQ(mistakes(), "warning: /workflow/action--6: is reached by no way from the start\n");
}

TEST_F(CheckPlaybook, NothingGoesRoundWithoutAPause) {
  act().on_completion.clear();
  act().on_success = id("end--3");
  act().on_failure = id("action--4");
  Step& again = action("action--4");
  again.on_completion = id("action--2");
  EXPECT_TRUE(says("goes round through 2 steps without a pause")) << mistakes();
  again.delay_ms = 1'000;
  EXPECT_EQ(mistakes(), "");
  again.on_completion = id("end--3");
  again.delay_ms = 0;
  playbook_.variables["__a__"] = variable(VariableType::kString, "x");
  Step& loop = step("while-condition--5", StepType::kWhile);
  loop.condition = "EXISTS __a__:value", loop.on_true = id("action--6"), loop.on_completion = id("end--3");
  action("action--6").on_completion = id("end--3");
  act().on_failure = id("while-condition--5");
  EXPECT_TRUE(says("/workflow/while-condition--5: goes round without a pause while its condition holds")) << mistakes();
  playbook_.workflow.at(id("action--6")).delay_ms = 5;
  EXPECT_FALSE(says("pause")) << mistakes();
  playbook_.workflow.at(id("action--6")).delay_ms = 0;
  loop.delay_ms = 5;
  EXPECT_FALSE(says("pause")) << "its own will do";
  again.on_completion = id("action--4");
  EXPECT_TRUE(says("goes round through itself without a pause: give it"));
  again.delay_ms = 1;
  act().on_failure = id("action--4");
  EXPECT_TRUE(says("/workflow/action--4: no way from here leads to an end"));
}

/// The largest there may be, each step of which leads to twenty others.
TEST_F(CheckPlaybook, ManyWaysAreLookedAtAndTooManyAreNot) {
  for (std::size_t i = 0; i < 900; ++i) {
    Step& one = step(fmt::format("switch-condition--{}", 100 + i), StepType::kSwitch);
    one.switch_on = "__a__:value", one.on_completion = id("end--3");
    for (std::size_t k = 0; k < 20; ++k) one.cases[std::to_string(k)] = id(fmt::format("switch-condition--{}", 100 + (i + k * k + 1) % 900));
  }
  playbook_.variables["__a__"] = variable(VariableType::kString, "x");
  act().on_completion = id("switch-condition--100");
  EXPECT_TRUE(says("goes round through 900 steps without a pause")) << mistakes().substr(0, 400);
  for (auto& [name, one] : playbook_.workflow) {
    if (one.type == StepType::kSwitch) one.cases["x"] = one.cases["y"] = id("end--3");
  }
  EXPECT_TRUE(says("ways from step to step, 20000 are the most"));
  for (auto& [name, one] : playbook_.workflow) one.on_completion = "nowhere";
  EXPECT_EQ(check_playbook(playbook_, {}).size(), kMistakesMax + 1);
  EXPECT_TRUE(says("mistakes more"));
}

TEST_F(CheckPlaybook, VariablesAreThereAndFit) {
  playbook_.variables["__ip__"] = variable(VariableType::kIpv4, "192.0.2.1");
  playbook_.variables["__fixed__"] = variable(VariableType::kString, "x", true);
  act().commands[0].command = "look at __ip__:value and __gone__:value, not at __this__ nor __that";
  EXPECT_EQ(mistakes(), "/workflow/action--2/commands/0: uses __gone__, which is declared neither by the playbook nor by the step\n");
  act().variables["__gone__"] = variable(VariableType::kInteger, "7");
  EXPECT_EQ(mistakes(), "");
  act().in_args = {"__ip__", "__gone__:value", "__none__"};
  act().out_args = {"__fixed__", "__ip__"};
  EXPECT_EQ(mistakes(), "/workflow/action--2/in_args/2: names '__none__', which is declared neither by the playbook nor by the step\n/workflow/action--2/out_args/0: would change '__fixed__', which is constant\n");
  act().in_args.clear(), act().out_args.clear();
  act().variables["__ip__"] = variable(VariableType::kString, "y");
  EXPECT_TRUE(says("/workflow/action--2/step_variables/__ip__: is declared by the playbook, too"));
  act().variables.erase("__ip__");
  playbook_.variables["__ip__"].value = "192.0.2.256";
  playbook_.variables["__none__"] = variable(VariableType::kString, std::nullopt, true);
  EXPECT_EQ(mistakes(), "/playbook_variables/__ip__/value: is no value of type ipv4-addr\n/playbook_variables/__none__: is constant and has no value\n");
}

TEST_F(CheckPlaybook, ConditionsAndCasesAreOfTheTypesOfTheirVariables) {
  playbook_.variables["__n__"] = variable(VariableType::kInteger, "7");
  Step& choice = step("if-condition--4", StepType::kIf);
  choice.on_true = choice.on_false = id("switch-condition--5");
  act().on_completion = id("if-condition--4");
  Step& cases = step("switch-condition--5", StepType::kSwitch);
  cases.switch_on = "__n__:value", cases.on_completion = id("end--3");
  cases.cases = {{"7", id("end--3")}, {"8", id("end--3")}, {"default", id("end--3")}};
  choice.condition = "__n__:value > 3";
  EXPECT_EQ(mistakes(), "");
  choice.condition = "__n__:value > 3 AND";
  EXPECT_EQ(mistakes(), "/workflow/if-condition--4/condition: column 20: it ends where a variable (__name__:value) is to stand\n");
  choice.condition = "__n__:value LIKE '%' AND __none__:value = 1 OR __n__:value = 'x'";
  EXPECT_EQ(mistakes(),
            "/workflow/if-condition--4/condition: column 1: LIKE does not go with a variable of type integer\n"
            "/workflow/if-condition--4/condition: column 26: uses __none__, which is declared neither by the playbook nor by the step\n"
            "/workflow/if-condition--4/condition: column 62: 'x' is no value of type integer\n");
  choice.condition = "EXISTS __n__:value";
  cases.cases["007"] = cases.cases["x"] = id("end--3");
  EXPECT_EQ(mistakes(), "/workflow/switch-condition--5/cases/7: is the same value as the case '007'\n/workflow/switch-condition--5/cases/x: is no value of type integer, which __n__ has\n");
  cases.switch_on = "x__n__:value";
  EXPECT_TRUE(says("/workflow/switch-condition--5/switch: is no use of a variable"));
}

TEST_F(CheckPlaybook, ACommandThatIsAVariableIsAConstantOne) {
  playbook_.variables["__do__"] = variable(VariableType::kString, "ls");
  act().commands[0].type = "ssh";
  act().commands[0].command = "__do__:value";
  EXPECT_TRUE(says("runs whatever __do__ is"));
  playbook_.variables["__do__"].constant = true;
  EXPECT_EQ(mistakes(), "");
  playbook_.variables["__do__"].external = true;
  EXPECT_TRUE(says("runs whatever __do__ is")) << "who starts it would choose";
  act().commands[0].command = "ls __do__:value";
  EXPECT_EQ(mistakes(), "") << "an argument";
}

TEST_F(CheckPlaybook, CommandsAreOfTypesThatSomethingRuns) {
  act().commands[0].type = "openc2";
  EXPECT_TRUE(says("/workflow/action--2/commands/0/type: nothing here runs commands of type 'openc2' (CACAO 2.0 calls it 'openc2-http')"));
  act().commands[0].type = "http-api";
  const std::pair<const char*, const char*> wrong[] = {{"GET", "is no start line"}, {"FETCH /a HTTP/1.1", "has the method 'FETCH'"}, {"GET a HTTP/1.1", "asks for 'a', which is no path"}, {"GET /a b HTTP/1.1", "has a space"},
                                                       {"GET /a HTTP1.1", "no version of HTTP"}, {"GET https://example.org/ HTTP/1.1", "is no path"}};
  for (const auto& [line, words] : wrong) {
    act().commands[0].command = line;
    EXPECT_TRUE(says(words)) << line << "\n" << mistakes();
  }
  act().commands[0].command = "GET /a?x=1 HTTP/1.1";
  EXPECT_EQ(mistakes(), "");
  act().commands[0].type = "openc2-http";
  EXPECT_TRUE(says("is sent by POST"));
  playbook_.agents.at(id("group--9")).type = "soarca";
  EXPECT_TRUE(says("is an agent of type 'soarca', which is unknown here"));
  EXPECT_EQ(mistakes({.agent_types = {"soarca"}}).find("unknown here"), std::string::npos);
}

TEST_F(CheckPlaybook, NoSecretStandsThere) {
  Authentication& one = playbook_.authentications[id("user-auth--1")];
  one.pointer = "/authentication_info_definitions/x";
  one.secret = "hunter2";
  EXPECT_TRUE(says("/authentication_info_definitions/x: has a secret that everybody can read"));
  EXPECT_EQ(mistakes({.agent_types = {}, .allow_inline_secrets = true}), "");
  one.secret = "__secret__:value";
  EXPECT_EQ(mistakes(), "");
  one.secret = "x__secret__:value";
  EXPECT_TRUE(says("has a secret"));
}

TEST(Variables, UsesInATextAreFound) {
  const std::string_view text = "__a__:value,__b_c-1__:value __d__ __:value ____:value x__e__:value__f__:value __g__:values";
  std::string names;
  for (const VariableUse& use : variables_in(text)) {
    names += std::string(use.name) + " ";
    EXPECT_EQ(text.substr(use.at, use.size), std::string(use.name) + ":value");
  }
  EXPECT_EQ(names, "__a__ __b_c-1__ __e__ __f__ ");
}

}  // namespace
}  // namespace tocsin::cacao
