// The API asked by clients: every route as everybody (api/openapi.json says who may), every example of that contract, and what no table says: log-in and
// its limits, streams, searches and their end.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "api/access.h"
#include "api/totp.h"
#include "api_testing.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

namespace json = boost::json;

const json::value& contract() {
  static const json::value one = json::parse(*Env::system().read_file(TOCSIN_SOURCE_DIR "/api/openapi.json", 1u << 20));
  return one;
}

std::string upper(std::string_view text) {
  std::string all(text);
  for (char& c : all) c = static_cast<char>(std::toupper(c));
  return all;
}

std::string with_names(std::string path, const std::string& id, const std::string& name) {
  for (const auto& [brace, value] : {std::pair{"{id}", id}, {"{name}", name}, {"{token}", name}, {"{number}", std::string("1")}, {"{act}", std::string("1")}}) {
    if (const std::size_t at = path.find(brace); at != std::string::npos) path.replace(at, std::string_view(brace).size(), value);
  }
  return path;
}

std::string code_of(const FakeReply& reply) {
  boost::system::error_code error;
  const json::value body = json::parse(reply.body, error);
  return error || !body.is_object() || !body.as_object().contains("code") ? std::string() : std::string(body.at("code").as_string());
}

/// What an authenticator shows, so many of its half minutes from now.
std::string totp_of(std::string_view base32, std::int64_t off = 0) {
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : base32) {
    bits = (bits << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26)) & 0xffff;
    held += 5;
    if (held >= 8) bytes += static_cast<char>(bits >> (held -= 8) & 0xff);
  }
  return api::totp_code(bytes, Env::system().now_us() / 30'000'000 + off);
}

class Api : public testing::Test {
 protected:
  void start() {
    rig_.start();
    if (!HasFatalFailure()) rig_.add_user("ada", "admin");
  }
  std::string login(const std::string& body, FakeReply* whole = nullptr) {
    const FakeReply reply = rig_.ask("POST", "/api/v1/login", "", body);
    if (whole != nullptr) *whole = reply;
    const std::size_t at = reply.head.find("Set-Cookie: ");
    if (at == std::string::npos) return {};
    const std::string cookie = reply.head.substr(at + 12, reply.head.find(';', at) - at - 12);
    return "Cookie: " + cookie + "\r\nX-Tocsin-Request: 1\r\nOrigin: http://" + rig_.server().address() + "\r\n";
  }
  /// Ada has a second factor from now on; its secret.
  std::string enrol() {
    const std::string ada = login(kAda + "}");
    const std::string secret(json::parse(rig_.ask("POST", "/api/v1/me/totp", ada).body).at("secret").as_string());
    EXPECT_EQ(rig_.ask("POST", "/api/v1/me/totp/confirm", ada, R"({"secret":")" + secret + R"(","code":")" + totp_of(secret, -1) + "\"}").status, 204);
    return secret;
  }
  bool log_in_with(const std::string& code) { return login(kAda + R"(,"code":")" + code + "\"}") != ""; }

  const std::string kAda = R"({"user":"ada","password":"correct horse battery")";
  ApiRig rig_;
};

/// Who asks, as the contract names them: a role, or a scope.
bool may(const json::value& operation, const std::string& who) {
  const std::string least(operation.at("x-role").as_string());
  if (least == "anyone") return true;
  if (who.starts_with("scope ")) return operation.at("x-scope") == "*" || operation.at("x-scope") == json::string(who.substr(6));
  const auto rank = [](const std::string& role) { return std::ranges::find(api::kRoleWords, role) - api::kRoleWords.begin(); };
  return who != "nobody" && rank(who) >= rank(least);
}

TEST_F(Api, EveryRouteIsOpenToThoseAndOnlyThoseWhomTheContractNames) {
  start();
  std::vector<std::string> everybody = {"nobody"};
  for (const std::string_view role : api::kRoleWords) everybody.emplace_back(role);
  for (const std::string_view scope : api::kScopeWords) everybody.push_back("scope " + std::string(scope));
  std::size_t asked = 0, denied = 0;
  for (const auto& path : contract().at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      for (const std::string& who : everybody) {
        std::string headers;
        if (who.starts_with("scope ")) headers = rig_.with_scope(who.substr(6));
        else if (who != "nobody") headers = rig_.as(who);
        const std::string method = upper(operation.key()), target = with_names(std::string(path.key()), "0f0f", "nobody-of-this-name");
        FakeClient client(rig_.server().address());
        client.send(ApiRig::request(method, target, rig_.server().address(), headers, "{\"seconds\":1}"));
        const std::string head = client.head();
        const int status = head.empty() ? 0 : std::atoi(head.c_str() + 9);
        const bool refused = status == 401 || status == 403;
        EXPECT_NE(status, 0);
        if (method == "POST" && (path.key() == "/api/v1/login" || path.key() == "/api/v1/setup")) {
          EXPECT_EQ(status, 400) << who;  // a body that it does not know
        } else {
          EXPECT_EQ(refused, !may(operation.value(), who)) << method << " " << target << " as " << who << ": " << head;
        }
        EXPECT_NE(head.find("X-Content-Type-Options: nosniff"), std::string::npos) << head;
        EXPECT_NE(head.find("Content-Security-Policy: default-src 'none'"), std::string::npos) << head;
        EXPECT_EQ(head.find("Access-Control-Allow"), std::string::npos) << head;
        ++asked;
        denied += refused ? 1 : 0;
      }
    }
  }
  std::printf("%zu requests, %zu denied\n", asked, denied);
  EXPECT_GT(denied, 150u);
}

