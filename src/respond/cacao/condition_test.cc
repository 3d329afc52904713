#include "respond/cacao/condition.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "respond/cacao/value.h"

namespace tocsin::cacao {
namespace {

using enum VariableType;

Variable variable(VariableType type, std::optional<std::string> value) { return {.type = type, .description = {}, .value = std::move(value), .constant = false, .external = false}; }

const Variables& variables() {
  static const Variables all = {{"__n__", variable(kInteger, "7")},
                                {"__long__", variable(kLong, "9007199254740993")},
                                {"__f__", variable(kFloat, "2.5")},
                                {"__s__", variable(kString, "it's b\\d")},
                                {"__word__", variable(kString, "gr\xC3\xBC\xC3\x9F" "e")},
                                {"__empty__", variable(kString, "")},
                                {"__none__", variable(kString, std::nullopt)},
                                {"__on__", variable(kBool, "true")},
                                {"__ip__", variable(kIpv4, "192.0.2.7")},
                                {"__net__", variable(kIpv4, "192.0.2.0/24")},
                                {"__six__", variable(kIpv6, "2001:db8::7")},
                                {"__mac__", variable(kMac, "00-00-5E-00-53-01")},
                                {"__hash__", variable(kHash, "0AfF")},
                                {"__md5__", variable(kMd5, "D41D8CD98F00B204E9800998ECF8427E")},
                                {"__uuid__", variable(kUuid, "00000000-0000-4000-8000-00000000000A")},
                                {"__uri__", variable(kUri, "https://example.org/a")},
                                {"__map__", variable(kDictionary, R"({"b":1.0,"a":[1]})")},
                                {"__at__", variable(kString, "2026-01-31T10:00:00+01:00")},
                                {"__wrong__", variable(kInteger, "seven")}};
  return all;
}

/// "true", "false", or the error's words.
std::string answer(std::string_view text) {
  const Result<Condition> condition = Condition::parse(text);
  if (!condition) return condition.error().message;
  const Result<bool> holds = condition->holds(variables());
  return !holds ? holds.error().message : *holds ? "true" : "false";
}

std::string checked(std::string_view text) {
  const Result<Condition> condition = Condition::parse(text);
  if (!condition) return condition.error().message;
  std::string all;
  for (const std::string& one : condition->check([](std::string_view name) -> const Variable* {
         const auto found = variables().find(name);
         return found == variables().end() ? nullptr : &found->second;
       }))
    all += one + "\n";
  return all;
}

TEST(Condition, ComparesByTheTypeOfTheVariable) {
  for (const char* const holds :
       {"__n__:value = 7", "__n__:value == 7.0", "__n__:value = '007'", "__n__:value != 8", "__n__:value <> 8", "__n__:value<7.5", "__n__:value > -1", "__n__:value <= 7", "__n__:value >= +7", "__long__:value != 9007199254740992.0", "__long__:value > 9007199254740992",
        "__f__:value = 2.50", "__f__:value > 2", "__f__:value < 1e3", "__n__:value > __f__:value", "__on__:value = true", "__on__:value != false", "__on__:value = 'true'", "__s__:value = 'it\\'s b\\\\d'", "__word__:value > 'gr'", "__word__:value < 'gr\xE2\x82\xAC'",
        "__ip__:value = '192.0.2.7/32'", "__ip__:value ISSUBSET '192.0.2.0/24'", "__ip__:value ISSUBSET __net__:value", "__net__:value ISSUPERSET '192.0.2.128/25'", "__net__:value ISSUPERSET __ip__:value", "__net__:value ISSUBSET '192.0.2.99/24'", "__six__:value ISSUBSET '2001:DB8::/32'",
        "__mac__:value = '00:00:5e:00:53:01'", "__hash__:value = '0aFf'", "__hash__:value = h'0aff'", "__hash__:value = b'Cv8='", "__md5__:value = 'd41d8cd98f00b204e9800998ecf8427e'", "__uuid__:value = '00000000-0000-4000-8000-00000000000a'", "__uri__:value = 'https://example.org/a'",
        "__map__:value = '{\"a\":[1.0],\"b\":1}'", "__at__:value = t'2026-01-31T09:00:00Z'", "__at__:value < t'2026-01-31T09:00:01.5Z'", "__empty__:value = ''", "__empty__:value = h''", "__n__:value IN (1, 7, '9')", "__ip__:value IN ('192.0.2.1', __ip__:value)"}) {
    EXPECT_EQ(answer(holds), "true") << holds;
  }
  for (const char* const fails : {"__n__:value = 8", "__n__:value > 7", "__s__:value = 'IT\\'S B\\\\D'", "__on__:value = false", "__ip__:value ISSUBSET '198.51.100.0/24'", "__net__:value ISSUBSET '192.0.2.0/25'", "__ip__:value ISSUPERSET '192.0.2.0/24'", "__ip__:value != '192.0.2.7'",
                                  "__hash__:value = '0aff00'", "__n__:value IN (1, 2)", "__long__:value = 9007199254740992"}) {
    EXPECT_EQ(answer(fails), "false") << fails;
  }
}

TEST(Condition, NotTurnsAComparisonOrParenthesesRound) {
  EXPECT_EQ(answer("__n__:value NOT = 8"), "true");
  EXPECT_EQ(answer("__n__:value NOT != 8"), "false");
  EXPECT_EQ(answer("__n__:value NOT IN (1, 2)"), "true");
  EXPECT_EQ(answer("__n__:value NOT IN (1, 7)"), "false");
  EXPECT_EQ(answer("__word__:value NOT LIKE 'x%'"), "true");
  EXPECT_EQ(answer("NOT EXISTS __none__:value"), "true");
  EXPECT_EQ(answer("NOT (__n__:value = 7 AND __on__:value = true)"), "false");
  EXPECT_EQ(answer("NOT (NOT (__n__:value = 7))"), "true");
}

TEST(Condition, WhatHasNoValueMakesAComparisonFalse) {
  for (const char* const name : {"__none__", "__nowhere__"}) {
    for (const char* const test : {"= 'x'", "!= 'x'", "NOT = 'x'", "NOT IN ('x')", "LIKE '%'", "NOT LIKE 'x'", "MATCHES ''", "NOT MATCHES 'x'"}) EXPECT_EQ(answer(fmt::format("{}:value {}", name, test)), "false") << name << test;
    EXPECT_EQ(answer(fmt::format("EXISTS {}:value", name)), "false");
    EXPECT_EQ(answer(fmt::format("NOT ({}:value = 'x')", name)), "true") << "parentheses turn round whatever stands in them";
    EXPECT_EQ(answer(fmt::format("__s__:value = {}:value", name)), "false") << "on the other side, too";
    EXPECT_EQ(answer(fmt::format("__s__:value NOT = {}:value", name)), "false");
    EXPECT_EQ(answer(fmt::format("__empty__:value IN ({}:value, '')", name)), "true");
  }
  EXPECT_EQ(answer("EXISTS __empty__:value"), "true") << "known to be empty";
}

TEST(Condition, AndBindsTighterThanOr) {
  EXPECT_EQ(answer("__n__:value = 7 OR __n__:value = 8 AND __n__:value = 9"), "true");
  EXPECT_EQ(answer("(__n__:value = 7 OR __n__:value = 8) AND __n__:value = 9"), "false");
  EXPECT_EQ(answer("__n__:value = 8 AND __wrong__:value = 1"), "false") << "it looks no further";
  EXPECT_EQ(answer("__n__:value = 7 OR __wrong__:value = 1"), "true");
}

TEST(Condition, LikeAndMatchesSearchTheText) {
  for (const char* const holds : {"__word__:value LIKE 'gr%'", "__word__:value LIKE 'gr__e'", "__word__:value LIKE '%'", "__word__:value LIKE '%\xC3\x9F_'", "__s__:value LIKE 'it\\'s%\\\\d'", "__empty__:value LIKE ''", "__uri__:value LIKE 'https://%.org/_'",
                                  "__word__:value MATCHES 'r.*e'", "__word__:value MATCHES '^gr..e$'", "__s__:value MATCHES '\\\\\\\\d$'", "__uri__:value MATCHES '(?<=//)example'", "__empty__:value MATCHES '^$'", "__ip__:value LIKE '192.%'"}) {
    EXPECT_EQ(answer(holds), "true") << holds;
  }
  for (const char* const fails : {"__word__:value LIKE 'gr___e'", "__word__:value LIKE 'GR%'", "__word__:value LIKE 'r%'", "__empty__:value LIKE '_'", "__word__:value MATCHES '^r'", "__uri__:value MATCHES '(?<!//)example'"}) EXPECT_EQ(answer(fails), "false") << fails;
}

TEST(Condition, ALimitThatIsReachedIsAnError) {
  const Condition condition = Condition::parse("__x__:value MATCHES '(?=a)(a|aa)+$'").value();
  const auto holds = [&](std::string text) { return condition.holds(Variables{{"__x__", variable(kString, std::move(text))}}); };
  EXPECT_TRUE(holds("aaa").value());
  ASSERT_FALSE(holds(std::string(60, 'a') + "b"));
  EXPECT_EQ(holds(std::string(60, 'a') + "b").error().code, Code::kLimit);
  EXPECT_TRUE(holds("aaa").value()) << "the next one is a search of its own";
  EXPECT_EQ(holds(std::string(kSearchedBytesMax + 1, 'a')).error().code, Code::kLimit);
}

TEST(Condition, ValuesThatAreNoneOfTheirTypeAreErrors) {
  EXPECT_EQ(answer("__wrong__:value = 7"), "column 1: the value of __wrong__ is none of type integer");
  EXPECT_EQ(answer("__n__:value = __wrong__:value"), "column 1: the value of __wrong__ is none of type integer");
  EXPECT_EQ(answer("__s__:value > t'2026-01-31T09:00:00Z'"), "column 1: the value of __s__ is compared with a time and is none (2026-01-31T09:00:00Z)");
  EXPECT_EQ(answer("__n__:value LIKE '7'"), "column 1: LIKE does not go with a variable of type integer");
}

TEST(Condition, TypesThatDoNotGoTogetherAreToldBefore) {
  const std::pair<const char*, const char*> wrong[] = {{"__n__:value = 'x'", "column 15: 'x' is no value of type integer\n"},
                                                       {"__n__:value = true", "column 15: true is no value of type integer\n"},
                                                       {"__s__:value = 5", "column 15: 5 is no value of type string\n"},
                                                       {"__n__:value = __s__:value", "column 15: __s__ is of type string, which is not compared with type integer\n"},
                                                       {"__ip__:value = '2001:db8::1'", "column 16: '2001:db8::1' is no value of type ipv4-addr\n"},
                                                       {"__ip__:value < '192.0.2.9'", "column 1: < does not go with a variable of type ipv4-addr\n"},
                                                       {"__s__:value ISSUBSET '192.0.2.0/24'", "column 1: ISSUBSET does not go with a variable of type string\n"},
                                                       {"__on__:value MATCHES 'true'", "column 1: MATCHES does not go with a variable of type bool\n"},
                                                       {"__n__:value = h'07'", "column 15: a text of bytes (h'…', b'…') is no value of type integer\n"},
                                                       {"__uri__:value = t'2026-01-31T09:00:00Z'", "column 17: a time (t'…') is no value of type uri\n"},
                                                       {"__a__:value IN (1, __b__:value)", "column 1: uses __a__, which is declared neither by the playbook nor by the step\ncolumn 20: uses __b__, which is declared neither by the playbook nor by the step\n"}};
  for (const auto& [text, words] : wrong) EXPECT_EQ(checked(text), words) << text;
  EXPECT_EQ(checked("__n__:value IN (1, 2.5, '3') AND __hash__:value = __md5__:value AND __s__:value = __uri__:value AND __ip__:value LIKE '192.%' AND __mac__:value MATCHES '^00'"), "");
}

TEST(Condition, WhatIsNoneIsToldWithItsColumn) {
  const std::pair<const char*, const char*> wrong[] = {{"", "column 1: it ends where a variable"},
                                                       {"__n__ = 7", "column 1: the value of a variable is written __n__:value"},
                                                       {"$$n$$ = 7", "column 1: '$$n$$' stands where a variable"},
                                                       {"7 = __n__:value", "column 1: '7' stands where a variable"},
                                                       {"__n__:value", "column 12: it ends where an operator"},
                                                       {"__n__:value like 'x'", "column 13: 'like' stands where an operator (=, !=, <, >, <=, >=, IN, LIKE, MATCHES, ISSUBSET, ISSUPERSET) is to stand (words of a condition are in capitals: LIKE)"},
                                                       {"__n__:value =", "column 14: it ends where a value"},
                                                       {"__n__:value = seven", "column 15: 'seven' stands where a value"},
                                                       {"__n__:value = 9e999", "column 15: '9e999' stands where a value"},
                                                       {"__n__:value = \"x\"", "column 15: a text stands between single quotes"},
                                                       {"__n__:value = 'x", "column 15: a text begins here and has no end"},
                                                       {"__n__:value MATCHES '\\d'", "column 22: a backslash in a text is written"},
                                                       {"__n__:value MATCHES '('", "column 21: is no regular expression"},
                                                       {"__n__:value MATCHES __s__:value", "column 21: '__s__:value' stands where a text"},
                                                       {"__n__:value = h'0'", "column 15: is no even number of hexadecimal digits"},
                                                       {"__n__:value = b'?'", "column 15: is no Base64"},
                                                       {"__n__:value = t'today'", "column 15: is no time in UTC"},
                                                       {"__n__:value IN 7", "column 16: '7' stands where a list"},
                                                       {"__n__:value IN ()", "column 17: ')' stands where a value"},
                                                       {"__n__:value IN (1 2)", "column 19: '2' stands where ',' or ')'"},
                                                       {"(__n__:value = 7", "column 17: it ends where AND, OR or ')'"},
                                                       {"__n__:value = 7)", "column 16: ')' stands where AND, OR or the end"},
                                                       {"NOT __n__:value = 7", "column 5: '__n__:value' stands where EXISTS or a parenthesis (NOT stands behind the variable"},
                                                       {"__n__:value = 7 & __n__:value = 7", "column 17: this character has no meaning"}};
  for (const auto& [text, words] : wrong) EXPECT_EQ(answer(text).substr(0, std::string_view(words).size()), words) << text;
}

TEST(Condition, IsLimited) {
  const auto code = [](const std::string& text) { return Condition::parse(text).error().code; };
  const auto nested = [](std::size_t depth) { return std::string(depth, '(') + "__n__:value = 7" + std::string(depth, ')'); };
  EXPECT_EQ(answer(nested(kConditionDepthMax)), "true");
  EXPECT_EQ(code(nested(kConditionDepthMax + 1)), Code::kLimit);
  EXPECT_EQ(code(std::string(kConditionBytesMax + 1, ' ')), Code::kLimit);
  std::string list = "__n__:value IN (7", patterns = "__s__:value MATCHES 'x'";
  for (std::size_t i = 2; i < kConditionOperandsMax; ++i) list += ",1";
  EXPECT_EQ(answer(list + ")"), "true");
  EXPECT_EQ(code(list + ",1)"), Code::kLimit);
  for (std::size_t i = 1; i < kConditionPatternsMax; ++i) patterns += " OR __s__:value MATCHES 'x'";
  EXPECT_EQ(answer(patterns), "false");
  EXPECT_EQ(code(patterns + " OR __s__:value MATCHES 'x'"), Code::kLimit);
  EXPECT_EQ(code("__s__:value LIKE '" + std::string(kLikeBytesMax + 1, '%') + "'"), Code::kLimit);
}

TEST(Condition, NamesItsVariables) {
  EXPECT_EQ(Condition::parse("__b__:value = __a__:value AND (EXISTS __c__:value OR __b__:value IN (1, __d__:value))").value().variables(), (std::vector<std::string>{"__a__", "__b__", "__c__", "__d__"}));
}

/// The obvious way to see whether a text is like a pattern.
bool is_like_slowly(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '%') return is_like_slowly(text, pattern.substr(1)) || (!text.empty() && is_like_slowly(text.substr(1), pattern));
  return !text.empty() && (pattern.front() == '_' || pattern.front() == text.front()) && is_like_slowly(text.substr(1), pattern.substr(1));
}

TEST(Condition, LikeIsWhatTheObviousWaySays) {
  const auto word = [](std::string_view letters, std::size_t number) {
    std::string text;
    for (; number > 0; number /= letters.size() + 1) {
      if (number % (letters.size() + 1) > 0) text += letters[number % (letters.size() + 1) - 1];
    }
    return text;
  };
  for (std::size_t text = 0; text < 3 * 3 * 3 * 3 * 3; ++text) {
    for (std::size_t pattern = 0; pattern < 5 * 5 * 5 * 5; ++pattern) {
      const std::string made_text = word("ab", text), made_pattern = word("a%b_", pattern);
      ASSERT_EQ(is_like(made_text, made_pattern), is_like_slowly(made_text, made_pattern)) << made_text << " LIKE " << made_pattern;
    }
  }
}

/// A made-up condition as text, and what it says, found without any tree: NOT, AND and OR as C++ has them.
class MadeUp {
 public:
  explicit MadeUp(std::uint32_t seed) : random_(seed) {}

