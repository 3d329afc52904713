#include "normalize/line_pattern.h"

#include <gtest/gtest.h>

#include <random>

#include "normalize/line_pattern_twin.h"

namespace tocsin {
namespace {

constexpr TimeUs kReference = 1'772'442'000'000'000;  // 2026-03-02T09:00:00Z

/// "name=text name=text", or "no".
std::string found(std::string_view pattern, std::string_view line) {
  const Result<LinePattern> compiled = LinePattern::compile(pattern);
  if (!compiled) return compiled.error().message;
  LineMatch match;
  if (!compiled->match(line, kReference, match)) return "no";
  EXPECT_TRUE(compiled->may_begin(line));
  std::string all;
  for (const LineMatch::Field& field : match) all += (all.empty() ? "" : " ") + compiled->names()[field.name] + "=" + std::string(field.text);
  return all;
}

std::string mistake(std::string_view pattern) {
  const Result<LinePattern> compiled = LinePattern::compile(pattern);
  return compiled ? "compiles" : compiled.error().message;
}

TEST(LinePattern, FieldsEndWhereWhatFollowsStands) {
  EXPECT_EQ(found("<a:word>: <b:rest>", "x:y: z w"), "a=x:y b=z w");
  EXPECT_EQ(found("user <a:text> from <b:ip>", "user x from y from 192.0.2.7"), "no");
  EXPECT_EQ(found("user <a:widest> from <b:ip>", "user x from y from 192.0.2.7"), "a=x from y b=192.0.2.7");
  EXPECT_EQ(found("[<a:text>]", "[]"), "a=");
  EXPECT_EQ(found("<a:name>.log", "x.y.log"), "a=x.y");
  EXPECT_EQ(found("<a:word><b:digits>", "abc"), "no");
  EXPECT_EQ(found("<a:digits><b:word>", "12abc"), "a=12 b=abc");
}

TEST(LinePattern, SpacesAreRunsAndMayEndTheLine) {
  EXPECT_EQ(found("a <b:word>", "a \t  x"), "b=x");
  EXPECT_EQ(found("a <b:word>", "ax"), "no");
  EXPECT_EQ(found("level: <m:rest>", "level:"), "m=");
  EXPECT_EQ(found("<a:text> <b:word>", "x    y"), "a=x b=y");
  EXPECT_EQ(found("a<tab>b", "a\tb"), "");
  EXPECT_EQ(found("a<tab>b", "a b"), "no");
  EXPECT_EQ(found("<<<a:text>>", "<x>"), "a=x");
}

TEST(LinePattern, OptionalPartsAreThereOrNot) {
  const char* const pattern = "<u:word><(> from <ip:ip><(> port <p:digits><)><)><(> (<why:text>)<)>";
  EXPECT_EQ(found(pattern, "ann"), "u=ann");
  EXPECT_EQ(found(pattern, "ann from 192.0.2.7"), "u=ann ip=192.0.2.7");
  EXPECT_EQ(found(pattern, "ann from 192.0.2.7 port 22 (x)"), "u=ann ip=192.0.2.7 p=22 why=x");
  EXPECT_EQ(found(pattern, "ann from nowhere"), "no");
  // A part that does not fit leaves nothing behind.
  EXPECT_EQ(found("<(><a:digits>-<)><b:rest>", "12+"), "b=12+");
}

TEST(LinePattern, TypesTakeTheirBytes) {
  EXPECT_EQ(found("<a:ip>:<b:digits>", "192.0.2.7:80"), "a=192.0.2.7 b=80");
  EXPECT_EQ(found("<a:ip> <b:rest>", "2001:db8::1 x"), "a=2001:db8::1 b=x");
  EXPECT_EQ(found("<a:ip>: <b:rest>", "2001:db8::1: x"), "a=2001:db8::1 b=x");
  EXPECT_EQ(found("<a:ip>", "fe80::1%eth0"), "a=fe80::1%eth0");
  EXPECT_EQ(found("<a:ip>", "192.0.2.300"), "no");
  EXPECT_EQ(found("<a:ip>.", "192.0.2.7."), "a=192.0.2.7");
  EXPECT_EQ(found("<a:host>:<b:digits>", "www.example.org:443"), "a=www.example.org b=443");
  EXPECT_EQ(found("<a:number>/<b:number>", "-1.5/+2"), "a=-1.5 b=+2");
  EXPECT_EQ(found("<a:hex> <b:hex>", "0xFF dead"), "a=0xFF b=dead");
  EXPECT_EQ(found("<a:quoted> <b:quoted>", R"("x \" y" 'z')"), R"(a=x \" y b=z)");
  EXPECT_EQ(found("<a:quoted>", "\"x"), "no");
  EXPECT_EQ(found("<a:csv>,<b:csv>,<c:csv>", R"(x,"y,""z",)"), R"(a=x b=y,""z c=)");
  EXPECT_EQ(found("<a:one INFO|INFORM> <b:rest>", "INFORM x"), "a=INFORM b=x");
  EXPECT_EQ(found("<_:word> <a:word>", "x y"), "a=y");
}

TEST(LinePattern, TimesByLayout) {
  const auto time = [](std::string_view layout, std::string_view text) {
    const Result<LinePattern> pattern = LinePattern::compile("<t:time " + std::string(layout) + ">");
    if (!pattern) return pattern.error().message;
    LineMatch match;
    if (!pattern->match(text, kReference, match)) return std::string("no");
    EXPECT_TRUE(pattern->may_begin(text)) << text;
    return format_time(match.time());
  };
  EXPECT_EQ(time("iso", "2026-03-02 08:15:30,120"), "2026-03-02T08:15:30.120000Z");
  EXPECT_EQ(time("bsd", "Mar  2 08:15:30"), "2026-03-02T08:15:30.000000Z");
  EXPECT_EQ(time("clf", "02/Mar/2026:08:15:30 +0100"), "2026-03-02T07:15:30.000000Z");
  EXPECT_EQ(time("ctime", "Mon Mar 02 08:15:30 2026"), "2026-03-02T08:15:30.000000Z");
  EXPECT_EQ(time("epoch", "1772439330"), "2026-03-02T08:15:30.000000Z");
  EXPECT_EQ(time("epoch", "1772439330.5"), "2026-03-02T08:15:30.500000Z");
  EXPECT_EQ(time("epoch", "1772439330120"), "2026-03-02T08:15:30.120000Z");
  EXPECT_EQ(time("epoch", "12345678"), "no");
  EXPECT_EQ(time("epoch", "9999999999999999999"), "2286-11-20T17:46:39.999999Z") << "nanoseconds, more than 63 bits of them";
  EXPECT_EQ(time("%Y-%m-%d-%H.%M.%S.%f", "2005-06-03-15.42.50.675872"), "2005-06-03T15:42:50.675872Z");
  EXPECT_EQ(time("%y%m%d %H%M%S", "081109 203615"), "2008-11-09T20:36:15.000000Z");
  EXPECT_EQ(time("%m.%d %H:%M:%S", "10.30 16:49:06"), "2025-10-30T16:49:06.000000Z");
  EXPECT_EQ(time("%Y%m%d-%-H:%-M:%-S:%L", "20171223-2:5:9:6"), "2017-12-23T02:05:09.006000Z");
  EXPECT_EQ(time("%d-%b-%Y %H:%M:%S.%f", "02-Mar-2026 08:15:30.12"), "2026-03-02T08:15:30.120000Z");
  EXPECT_EQ(time("%m/%d/%Y %I:%M:%S %p", "03/02/2026 08:15:30 PM"), "2026-03-02T20:15:30.000000Z");
  EXPECT_EQ(time("%Y-%m-%d %H:%M:%S %z", "2026-03-02 08:15:30 +02:00"), "2026-03-02T06:15:30.000000Z");
  EXPECT_EQ(time("%Y %j %H", "2026 061 08"), "2026-03-02T08:00:00.000000Z");
  EXPECT_EQ(time("%Y-%m-%d", "2026-02-30"), "no");
  EXPECT_EQ(time("%Y-%m-%d %H", "2026-02-03 24"), "no");
}

TEST(LinePattern, MistakesSayWhatAndWhere) {
  EXPECT_EQ(mistake("a <b:wort>").substr(0, 66), "at character 3 of the pattern: 'wort' is no type of a field (word,");
  EXPECT_EQ(mistake("a <b"), "at character 3 of the pattern: '<' begins a field such as <user:word>, and this one has no '>'; a '<' of the line itself is written <<");
  EXPECT_EQ(mistake("<b>"), "at character 1 of the pattern: '<b>' is no field: write <name:type>, with a name of letters, digits and _ - . @");
  EXPECT_EQ(mistake("<a:text><b:word>"), "<a:text> needs text behind it that says where it ends");
  EXPECT_EQ(mistake("<a:rest> x"), "<a:rest> is all that remains, so nothing can stand behind it");
  EXPECT_EQ(mistake("<(>x"), "at character 5 of the pattern: a part that begins with <(> has no end <)>");
  EXPECT_EQ(mistake("x<)>"), "at character 2 of the pattern: <)> ends a part that no <(> began");
  EXPECT_EQ(mistake("<(><)>x"), "at character 4 of the pattern: <(><)> is a part with nothing in it");
  EXPECT_EQ(mistake("<a:time %H:%M>"), "at character 1 of the pattern: '%H:%M' says no month and day, so it is no time");
  EXPECT_EQ(mistake("<a:one A||B>"), "at character 1 of the pattern: <name:one A|B|C> lists what can stand there, with | between");
  EXPECT_EQ(mistake("<a:word x>"), "at character 1 of the pattern: word takes no 'x'");
  EXPECT_EQ(mistake(""), "at character 1 of the pattern: an empty pattern");
}

TEST(LinePattern, HasLimits) {
  std::string deep, many;
  for (int i = 0; i <= kPatternDepthMax; ++i) deep += "<(>a";
  EXPECT_NE(mistake(deep).find("parts inside one another"), std::string::npos);
  for (std::size_t i = 0; i <= kPatternFieldsMax; ++i) many += "<a:word> ";
  EXPECT_NE(mistake(many).find("more than 160 fields"), std::string::npos);
  EXPECT_NE(mistake(std::string(kPatternBytesMax + 1, 'x')).find("at most 8192 bytes"), std::string::npos);
  EXPECT_NE(mistake("<" + std::string(kPatternNameBytesMax + 1, 'x') + ":word>").find("is no field"), std::string::npos);
  EXPECT_NE(mistake("<a:time %d%m" + std::string(kTimeLayoutBytesMax, 'x') + ">").find("at most 64 characters"), std::string::npos);
}

/// Small patterns over few bytes, so that most lines nearly fit.
class Made {
 public:
  explicit Made(unsigned seed) : random_(seed) {}
  std::string pattern(int depth = 0) {
    static constexpr const char* kPieces[] = {"a", "b", " ", ": ", "<(>", "<x:word>", "<y:text>", "<z:widest>", "<n:name>", "<d:digits>", "<_:word>", "<q:quoted>",
                                              "<c:csv>", "<o:one a|ab>", "<i:ip>", "<h:host>", "<m:number>", "<t:time %m%d>", "<tab>", "<<"};
    std::string text;
    for (std::size_t pieces = 1 + below(5); pieces > 0; --pieces) {
      const std::string_view piece = kPieces[below(std::size(kPieces))];
      if (piece != "<(>") {
        text += piece;
      } else if (depth < 3) {
        text += "<(>" + pattern(depth + 1) + "<)>";
      }
    }
    if (depth == 0 && below(4) == 0) text += "<r:rest>";
    return text;
  }
  std::string line() {
    static constexpr std::string_view kBytes = "aabb  \t::1199..,\"\\<(";
    std::string text;
    for (std::size_t bytes = below(12); bytes > 0; --bytes) text += kBytes[below(kBytes.size())];
    while (!text.empty() && is_space(text.back())) text.pop_back();
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  std::mt19937 random_;
};

TEST(LinePattern, DoesWhatItsTwinDoes) {
  std::size_t matched = 0, compiled = 0;
  Made made(1);
  for (int i = 0; i < 6'000; ++i) {
    const std::string text = made.pattern();
    const Result<LinePattern> pattern = LinePattern::compile(text);
    if (!pattern) continue;
    ++compiled;
    const LinePatternTwin twin(text);
    for (int j = 0; j < 30; ++j) {
      const std::string line = made.line();
      LineMatch match;
      std::vector<LinePatternTwin::Field> expected, fields;
      const bool fits = pattern->match(line, kReference, match);
      ASSERT_EQ(fits, twin.match(line, kReference, expected)) << "pattern " << text << "\nline " << line;
      if (!fits) continue;
      ++matched;
      for (const LineMatch::Field& field : match) fields.push_back({pattern->names()[field.name], std::string(field.text)});
      ASSERT_EQ(fields, expected) << "pattern " << text << "\nline " << line;
      ASSERT_TRUE(line.empty() || pattern->may_begin(line)) << "pattern " << text << "\nline " << line;
    }
  }
  EXPECT_GT(compiled, 2'000u);
  EXPECT_GT(matched, 2'000u);
}

/// What is walked more than once per byte would take hours here.
TEST(LinePattern, TakesTheLengthOfTheLineAndNoMore) {
  const std::string spaces(1u << 20, ' ');
  for (const char* text : {"<a:text> x", "<a:widest> x", "<a:text> a b", "<a:widest>  x y", "<(><(><(><a:text> x<)> y<)> z<)><b:text> w"}) {
    const Result<LinePattern> pattern = LinePattern::compile(text);
    ASSERT_TRUE(pattern) << pattern.error().message;
    LineMatch match;
    EXPECT_FALSE(pattern->match("q" + spaces + "q", kReference, match));
    std::string words;
    while (words.size() < spaces.size()) words += "a ";
    EXPECT_FALSE(pattern->match(words + "q", kReference, match));
  }
}

}  // namespace
}  // namespace tocsin
