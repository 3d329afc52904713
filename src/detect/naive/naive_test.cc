// The meaning of rules, case by case, over rules and events written by hand. What is shared with the fast engine is
// tested again by comparison in tests/conformance/engines_test.cc; here the expectations are spelled out.
#include "detect/naive/naive.h"

#include <gtest/gtest.h>

#include <deque>

namespace tocsin::naive {
namespace {

using sigma::Condition;
using sigma::Item;
using sigma::Pattern;
using sigma::Rule;
using sigma::Selection;
using sigma::WildPart;
using sigma::WildString;

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

/// '*' and '?' are wildcards; there is no escape.
WildString wild(std::string_view text) {
  WildString parts;
  for (const char c : text) {
    const auto kind = c == '*' ? WildPart::Kind::kAny : c == '?' ? WildPart::Kind::kOne : WildPart::Kind::kLiteral;
    if (kind != WildPart::Kind::kLiteral) {
      parts.push_back({kind, {}});
    } else if (!parts.empty() && parts.back().kind == kind) {
      parts.back().literal.push_back(c);
    } else {
      parts.push_back({kind, std::string(1, c)});
    }
  }
  return parts;
}

Pattern string_pattern(std::string_view text, bool cased = false) {
  Pattern pattern;
  pattern.text = text;
  pattern.cased = cased;
  pattern.strings = {wild(text)};
  return pattern;
}

Pattern of_kind(Pattern::Kind kind) {
  Pattern pattern;
  pattern.kind = kind;
  return pattern;
}

Pattern number_pattern(Pattern::Compare compare, double number) {
  Pattern pattern = of_kind(Pattern::Kind::kNumber);
  pattern.compare = compare;
  pattern.number = number;
  return pattern;
}

Pattern exists_pattern(bool exists) {
  Pattern pattern = of_kind(Pattern::Kind::kExists);
  pattern.exists = exists;
  return pattern;
}

Pattern regex_pattern(std::string regex) {
  Pattern pattern = of_kind(Pattern::Kind::kRegex);
  pattern.text = regex;
  pattern.regex = std::move(regex);
  return pattern;
}

Pattern ref_pattern(std::string field) {
  Pattern pattern = of_kind(Pattern::Kind::kFieldRef);
  pattern.text = field;
  pattern.field = std::move(field);
  return pattern;
}

Pattern cidr_v4(std::array<std::uint8_t, 4> network, int bits) {
  Pattern pattern = of_kind(Pattern::Kind::kCidr);
  std::copy(network.begin(), network.end(), pattern.network);
  pattern.prefix_bits = bits;
  return pattern;
}

Item item(std::string field, std::vector<Pattern> patterns) {
  return {std::move(field), {}, std::move(patterns), false, false, {}};
}

/// A world of one rule and one event.
struct Case {
  PlainNaming naming;
  PathTable paths{naming};
  LogSourceTable log_sources;
  sigma::RuleSet set;
  std::deque<std::string> texts;  // what values point into
  Event event;

  Case() { event.log_source = log_sources.intern({{{"windows", "", ""}}, {{"Alias", "Real"}}}); }

  Case& value(const std::string& field, std::string_view text, ValueKind kind = ValueKind::kText) {
    texts.emplace_back(text);
    const PathId path = field.empty() ? PathTable::kRoot : paths.child(PathTable::kRoot, field);
    event.values.push_back({texts.back().data(), static_cast<std::uint32_t>(texts.back().size()), path, kind});
    return *this;
  }
  Case& null(const std::string& field) { return value(field, "", ValueKind::kNull); }

  Rule& rule(std::vector<Selection> selections, Condition condition = {}) {
    Rule& one = set.rules.emplace_back();
    one.id = "rule-id";
    one.title = "Title";
    one.selections = std::move(selections);
    one.condition = std::move(condition);
    return one;
  }