/// The fixture of one operation's example: what has to be there before it is asked.
struct Prepared {
  std::string path, headers;
  json::value body;
};

class ExampleRun {
 public:
  ApiRig& rig() { return rig_; }
  void start() {
    rig_.start();
    rig_.add_user("ada", "admin");
    rig_.send_lines({kAlarmingLine});
  }
  Prepared prepare(const std::string& method, const std::string& path, const json::value& operation) {
    const std::string what = method + " " + path;
    const Actor by = rig_.actor();
    const auto tell = [&](const Status& status) { EXPECT_TRUE(status) << (status ? "" : status.error().message); };
    std::string name = "grace";
    if (what == "GET /api/v1/senders" || path.starts_with("/api/v1/senders/")) {
      EXPECT_TRUE(add_sender(Env::system(), {rig_.folder() + "/data"}, "web", "bulk"));
      name = "web";
    }
    const bool grace = path.starts_with("/api/v1/users/") || path.starts_with("/api/v1/setup");
    if (grace) tell(rig_.accounts().add_user({.name = "grace", .role = "analyst", .added = by.time}, by));
    if (path.starts_with("/api/v1/tokens/") || what == "GET /api/v1/tokens") {
      name = "grafana";
      tell(rig_.accounts().add_token({.name = name, .digest = "x", .scopes = "metrics", .made = by.time, .expires = by.time}, {"user ada", "127.0.0.1", by.time}));
    }
    if (path.starts_with("/api/v1/reveals")) name = rig_.new_token("ada");
    const std::string id = rig_.state().alerts({}).value().at(0).id;
    const std::string incident = path.starts_with("/api/v1/incidents/") ? first_incident() : "";
    Prepared prepared{with_names(path, incident.empty() ? id : incident, name), {}, {}};
    if (operation.at("x-role") != "anyone") prepared.headers = operation.at("x-role") == "token" ? rig_.with_scope("status:read") : rig_.as("admin");
    const json::value* const body = operation.as_object().if_contains("requestBody");
    if (path.ends_with("/attachments")) prepared.path += "?name=sample.exe&comment=from%20the%20mail";
    if (path.ends_with("/attachments/{act}")) {
      const std::string above = prepared.path.substr(0, prepared.path.rfind('/'));
      EXPECT_EQ(rig_.ask("POST", above + "?name=sample.exe", rig_.as("analyst"), "MZ").status, 201);
    }
    if (body != nullptr && body->at("content").as_object().contains("application/json")) {
      const json::value& content = body->at("content").at("application/json");
      prepared.body = content.at("example");
      EXPECT_EQ(SchemaCheck(contract()).check(content.at("schema"), prepared.body), "") << what;
    }
    if (path.starts_with("/api/v1/suppressions/")) {
      EXPECT_EQ(rig_.ask("POST", "/api/v1/suppressions", rig_.as("analyst"), R"({"alert":")" + id + R"(","minutes":60,"owner":"ada","reason":"a scanner of ours"})").status, 201);
    }
    if (what == "DELETE /api/v1/rules/{id}/promotion") {
      EXPECT_EQ(rig_.ask("POST", prepared.path, rig_.as("analyst")).status, 201);
    }
    if (what == "POST /api/v1/verdicts") prepared.body.as_object()["alerts"] = json::array{json::value(id)};
    if (path.starts_with("/api/v1/reveals")) {
      json::value asks = {{"token", name}, {"reason", "who opened the attachment"}, {"incident", "12"}};
      const bool ada_asks = !path.ends_with("/approve");
      EXPECT_EQ(rig_.ask("POST", "/api/v1/reveals", rig_.as(ada_asks ? "admin" : "responder"), json::serialize(asks)).status, 409);
      if (what == "POST /api/v1/reveals") {
        prepared.body = asks;
        EXPECT_EQ(rig_.ask("POST", "/api/v1/reveals/" + name + "/approve", rig_.as("admin")).status, 409) << "not by whoever asks";
        EXPECT_EQ(rig_.ask("POST", "/api/v1/reveals/" + name + "/approve", rig_.as("approver")).status, 204);
      }
    }
    if (path.starts_with("/api/v1/setup")) {
      tell(rig_.accounts().add_link({api::secret_digest("tcl_real"), "grace", "analyst", by.time + 1'000'000'000}, by));
      prepared.body.as_object()["token"] = "tcl_real";
    }
    if (path == "/api/v1/me/totp/confirm") {
      const json::value secret = json::parse(rig_.ask("POST", "/api/v1/me/totp", prepared.headers).body);
      prepared.body.as_object()["secret"] = secret.at("secret");
      prepared.body.as_object()["code"] = totp_of(std::string(secret.at("secret").as_string()));
    }
    if (what == "GET /api/v1/audit") tell(rig_.accounts().note({"user ada", "127.0.0.1", by.time}, "token.add", "grafana", "scopes metrics"));
    return prepared;
  }
  std::string first_incident() {
    const json::value list = json::parse(rig_.ask("GET", "/api/v1/incidents", rig_.as("viewer")).body);
    return std::string(list.at("incidents").at(0).at("id").as_string());
  }
  /// Without what varies from call to call; a link keeps its beginning.
  static json::value settled(const json::value& value) {
    if (value.is_array()) {
      json::array all;
      for (const json::value& item : value.as_array()) all.push_back(settled(item));
      return all;
    }
    if (!value.is_object()) return value;
    json::object all;
    for (const auto& member : value.as_object()) {
      const json::array& varies = contract().at("x-varies").as_array();
      const bool vary = std::ranges::find(varies, json::value(member.key())) != varies.end();
      all[member.key()] = vary && !member.value().is_null() ? json::value("(varies)") : settled(member.value());
    }
    return all;
  }

 private:
  ApiRig rig_;
};

/// One server for each, so that no example depends on another.
TEST(Contract, EveryExampleIsAnsweredSo) {
  std::size_t examples = 0;
  for (const auto& path : contract().at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      const std::string method = upper(operation.key()), what = method + " " + std::string(path.key());
      if (!store::duck_available() && (what == "POST /api/v1/search" || what.ends_with("/explain"))) continue;  // said by the searches' own test
      ExampleRun one;
      one.start();
      ASSERT_FALSE(testing::Test::HasFatalFailure());
      const Prepared prepared = one.prepare(method, std::string(path.key()), operation.value());
      FakeClient client(one.rig().server().address());
      client.send(ApiRig::request(method, prepared.path, one.rig().server().address(), prepared.headers, json::serialize(prepared.body)));
      const json::object& responses = operation.value().at("responses").as_object();
      const int wanted = std::atoi(std::string(responses.begin()->key()).c_str());
      if (what == "GET /api/v1/alerts/stream") {
        EXPECT_TRUE(client.head().starts_with("HTTP/1.1 200"));
        continue;
      }
      const FakeReply reply = client.reply();
      EXPECT_EQ(reply.status, wanted) << what << "\n" << reply.body;
      const json::value* content = responses.begin()->value().as_object().if_contains("content");
      if (content == nullptr) {
        EXPECT_EQ(reply.body, "") << what;
        continue;
      }
      const json::object* media = content->as_object().contains("application/json") ? &content->at("application/json").as_object() : nullptr;
      if (media == nullptr) continue;
      const json::value body = json::parse(reply.body);
      EXPECT_EQ(SchemaCheck(contract()).check(media->at("schema"), body), "") << what << "\n" << reply.body;
      if (!media->contains("example")) continue;
      ++examples;
      EXPECT_EQ(SchemaCheck(contract()).check(media->at("schema"), media->at("example")), "") << what;
      json::value said = ExampleRun::settled(body);
      if (what == "GET /api/v1/audit") said.as_object()["lines"].as_array().resize(1);
      if (what == "GET /api/v1/status") {  // whose further members, of this machine and its rules, the schema checks
        for (const auto& member : body.as_object()) {
          if (!media->at("example").as_object().contains(member.key())) said.as_object().erase(member.key());
        }
      }
      EXPECT_EQ(said, ExampleRun::settled(media->at("example"))) << what;
    }
  }
  EXPECT_GT(examples, 15u);
}

TEST_F(Api, LogInWithPasswordAndCode) {
  start();
  EXPECT_EQ(login(R"({"user":"ada","password":"wrong wrong wrong"})"), "");
  EXPECT_EQ(login(R"({"user":"nobody","password":"wrong wrong wrong"})"), "");
  const std::string ada = login(R"({"user":"ada","password":"correct horse battery"})");
  ASSERT_NE(ada, "");
  EXPECT_NE(ada.find("__Host-tocsin="), std::string::npos);
  EXPECT_EQ(rig_.ask("GET", "/api/v1/me", ada).status, 200);

  const json::value totp = json::parse(rig_.ask("POST", "/api/v1/me/totp", ada).body);
  EXPECT_EQ(rig_.ask("POST", "/api/v1/me/totp/confirm", ada, R"({"secret":")" + std::string(totp.at("secret").as_string()) + R"(","code":"000000x"})").status, 400);
  const std::string secret = enrol();
  FakeReply reply;
  EXPECT_EQ(login(R"({"user":"ada","password":"correct horse battery"})", &reply), "");
  EXPECT_EQ(code_of(reply), "totp_needed");
  EXPECT_EQ(login(R"({"user":"ada","password":"correct horse battery","code":"000000"})", &reply), "");
  EXPECT_EQ(code_of(reply), "login_failed");
  const std::string good = totp_of(secret);
  EXPECT_TRUE(log_in_with(good));
  EXPECT_FALSE(log_in_with(good)) << "a code is taken once";

  EXPECT_EQ(rig_.ask("POST", "/api/v1/logout", ada).status, 204);
  EXPECT_EQ(rig_.ask("GET", "/api/v1/me", ada).status, 401);
}

TEST_F(Api, ASecondFactorOutlastsTheKeyOfTheData) {
  start();
  const std::string secret = enrol(), key = Env::system().read_file(rig_.folder() + "/key", 4096).value();
  rig_.exchange_key();
  EXPECT_NE(Env::system().read_file(rig_.folder() + "/key", 4096).value(), key);
  EXPECT_TRUE(log_in_with(totp_of(secret)));
  rig_.stop();
  rig_.start();
  EXPECT_TRUE(log_in_with(totp_of(secret, 1)));
}

TEST_F(Api, WhoGuessesHasToWait) {
  start();
  FakeReply reply;
  for (int i = 0; i < 12 && reply.status != 429; ++i) login(R"({"user":"ada","password":"wrong wrong wrong"})", &reply);
  EXPECT_EQ(reply.status, 429) << reply.body;
  EXPECT_NE(reply.head.find("Retry-After: "), std::string::npos);
  EXPECT_EQ(login(R"({"user":"ada","password":"correct horse battery"})", &reply), "") << "the right one waits too";
}

TEST_F(Api, TheFirstAdminComesByALinkThatIsGoodOnce) {
  rig_.start();
  ASSERT_FALSE(HasFatalFailure());
  const std::string link = rig_.server().admin_link();
  const std::string origin = "http://" + rig_.server().address();
  ASSERT_TRUE(link.starts_with(origin + "/#setup=tcl_")) << link;
  const std::string token = link.substr(link.find('=') + 1);
  const std::string check = R"({"token":")" + token + "\"}";
  EXPECT_EQ(json::parse(rig_.ask("POST", "/api/v1/setup/check", "", check).body).at("user"), nullptr);
  const auto setup = [&](const std::string& name, const std::string& password) {
    return rig_.ask("POST", "/api/v1/setup", "", R"({"token":")" + token + R"(","name":")" + name + R"(","password":")" + password + "\"}");
  };
  EXPECT_EQ(setup("", "long enough to be one").status, 400);
  EXPECT_EQ(setup("ada", "short").status, 400);
  EXPECT_EQ(setup("ada", "long enough to be one").status, 201);
  EXPECT_EQ(setup("eve", "long enough to be one").status, 404);
  const std::string ada = login(R"({"user":"ada","password":"long enough to be one"})");
  EXPECT_EQ(json::parse(rig_.ask("GET", "/api/v1/me", ada).body).at("role"), "admin");
}

