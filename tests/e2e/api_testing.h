// For tests of the API: a service with its API within the test's process, on loopback and without TLS, with users of every role; and a check of JSON against the
// schemas of api/openapi.json, as much of JSON Schema as that file uses. Searches are processes of the program. One thread.
//
//   ApiRig rig;
//   rig.start();
//   const FakeReply reply = rig.ask("GET", "/api/v1/status", rig.as("viewer"));
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "api/secret.h"
#include "api/server.h"
#include "base/time.h"
#include "cli/rule_set.h"
#include "collect/net_fakes.h"
#include "oidc/fake_provider.h"
#include "pipeline/add_sender.h"
#include "pipeline/control_socket.h"
#include "pipeline/search_maker.h"
#include "pipeline/service.h"
#include "store/accounts.h"
#include "store/attachments.h"
#include "store/sealed_file.h"

namespace tocsin {

inline constexpr const char* kRigIssuer = "https://id.example";
inline constexpr const char* kRigPassword = "correct horse battery";

class ApiRig {
 public:
  ApiRig() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-api-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    provider().be_good();
  }
  ~ApiRig() {
    stop();
    std::filesystem::remove_all(folder_);
  }
  ApiRig(const ApiRig&) = delete;
  ApiRig& operator=(const ApiRig&) = delete;

  static Result<ServiceConfiguration> configuration() {
    cli::RuleReading rules = cli::read_rules(Env::system(), {});
    ServiceConfiguration all;
    all.engine = TRY(cli::make_engine(Env::system(), std::move(rules.set), {}));
    all.rules = std::move(rules.facts);
    return all;
  }
  /// The admin "ada" has a password.
  void start() {
    ServiceOptions options;
    options.data = {folder_ + "/data"};
    options.key_file = folder_ + "/key";
    options.listen.bulk = options.listen.hec = options.listen.syslog = options.listen.syslog_tls = "127.0.0.1:0";
    options.tls.machine = {"test"};
    options.api = "";
    options.reveal_people = 2;
    options.policy = folder_ + "/policy.yml";
    EXPECT_TRUE(Env::system().write_file(options.policy, "policy: rig\nrules:\n  - {field: rig_name, action: tokenize}\n"));
    starter_ = std::move(*ProgramStarter::fork(TOCSIN_PROGRAM));
    auto service = Service::start(Env::system(), *starter_, std::move(*configuration()), configuration, options);
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
    state_ = std::move(*State::open(options.data.state(), State::IfMissing::kFail));
    accounts_.emplace(*state_);
    api::ServerOptions server;
    server.address = "127.0.0.1:0";
    server.data = options.data;
    Seal master(*read_key(Env::system(), options.key_file));
    server.second_factors = std::move(*second_factor_key(Env::system(), options.data, master));
    server.attachments = std::move(*attachments_key(Env::system(), options.data, master));
    maker_.emplace(*starter_, options.data, options.key_file);
    server.make_searches = [this] { return maker_->start(); };
    server.provider_login = api::ProviderLoginSettings{
        .provider = {.issuer = kRigIssuer, .client_id = "tocsin", .client_secret = "hush", .redirect_uri = {}},
        .name = "Example ID",
        .roles_claim = "groups",
        .roles = {{"soc", "analyst"}, {"soc-admins", "admin"}, {"guests", "viewer"}}};
    server.fetch = &provider();
    server.mcp = mcp_;
    auto started = api::Server::start(Env::system(), std::move(server));
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  /// Before start().
  void serve_models(api::McpMode mode, api::McpExtension* extension = nullptr) { mcp_ = {mode, extension}; }
  void stop() {
    if (server_ != nullptr) server_->stop();
    server_.reset();
    if (service_ != nullptr) service_->stop();
    service_.reset();
    maker_.reset();
    starter_.reset();
  }
  /// The token that stands for the value in what is stored.
  std::string new_token(const std::string& value) {
    send_lines({R"({"rig_name":")" + value + R"("})"});
    EXPECT_TRUE(service_->store_now([] { return false; }));
    const Result<std::string> token = ask_service(folder_ + "/data/control", {"tokens", {{"action", "token"}, {"what", value}}});
    EXPECT_TRUE(token) << token.error().message;
    return token ? token->substr(1, token->size() - 2) : "";
  }
  void exchange_key() { EXPECT_TRUE(service_->exchange_key()); }
  /// One for all rigs, as its keys take a while to make.
  static oidc::FakeProvider& provider() {
    static oidc::FakeProvider one(kRigIssuer, "tocsin", "hush");
    return one;
  }
  api::Server& server() { return *server_; }
  Accounts& accounts() { return *accounts_; }
  State& state() { return *state_; }
  const std::string& folder() const { return folder_; }
  Actor actor() const { return {"the test", "", Env::system().now_us()}; }

  void add_user(const std::string& name, const std::string& role) {
    EXPECT_TRUE(accounts_->add_user({.name = name, .role = role, .password = kept_password(), .added = actor().time}, actor()));
  }
  /// Headers of a browser in which a user of that role is logged in.
  std::string as(const std::string& role) {
    const std::string name = role == "admin" ? "ada" : role + "-user";
    if (!accounts_->user(name).value()) add_user(name, role);
    return as_user(name, role);
  }
  std::string as_user(const std::string& name, const std::string& role) {
    const std::string secret = api::random_secret("").value();
    const TimeUs now = actor().time;
    EXPECT_TRUE(accounts_->add_session(api::secret_digest(secret), {.user = name, .role = role, .made = now, .seen = now}));
    return "Cookie: __Host-tocsin=" + secret + "\r\nX-Tocsin-Request: 1\r\nOrigin: http://" + server_->address() + "\r\n";
  }
  std::string with_scope(const std::string& scope) {
    const std::string secret = api::random_secret("tca_").value(), name = "token-" + scope.substr(0, scope.find(':'));
    (void)accounts_->remove_token(name, actor());
    EXPECT_TRUE(accounts_->add_token({.name = name, .digest = api::secret_digest(secret), .scopes = scope, .made = 0, .expires = actor().time + 60'000'000}, actor()));
    return "Authorization: Bearer " + secret + "\r\n";
  }
  static std::string request(const std::string& method, const std::string& target, const std::string& host, const std::string& headers, const std::string& body) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers;
    if (method != "GET" && method != "DELETE") text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + (method == "GET" || method == "DELETE" ? std::string() : body);
  }
  FakeReply ask(const std::string& method, const std::string& target, const std::string& headers, const std::string& body = "{}") {
    FakeClient client(server_->address());
    client.send(request(method, target, server_->address(), headers, body));
    return client.reply();
  }
  /// Lines to the syslog port; returns when rules were asked about all of them.
  void send_lines(const std::vector<std::string>& lines) {
    FakeClient client(service_->addresses()[2].address);
    for (const std::string& line : lines) client.send(line + "\n");
    sent_ += lines.size();
    for (int i = 0; i < kFakeWaitMs / 10 && service_->progress().looked_at < sent_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(service_->progress().looked_at, sent_);
  }

 private:
  static const std::string& kept_password() {
    static const std::string kept = api::hash_password(kRigPassword).value();
    return kept;
  }

  std::string folder_;
  std::uint64_t sent_ = 0;
  api::McpSettings mcp_ = {.mode = api::McpMode::kAct};
  std::unique_ptr<ProgramStarter> starter_;
  std::unique_ptr<Service> service_;
  std::optional<SearchMaker> maker_;
  std::unique_ptr<State> state_;
  std::optional<Accounts> accounts_;
  std::unique_ptr<api::Server> server_;
};

/// A line of which one shipped rule has an alert, and one of which none has.
inline const std::string kAlarmingLine = "<86>Nov 24 09:12:44 web-01 sshd[2211]: Accepted password for root from 203.0.113.7 port 52344 ssh2";
inline const std::string kQuietLine = "<86>Nov 24 09:12:45 web-02 sshd[2212]: Failed password for root from 203.0.113.7 port 52345 ssh2";

/// What is wrong with `value`, each with its place; nothing if the schema allows it.
class SchemaCheck {
 public:
  explicit SchemaCheck(const boost::json::value& contract) : contract_(contract) {}
  std::string check(const boost::json::value& schema, const boost::json::value& value) {
    wrong_.clear();
    look(schema, value, "$");
    return wrong_;
  }

