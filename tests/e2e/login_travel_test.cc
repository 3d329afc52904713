// Log-ins through a whole service: who logs in from where they cannot be has an alert of it where somebody wants that, and a sign on the alert that a rule made anyway; who jumps each day has none; the same bytes when it is killed in
// the midst of it; and nothing where no database says where addresses are.
#include <gtest/gtest.h>

#include "enrich/geo_testing.h"
#include "serving.h"

namespace tocsin {
namespace {

using W = enrich::GeoWriter;

constexpr const char* kRule =
    "title: Somebody logged in\nid: 00000000-0000-4000-8000-000000000001\nlevel: informational\nlogsource:\n  product: linux\n  service: sshd\ndetection:\n  s:\n    message_name: login\n    user: ann\n  condition: s\n";
constexpr std::string_view kTravelRule = "7f3b6a52-0d1e-4c8b-9b57-3e64c1d2a804", kCountryRule = "7f3b6a52-0d1e-4c8b-9b57-3e64c1d2a803";
constexpr const char* kBerlin = "8.8.8.8";
constexpr const char* kSaoPaulo = "9.9.9.9";

std::string place(const std::string& country, double latitude, double longitude) {
  return W::map({{"country", W::map({{"iso_code", W::text(country)}})}, {"location", W::map({{"latitude", W::real(latitude)}, {"longitude", W::real(longitude)}, {"accuracy_radius", W::uint16(20)}})}});
}

class LoginTravel : public Serving {
 protected:
  LoginTravel() {
    W writer(6, 28, "Test-City");
    writer.add("8.8.8.0/24", place("DE", 52.52, 13.405));
    writer.add("9.9.9.0/24", place("BR", -23.55, -46.63));
    EXPECT_TRUE(Env::system().write_file(folder_ + "/city.mmdb", writer.bytes()));
    EXPECT_TRUE(Env::system().write_file(folder_ + "/rules.yml", kRule));
  }
  std::unique_ptr<Process> start(const std::vector<std::string>& more = {"--baseline-alert", "impossible_travel", "--baseline-alert", "new_country"}, bool has_database = true, const std::string& policy = "none") {
    std::vector<std::string> options = {"--rules", folder_ + "/rules.yml", "--protect", policy};
    if (has_database) options.insert(options.end(), {"--geo", folder_ + "/city.mmdb"});
    options.insert(options.end(), more.begin(), more.end());
    return serve("0", options, folder_ + "/said");
  }
  /// One log-in of sshd, as syslog has it.
  void log_in(const std::string& account, int day, int minute, const std::string& address, const char* how = "Accepted publickey for") {
    char line[256];
    std::snprintf(line, sizeof line, "<38>1 2024-03-%02dT%02d:%02d:00.000Z web-01 sshd 311 - - %s %s from %s port 4242 ssh2\n", day + 1, 8 + minute / 60, minute % 60, how, account.c_str(), address.c_str());
    const int socket = connect_to(this->address("syslog_tcp"), SOCK_STREAM);
    ASSERT_GE(socket, 0);
    EXPECT_EQ(::send(socket, line, std::strlen(line), MSG_NOSIGNAL), static_cast<ssize_t>(std::strlen(line)));
    ::close(socket);
    wait_until_looked_at(++sent_);
  }
  /// In the order of their events.
  std::vector<json::value> alerts(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"alerts", "--format", "ndjson"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<json::value> all;
    std::istringstream lines(run(words));
    for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
    std::ranges::stable_sort(all, {}, [](const json::value& alert) { return alert.at("event").at("index").to_number<std::uint64_t>(); });
    return all;
  }
  static std::vector<json::value> of_rule(const std::vector<json::value>& all, std::string_view rule) {
    std::vector<json::value> some;
    for (const json::value& alert : all) {
      if (alert.at("rule").at("id").as_string() == rule) some.push_back(alert);
    }
    return some;
  }
  void usual_week() {
    for (int day = 0; day < 7; ++day) log_in("ann", day, 0, kBerlin);
  }