TEST_F(Api, ACookieAloneChangesNothing) {
  start();
  const std::string ada = rig_.as("admin"), cookie = ada.substr(0, ada.find("\r\n") + 2);
  const std::string body = R"({"name":"x","role":"viewer"})";
  EXPECT_EQ(code_of(rig_.ask("POST", "/api/v1/users", cookie, body)), "not_our_page");
  EXPECT_EQ(code_of(rig_.ask("POST", "/api/v1/users", cookie + "X-Tocsin-Request: 1\r\nOrigin: http://evil.example\r\n", body)), "not_our_page");
  EXPECT_EQ(code_of(rig_.ask("POST", "/api/v1/users", cookie + "Origin: http://" + rig_.server().address() + "\r\n", body)), "not_our_page");
  EXPECT_EQ(rig_.ask("GET", "/api/v1/users", cookie).status, 200);
  EXPECT_EQ(rig_.ask("POST", "/api/v1/users", ada, body).status, 201);
}

TEST_F(Api, AnotherNameIsNotAnswered) {
  start();
  for (const auto& [host, status] : {std::pair{"evil.example", 421}, {"evil.example:8443", 421}, {"127.0.0.1", 200}, {"LOCALHOST:1", 200}, {"[::1]:8443", 200}, {"[::1", 421}}) {
    FakeClient client(rig_.server().address());
    client.send(ApiRig::request("GET", "/health", host, "", ""));
    EXPECT_EQ(client.reply().status, status) << host;
  }
}

