// On what is stored rules and queries find the same under every policy, as far as they name values whole or ask for networks: made-up events and rules, each asked of what `none`, `default` and
// `strict` keep. Skipped where there is no DuckDB.
#include "pipeline/kept_words.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/sanitized.h"
#include "pipeline/backtest.h"
#include "pipeline/stored_testing.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

constexpr const char* kUserFields[] = {"User", "SubjectUserName", "TargetUserName"};
constexpr const char* kUsers[] = {R"(EXAMPLE\\ada)", "ada", "Ada", "bob", "PC1$", R"(NT AUTHORITY\\SYSTEM)", "SYSTEM", "-", "", R"(OTHER\\ada)", "ada@example.org", "ädä", "1000"};
constexpr const char* kHosts[] = {"PC1", "pc1.example.org", "PC2", "web-01", "localhost", "192.0.2.4"};
constexpr const char* kIps[] = {"10.1.2.3", "10.1.9.9", "192.0.2.1", "192.0.2.200", "::1", "2001:db8::7", "127.0.0.1", "-", "10.1.2.3:443", "fe80::1"};
constexpr const char* kLines[] = {"cmd.exe /c whoami", "ping 10.1.2.3", "net use x: password=Sommer2026!x", R"(C:\\x.exe -u ada)", "pay 4111 1111 1111 1111"};
constexpr const char* kNetworks[] = {"10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/25", "127.0.0.0/8", "2001:db8::/32", "::1/128", "0.0.0.0/0"};

class Dice {
 public:
  template <class T, std::size_t n>
  const T& of(const T (&all)[n]) { return all[below(n)]; }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  std::mt19937 random_{20261130};
};

std::string event(Dice& dice) {
  return fmt::format(R"({{"Channel":"Security","EventID":4624,"{}":"{}","Computer":"{}","IpAddress":"{}","DestinationIp":"{}","CommandLine":"{}"}})", dice.of(kUserFields), dice.of(kUsers), dice.of(kHosts),
                     dice.of(kIps), dice.of(kIps), dice.of(kLines));
}

std::string in_yaml(std::string text) {
  for (std::size_t at = text.find(R"(\\)"); at != std::string::npos; at = text.find(R"(\\)", at + 1)) text.erase(at, 1);
  return "'" + text + "'";
}

std::string rule(Dice& dice, std::size_t number) {
  std::string detection;
  const auto add = [&](const std::string& line) { detection += "    " + line + "\n"; };
  switch (dice.below(5)) {
    case 0: add(fmt::format("{}: {}", dice.of(kUserFields), in_yaml(dice.of(kUsers)))); break;
    case 1: add(fmt::format("Computer: [{}, {}]", in_yaml(dice.of(kHosts)), in_yaml(dice.of(kHosts)))); break;
    case 2: add(fmt::format("IpAddress|cidr: {}", in_yaml(dice.of(kNetworks)))); break;
    case 3: add(fmt::format("DestinationIp: {}", in_yaml(dice.of(kIps)))); break;
    default: add(fmt::format("CommandLine: {}", in_yaml(dice.of(kLines))));
  }
  if (dice.below(3) == 0) add("DestinationIp|startswith: '10.1.'");
  return fmt::format("title: T\nid: 00000000-0000-4000-8000-{:012}\nlevel: high\nlogsource: {{product: windows}}\ndetection:\n  a:\n{}  condition: {}a\n", number, detection, dice.below(4) == 0 ? "not " : "");
}

class StringSink : public ByteSink {
 public:
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

/// The numbers of the records for which the rule fires.
std::set<std::string> fires(StoredEvents& stored, const std::string& text) {
  BacktestRules rules = join_rules(sigma::load({{"rule.yml", text, false}}, {}).set, {});
  EXPECT_EQ(rules.set.rules.size(), 1u) << text;
  if (rules.set.rules.empty()) return {};
  KeptWords(stored.protection(), stored.taxonomy()).translate(rules.set);
  Engine engine(std::move(rules.set), std::move(*Taxonomy::load(Taxonomy::shipped())));
  StringSink sink;
  const std::unique_ptr<EventSearch> search = stored.search();
  const BacktestReport report = Backtest(Env::system(), engine, rules, *search, {.threads = 1, .alerts = &sink}).run();
  EXPECT_TRUE(report.ended);
  std::set<std::string> found;
  for (std::size_t at = sink.text.find("\"index\":"); at != std::string::npos; at = sink.text.find("\"index\":", at + 1)) found.insert(sink.text.substr(at + 8, sink.text.find_first_of(",}", at) - at - 8));
  return found;
}

TEST(KeptWords, RulesFindTheSameUnderEveryPolicy) {
  if (const Status available = store::duck_available(); !available) GTEST_SKIP() << "skipped: " << available.error().message;
  Dice dice;
  StoredEvents none("none"), by_default("default"), strict("strict");
  for (int i = 0; i < 400; ++i) {
    const std::string raw = event(dice);
    for (StoredEvents* const stored : {&none, &by_default, &strict}) stored->add("bulk/a", raw);
    if (i != 300) continue;
    for (StoredEvents* const stored : {&none, &by_default, &strict}) stored->store();
  }
  std::size_t fired = 0;
  for (std::size_t number = 0; number < (is_sanitized() ? 12 : 60); ++number) {  // each asks the store three times
    const std::string text = rule(dice, number);
    const std::set<std::string> wanted = fires(none, text);
    EXPECT_EQ(fires(by_default, text), wanted) << text;
    EXPECT_EQ(fires(strict, text), wanted) << text;
    fired += wanted.size();
  }
  EXPECT_GT(fired, is_sanitized() ? 100u : 1'000u);
}


TEST(KeptWords, WhatIsNamedIsWhatARuleCannotSee) {
  const auto blind = [](const std::string& detection) {
    const sigma::LoadResult loaded = sigma::load({{"rule.yml", "title: T\nlogsource: {product: windows}\nlevel: high\ndetection:\n  s:\n    " + detection + "\n  condition: s\n", false}}, {});
    EXPECT_EQ(loaded.set.rules.size(), 1u) << detection;
    const auto taxonomy = std::move(*Taxonomy::load(Taxonomy::shipped()));
    const protect::Policy policy = *protect::read_policy("strict", protect::shipped_policy("strict"));
    StoredEvents stored("strict");
    std::string all;
    for (const BlindItem& item : KeptWords(stored.protection(), *taxonomy).blind_items(loaded.set)) all += item.field + ": " + item.pattern + ": " + item.why + "\n";
    return all;
  };
  EXPECT_EQ(blind("User: ada"), "");
  EXPECT_EQ(blind("User|contains: ad"), "User: ad: asks for a part, where a token stands\n");
  EXPECT_EQ(blind("User|endswith: '$'"), "");
  EXPECT_EQ(blind("User|startswith: 'NT AUTHORITY\\'"), "");
  EXPECT_EQ(blind("User|endswith: '\\SYSTEM'"), "") << "who is excepted stays";
  EXPECT_EQ(blind("User|re: '^a'"), "User: ^a: asks for a regular expression, where a token stands\n");
  EXPECT_EQ(blind("DestinationIp|cidr: 10.0.0.0/8"), "");
  EXPECT_EQ(blind("DestinationIp|startswith: '10.'"), "");
  EXPECT_EQ(blind("DestinationIp|startswith: '10.1'"), "DestinationIp: 10.1: asks for a part, where another address of the same network stands\n");
  EXPECT_EQ(blind("CommandLine|contains: whoami"), "");
}

}  // namespace
}  // namespace tocsin
