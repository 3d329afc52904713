#include "pipeline/enrol_sender.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "pipeline/add_sender.h"
#include "store/certificates.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class EnrolSender : public testing::Test {
 protected:
  EnrolSender() {
    std::string name = (fs::temp_directory_path() / "tocsin-enrol-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    data_ = {name + "/data"};
    key_file_ = name + "/key";
    point_ = public_point(make_private_key().value()).value();
  }
  ~EnrolSender() override { fs::remove_all(fs::path(data_.path).parent_path()); }

  Result<std::string> code(const std::string& name) { return add_enrolment(env_, data_, key_file_, "box", name); }
  Result<std::string> enrol(const std::string& code, TimeUs later = 0) {
    const auto state = State::open(data_.state(), State::IfMissing::kFail).value();
    Seal master(read_or_make_key(env_, key_file_).value());
    return enrol_sender(*state, open_authority(env_, data_, master, "box").value(), env_.now_us() + later, {code, point_});
  }
  std::vector<SenderRecord> senders() { return State::open(data_.state(), State::IfMissing::kFail).value()->senders().value(); }

  Env& env_ = Env::system();
  DataFolder data_;
  std::string key_file_, point_;
};

TEST_F(EnrolSender, ACodeMakesOneSender) {
  const std::string first = code("web-1").value();
  ASSERT_EQ(senders().size(), 1u);
  EXPECT_EQ(senders()[0].input, kEnrolmentInput);
  EXPECT_EQ(senders()[0].token_digest.find(first.substr(4, 32)), std::string::npos) << "a digest is kept, not the code";
  const std::string certificate = enrol(first).value();
  ASSERT_EQ(senders().size(), 1u);
  EXPECT_EQ(senders()[0].input, kEnrolledInput);
  EXPECT_EQ(senders()[0].token_digest, read_certificate(certificate)->fingerprint);
  EXPECT_EQ(enrol(first).error().code, Code::kDenied) << "once";
  EXPECT_EQ(code("web-1").error().code, Code::kInvalid) << "there is one of this name";
  EXPECT_EQ(code("web 1").error().code, Code::kInvalid);
}

TEST_F(EnrolSender, ACodeIsGoodForAnHourAndUntilTheNext) {
  const std::string first = code("web-1").value();
  EXPECT_EQ(enrol(first, kEnrolmentGoodUs + 1'000'000).error().code, Code::kDenied);
  const std::string second = code("web-1").value();
  EXPECT_NE(first, second);
  EXPECT_EQ(enrol(first).error().code, Code::kDenied) << "there is another code for it";
  EXPECT_TRUE(enrol(second, kEnrolmentGoodUs - 60'000'000));
}

TEST_F(EnrolSender, AKeyThatIsNoneUsesNoCode) {
  const std::string one = code("web-1").value();
  const std::string good = point_;
  point_[64] = static_cast<char>(point_[64] ^ 1);
  EXPECT_EQ(enrol(one).error().code, Code::kInvalid);
  point_ = good;
  EXPECT_TRUE(enrol(one));
}

}  // namespace
}  // namespace tocsin
