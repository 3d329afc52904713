#include "pipeline/service_tls.h"

#include <gtest/gtest.h>

#include "base/certificate.h"
#include "base/memory_env.h"

namespace tocsin {
namespace {

constexpr TimeUs kDayUs = 86'400'000'000;
constexpr TimeUs kNow = 1'795'000'000'000'000;  // in 2026

class PrepareTls : public ::testing::Test {
 protected:
  PrepareTls() : master_(*SealKey::from(std::string(kSealKeyBytes, 'k'))) {
    env_.set_now_us(kNow);
    options_.machine = {"box", "192.0.2.7", "2001:db8::7"};
  }
  Result<PreparedTls> prepare(std::vector<std::string> listening = {"127.0.0.1:0"}) { return prepare_tls(env_, data_, master_, options_, listening); }
  void use_own(const Identity& own) {
    env_.add_file("own.pem", own.certificate);
    env_.add_file("own.key", own.key);
    options_.certificate = "own.pem";
    options_.key = "own.key";
  }

  MemoryEnv env_;
  DataFolder data_{"data"};
  Seal master_;
  TlsOptions options_;
};

TEST_F(PrepareTls, TheCertificateIsForEveryNameThatIsListenedOn) {
  options_.names = {"logs.example"};
  const std::string narrow = prepare()->tls.certificates;
  for (const char* const name : {"box", "localhost", "127.0.0.1", "::1", "logs.example"}) EXPECT_TRUE(certificate_is_for(narrow, name)) << name;
  EXPECT_FALSE(certificate_is_for(narrow, "192.0.2.7"));
  const std::string one = prepare({"127.0.0.1:0", "198.51.100.9:6514", "nonsense"})->tls.certificates;
  EXPECT_TRUE(certificate_is_for(one, "198.51.100.9"));
  EXPECT_FALSE(certificate_is_for(one, "192.0.2.7"));
  const std::string wide = prepare({"0.0.0.0:9200"})->tls.certificates;
  for (const char* const name : {"192.0.2.7", "2001:db8::7"}) EXPECT_TRUE(certificate_is_for(wide, name)) << name;
  EXPECT_EQ(prepare()->tls.certificates, wide);
  EXPECT_EQ(prepare()->warning, "");
}

TEST_F(PrepareTls, AUsersOwnGoesFirst) {
  const Identity authority = *make_authority("theirs", kNow);
  const Identity own = *make_server_identity(authority, std::vector<std::string>{"logs.example"}, kNow);
  use_own(own);
  const PreparedTls prepared = *prepare();
  EXPECT_EQ(prepared.tls.certificates, own.certificate);
  EXPECT_EQ(prepared.tls.key, own.key);
  EXPECT_EQ(prepared.tls.client_authority, env_.text_of("data/tls/ca.pem")) << "senders are signed by ours all the same";
  EXPECT_FALSE(env_.exists("data/tls/server"));
}

TEST_F(PrepareTls, WhatIsWrongWithAUsersOwnIsSaid) {
  const Identity authority = *make_authority("theirs", kNow);
  use_own({authority.certificate, make_authority("other", kNow)->key});
  EXPECT_EQ(prepare().error().message, "own.pem with the key own.key: the private key is not that of the certificate");
  options_.key = "";
  EXPECT_EQ(prepare().error().message, "a certificate of your own takes both tls.certificate and tls.key");
  options_.key = "nowhere.key";
  EXPECT_EQ(prepare().error().code, Code::kNotFound);
}

TEST_F(PrepareTls, AnEndIsSaidBeforeItComes) {
  const Identity authority = *make_authority("theirs", kNow);
  use_own(*make_server_identity(authority, std::vector<std::string>{"logs.example"}, kNow));
  ASSERT_TRUE(prepare());
  env_.set_now_us(kNow + (kServerCertificateDays - 30) * kDayUs - 1);
  EXPECT_EQ(prepare()->warning, "");
  env_.set_now_us(kNow + (kServerCertificateDays - 30) * kDayUs);
  EXPECT_TRUE(prepare()->warning.starts_with("own.pem ends on ")) << prepare()->warning;
  env_.set_now_us(kNow + kServerCertificateDays * kDayUs);
  EXPECT_TRUE(prepare()->warning.starts_with("own.pem ended on ")) << prepare()->warning;
  env_.set_now_us(kNow + kAuthorityDays * kDayUs);
  EXPECT_TRUE(prepare()->warning.starts_with("the authority in data/tls/ca.pem ended on ")) << prepare()->warning;
}

}  // namespace
}  // namespace tocsin
