#include "base/certificate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

constexpr TimeUs kDayUs = 86'400'000'000;
constexpr TimeUs kNow = 1'795'000'000'000'000;  // in 2026

TEST(Certificate, AServerIsKnownByEveryName) {
  const Identity authority = *make_authority("box", kNow);
  const std::vector<std::string> names = {"box.example", "localhost", "192.0.2.7", "::1", "2001:db8::7"};
  const Identity server = *make_server_identity(authority, names, kNow);
  for (const std::string& name : names) EXPECT_TRUE(certificate_is_for(server.certificate, name)) << name;
  for (const char* const name : {"192.0.2.8", "other.example", "example", "x.box.example", "2001:db8::8"}) {
    EXPECT_FALSE(certificate_is_for(server.certificate, name)) << name;
  }
}

TEST(Certificate, EachHoldsForItsTime) {
  const Identity authority = *make_authority("box", kNow);
  const Certificate whole = *read_certificate(authority.certificate);
  EXPECT_EQ(whole.from, kNow - kDayUs);
  EXPECT_EQ(whole.until, kNow + kAuthorityDays * kDayUs);
  const Certificate server = *read_certificate(make_server_identity(authority, std::vector<std::string>{"box"}, kNow)->certificate);
  EXPECT_EQ(server.until, kNow + kServerCertificateDays * kDayUs);
  const Certificate client = *read_certificate(make_client_identity(authority, "shipper", kNow + kDayUs)->certificate);
  EXPECT_EQ(client.from, kNow);
  EXPECT_EQ(client.until, whole.until);
  const TimeUs late = whole.until - kDayUs;
  EXPECT_EQ(read_certificate(make_server_identity(authority, std::vector<std::string>{"box"}, late)->certificate)->until, whole.until) << "none outlives its authority";
}

TEST(Certificate, AKeyIsSignedByItsPublicHalf) {
  const Identity authority = *make_authority("box", kNow);
  const std::string key = *make_private_key(), point = *public_point(key);
  EXPECT_EQ(point.size(), 65u);
  EXPECT_EQ(point[0], '\x04');
  const std::string certificate = *sign_client_key(authority, "web-1", point, kNow);
  EXPECT_TRUE(is_signed_by(certificate, authority.certificate));
  EXPECT_EQ(read_certificate(certificate)->until, read_certificate(authority.certificate)->until);
  std::string off_the_curve = point;
  off_the_curve[64] = static_cast<char>(off_the_curve[64] ^ 1);
  for (const std::string& bad : {off_the_curve, point.substr(1), point + "x", std::string(65, '\0'), std::string()}) EXPECT_FALSE(sign_client_key(authority, "web-1", bad, kNow)) << bad.size();
  EXPECT_FALSE(public_point("nothing"));
  EXPECT_FALSE(public_point(certificate));
}

TEST(Certificate, IsSignedByOneAuthority) {
  const Identity authority = *make_authority("box", kNow), other = *make_authority("box", kNow);
  const Identity client = *make_client_identity(authority, "shipper", kNow);
  EXPECT_TRUE(is_signed_by(client.certificate, authority.certificate));
  EXPECT_FALSE(is_signed_by(client.certificate, other.certificate));
  EXPECT_TRUE(is_signed_by(authority.certificate, authority.certificate));
  EXPECT_FALSE(is_signed_by("", authority.certificate));
  EXPECT_NE(read_certificate(client.certificate)->fingerprint, read_certificate(make_client_identity(authority, "shipper", kNow)->certificate)->fingerprint);
}

TEST(Certificate, LongNamesAreCutAndStrangeOnesTaken) {
  const Identity authority = *make_authority(std::string(200, 'm'), kNow);
  const std::string host = std::string(60, 'a') + "." + std::string(60, 'b');
  EXPECT_TRUE(certificate_is_for(make_server_identity(authority, std::vector<std::string>{host}, kNow)->certificate, host));
  EXPECT_TRUE(make_server_identity(authority, std::vector<std::string>{"a,DNS:b", "IP:x\n"}, kNow));
  EXPECT_FALSE(certificate_is_for(make_server_identity(authority, std::vector<std::string>{"a,DNS:b"}, kNow)->certificate, "b"));
}

TEST(Certificate, WhatIsNoneIsRefused) {
  for (const char* const text : {"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_FALSE(read_certificate(text));
    EXPECT_FALSE(certificate_is_for(text, "box"));
  }
  EXPECT_FALSE(make_client_identity({"x", "y"}, "shipper", kNow));
}

}  // namespace
}  // namespace tocsin
