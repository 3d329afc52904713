#include "respond/cacao/drawing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "respond/cacao/draw_layout.h"

namespace tocsin::cacao {
namespace {

class Drawing : public testing::Test {
 protected:
  Drawing() {
    playbook_.name = "Block an address";
    playbook_.workflow_start = "start--1";
    step("start--1", StepType::kStart).on_completion = "action--2";
    Step& ask = step("action--2", StepType::kAction);
    ask.name = "Ask", ask.agent = "group--9", ask.out_args = {"__answer__"}, ask.timeout_ms = 300'000, ask.on_success = "if-condition--3", ask.on_failure = "end--8";
    ask.commands.push_back({.type = "manual", .description = {}, .version = {}, .activity = {}, .command = "May it be blocked?\nSay why.", .headers = {}, .content = {}, .pointer = {}});
    Step& choice = step("if-condition--3", StepType::kIf);
    choice.condition = "__answer__:value = 'yes'", choice.on_true = "action--4", choice.on_false = "end--8", choice.on_completion = "action--5";
    Step& block = step("action--4", StepType::kAction);
    block.name = "Block", block.targets = {"net-address--7"}, block.delay_ms = 1'500, block.on_completion = "end--8";
    step("action--5", StepType::kAction).on_completion = "action--2";
    step("end--8", StepType::kEnd);
    playbook_.agents["group--9"].type = "group";
    playbook_.agents["group--9"].name = "Those on call";
    playbook_.targets["net-address--7"].type = "net-address";
    playbook_.targets["net-address--7"].name = "Firewall";
    playbook_.targets["net-address--7"].address["ipv4"] = {"192.0.2.1"};
    playbook_.variables["__ip__"] = {.type = VariableType::kIpv4, .description = "what is blocked", .value = std::nullopt, .constant = false, .external = true};
  }
  Step& step(const std::string& id, StepType type) {
    Step& made = playbook_.workflow[id];
    made.id = id, made.type = type;
    return made;
  }

  Playbook playbook_;
};

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size()) ++count;
  return count;
}

TEST_F(Drawing, TheTreeSaysWhatIsDoneByWhomAndWhereItGoes) {
  EXPECT_EQ(draw_text(playbook_, {}),
            "     \"Block an address\"\n"
            "       needs __ip__ (ipv4-addr): what is blocked\n"
            "\n"
            "   1 start\n"
            "   2 Ask\n"
            "         manual: May it be blocked? …\n"
            "         by Those on call (group)\n"
            "         gives __answer__\n"
            "         may take 5 min\n"
            "       if it fails:\n"
            "         end\n"
            "   3 if __answer__:value = 'yes'\n"
            "       if true:\n"
            "   4     Block\n"
            "             to Firewall (net-address 192.0.2.1)\n"
            "             waits 1500 ms first\n"
            "         end\n"
            "       if false:\n"
            "         end\n"
            "     then:\n"
            "   5 action\n"
            "     go on with 2\n");
  step("action--6", StepType::kAction).on_completion = "nowhere--1";
  playbook_.workflow_exception = "action--4";
  EXPECT_NE(draw_text(playbook_, {}).find("     where a step fails that says nothing about it:\n       go on with 4\n     reached by no way:\n   6   action\n"), std::string::npos) << draw_text(playbook_, {});
}

TEST_F(Drawing, NoLineIsLongerThanTheTerminal) {
  Step* above = &playbook_.workflow.at("action--5");
  for (int i = 0; i < 60; ++i) {
    const std::string id = fmt::format("if-condition--1{:02}", i);
    above->on_completion.clear();
    (above->type == StepType::kIf ? above->on_true : above->on_success) = id;
    above = &step(id, StepType::kIf);
    above->condition = "__answer__:value IN ('\xE6\xBC\xA2\xE5\xAD\x97', 'some longer words that have to be broken somewhere', 'andonewithoutanyblanksinitthatislongerthanaline')";
  }
  for (const std::size_t columns : {40u, 80u, 200u}) {
    std::string text = draw_text(playbook_, {.columns = columns});
    EXPECT_GT(count_of(text, "\n"), 150u);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      EXPECT_LE(columns_of(std::string_view(text).substr(at, end - at)), columns);
      at = end + 1;
    }
  }
}