TEST_F(Api, SessionsAndTokensEnd) {
  start();
  const TimeUs now = rig_.actor().time;
  const auto status_of = [&](TimeUs made, TimeUs seen) {
    EXPECT_TRUE(rig_.accounts().add_session(api::secret_digest("s"), {.user = "ada", .role = "admin", .made = made, .seen = seen}));
    const int status = rig_.ask("GET", "/api/v1/me", "Cookie: __Host-tocsin=s\r\n").status;
    EXPECT_TRUE(rig_.accounts().remove_session(api::secret_digest("s")));
    return status;
  };
  EXPECT_EQ(status_of(now - 3'500'000'000, now - 3'500'000'000), 200);
  EXPECT_EQ(status_of(now - 3'700'000'000, now - 3'700'000'000), 401) << "an hour without a request";
  EXPECT_EQ(status_of(now - 44'000'000'000, now), 401) << "a day";
  ASSERT_TRUE(rig_.accounts().add_token({.name = "old", .digest = api::secret_digest("tca_x"), .scopes = "metrics", .made = 0, .expires = now - 1}, rig_.actor()));
  EXPECT_EQ(rig_.ask("GET", "/metrics", "Authorization: Bearer tca_x\r\n").status, 401);
}

TEST_F(Api, AlertsComeInPagesAndAsAStream) {
  start();
  const std::string ada = rig_.as("admin");
  FakeClient follower(rig_.server().address());
  follower.send(ApiRig::request("GET", "/api/v1/alerts/stream?after=0", rig_.server().address(), ada, ""));
  EXPECT_TRUE(follower.head().starts_with("HTTP/1.1 200"));
  EXPECT_EQ(follower.chunk(), ": still here\n\n");
  rig_.send_lines({kAlarmingLine, kQuietLine, kAlarmingLine, kAlarmingLine});
  std::string events;
  for (int i = 0; i < 20 && events.find("id: 3\n") == std::string::npos; ++i) events += follower.chunk();
  EXPECT_NE(events.find("id: 1\nevent: alert\ndata: {"), std::string::npos) << events;

  FakeClient again(rig_.server().address());
  again.send(ApiRig::request("GET", "/api/v1/alerts/stream", rig_.server().address(), ada + "Last-Event-ID: 2\r\n", ""));
  EXPECT_TRUE(again.head().starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(again.chunk().starts_with("id: 3\n")) << "on behind the last that was seen";

  std::set<std::string> ids;
  std::string target = "/api/v1/alerts?limit=2&level=low";
  for (int pages = 0; pages < 5 && !target.empty(); ++pages) {
    const json::value page = json::parse(rig_.ask("GET", target, ada).body);
    for (const json::value& alert : page.at("alerts").as_array()) ids.emplace(alert.at("id").as_string());
    target = page.at("next").is_null() ? "" : "/api/v1/alerts?limit=2&level=low&cursor=" + std::string(page.at("next").as_string());
    EXPECT_EQ(page.at("last_event_id"), 3);
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(rig_.ask("GET", "/api/v1/alerts/" + *ids.begin(), ada).status, 200);
  EXPECT_EQ(rig_.ask("GET", "/api/v1/alerts?cursor=x", ada).status, 400);
  EXPECT_EQ(rig_.ask("GET", "/api/v1/alerts?level=loud", ada).status, 400);
  EXPECT_EQ(rig_.ask("GET", "/api/v1/alerts?colour=red", ada).status, 400);
  const std::string metrics = rig_.ask("GET", "/metrics", rig_.with_scope("metrics")).body;
  EXPECT_NE(metrics.find("\ntocsin_records_received_total{source=\"syslog\"} 4\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("\ntocsin_alerts_total 3\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("\ntocsin_alert_streams "), std::string::npos) << metrics;
}

TEST_F(Api, IncidentsAreMadeOfWhatWasStored) {
  start();
  const std::string viewer = rig_.as("viewer");
  const auto list = [&](const std::string& query) { return json::parse(rig_.ask("GET", "/api/v1/incidents" + query, viewer).body); };
  EXPECT_EQ(list("").at("incidents").as_array().size(), 0u);
  rig_.send_lines({kAlarmingLine, kQuietLine, kAlarmingLine});
  for (int i = 0; i < 100 && list("").at("alert_count") != 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const json::value found = list("?limit=1");
  ASSERT_EQ(found.at("incidents").as_array().size(), 1u) << json::serialize(found);
  EXPECT_EQ(found.at("alert_count"), 2);
  EXPECT_EQ(found.at("whole"), true);
  const json::value& incident = found.at("incidents").at(0);
  EXPECT_EQ(incident.at("alert_count"), 2) << "of one machine";
  EXPECT_EQ(incident.at("hosts").at(0), "web-01");
  const std::string id(incident.at("id").as_string());
  const json::value whole = json::parse(rig_.ask("GET", "/api/v1/incidents/" + id.substr(0, 8), viewer).body);
  EXPECT_EQ(whole.at("id"), incident.at("id"));
  EXPECT_EQ(whole.at("links").as_array().size(), 1u);
  EXPECT_EQ(list("?level=critical").at("fitting"), 0);
  EXPECT_EQ(list("?since=2100-01-01T00:00:00Z").at("fitting"), 0);
  EXPECT_EQ(rig_.ask("GET", "/api/v1/incidents/" + id.substr(0, 5), viewer).status, 404) << "too short to be meant";
  EXPECT_EQ(rig_.ask("GET", "/api/v1/incidents?level=loud", viewer).status, 400);
  EXPECT_EQ(rig_.ask("GET", "/api/v1/incidents", rig_.with_scope("metrics")).status, 403);
}

TEST_F(Api, PeopleActOnIncidents) {
  start();
  rig_.add_user("grace", "analyst");
  std::string analyst = rig_.as("analyst"), viewer = rig_.as("viewer");
  const auto list = [&](const std::string& query = "") { return json::parse(rig_.ask("GET", "/api/v1/incidents" + query, viewer).body); };
  const auto whole = [&](const std::string& id) { return json::parse(rig_.ask("GET", "/api/v1/incidents/" + id, viewer).body); };
  rig_.send_lines({kAlarmingLine, kAlarmingLine, kAlarmingLine});
  for (int i = 0; i < 100 && list().at("alert_count") != 3; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const std::string id(list().at("incidents").at(0).at("id").as_string());
  const auto act = [&](const std::string& body, int wanted = 201) {
    const FakeReply reply = rig_.ask("POST", "/api/v1/incidents/" + id.substr(0, 8) + "/acts", analyst, body);
    EXPECT_EQ(reply.status, wanted) << body << reply.body;
    return json::parse(reply.body);
  };
  act(R"({"act":"assign","to":"nobody-of-this-name"})", 400);
  act(R"({"act":"assign","to":"grace"})");
  act(R"({"act":"assign","to":"grace"})", 400);
  act(R"({"act":"status","status":"closed"})", 400);
  act(R"({"act":"merge","other":")" + id + "\"}", 400);
  act(R"({"act":"split","alerts":["0f0f0f0f"]})", 404);
  act(R"({"act":"paint"})", 400);
  EXPECT_EQ(whole(id).at("assignee"), "grace");
  EXPECT_EQ(list("?assignee=grace").at("fitting"), 1);
  EXPECT_EQ(list("?assignee=").at("fitting"), 0);
  const json::value task = act(R"({"act":"task","text":"ask the admin"})");
  act(R"({"act":"done","of":)" + json::serialize(task.at("number")) + "}");
  EXPECT_EQ(whole(id).at("tasks").at(0).at("done"), true);

  const std::string last(whole(id).at("alerts").at(2).at("id").as_string());
  const json::value split = act(R"({"act":"split","alerts":[")" + last.substr(0, 10) + R"("],"text":"another person"})");
  EXPECT_EQ(list().at("incident_count"), 2);
  const std::string other(split.at("other").as_string());
  EXPECT_EQ(whole(other).at("alert_count"), 1);
  EXPECT_EQ(json::parse(rig_.ask("GET", "/api/v1/alerts/" + last + "/case", viewer).body).at("incident"), other.c_str());

  EXPECT_EQ(rig_.ask("POST", "/api/v1/verdicts", analyst, R"({"alerts":[")" + last + R"("],"verdict":"true_positive"})").status, 201);
  EXPECT_EQ(rig_.ask("POST", "/api/v1/verdicts", viewer, R"({"alerts":[")" + last + R"("],"verdict":"true_positive"})").status, 403);
  const json::value closed = act(R"({"act":"status","status":"closed","verdict":"benign","text":"the nightly backup"})");
  EXPECT_EQ(json::parse(rig_.ask("GET", "/api/v1/verdicts", viewer).body).at("verdict_count"), 3) << "of one, and of the two that are closed";
  EXPECT_EQ(list("?status=open").at("fitting"), 1);
  rig_.send_lines({kAlarmingLine});
  for (int i = 0; i < 100 && list().at("alert_count") != 4; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(whole(id).at("alert_count"), 2) << "nothing joins what is closed";
  EXPECT_EQ(whole(other).at("alert_count"), 2);

  rig_.stop();
  rig_.start();
  analyst = rig_.as("analyst"), viewer = rig_.as("viewer");
  EXPECT_EQ(whole(id).at("status"), "closed");
  EXPECT_EQ(whole(id).at("acts").as_array().size(), 5u);
  act(R"({"act":"undo","of":)" + json::serialize(closed.at("number")) + "}");
  EXPECT_EQ(whole(id).at("status"), "assigned");
  EXPECT_EQ(whole(id).at("classification"), "");
  act(R"({"act":"undo","of":)" + json::serialize(split.at("number")) + "}");
  EXPECT_EQ(json::parse(rig_.ask("GET", "/api/v1/alerts/" + last + "/case", viewer).body).at("incident"), id.c_str());
  const std::string audit = rig_.ask("GET", "/api/v1/audit", rig_.as("admin")).body;
  EXPECT_NE(audit.find("case.split"), std::string::npos);
  EXPECT_EQ(audit.find("nightly backup"), std::string::npos) << "words stay with the case";
}

/// What a person thinks stands beside what the machine does; and which calibration counts is a person's to say.
TEST_F(Api, APersonHasAWordOnConfidences) {
  start();
  const std::string analyst = rig_.as("analyst"), viewer = rig_.as("viewer");
  const auto get = [&](const std::string& path) { return json::parse(rig_.ask("GET", "/api/v1/" + path, viewer).body); };
  rig_.send_lines({kAlarmingLine});
  for (int i = 0; i < 100 && get("incidents").at("alert_count") != 1; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const std::string incident = "incidents/" + std::string(get("incidents").at("incidents").at(0).at("id").as_string());
  const json::value before = get(incident);
  const auto act = [&](const std::string& body) { return rig_.ask("POST", "/api/v1/" + incident + "/acts", analyst, body); };
  EXPECT_EQ(act(R"({"act":"confidence","confidence":1.5,"text":"sure"})").status, 400);
  EXPECT_EQ(act(R"({"act":"confidence","confidence":0.75})").status, 400) << "without a reason";
  EXPECT_EQ(act(R"({"act":"calibration","text":"x"})").status, 400) << "of no incident";
  const FakeReply done = act(R"({"act":"confidence","confidence":0.75,"text":"seen it before"})");
  ASSERT_EQ(done.status, 201) << done.body;
  EXPECT_EQ(json::parse(done.body).at("value"), 0.75);
  json::value now = get(incident);
  EXPECT_EQ(now.at("said"), 0.75);
  EXPECT_EQ(now.at("judged"), 0.75);
  EXPECT_NE(std::string(now.at("said_by").as_string()).find("user"), std::string::npos);
  EXPECT_EQ(now.at("confidence"), before.at("confidence")) << "never over the machine's";
  EXPECT_EQ(act(R"({"act":"undo","of":)" + json::serialize(json::parse(done.body).at("number")) + "}").status, 201);
  now = get(incident);
  EXPECT_FALSE(now.as_object().contains("said"));
  EXPECT_EQ(now.at("judged"), before.at("judged"));

  const auto choose = [&](const std::string& body) { return rig_.ask("POST", "/api/v1/confidence/calibration", analyst, body).status; };
  EXPECT_EQ(get("confidence").at("chosen"), false);
  EXPECT_EQ(get("confidence").at("brier"), json::value()) << "there is no verdict";
  EXPECT_EQ(choose(R"({"version":1,"text":"it held better"})"), 400) << "there is none yet";
  EXPECT_EQ(choose(R"({"version":0})"), 400) << "without a reason";
  EXPECT_EQ(choose(R"({"version":0,"newest":true,"text":"both"})"), 400);
  EXPECT_EQ(choose(R"({"version":0,"text":"until there are more verdicts"})"), 201);
  EXPECT_EQ(get("confidence").at("chosen"), true);
  EXPECT_EQ(choose(R"({"newest":true,"text":"there are"})"), 201);
  EXPECT_EQ(get("confidence").at("chosen"), false);
  EXPECT_EQ(rig_.ask("POST", "/api/v1/confidence/calibration", viewer, R"({"version":0,"text":"x"})").status, 403);

  const std::string alert(now.at("alerts").at(0).at("id").as_string());
  EXPECT_EQ(rig_.ask("POST", "/api/v1/verdicts", analyst, R"({"alerts":[")" + alert + R"("],"verdict":"true_positive"})").status, 201);
  EXPECT_EQ(get("confidence").at("groups"), 1);
  std::string metrics;
  for (int i = 0; i < 200 && metrics.find("tocsin_confidence_labels 1\n") == std::string::npos; ++i) metrics = rig_.ask("GET", "/metrics", viewer).body;
  EXPECT_NE(metrics.find("tocsin_confidence_labels 1\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("tocsin_confidence_reliability_groups{from=\"0\",to=\"0.1\"} "), std::string::npos);
}

/// More than one piece takes.
TEST_F(Api, AStreamGivesEveryAlertOnceInOrder) {
  start();
  rig_.send_lines(std::vector<std::string>(150, kAlarmingLine));
  FakeClient follower(rig_.server().address());
  follower.send(ApiRig::request("GET", "/api/v1/alerts/stream?after=0", rig_.server().address(), rig_.as("viewer"), ""));
  EXPECT_TRUE(follower.head().starts_with("HTTP/1.1 200"));
  std::string events, ids, wanted;
  for (int i = 0; i < 20 && events.find("id: 150\n") == std::string::npos; ++i) events += follower.chunk();
  for (std::size_t at = 0; (at = events.find("id: ", at)) != std::string::npos; ++at) {
    if (at == 0 || events[at - 1] == '\n') ids += events.substr(at + 4, events.find('\n', at) - at - 4) + " ";
  }
  for (int i = 1; i <= 150; ++i) wanted += std::to_string(i) + " ";
  EXPECT_EQ(ids, wanted);
}

TEST_F(Api, SearchesAnswerAndEnd) {
  if (!store::duck_available()) GTEST_SKIP() << "skipped: there is no DuckDB (scripts/fetch-duckdb)";
  start();
  const std::string ada = rig_.as("analyst");
  rig_.send_lines({kAlarmingLine, kQuietLine, kQuietLine});
  const auto search = [&](const std::string& body) { return rig_.ask("POST", "/api/v1/search", ada, body); };
  EXPECT_EQ(search(R"({"query":"host:web-02","count":1})").body, R"({"rows":[2],"complete":true,"cut":false,"trouble":null})");
  EXPECT_EQ(search(R"({"sql":"SELECT count(*) AS n FROM events"})").body, R"({"rows":[{"n":3}],"complete":true,"cut":false,"trouble":null})");
  const FakeReply cut = search(R"({"query":"| fields host","limit":2})");
  EXPECT_NE(cut.body.find(R"("complete":false,"cut":true)"), std::string::npos) << cut.body;
  const FakeReply bad = search(R"({"query":"host:"})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(code_of(bad), "bad_query");
  EXPECT_EQ(code_of(search(R"~({"sql":"SELECT * FROM read_text('/etc/passwd')"})~")), "bad_query");
  EXPECT_EQ(code_of(search(R"({"query":"--help"})")), "") << "an argument is never an option";
  FakeClient client(rig_.server().address());
  client.send(ApiRig::request("POST", "/api/v1/search", rig_.server().address(), ada, R"({"query":"| fields host","format":"ndjson"})"));
  EXPECT_NE(client.head().find("application/x-ndjson"), std::string::npos);
  std::string lines;
  for (std::string piece = client.chunk(); !piece.empty(); piece = client.chunk()) lines += piece;
  EXPECT_TRUE(lines.ends_with("{\"schema\":\"tocsin.search_end/1\",\"rows\":3,\"complete\":true,\"trouble\":null}\n")) << lines;

  // One that would take forever ends when its client goes, and makes room.
  const std::string endless = R"({"sql":"SELECT sum(a.range * b.range) FROM range(100000000000) a, range(1000) b","seconds":300})";
  {
    std::vector<std::unique_ptr<FakeClient>> clients;
    for (std::size_t i = 0; i < 4; ++i) {
      clients.push_back(std::make_unique<FakeClient>(rig_.server().address()));
      clients.back()->send(ApiRig::request("POST", "/api/v1/search", rig_.server().address(), ada, endless));
    }
    const auto running = [&] { return rig_.ask("GET", "/metrics", rig_.as("viewer")).body.find("\ntocsin_searches_running 4\n") != std::string::npos; };
    for (int i = 0; i < 3'000 && !running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(running());
    EXPECT_EQ(rig_.ask("GET", "/api/v1/incidents", rig_.as("viewer")).status, 200);
    EXPECT_TRUE(running()) << "incidents wait for no search";
  }
  FakeReply after;
  for (int i = 0; i < 3'000 && after.status != 200; ++i) after = search(R"({"query":"","count":1})");
  EXPECT_EQ(after.body, R"({"rows":[3],"complete":true,"cut":false,"trouble":null})");
}

}  // namespace
}  // namespace tocsin
