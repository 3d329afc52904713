#include "store/accounts.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "store/checksum_vfs.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-accounts-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    state_ = std::move(*State::open(folder_ + "/state.db", State::IfMissing::kMake));
    accounts_.emplace(*state_);
  }
  ~AccountsTest() override { fs::remove_all(folder_); }
  Status add(const std::string& name, const std::string& role) { return accounts_->add_user({.name = name, .role = role, .added = 1}, by_); }
  /// "action object" of every line, the oldest first.
  std::string lines() {
    std::string all;
    const std::vector<AuditLine> audit = accounts_->audit(100, 0).value();
    for (auto line = audit.rbegin(); line != audit.rend(); ++line) all += line->action + " " + line->object + ";";
    return all;
  }
  std::string folder_;
  std::unique_ptr<State> state_;
  std::optional<Accounts> accounts_;
  const Actor by_{"user root", "192.0.2.1", 77};
};

TEST_F(AccountsTest, EveryChangeHasItsLineAndWhatFailsHasNone) {
  EXPECT_TRUE(add("ada", "admin"));
  EXPECT_FALSE(add("ada", "viewer"));
  EXPECT_TRUE(add("grace", "viewer"));
  EXPECT_TRUE(accounts_->set_role("grace", "analyst", by_));
  EXPECT_FALSE(accounts_->set_role("nobody", "analyst", by_));
  EXPECT_TRUE(accounts_->add_token({.name = "ci", .digest = "d", .scopes = "search", .made = 1, .expires = 9}, by_));
  EXPECT_FALSE(accounts_->add_token({.name = "ci", .digest = "e", .scopes = "search", .made = 1, .expires = 9}, by_));
  EXPECT_TRUE(accounts_->remove_token("ci", by_));
  EXPECT_FALSE(accounts_->remove_token("ci", by_));
  EXPECT_TRUE(accounts_->remove_user("grace", by_));
  EXPECT_EQ(lines(), "user.add ada;user.add grace;user.role grace;token.add ci;token.remove ci;user.remove grace;");
  const AuditLine line = accounts_->audit(1, 0).value().at(0);
  EXPECT_EQ(line.who, "user root");
  EXPECT_EQ(line.address, "192.0.2.1");
  EXPECT_EQ(line.time, 77);
  EXPECT_EQ(accounts_->audit(100, line.number).value().size(), 5u);
}

TEST_F(AccountsTest, TheLastAdminStays) {
  ASSERT_TRUE(add("ada", "admin"));
  EXPECT_FALSE(accounts_->remove_user("ada", by_));
  EXPECT_FALSE(accounts_->set_role("ada", "viewer", by_));
  EXPECT_EQ(accounts_->user("ada").value()->role, "admin");
  ASSERT_TRUE(add("grace", "admin"));
  EXPECT_TRUE(accounts_->remove_user("ada", by_));
}