 private:
  using Value = boost::json::value;
  void say(const std::string& place, const std::string& what) { wrong_ += place + ": " + what + "\n"; }

  static bool is_of_type(std::string_view type, const Value& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "null") return value.is_null();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    return type == "number" && value.is_number();
  }
  static bool is_of_types(const Value& type, const Value& value) {
    if (type.is_string()) return is_of_type(std::string_view(type.as_string()), value);
    return std::ranges::any_of(type.as_array(), [&](const Value& one) { return is_of_type(std::string_view(one.as_string()), value); });
  }
  void look(const Value& schema, const Value& value, const std::string& place) {
    const boost::json::object& rules = schema.as_object();
    if (const Value* ref = rules.if_contains("$ref")) {
      const std::string name = std::string(ref->as_string()).substr(std::string("#/components/schemas/").size());
      return look(contract_.at("components").at("schemas").at(name), value, place);
    }
    if (const Value* type = rules.if_contains("type"); type != nullptr && !is_of_types(*type, value)) {
      return say(place, "is " + boost::json::serialize(value) + ", not of type " + boost::json::serialize(*type));
    }
    if (const Value* allowed = rules.if_contains("enum"); allowed != nullptr && std::ranges::find(allowed->as_array(), value) == allowed->as_array().end()) {
      say(place, "is none of " + boost::json::serialize(*allowed));
    }
    if (rules.contains("format") && value.is_string() && !parse_time(std::string_view(value.as_string()))) say(place, "is no time");
    if (value.is_object()) look_at_members(rules, value.as_object(), place);
    if (const Value* items = rules.if_contains("items"); items != nullptr && value.is_array()) {
      for (const Value& item : value.as_array()) look(*items, item, place + "[]");
    }
  }
  void look_at_members(const boost::json::object& rules, const boost::json::object& object, const std::string& place) {
    const Value* properties = rules.if_contains("properties");
    if (const Value* required = rules.if_contains("required")) {
      for (const Value& name : required->as_array()) {
        if (!object.contains(std::string_view(name.as_string()))) say(place, "lacks " + std::string(name.as_string()));
      }
    }
    const Value* more = rules.if_contains("additionalProperties");
    for (const auto& member : object) {
      const std::string_view key = member.key();
      const Value* known = properties == nullptr ? nullptr : properties->as_object().if_contains(key);
      if (known != nullptr) {
        look(*known, member.value(), place + "." + std::string(key));
      } else if (more != nullptr && *more == Value(false)) {
        say(place, "has " + std::string(key) + ", which nobody knows");
      }
    }
  }

  const Value& contract_;
  std::string wrong_;
};

}  // namespace tocsin