  bool matches(Item one) {
    set.rules.clear();
    rule({{"selection", {{std::move(one)}}, {}}});
    return matches();
  }
  bool matches() {
    std::vector<std::uint32_t> rules;
    NaiveMatcher matcher(set, log_sources);
    matcher.match(event, paths, rules);
    return !rules.empty();
  }
  bool matches(std::string field, Pattern pattern) { return matches(item(std::move(field), {std::move(pattern)})); }
};

bool string_holds(std::string_view pattern, std::string_view text, bool cased = false) {
  return Case().value("f", text).matches("f", string_pattern(pattern, cased));
}

TEST(NaiveString, WholeValueFolded) {
  EXPECT_TRUE(string_holds("cmd.exe", "CMD.EXE"));
  EXPECT_FALSE(string_holds("cmd.exe", "CMD.EXE", true));
  EXPECT_TRUE(string_holds("cmd.exe", "cmd.exe", true));
  EXPECT_FALSE(string_holds("cmd", "cmd.exe"));
  EXPECT_FALSE(string_holds("cmd.exe", ""));
  EXPECT_TRUE(string_holds("", ""));
  EXPECT_FALSE(string_holds("", "x"));
  EXPECT_TRUE(string_holds("kernel\u017F", "\u212AERNELS"));
  EXPECT_TRUE(string_holds("\u00C4rger", "\u00E4RGER"));
}

TEST(NaiveString, Wildcards) {
  EXPECT_TRUE(string_holds("*\\cmd.exe", "C:\\Windows\\CMD.exe"));
  EXPECT_TRUE(string_holds("*\\cmd.exe", "\\cmd.exe"));
  EXPECT_FALSE(string_holds("*\\cmd.exe", "cmd.exe"));
  EXPECT_TRUE(string_holds("a*b*c", "aXbXbXc"));
  EXPECT_TRUE(string_holds("a*b*c", "abc"));
  EXPECT_FALSE(string_holds("a*b*c", "acb"));
  EXPECT_TRUE(string_holds("*ab*ab", "abXab"));
  EXPECT_FALSE(string_holds("*ab*ab", "ab"));
  EXPECT_TRUE(string_holds("*aab", "aaab"));
  EXPECT_TRUE(string_holds("*", ""));
  EXPECT_TRUE(string_holds("a?c", "aBc"));
  EXPECT_FALSE(string_holds("a?c", "ac"));
  EXPECT_TRUE(string_holds("a?c", "a\U0001F600c"));
  EXPECT_TRUE(string_holds("a??c",
                           "a\xFF\xFE"
                           "c"));
  EXPECT_TRUE(string_holds("?*?", "ab"));
  EXPECT_FALSE(string_holds("?*?", "a"));
}

TEST(NaiveString, IsQuickOnWhatMakesBacktrackingSlow) {
  std::string pattern, text(20'000, 'a');
  for (int i = 0; i < 50; ++i) pattern += "a*";
  EXPECT_FALSE(string_holds(pattern + "b", text));
}

TEST(NaiveField, AnyValueAnyPattern) {
  Case c;
  c.value("f", "one").value("f", "two").value("g", "three");
  EXPECT_TRUE(c.matches("f", string_pattern("two")));
  EXPECT_FALSE(c.matches("f", string_pattern("three")));
  EXPECT_TRUE(c.matches(item("f", {string_pattern("no"), string_pattern("one")})));
  Item all = item("f", {string_pattern("*n*"), string_pattern("*w*")});
  all.all = true;
  EXPECT_TRUE(c.matches(all));  // each pattern by a value of its own
  all.patterns.push_back(string_pattern("three"));
  EXPECT_FALSE(c.matches(all));
}

TEST(NaiveField, EscapesAndNumbersAreTexts) {
  Case c;
  c.value("path", "C:\\\\a\\u0042", ValueKind::kJsonText)
      .value("id", "4.688e3", ValueKind::kNumber)
      .value("flag", "true", ValueKind::kBool);
  EXPECT_TRUE(c.matches("path", string_pattern("c:\\ab")));
  EXPECT_TRUE(c.matches("id", string_pattern("4688")));
  EXPECT_TRUE(c.matches("flag", string_pattern("True")));
}

TEST(NaiveField, AliasesAddNamesAndDoNotChain) {
  Case c;
  c.event.log_source = c.log_sources.intern({{{"windows", "", ""}}, {{"A", "B"}, {"B", "C"}}});
  c.value("C", "x");
  EXPECT_TRUE(c.matches("C", string_pattern("x")));
  EXPECT_TRUE(c.matches("B", string_pattern("x")));
  EXPECT_FALSE(c.matches("A", string_pattern("x")));
  c.value("B", "y");
  EXPECT_TRUE(c.matches("A", string_pattern("y")));
  EXPECT_TRUE(c.matches("B", string_pattern("y")) && c.matches("B", string_pattern("x")));
}

TEST(NaiveField, AbsentFailsAllButNullAndNotExists) {
  Case c;
  c.value("other", "x");
  EXPECT_FALSE(c.matches("f", string_pattern("*")));
  EXPECT_FALSE(c.matches("f", string_pattern("")));
  EXPECT_FALSE(c.matches("f", regex_pattern(".*")));
  EXPECT_FALSE(c.matches("f", number_pattern(Pattern::Compare::kLt, 1)));
  EXPECT_FALSE(c.matches("f", cidr_v4({}, 0)));
  EXPECT_FALSE(c.matches("f", ref_pattern("other")));
  EXPECT_FALSE(c.matches("f", exists_pattern(true)));
  EXPECT_TRUE(c.matches("f", exists_pattern(false)));
  EXPECT_TRUE(c.matches("f", of_kind(Pattern::Kind::kNull)));
}

TEST(NaiveField, NullIsThereAndMatchesNothing) {
  Case c;
  c.null("f");
  EXPECT_FALSE(c.matches("f", string_pattern("")));
  EXPECT_FALSE(c.matches("f", string_pattern("*")));
  EXPECT_FALSE(c.matches("f", regex_pattern("^$")));
  EXPECT_TRUE(c.matches("f", exists_pattern(true)));
  EXPECT_FALSE(c.matches("f", exists_pattern(false)));
  EXPECT_TRUE(c.matches("f", of_kind(Pattern::Kind::kNull)));
  c.value("f", "");
  EXPECT_TRUE(c.matches("f", string_pattern("")));
  EXPECT_FALSE(c.matches("f", of_kind(Pattern::Kind::kNull)));  // there is a value now
}

TEST(NaiveField, NegatedIsTrueWhereAbsent) {
  Item not_x = item("f", {string_pattern("x")});
  not_x.negated = true;
  EXPECT_TRUE(Case().matches(not_x));
  EXPECT_TRUE(Case().value("f", "y").matches(not_x));
  EXPECT_FALSE(Case().value("f", "x").matches(not_x));
  EXPECT_FALSE(Case().value("f", "y").value("f", "x").matches(not_x));
}

TEST(NaiveKeyword, FoundInSomeSingleValue) {
  Case c;
  c.value("", "the Quick fox").value("deep", "brown").null("gone");
  EXPECT_TRUE(c.matches("", string_pattern("quick")));
  EXPECT_TRUE(c.matches("", string_pattern("q*fox")));
  EXPECT_FALSE(c.matches("", string_pattern("fox*brown")));
  EXPECT_TRUE(c.matches("", regex_pattern("br.wn$")));
  EXPECT_FALSE(c.matches("", string_pattern("QUICK", true)));
  Item all = item("", {string_pattern("fox"), string_pattern("row")});
  all.all = true;
  EXPECT_TRUE(c.matches(all));
  EXPECT_FALSE(Case().matches("", string_pattern("")));
}

TEST(NaiveKeyword, NotFoundInWhatAMappingDerived) {
  Case c;
  c.value("said", "%%14593").value("asked", "true");
  c.event.values.back().derived = true;
  EXPECT_FALSE(c.matches("", string_pattern("true")));
  EXPECT_TRUE(c.matches("asked", string_pattern("true")));
  EXPECT_TRUE(c.matches("", string_pattern("14593")));
}

TEST(NaiveNumber, DecimalTextsOnly) {
  const auto holds = [](std::string_view text, Pattern::Compare compare, double number) {
    return Case().value("f", text).matches("f", number_pattern(compare, number));
  };
  using Compare = Pattern::Compare;
  for (const char* text : {"10", "+10", "10.0", "1e1", "1E+1", "10.", "00010"})
    EXPECT_TRUE(holds(text, Compare::kEq, 10)) << text;
  EXPECT_TRUE(holds(".5", Compare::kEq, 0.5));
  EXPECT_TRUE(holds("-3", Compare::kLt, -2));
  EXPECT_TRUE(holds("9", Compare::kLte, 9) && holds("9", Compare::kGte, 9));
  EXPECT_FALSE(holds("9", Compare::kLt, 9) || holds("9", Compare::kGt, 9));
  for (const char* text : {"", " 1", "1 ", "0x10", "inf", "nan", "1e", "e1", ".", "+", "+-1", "1,0", "1e999", "1_0"}) {
    EXPECT_FALSE(holds(text, Compare::kLt, 1e308) || holds(text, Compare::kGte, -1e308)) << text;
  }
}

TEST(NaiveCidr, NetworksAndMappedAddresses) {
  const auto v4 = cidr_v4({192, 168, 0, 0}, 17);
  const auto holds = [](const Pattern& pattern, std::string_view text) {
    return Case().value("f", text).matches("f", pattern);
  };
  EXPECT_TRUE(holds(v4, "192.168.127.255"));
  EXPECT_FALSE(holds(v4, "192.168.128.0"));
  EXPECT_TRUE(holds(v4, "::ffff:192.168.1.2"));
  EXPECT_FALSE(holds(v4, "::192.168.1.2"));
  for (const char* text :
       {"", "192.168.1", "192.168.1.2:80", "192.168.1.2/32", " 192.168.1.2", "192.168.1.02", "host"}) {
    EXPECT_FALSE(holds(v4, text)) << text;
  }
  EXPECT_FALSE(holds(v4, std::string_view("192.168.1.2\0x", 13)));
  EXPECT_TRUE(holds(cidr_v4({}, 0), "8.8.8.8"));
  EXPECT_FALSE(holds(cidr_v4({}, 0), "2001:db8::1"));
  Pattern v6 = of_kind(Pattern::Kind::kCidr);
  v6.network_v6 = true;
  v6.network[0] = 0xfe;
  v6.network[1] = 0x80;
  v6.prefix_bits = 10;
  EXPECT_TRUE(holds(v6, "FEBF::1"));
  EXPECT_FALSE(holds(v6, "fec0::1"));
  EXPECT_FALSE(holds(v6, "fe80::1%eth0"));
  v6.prefix_bits = 0;
  EXPECT_FALSE(holds(v6, "10.0.0.1"));
  EXPECT_TRUE(holds(v6, "::ffff:10.0.0.1"));
}

TEST(NaiveTimePart, UtcAndEpoch) {
  const auto holds = [](std::string_view text, ValueKind kind, Pattern::TimePart part, double number) {
    Pattern pattern = of_kind(Pattern::Kind::kTimePart);
    pattern.part = part;
    pattern.number = number;
    return Case().value("f", text, kind).matches("f", pattern);
  };
  using Part = Pattern::TimePart;
  const char* const text = "2026-01-01T00:30:00+02:00";  // 2025-12-31T22:30Z, a Wednesday
  EXPECT_TRUE(holds(text, ValueKind::kText, Part::kMinute, 30));
  EXPECT_TRUE(holds(text, ValueKind::kText, Part::kHour, 22));
  EXPECT_TRUE(holds(text, ValueKind::kText, Part::kDay, 31));
  EXPECT_TRUE(holds(text, ValueKind::kText, Part::kWeek, 1));
  EXPECT_TRUE(holds(text, ValueKind::kText, Part::kMonth, 12));
  EXPECT_TRUE(holds(text, ValueKind::kText, Part::kYear, 2025));
  EXPECT_TRUE(holds("1767220200", ValueKind::kNumber, Part::kHour, 22));
  EXPECT_FALSE(holds("1767220200", ValueKind::kText, Part::kHour, 22));
  EXPECT_FALSE(holds("yesterday", ValueKind::kText, Part::kHour, 22));
}

TEST(NaiveFieldRef, SomeValueOfEach) {
  Case c;
  c.value("a", "x")
      .value("a", "Admin")
      .value("b", "ADMIN")
      .value("b", "q")
      .value("c", "min")
      .value("d", "ad")
      .null("n")
      .null("m");
  EXPECT_TRUE(c.matches("a", ref_pattern("b")));
  EXPECT_FALSE(c.matches("a", ref_pattern("c")));
  EXPECT_FALSE(c.matches("n", ref_pattern("m")));
  EXPECT_FALSE(c.matches("none", ref_pattern("nothing")));
  c.value("empty", "");
  EXPECT_FALSE(c.matches("empty", ref_pattern("n")));  // null is not the empty text
  Pattern pattern = ref_pattern("b");
  pattern.cased = true;
  EXPECT_FALSE(c.matches("a", pattern));
  pattern = ref_pattern("c");
  pattern.ref_endswith = true;
  EXPECT_TRUE(c.matches("a", pattern));
  pattern.field = "d";
  EXPECT_FALSE(c.matches("a", pattern));
  pattern.ref_endswith = false;
  pattern.ref_startswith = true;
  EXPECT_TRUE(c.matches("a", pattern));
  pattern.field = "c";
  EXPECT_FALSE(c.matches("a", pattern));
  pattern.ref_startswith = false;
  pattern.ref_contains = true;
  EXPECT_TRUE(c.matches("a", pattern));
}

TEST(NaiveFieldRef, WildcardsInValuesAreLiteral) {
  EXPECT_FALSE(Case().value("a", "abc").value("b", "a*").matches("a", ref_pattern("b")));
  EXPECT_TRUE(Case().value("a", "A*").value("b", "a*").matches("a", ref_pattern("b")));
}

TEST(NaiveRule, LogSourceMustFit) {
  Case c;
  c.value("f", "x");
  Rule& rule = c.rule({{"s", {{item("f", {string_pattern("x")})}}, {}}});
  EXPECT_TRUE(c.matches());
  rule.log_source.product = "linux";
  EXPECT_FALSE(c.matches());
  rule.log_source = {};
  c.event.log_source = LogSourceTable::kUnknown;
  EXPECT_FALSE(c.matches());
}

TEST(NaiveRule, EmptyThings) {
  Case c;
  EXPECT_FALSE(c.matches(item("f", {})));
  Item all = item("f", {});
  all.all = true;
  EXPECT_TRUE(c.matches(all));
  c.set.rules.clear();
  c.rule({{"s", {}, {}}});
  EXPECT_FALSE(c.matches());
  c.set.rules.front().selections.front().alternatives = {{}};
  EXPECT_TRUE(c.matches());
}

Condition leaf(std::uint32_t selection) { return {Condition::Kind::kSelection, selection, {}}; }
Condition node(Condition::Kind kind, std::vector<Condition> operands) { return {kind, 0, std::move(operands)}; }

std::string lines_of(Case& c) {
  std::vector<Matched> lines;
  NaiveMatcher matcher(c.set, c.log_sources);
  matcher.matched(0, c.event, c.paths, lines);
  std::string text;
  for (const Matched& line : lines) {
    std::string value;
    append_value_json(value, line.value);
    text += std::string(line.selection) + ' ' + std::string(line.field) + '=' + std::string(line.pattern) + " met " +
            value + '\n';
  }
  return text;
}

TEST(NaiveMatched, FirstTrueAlternativeOfEveryPositiveSelection) {
  Case c;
  c.value("a", "x1").value("a", "x2").value("b", "y");
  Item all = item("a", {string_pattern("x*"), string_pattern("*2")});
  all.all = true;
  Item absent = item("none", {string_pattern("never"), of_kind(Pattern::Kind::kNull)});
  absent.patterns[1].text = "null";
  Item negated = item("b", {string_pattern("z"), string_pattern("zz")});
  negated.negated = true;
  Selection main{
      "main", {{item("a", {string_pattern("no")})}, {all, absent, negated}, {item("b", {string_pattern("y")})}}, {}};
  Selection other{"other", {{item("b", {string_pattern("n"), string_pattern("y"), string_pattern("*")})}}, {}};
  Selection filter{"filter", {{item("b", {string_pattern("*")})}}, {}};
  Selection both{"both", {{item("b", {string_pattern("y")})}}, {}};
  Selection unused{"unused", {{item("b", {string_pattern("y")})}}, {}};
  // main and (other or filter's negation or both) and not (not both)
  using Kind = Condition::Kind;
  c.rule({main, other, filter, both, unused},
         node(Kind::kAnd, {leaf(0), node(Kind::kOr, {leaf(1), node(Kind::kNot, {leaf(2)}), leaf(3)}),
                           node(Kind::kNot, {node(Kind::kNot, {leaf(3)})})}));
  ASSERT_TRUE(c.matches());
  EXPECT_EQ(lines_of(c),
            "main a=x* met \"x1\"\nmain a=*2 met \"x2\"\nmain none=null met null\n"
            "main b=z met \"y\"\nmain b=zz met \"y\"\nother b=y met \"y\"\n");
}

TEST(NaiveMatched, NegatedKeywordsAndAbsentFieldsHaveNoValue) {
  Case c;
  c.value("a", "p");
  Item keyword = item("", {string_pattern("q")}), gone = item("gone", {string_pattern("r")});
  keyword.negated = gone.negated = true;
  c.rule({{"s", {{keyword, gone}}, {}}});
  EXPECT_EQ(lines_of(c), "s =q met null\ns gone=r met null\n");
}

TEST(NaiveMatched, ReferencesAndExistence) {
  Case c;
  c.null("a").value("a", "p").value("a", "q").value("b", "Q");
  c.rule({{"s",
           {{item("a", {exists_pattern(true)}), item("a", {ref_pattern("b")}), item("gone", {exists_pattern(false)})}},
           {}}});
  EXPECT_EQ(lines_of(c), "s a= met null\ns a=b met \"q\"\ns gone= met null\n");
}

TEST(NaiveExplain, SaysWhyAndWhyNot) {
  Case c;
  c.value("Image", "C:\\Windows\\cmd.exe");
  using Kind = Condition::Kind;
  Item image = item("Image", {string_pattern("*\\calc.exe"), string_pattern("*\\cmd.exe")});
  image.modifiers = {"windash"};
  Rule& rule =
      c.rule({{"selection", {{image}}, {}},
              {"filter", {{item("User", {string_pattern("SYSTEM")})}, {item("Image", {string_pattern("x")})}}, {}}},
             node(Kind::kAnd, {leaf(0), node(Kind::kNot, {leaf(1)})}));
  rule.condition_texts = {"selection and not filter"};
  rule.log_source.product = "windows";
  NaiveMatcher matcher(c.set, c.log_sources);
  EXPECT_EQ(explanation_text(matcher.explain(0, c.event, c.paths)), R"(true   rule "Title" (rule-id)
true     log source: wanted product windows; event is windows/-/-
true     condition: selection and not filter
true       and
true         selection
true         not
false          filter
true     selection "selection"
true       Image|windash (any)
false        "*\calc.exe"
true         "*\cmd.exe" met "C:\Windows\cmd.exe"
false    selection "filter"
false      alternative 1
false        User (any), field absent
false          "SYSTEM", field absent
false      alternative 2
false        Image (any), field has "C:\Windows\cmd.exe"
false          "x"
)");
  rule.log_source.product = "linux";
  const Explanation other = matcher.explain(0, c.event, c.paths);
  EXPECT_FALSE(other.holds);
  EXPECT_FALSE(other.children[0].holds);
  EXPECT_TRUE(other.children[1].holds);
}

TEST(NaiveExplain, LongAndManyValuesAreCutAndMadeSafe) {
  Case c;
  std::string chars(kValueBytesShownMax - 1, 'a');
  c.value("f", chars + "\u00E4tail").value("f", "\x1b[2J");
  for (std::size_t i = 0; i < kValuesShownMax; ++i) c.value("f", "v");
  c.rule({{"s", {{item("f", {string_pattern("no")})}}, {}}});
  const std::string text = explanation_text(NaiveMatcher(c.set, c.log_sources).explain(0, c.event, c.paths));
  EXPECT_NE(text.find("\"" + chars + "\"\u2026 (405 bytes), \"\\x1b[2J\", \"v\""), std::string::npos) << text;
  EXPECT_NE(text.find("\"v\" and 2 more\n"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace tocsin::naive
