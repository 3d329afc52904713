#include "collect/enrolment.h"

#include <gtest/gtest.h>

#include "collect/acked_testing.h"
#include "collect/relp_frames.h"

namespace tocsin {
namespace {

const std::string kSecret(kEnrolmentSecretBytes, '\x01'), kFingerprint(32, '\xab'), kKey = "\x04" + std::string(64, '\x7f');

TEST(Enrolment, ACodeHasItsMark) {
  const std::string code = enrolment_code(kSecret, kFingerprint);
  EXPECT_EQ(code, "tce_" "01010101" "01010101" "01010101" "01010101" "abababab" "abababab" "abababab" "abababab");
  EXPECT_EQ(enrolment_mark(code), kFingerprint.substr(0, kEnrolmentMarkBytes));
  for (const std::string& none : {std::string(), std::string("tce_"), code.substr(1), code + "0", code.substr(0, code.size() - 1), "tcs" + code.substr(3), code.substr(0, code.size() - 1) + "G"}) {
    EXPECT_FALSE(enrolment_mark(none)) << none;
  }
}

TEST(Enrolment, ARequestIsReadBack) {
  const EnrolmentRequest request{enrolment_code(kSecret, kFingerprint), kKey};
  const std::string data = enrolment_data(request);
  EXPECT_EQ(read_enrolment(data).value(), request);
  for (const std::string& none : {data.substr(1), data + "0", data.substr(0, data.size() - 2), data.substr(0, 68), std::string(), enrolment_data({request.code, "\x02" + kKey.substr(1)})}) {
    EXPECT_FALSE(read_enrolment(none)) << none;
  }
}

std::string frames(const std::string& data) { return "1 open 30 relp_version=0\ncommands=syslog\n2 enrol " + std::to_string(data.size()) + " " + data + "\n"; }

TEST(Enrolment, RelpHandsTheRequestOnAndAnswers) {
  const EnrolmentRequest request{enrolment_code(kSecret, kFingerprint), kKey};
  RelpFrames relp(true);
  const AckedRun run = run_acked(relp, frames(enrolment_data(request)), 1'000);
  EXPECT_TRUE(run.ended) << "whoever enrols comes again as a sender";
  EXPECT_EQ(relp.enrolment(), request);
  EXPECT_EQ(relp.enrolment(), std::nullopt) << "once";
  std::string out;
  relp.enrolled(std::string("-----BEGIN"));
  relp.answer(out);
  EXPECT_EQ(out, "2 rsp 17 200 OK\n-----BEGIN\n");
}

TEST(Enrolment, RelpRefusesWhatIsNone) {
  RelpFrames relp(true), plain;
  EXPECT_NE(run_acked(relp, frames("tce_1 00"), 1'000).out.find("2 rsp 29 500 this is no enrolment code"), std::string::npos);
  EXPECT_EQ(relp.enrolment(), std::nullopt);
  const EnrolmentRequest request{enrolment_code(kSecret, kFingerprint), kKey};
  EXPECT_NE(run_acked(plain, frames(enrolment_data(request)), 1'000).out.find("500 this command is not known here"), std::string::npos);
  EXPECT_EQ(plain.enrolment(), std::nullopt);
}

}  // namespace
}  // namespace tocsin