  std::uint64_t sent_ = 0;
};

/// nullptr if there is none.
const json::value* sign_of(const json::value& alert, std::string_view kind) {
  const json::value* const signs = alert.as_object().if_contains("baseline");
  if (signs == nullptr) return nullptr;
  for (const json::value& sign : signs->as_array()) {
    if (sign.at("kind").as_string() == kind) return &sign;
  }
  return nullptr;
}

TEST_F(LoginTravel, WhoLogsInFromFartherAwayThanOneGetsHasAnAlert) {
  const std::unique_ptr<Process> service = start();
  usual_week();
  log_in("ann", 7, 0, kBerlin);
  log_in("ann", 7, 10, kSaoPaulo, "Failed password for");  // anybody can try
  log_in("ann", 7, 20, "10.0.0.7");                         // is nowhere
  EXPECT_TRUE(of_rule(alerts(), kTravelRule).empty());
  log_in("ann", 7, 20, kSaoPaulo);
  const std::vector<json::value> all = alerts(), travels = of_rule(all, kTravelRule), countries = of_rule(all, kCountryRule);
  ASSERT_EQ(travels.size(), 1u);
  ASSERT_EQ(countries.size(), 1u);
  EXPECT_EQ(travels[0].at("event").at("index").to_number<std::uint64_t>(), 10u);
  EXPECT_EQ(travels[0].at("rule").at("level").as_string(), "medium");
  EXPECT_EQ(travels[0].at("matched").at(0).at("value").as_string(), kSaoPaulo);
  EXPECT_EQ(travels[0].at("matched").at(0).at("pattern").as_string(), "DE to BR");
  const json::value* const travel = sign_of(travels[0], "impossible_travel");
  ASSERT_NE(travel, nullptr);
  EXPECT_EQ(travel->at("subject").at("type").as_string(), "user");
  EXPECT_EQ(travel->at("subject").at("value").as_string(), "ann");
  EXPECT_EQ(travel->at("value").as_string(), "DE to BR");
  EXPECT_NEAR(travel->at("observed").to_number<double>(), 10'220, 60);
  EXPECT_NEAR(travel->at("usual").to_number<double>(), 300, 1);
  const json::value* const country = sign_of(countries[0], "new_country");
  ASSERT_NE(country, nullptr);
  EXPECT_EQ(country->at("value").as_string(), "BR");
  // The alert of a rule about the same event has both signs.
  const json::value last = of_rule(all, "00000000-0000-4000-8000-000000000001").back();
  EXPECT_NE(sign_of(last, "impossible_travel"), nullptr);
  EXPECT_NE(sign_of(last, "new_country"), nullptr);
  const std::string why = run({"explain", "alert", std::string(travels[0].at("id").as_string()), "--key-file", folder_ + "/key"});
  EXPECT_NE(why.find("login: a log-in of ann"), std::string::npos) << why;
  EXPECT_NE(why.find("DE to BR"), std::string::npos) << why;
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(LoginTravel, WhoJumpsEachDayIsKnownForIt) {
  const std::unique_ptr<Process> service = start();
  for (int day = 0; day < 8; ++day) {
    log_in("bob", day, 0, kBerlin);
    log_in("bob", day, 20, kSaoPaulo);
  }
  for (const json::value& alert : of_rule(alerts(), kTravelRule)) EXPECT_LT(alert.at("time").as_string(), "2024-03-04") << "the way is known since the third day";
  EXPECT_TRUE(of_rule(alerts(), kCountryRule).empty()) << "both were there from the beginning";
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(LoginTravel, TheSameWhereverItIsKilled) {
  const auto whole = [&](bool kills) {
    std::unique_ptr<Process> service = start();
    for (int day = 0; day < 8; ++day) {
      log_in("ann", day, 0, kBerlin);
      if (day % 2 == 1) log_in("eve", day, 3 * day, day % 4 == 1 ? kSaoPaulo : kBerlin);
      if (day == 4) {
        log_in("bob", day, 0, kBerlin);
        log_in("bob", day, 20, kSaoPaulo);
      }
      if (kills && day % 3 != 2) {
        service->end(SIGKILL);
        service = start();
      }
      if (day != 4) continue;
      log_in("bob", day, 21, kBerlin);
      log_in("bob", day, 22, kSaoPaulo);  // was told before the kill, and is not told again
    }
    log_in("ann", 7, 20, kSaoPaulo);
    std::string said = run({"alerts", "--format", "ndjson"});
    EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
    return said;
  };
  const std::string undisturbed = whole(false);
  std::size_t travels = 0;
  for (std::size_t at = 0; (at = undisturbed.find(kTravelRule, at)) != std::string::npos; ++at) ++travels;
  ASSERT_EQ(travels, 3u) << undisturbed;  // of bob there and back, and of ann
  fs::remove_all(folder_ + "/data");
  fs::remove(folder_ + "/key");
  sent_ = 0;
  EXPECT_EQ(whole(true), undisturbed);
}

TEST_F(LoginTravel, OnTrialTheyReachNobodyUntilTheyArePromoted) {
  const std::unique_ptr<Process> service = start({"--shadow-baseline-alert", "new_country"});
  usual_week();
  log_in("ann", 7, 20, kSaoPaulo);
  EXPECT_TRUE(of_rule(alerts(), kCountryRule).empty());
  EXPECT_NE(run({"rules", "shadow", "--since", "2024-01-01T00:00:00Z"}).find(kCountryRule), std::string::npos) << text("out");
  run({"rules", "promote", std::string(kCountryRule)});
  for (int day = 0; day < 7; ++day) log_in("bob", day, 0, kBerlin);
  log_in("bob", 7, 20, kSaoPaulo);
  const std::vector<json::value> promoted = of_rule(alerts(), kCountryRule);
  ASSERT_EQ(promoted.size(), 1u) << "its alerts from then on";
  EXPECT_EQ(sign_of(promoted[0], "new_country")->at("subject").at("value").as_string(), "bob");
  EXPECT_TRUE(of_rule(alerts(), kTravelRule).empty()) << "nobody wants these";
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(LoginTravel, AReloadTakesOtherKinds) {
  const std::string file = folder_ + "/tocsin.yaml";
  EXPECT_TRUE(Env::system().write_file(file, "shadow_baseline_alerts: [new_country]\n"));
  const std::unique_ptr<Process> service = start({"--config", file});
  usual_week();
  EXPECT_TRUE(Env::system().write_file(file, "baseline_alerts: [impossible_travel]\n"));
  run({"reload"});
  log_in("ann", 6, 20, kSaoPaulo);
  const std::vector<json::value> all = alerts({"--suppressed"});
  EXPECT_EQ(of_rule(all, kTravelRule).size(), 1u);
  EXPECT_TRUE(of_rule(all, kCountryRule).empty()) << "no more on trial";
  EXPECT_EQ(status().at("baselines").at("alerts"), json::value(json::array{"impossible_travel"}));
  EXPECT_EQ(status().at("baselines").at("log_ins").to_number<std::uint64_t>(), 8u);
  EXPECT_EQ(status().at("baselines").at("log_ins_placed").to_number<std::uint64_t>(), 8u);
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(LoginTravel, TheyCanBeSuppressedAsThoseOfRules) {
  const std::unique_ptr<Process> service = start();
  usual_week();
  run({"suppress", "add", "--rule", std::string(kCountryRule), "--for", "1d", "--owner", "ada", "--reason", "everybody is on holiday"});
  log_in("ann", 7, 20, kSaoPaulo);
  const std::vector<json::value> all = alerts();
  EXPECT_TRUE(of_rule(all, kCountryRule).empty());
  EXPECT_NE(sign_of(all.back(), "new_country"), nullptr) << "the sign stays on alerts of rules";
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(LoginTravel, WithoutADatabaseNothingIsAskedAndThatIsSaid) {
  const std::unique_ptr<Process> service = start({"--baseline-alert", "impossible_travel"}, false);
  usual_week();
  log_in("ann", 7, 20, kSaoPaulo);
  for (const json::value& alert : alerts()) {
    EXPECT_EQ(sign_of(alert, "impossible_travel"), nullptr);
    EXPECT_EQ(sign_of(alert, "new_country"), nullptr);
  }
  EXPECT_NE(text("said").find("no database says where addresses are"), std::string::npos) << text("said");
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

TEST_F(LoginTravel, UnderAPolicyNothingLeadsBack) {
  const std::unique_ptr<Process> service = start({"--baseline-alert", "impossible_travel"}, true, "strict");
  usual_week();
  log_in("ann", 6, 20, kSaoPaulo);
  const std::vector<json::value> travels = of_rule(alerts(), kTravelRule);
  ASSERT_EQ(travels.size(), 1u);
  const std::string line = json::serialize(travels[0]);
  EXPECT_NE(line.find("DE to BR"), std::string::npos) << line;
  for (const char* const telling : {"\"ann\"", kSaoPaulo, kBerlin}) EXPECT_EQ(line.find(telling), std::string::npos) << telling << " in " << line;
  EXPECT_EQ(service->end(SIGTERM), 0) << text("said");
}

}  // namespace
}  // namespace tocsin