  std::pair<std::string, bool> any(int depth) {
    auto [text, holds] = all(depth);
    while (random_() % 3 == 0) {
      const auto [more, more_holds] = all(depth);
      text += " OR " + more;
      holds = holds || more_holds;
    }
    return {text, holds};
  }

 private:
  std::pair<std::string, bool> all(int depth) {
    auto [text, holds] = test(depth);
    while (random_() % 3 == 0) {
      const auto [more, more_holds] = test(depth);
      text += "  AND " + more;
      holds = holds && more_holds;
    }
    return {text, holds};
  }

  std::pair<std::string, bool> test(int depth) {
    const bool negated = random_() % 2 == 0;
    if (depth > 0 && random_() % 3 == 0) {
      const auto [text, holds] = any(depth - 1);
      return {fmt::format("{}( {} )", negated ? "NOT " : "", text), holds != negated};
    }
    const int own = static_cast<int>(random_() % 3), other = static_cast<int>(random_() % 3);
    const std::pair<const char*, bool> operators[] = {{"=", own == other}, {"!=", own != other}, {"<", own < other}, {">=", own >= other}, {"<=", own <= other}, {">", own > other}};
    const auto& [sign, holds] = operators[random_() % std::size(operators)];
    return {fmt::format("__v{}__:value {}{} {}", own, negated ? "NOT " : "", sign, other), holds != negated};
  }

  std::mt19937 random_;
};

TEST(Condition, MadeUpOnesSayWhatTheyWereMadeToSay) {
  const Variables three = {{"__v0__", variable(kInteger, "0")}, {"__v1__", variable(kLong, "1")}, {"__v2__", variable(kFloat, "2")}};
  std::size_t true_ones = 0;
  for (std::uint32_t seed = 0; seed < 2'000; ++seed) {
    const auto [text, says] = MadeUp(seed).any(4);
    const Result<Condition> condition = Condition::parse(text);
    ASSERT_TRUE(condition) << text << "\n" << condition.error().message;
    ASSERT_EQ(condition->holds(three).value(), says) << text;
    true_ones += says ? 1 : 0;
  }
  EXPECT_GT(true_ones, 500u);
  EXPECT_LT(true_ones, 1'500u);
}

}  // namespace
}  // namespace tocsin::cacao