TEST_F(AccountsTest, ALinkIsGoodOnceAndInTime) {
  ASSERT_TRUE(add("ada", "admin"));
  EXPECT_FALSE(accounts_->add_link({"d0", "nobody", "viewer", 1'000}, by_));
  ASSERT_TRUE(accounts_->add_link({"d1", "ada", "admin", 1'000}, by_));
  ASSERT_TRUE(accounts_->add_link({"d2", "ada", "admin", 1'000}, by_));
  EXPECT_FALSE(accounts_->link("d1", 100).value()) << "a newer one was made";
  EXPECT_FALSE(accounts_->link("d2", 1'001).value()) << "too old";
  const LinkRecord link = *accounts_->link("d2", 1'000).value();
  ASSERT_TRUE(accounts_->set_totp("ada", "sealed", by_));
  ASSERT_TRUE(accounts_->add_session("s", {.user = "ada", .role = "admin", .made = 1, .seen = 1}));
  ASSERT_TRUE(accounts_->redeem(link, "ada", "hash", by_));
  EXPECT_FALSE(accounts_->redeem(link, "ada", "other", by_));
  EXPECT_EQ(accounts_->user("ada").value()->password, "hash");
  EXPECT_EQ(accounts_->user("ada").value()->totp, "");
  EXPECT_FALSE(accounts_->session("s").value()) << "logged out";
}

TEST_F(AccountsTest, ThereIsOneFirstAdmin) {
  ASSERT_TRUE(accounts_->add_link({"d1", "", "admin", 1'000}, by_));
  const LinkRecord link = *accounts_->link("d1", 10).value();
  ASSERT_TRUE(accounts_->redeem(link, "ada", "hash", by_));
  EXPECT_EQ(accounts_->user("ada").value()->role, "admin");
  ASSERT_TRUE(accounts_->add_link({"d2", "", "admin", 1'000}, by_));
  EXPECT_FALSE(accounts_->redeem({"d2", "", "admin", 1'000}, "eve", "hash", by_));
  EXPECT_TRUE(accounts_->link("d2", 10).value()) << "refused whole";
}

TEST_F(AccountsTest, SessionsEndByAgeByNumberAndWithTheirUser) {
  ASSERT_TRUE(add("ada", "admin"));
  for (std::size_t i = 0; i <= kUserSessionsMax; ++i) {
    const auto time = static_cast<TimeUs>(100 + i);
    ASSERT_TRUE(accounts_->add_session("s" + std::to_string(i), {.user = "ada", .role = "admin", .made = time, .seen = time}));
  }
  EXPECT_FALSE(accounts_->session("s0").value()) << "the oldest went";
  ASSERT_TRUE(accounts_->session("s1").value());
  ASSERT_TRUE(accounts_->see_session("s1", 500));
  EXPECT_EQ(accounts_->session("s1").value()->seen, 500);
  ASSERT_TRUE(accounts_->expire_sessions(102, 0));
  EXPECT_FALSE(accounts_->session("s1").value());
  ASSERT_TRUE(accounts_->expire_sessions(0, 104));
  EXPECT_FALSE(accounts_->session("s3").value());
  EXPECT_TRUE(accounts_->session("s4").value());
  ASSERT_TRUE(accounts_->set_password("ada", "hash", "s5", by_));
  EXPECT_FALSE(accounts_->session("s4").value());
  EXPECT_TRUE(accounts_->session("s5").value()) << "the one that changed it";
  ASSERT_TRUE(add("grace", "admin"));
  ASSERT_TRUE(accounts_->set_role("ada", "viewer", by_));
  EXPECT_EQ(accounts_->session("s5").value()->role, "viewer") << "from the next request on";
  ASSERT_TRUE(accounts_->remove_user("ada", by_));
  EXPECT_FALSE(accounts_->session("s5").value());
}

TEST_F(AccountsTest, ACodeIsTakenOnce) {
  ASSERT_TRUE(add("ada", "admin"));
  EXPECT_TRUE(accounts_->use_totp("ada", 10).value());
  EXPECT_FALSE(accounts_->use_totp("ada", 10).value());
  EXPECT_FALSE(accounts_->use_totp("ada", 9).value());
  EXPECT_TRUE(accounts_->use_totp("ada", 11).value());
}

/// A state of the format before users opens, and has them from then on.
TEST_F(AccountsTest, AnOlderStateGetsTheTables) {
  accounts_.reset();
  state_.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open_v2((folder_ + "/state.db").c_str(), &database, SQLITE_OPEN_READWRITE, checksum_vfs()), SQLITE_OK);
  const char* const older = "DROP TABLE users; DROP TABLE sessions; DROP TABLE api_tokens; DROP TABLE links; DROP TABLE audit; PRAGMA user_version=3";
  ASSERT_EQ(sqlite3_exec(database, older, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  state_ = std::move(*State::open(folder_ + "/state.db", State::IfMissing::kMake, State::IfOlder::kUpgrade));
  accounts_.emplace(*state_);
  EXPECT_TRUE(add("ada", "admin"));
  EXPECT_EQ(accounts_->users().value().size(), 1u);
}

/// Users of format 4 keep what they have, and are local.
TEST_F(AccountsTest, OlderUsersGetTheColumns) {
  accounts_.reset();
  state_.reset();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open_v2((folder_ + "/state.db").c_str(), &database, SQLITE_OPEN_READWRITE, checksum_vfs()), SQLITE_OK);
  const char* const older =
      "DROP TABLE users; CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, totp BLOB NOT NULL, totp_used INTEGER NOT NULL, added INTEGER NOT NULL);"
      "INSERT INTO users VALUES ('ada', 'admin', 'hash', x'01', 7, 8); PRAGMA user_version=4";
  ASSERT_EQ(sqlite3_exec(database, older, nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  EXPECT_FALSE(State::open(folder_ + "/state.db", State::IfMissing::kFail, State::IfOlder::kRefuse));
  state_ = std::move(*State::open(folder_ + "/state.db", State::IfMissing::kMake, State::IfOlder::kUpgrade));
  accounts_.emplace(*state_);
  const UserRecord ada = *accounts_->user("ada").value();
  EXPECT_EQ(ada.password, "hash");
  EXPECT_EQ(ada.totp_used, 7);
  EXPECT_TRUE(ada.is_local());
  EXPECT_FALSE(ada.disabled);
  EXPECT_EQ(accounts_->see_provider_user({"https://id.example", "1", "grace", "viewer"}, by_).value_or(""), "grace");
}

TEST_F(AccountsTest, AUserOfAProviderIsToldByItsSubject) {
  ASSERT_TRUE(add("ada", "admin"));
  const auto see = [&](const char* issuer, const char* subject, const char* name, const char* role) {
    const Result<std::string> seen = accounts_->see_provider_user({issuer, subject, name, role}, by_);
    return seen ? *seen : std::string(seen.error().code == Code::kDenied ? "disabled" : "taken");
  };
  EXPECT_EQ(see("i", "1", "ada", "admin"), "taken");
  EXPECT_EQ(see("i", "1", "grace", "viewer"), "grace");
  EXPECT_EQ(see("i", "1", "other", "analyst"), "grace");
  EXPECT_EQ(see("i", "1", "grace", "analyst"), "grace");
  EXPECT_EQ(see("i", "2", "grace", "admin"), "taken");
  EXPECT_EQ(see("j", "1", "grace", "admin"), "taken") << "another provider's subject of the same name";
  EXPECT_EQ(accounts_->user("grace").value()->role, "analyst");
  EXPECT_EQ(lines(), "user.add ada;user.add grace;user.role grace;");

  for (const Status& done : {accounts_->set_role("grace", "admin", by_), accounts_->set_password("grace", "hash", "", by_), accounts_->set_totp("grace", "x", by_),
                             accounts_->add_link({"d", "grace", "admin", 1'000}, by_)}) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kInvalid);
  }
  EXPECT_EQ(lines(), "user.add ada;user.add grace;user.role grace;");

  ASSERT_TRUE(accounts_->add_session("s", {.user = "grace", .role = "analyst", .made = 1, .seen = 1}));
  ASSERT_TRUE(accounts_->add_session("a", {.user = "ada", .role = "admin", .made = 1, .seen = 1}));
  ASSERT_TRUE(accounts_->end_provider_sessions());
  EXPECT_FALSE(accounts_->session("s").value());
  EXPECT_TRUE(accounts_->session("a").value());
}

TEST_F(AccountsTest, WhoIsDisabledHasNoSession) {
  ASSERT_TRUE(add("ada", "admin"));
  ASSERT_EQ(accounts_->see_provider_user({"i", "1", "grace", "admin"}, by_).value_or(""), "grace");
  ASSERT_TRUE(accounts_->add_session("s", {.user = "grace", .role = "admin", .made = 1, .seen = 1}));
  ASSERT_TRUE(accounts_->set_disabled("grace", true, by_));
  EXPECT_FALSE(accounts_->session("s").value());
  ASSERT_TRUE(accounts_->add_session("t", {.user = "grace", .role = "admin", .made = 1, .seen = 1}));
  EXPECT_FALSE(accounts_->session("t").value()) << "made a moment later";
  EXPECT_EQ(accounts_->see_provider_user({"i", "1", "grace", "admin"}, by_).error().code, Code::kDenied);
  EXPECT_FALSE(accounts_->set_disabled("ada", true, by_)) << "a disabled admin is none";
  EXPECT_FALSE(accounts_->remove_user("ada", by_));
  EXPECT_FALSE(accounts_->set_disabled("nobody", true, by_));
  ASSERT_TRUE(accounts_->set_disabled("grace", false, by_));
  EXPECT_TRUE(accounts_->set_disabled("ada", true, by_));
  EXPECT_EQ(lines(), "user.add ada;user.add grace;user.disable grace;user.enable grace;user.disable ada;");
}

/// The first of all may have come in through the provider, as something else.
TEST_F(AccountsTest, TheFirstAdminsLinkIsGoodUntilThereIsAnAdmin) {
  ASSERT_EQ(accounts_->see_provider_user({"i", "1", "grace", "viewer"}, by_).value_or(""), "grace");
  ASSERT_TRUE(accounts_->add_link({"d", "", "admin", 1'000}, by_));
  const LinkRecord link = *accounts_->link("d", 100).value();
  EXPECT_EQ(accounts_->redeem(link, "grace", "hash", by_).error().code, Code::kInvalid) << "her name is taken";
  EXPECT_TRUE(accounts_->redeem(link, "ada", "hash", by_));
}

}  // namespace
}  // namespace tocsin
