#include "respond/engine/splice.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

namespace tocsin::respond {
namespace {

cacao::Variables values(std::string_view x, cacao::VariableType type = cacao::VariableType::kString, bool constant = false) {
  cacao::Variables all;
  all["__x__"] = {.type = type, .description = "", .value = std::string(x), .constant = constant, .external = false};
  all["__none__"] = {};
  return all;
}

Result<std::string> spliced(std::string_view text, Splice how, const cacao::Variables& all) {
  return splice(text, how, [&](std::string_view name) {
    const auto found = all.find(name);
    return found == all.end() ? nullptr : &found->second;
  });
}

std::string good(std::string_view text, Splice how, std::string_view x) {
  const Result<std::string> result = spliced(text, how, values(x));
  return result ? *result : "error: " + result.error().message;
}

TEST(Splice, AValueIsOneArgumentOfAShell) {
  EXPECT_EQ(good("touch __x__:value", Splice::kPosix, "a b;rm -r $HOME `id` \"q\""), "touch 'a b;rm -r $HOME `id` \"q\"'");
  EXPECT_EQ(good("touch /tmp/__x__:value.log --mode=__x__:value", Splice::kPosix, "it's"), "touch /tmp/'it'\\''s'.log --mode='it'\\''s'");
  EXPECT_EQ(good("Get-Item __x__:value", Splice::kPowershell, "it's \u2019 $x"), "Get-Item 'it''s \u2019\u2019 $x'");
}

TEST(Splice, AShellRunsIt) {
  std::mt19937 random(7);
  const std::string_view letters = "ab'\"\\$`;|&<>(){}*?!# -~\xc3\xa9=/";
  for (int i = 0; i < 60; ++i) {
    std::string value = "v";
    for (std::size_t length = random() % 20; length > 0; --length) value += letters[random() % letters.size()];
    const Result<std::string> command = spliced("printf %s __x__:value", Splice::kPosix, values(value));
    ASSERT_TRUE(command) << command.error().message;
    std::FILE* const pipe = ::popen(command->c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    char buffer[200] = {};
    const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe);
    ::pclose(pipe);
    EXPECT_EQ(std::string(buffer, got), value) << *command;
  }
}

TEST(Splice, WhereItCannotBeToldForSureItIsRefused) {
  for (const std::string_view text : {"echo \"__x__:value\"", "echo '__x__:value'", "echo `__x__:value`", "echo $__x__:value", "echo \\__x__:value", "# __x__:value", "cat <<EOF\n__x__:value", "__x__:value -l", "ls; __x__:value", "ls | __x__:value",
                                      "$(__x__:value)", "A=1 __x__:value", "sh -c __x__:value", "sudo __x__:value", "eval __x__:value", "xargs __x__:value", "if __x__:value"}) {
    EXPECT_FALSE(spliced(text, Splice::kPosix, values("y"))) << text;
  }
  for (const std::string_view text : {"echo \"__x__:value\"", "echo \u201c__x__:value", "echo \u2018__x__:value", "iex __x__:value", "& __x__:value", "echo `__x__:value", "powershell -Command __x__:value", "cmd --% __x__:value"}) {
    EXPECT_FALSE(spliced(text, Splice::kPowershell, values("y"))) << text;
  }
  EXPECT_FALSE(spliced("rm __x__:value", Splice::kPosix, values("-rf"))) << "an option";
  EXPECT_TRUE(spliced("nice -n __x__:value", Splice::kPosix, values("-5", cacao::VariableType::kInteger)));
  EXPECT_FALSE(spliced("rm __x__:value", Splice::kPosix, values("a\nb"))) << "a line";
  EXPECT_FALSE(spliced("rm __none__:value", Splice::kPosix, values("")));
  EXPECT_FALSE(spliced("rm __gone__:value", Splice::kPosix, values("")));
}

TEST(Splice, ACommandThatIsAVariableIsRunOnlyIfItIsConstant) {
  EXPECT_EQ(*spliced("__x__:value", Splice::kPosix, values("ls -la", cacao::VariableType::kString, true)), "ls -la");
  EXPECT_FALSE(spliced("__x__:value", Splice::kPosix, values("ls -la")));
}

TEST(Splice, APathAHeaderAndADocumentStayWhatTheyAre) {
  EXPECT_EQ(good("/block/__x__:value?by=__x__:value", Splice::kUrl, "a/../b c&d=1?#"), "/block/a%2F..%2Fb%20c%26d%3D1%3F%23?by=a%2F..%2Fb%20c%26d%3D1%3F%23");
  EXPECT_TRUE(good("/block/__x__:value", Splice::kUrl, "..").starts_with("error"));
  EXPECT_TRUE(good("Bearer __x__:value", Splice::kLine, "a\r\nX-Evil: 1").starts_with("error"));
  EXPECT_EQ(good("<a>__x__:value</a>", Splice::kXml, "</a><b x='1'>&"), "<a>&lt;/a&gt;&lt;b x=&apos;1&apos;&gt;&amp;</a>");
  const cacao::Variables hostile = values("\",\"admin\":true,\"x\":\"");
  const auto lookup = [&](std::string_view name) { return name == "__x__" ? &hostile.at("__x__") : nullptr; };
  EXPECT_EQ(*splice_json(R"({"name":"a __x__:value","n":[1,"__x__:value"]})", lookup), R"({"name":"a \",\"admin\":true,\"x\":\"","n":[1,"\",\"admin\":true,\"x\":\""]})");
  EXPECT_FALSE(splice_json(R"({"__x__:value":1})", lookup));
  EXPECT_FALSE(splice_json(R"({"n":__x__:value})", lookup));
}

}  // namespace
}  // namespace tocsin::respond