TEST_F(Drawing, TextsAreHarmless) {
  playbook_.name = "<script>alert(1)</script>&\"\x1b[2J";
  playbook_.workflow.at("action--2").name = "a\x1b]0;x\x07 <b>\xE2\x80\xAE";
  playbook_.workflow.at("action--2").commands[0].command = "\x1b[31m</text><script>";
  playbook_.agents.at("group--9").name = "]]><![CDATA[\x01";
  const std::string text = draw_text(playbook_, {}), picture = draw_svg(playbook_);
  for (const std::string* const drawn : {&text, &picture}) {
    EXPECT_TRUE(std::ranges::none_of(*drawn, [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\n') || c == 0x7f; }));
    EXPECT_EQ(drawn->find("\xE2\x80\xAE"), std::string::npos) << "turns the direction of writing round";
  }
  EXPECT_EQ(picture.find("<script"), std::string::npos);
  EXPECT_EQ(picture.find("<b>"), std::string::npos);
  EXPECT_EQ(picture.find("<!["), std::string::npos);
  EXPECT_NE(picture.find("&lt;script&gt;"), std::string::npos);
}

TEST_F(Drawing, ThePictureHasEveryStepAndWay) {
  const std::string picture = draw_svg(playbook_);
  EXPECT_EQ(count_of(picture, "<rect "), 6u);
  EXPECT_EQ(count_of(picture, "<path class=\"way"), 8u);
  EXPECT_EQ(count_of(picture, "way fail\" marker-end=\"url(#failtip)\""), 1u);
  for (const char* const part : {">May", "Those on call", "Firewall (net-address 192.0.2.1)", ">if true<", ">if false<", ">if it fails<", "prefers-color-scheme:dark"}) EXPECT_EQ(count_of(picture, part) > 0, std::string_view(part) != ">May") << part;
  EXPECT_EQ(count_of(picture, "http"), 1u) << "the name space alone: nothing is fetched";
}

TEST(Layout, BoxesStandBelowWhatLeadsToThemAndApart) {
  constexpr std::size_t kBoxes = 120;
  std::vector<Box> boxes;
  std::vector<Way> ways;
  for (std::size_t i = 0; i < kBoxes; ++i) {
    boxes.push_back({.width = 60 + static_cast<double>(i * 37 % 90), .height = 20 + static_cast<double>(i * 13 % 50)});
    for (std::size_t k = 1; k <= 3; ++k) {
      if (const std::size_t to = i + 1 + i * k * 7 % 20; to < kBoxes) ways.push_back({.from = i, .to = to});
    }
  }
  ways.push_back({.from = 100, .to = 3});
  ways.push_back({.from = 7, .to = 7});
  const Layout layout = lay_out(boxes, ways);
  for (std::size_t i = 0; i + 2 < ways.size(); ++i) {
    const Box &from = layout.boxes[ways[i].from], &to = layout.boxes[ways[i].to];
    EXPECT_LT(from.y + from.height, to.y);
    EXPECT_EQ(layout.ways[i].bends.size(), 2 * (to.layer - from.layer - 1));
  }
  for (std::size_t a = 0; a < kBoxes; ++a) {
    const Box& one = layout.boxes[a];
    EXPECT_TRUE(one.x >= 0 && one.x + one.width <= layout.width && one.y >= 0 && one.y + one.height <= layout.height);
    for (std::size_t b = a + 1; b < kBoxes; ++b) {
      const Box& other = layout.boxes[b];
      EXPECT_TRUE(one.x + one.width < other.x || other.x + other.width < one.x || one.y + one.height < other.y || other.y + other.height < one.y) << a << " and " << b;
    }
  }
}

/// A thousand steps that lead to each other in all directions, and a thousand in a row.
TEST(Layout, TheLargestPlaybooksAreDrawn) {
  Playbook playbook;
  for (std::size_t i = 0; i < 1'000; ++i) {
    Step& one = playbook.workflow[fmt::format("switch-condition--{:03}", i)];
    one.type = StepType::kSwitch;
    for (std::size_t k = 0; k < 25; ++k) one.cases[std::to_string(k)] = fmt::format("switch-condition--{:03}", (i * i + k * 37 + 1) % 1'000);
  }
  playbook.workflow_start = "switch-condition--000";
  EXPECT_EQ(count_of(draw_svg(playbook), "<rect "), 1'000u);
  EXPECT_GT(draw_text(playbook, {}).size(), 1'000u);
  for (auto& [id, one] : playbook.workflow) one.cases = {{"a", fmt::format("switch-condition--{:03}", std::stoi(id.substr(18)) + 1)}};
  EXPECT_EQ(count_of(draw_svg(playbook), "<path class=\"way"), 999u);
  EXPECT_GT(draw_text(playbook, {}).size(), 1'000u);
  EXPECT_EQ(count_of(draw_svg(Playbook()), "<rect "), 0u);
}

TEST(Words, AreCutAndBrokenByPlaces) {
  EXPECT_EQ(columns_of("a\xE6\xBC\xA2" "e\xCC\x81"), 4u);
  EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to("abcdef", 4), "abc…");
  EXPECT_EQ(lines_of("ab cd efghij", 5), (std::vector<std::string>{"ab cd", "efghi", "j"}));
  EXPECT_EQ(lines_of("", 5), std::vector<std::string>{""});
  EXPECT_EQ(lines_of("\xE6\xBC\xA2\xE6\xBC\xA2", 1).size(), 2u) << "a wide one has to fit";
}

}  // namespace
}  // namespace tocsin::cacao
