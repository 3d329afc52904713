#include "store/certificates.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/memory_env.h"

namespace tocsin {
namespace {

constexpr TimeUs kDayUs = 86'400'000'000;
constexpr TimeUs kNow = 1'795'000'000'000'000;  // in 2026

class Certificates : public ::testing::Test {
 protected:
  Certificates() : master_(*SealKey::from(std::string(kSealKeyBytes, 'k'))) {
    env_.set_now_us(kNow);
  }
  Result<Identity> authority() { return open_authority(env_, data_, master_, "box"); }
  Result<Identity> server(std::vector<std::string> names = {"box", "192.0.2.7"}) {
    const Identity authority = TRY(open_authority(env_, data_, master_, "box"));
    return open_server_identity(env_, data_, master_, authority, names);
  }

  MemoryEnv env_;
  DataFolder data_{"data"};
  Seal master_;
};

TEST_F(Certificates, AreMadeOnce) {
  const Identity first = *authority(), shown = *server();
  EXPECT_EQ(env_.text_of("data/tls/ca.pem"), first.certificate);
  EXPECT_EQ(authority()->key, first.key);
  EXPECT_EQ(server()->certificate, shown.certificate);
  EXPECT_TRUE(is_signed_by(shown.certificate, first.certificate));
  EXPECT_TRUE(check_certificates(env_, data_, master_));
}

TEST_F(Certificates, KeysAreNeverInClear) {
  const Identity first = *authority(), shown = *server();
  const std::string middle = first.key.substr(40, 40), other = shown.key.substr(40, 40);
  const std::vector<FolderEntry> entries = *env_.list_folder("data/tls");
  EXPECT_GE(entries.size(), 3u);
  for (const FolderEntry& entry : entries) {
    const std::string text = env_.text_of("data/tls/" + entry.name).value_or("");
    EXPECT_EQ(text.find("PRIVATE KEY"), std::string::npos) << entry.name;
    EXPECT_EQ(text.find(middle), std::string::npos) << entry.name;
    EXPECT_EQ(text.find(other), std::string::npos) << entry.name;
  }
}

TEST_F(Certificates, TheServersIsMadeAnewInTime) {
  const std::string first = server()->certificate;
  env_.set_now_us(kNow + (kServerCertificateDays - kServerCertificateLeftDays) * kDayUs);
  EXPECT_EQ(server()->certificate, first);
  env_.advance_us(kDayUs);
  const std::string second = server()->certificate;
  EXPECT_NE(second, first);
  EXPECT_EQ(server()->certificate, second);
  env_.set_now_us(kNow - 10 * kDayUs);
  EXPECT_NE(server()->certificate, second) << "made when the clock was wrong: it holds from then on only";
}

TEST_F(Certificates, TheServersIsMadeAnewForAnotherName) {
  const std::string first = server()->certificate;
  const std::string second = server({"box", "192.0.2.8"})->certificate;
  EXPECT_NE(second, first);
  EXPECT_TRUE(certificate_is_for(second, "192.0.2.8"));
  EXPECT_EQ(server({"192.0.2.8"})->certificate, second) << "it holds for more than that";
}

TEST_F(Certificates, AnotherKeyOpensNothing) {
  ASSERT_TRUE(server());
  Seal other(*SealKey::from(std::string(kSealKeyBytes, 'o')));
  const Result<Identity> opened = open_authority(env_, data_, other, "box");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kInvalid);
  EXPECT_FALSE(check_certificates(env_, data_, other));
}

TEST_F(Certificates, ABitThatFlipsIsFound) {
  const std::string first = authority()->key, shown = server()->certificate;
  const std::string good = *env_.text_of("data/tls/authority");
  for (std::size_t bit = 0; bit < good.size() * 8; bit += 61) {
    env_.flip_bit("data/tls/authority", bit);
    EXPECT_FALSE(authority()) << bit;
    EXPECT_FALSE(check_certificates(env_, data_, master_)) << bit;
    env_.flip_bit("data/tls/authority", bit);
  }
  EXPECT_EQ(authority()->key, first);
  env_.flip_bit("data/tls/server", 1000);
  EXPECT_FALSE(check_certificates(env_, data_, master_));
  EXPECT_NE(server()->certificate, shown) << "made anew: nobody has to be told";
  env_.flip_bit("data/tls/ca.pem", 1000);
  EXPECT_FALSE(check_certificates(env_, data_, master_));
  EXPECT_TRUE(authority());
  EXPECT_TRUE(check_certificates(env_, data_, master_));
}

TEST_F(Certificates, OneFileCannotStandForTheOther) {
  ASSERT_TRUE(server());
  env_.add_file("data/tls/authority", *env_.text_of("data/tls/server"));
  EXPECT_FALSE(authority());
}

TEST_F(Certificates, AnyCallMayFailAndTheNextStartGoesOn) {
  for (std::uint64_t call = 1;; ++call) {
    MemoryEnv env;
    env.set_now_us(kNow);
    const std::vector<std::string> names = {"box"};
    const auto both = [&]() -> Result<Identity> {
      const Identity authority = TRY(open_authority(env, data_, master_, "box"));
      return open_server_identity(env, data_, master_, authority, names);
    };
    env.fail_call(call);
    const Result<Identity> first = both();
    const bool failed = env.calls() >= call;
    env.fail_call(0);
    const Result<Identity> second = both();
    ASSERT_TRUE(second) << call << ": " << second.error().message;
    if (first) {
      EXPECT_EQ(first->certificate, second->certificate) << call;
    }
    EXPECT_TRUE(check_certificates(env, data_, master_)) << call;
    if (!failed) break;
  }
}

TEST_F(Certificates, WhatWasGivenOutSurvivesALossOfPower) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    MemoryEnv env;
    env.set_now_us(kNow);
    ASSERT_TRUE(make_folders(env, data_.tls()));
    const Identity first = *open_authority(env, data_, master_, "box");
    env.crash(seed);
    const Result<Identity> second = open_authority(env, data_, master_, "box");
    ASSERT_TRUE(second) << seed;
    EXPECT_EQ(second->key, first.key) << seed;
  }
}

}  // namespace
}  // namespace tocsin
