// Every way to tamper with a log, by the verifier here and by the one in Python that shares nothing with it: both have to find it, or both nothing.
#include "report/audit/verify.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "report/audit/audit_testing.h"
#include "report/audit/proof.h"

namespace tocsin::audit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVerifier = TOCSIN_SOURCE_DIR "/tools/audit_verify.py";

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool has_python() {
  static const bool has = std::system("python3 -c ''") == 0;
  return has;
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  return text;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

class VerifyLog : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tocsin_audit_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    log_ = root_ / "log";
    fs::create_directory(log_);
    write(log_ / "vkey", test_key().verifier().text() + "\n");
    add(1, 5);
    elsewhere_ = sign();
    add(6, 5);
    sign();
    write(root_ / "elsewhere", elsewhere_);
  }
  void TearDown() override { fs::remove_all(root_); }

  /// `later`: seconds.
  void add(std::uint64_t from, std::uint64_t count, TimeUs later = 0) {
    const auto log = *AuditLog::open_to_write(env_, log_.string(), 0);
    for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(log->append(test_entries(from + i, 1), kTestStart + static_cast<TimeUs>(from + i) * 1'000'000 + later * 1'000'000));
  }

  std::string sign() {
    const auto log = *AuditLog::open_to_read(env_, log_.string());
    const std::string note = test_key().sign({test_key().name(), log->size(), log->root()});
    EXPECT_TRUE(CheckpointFile::open_to_write(env_, log_.string())->append(note));
    return note;
  }

  fs::path leaves() const { return log_ / leaf_file_name(0); }
  std::vector<std::string> lines() const { return lines_of(read(leaves())); }
  void set_lines(const std::vector<std::string>& lines) { write(leaves(), joined(lines)); }
  /// As who knows the format would: numbers and positions are right again, and the key is theirs.
  void renumber_and_sign() {
    std::vector<std::string> all = lines();
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const char* const name : {"\"n\":", "\"position\":"}) {
        const std::size_t at = all[i].find(name) + std::string(name).size(), end = all[i].find_first_of(",}", at);
        all[i].replace(at, end - at, std::to_string(i + (std::string(name) == "\"n\":" ? 0 : 1)));
      }
    }
    set_lines(all);
    fs::remove(log_ / "checkpoints");
    sign();
  }

  struct Verdict {
    bool good = false;
    std::string said;
  };

  Verdict verify(bool with_elsewhere) {
    VerifyOptions options{.folder = log_.string(), .key = test_key().verifier()};
    if (with_elsewhere) options.elsewhere = *read_note_file(env_, (root_ / "elsewhere").string());
    const Result<VerifyReport> report = verify_log(env_, options);
    EXPECT_TRUE(report) << report.error().message;
    Verdict verdict{report->is_good(), ""};
    for (const std::string& finding : report->findings) verdict.said += finding + "\n";
    if (has_python()) {
      const std::string command = std::string("python3 ") + kVerifier + " " + log_.string() + " --key '" + test_key().verifier().text() + "'" + (with_elsewhere ? " --checkpoint " + (root_ / "elsewhere").string() : "") + " > " + (root_ / "said").string() + " 2>&1";
      const int exit = WEXITSTATUS(std::system(command.c_str()));
      EXPECT_EQ(exit, verdict.good ? 0 : 1) << read(root_ / "said") << "against: " << verdict.said;
    }
    return verdict;
  }

  void expect_found(const std::string& words) {
    const Verdict verdict = verify(true);
    EXPECT_FALSE(verdict.good);
    EXPECT_NE(verdict.said.find(words), std::string::npos) << verdict.said;
  }

  Env& env_ = Env::system();
  fs::path root_, log_;
  std::string elsewhere_;
};

TEST_F(VerifyLog, WhatNobodyTouchedIsGood) {
  EXPECT_TRUE(verify(true).good) << verify(true).said;
  EXPECT_TRUE(verify(false).good);
  const VerifyReport report = *verify_log(env_, {.folder = log_.string()});
  EXPECT_EQ(report.leaves, 10U);
  EXPECT_EQ(report.signed_leaves, 10U);
  ASSERT_EQ(report.unproven.size(), 2U) << "the key, and no checkpoint from elsewhere";
  EXPECT_NE(report.unproven[1].find("cannot be ruled out"), std::string::npos);
}

TEST_F(VerifyLog, Truncated) {
  std::vector<std::string> all = lines();
  all.resize(4);
  set_lines(all);
  expect_found("its end was cut off");
  EXPECT_FALSE(verify(false).good) << "the checkpoints beside it say so";
  fs::remove(log_ / "checkpoints");
  EXPECT_TRUE(verify(false).good) << "nobody can know";
  expect_found("its end was cut off");
}

TEST_F(VerifyLog, Dropped) {
  std::vector<std::string> all = lines();
  all.erase(all.begin() + 2);
  set_lines(all);
  expect_found("says that it is number 3");
  renumber_and_sign();
  EXPECT_TRUE(verify(false).good) << "who has the key can sign another history";
  expect_found("two heads");
}

TEST_F(VerifyLog, Reordered) {
  std::vector<std::string> all = lines();
  std::swap(all[1], all[2]);
  set_lines(all);
  expect_found("leaves were taken out, put in or exchanged");
  renumber_and_sign();
  expect_found("two heads");
}

TEST_F(VerifyLog, Changed) {
  std::vector<std::string> all = lines();
  all[3] = replaced(all[3], "user ada", "user bob");
  set_lines(all);
  expect_found("are not those that were signed");
  EXPECT_FALSE(verify(false).good);
  renumber_and_sign();
  expect_found("two heads");
}

TEST_F(VerifyLog, ReplacedByAnOlderCopy) {
  const fs::path older = root_ / "older";
  fs::copy(log_, older, fs::copy_options::recursive);
  add(11, 3);
  elsewhere_ = sign();
  write(root_ / "elsewhere", elsewhere_);
  EXPECT_TRUE(verify(true).good);
  fs::remove_all(log_);
  fs::rename(older, log_);
  expect_found("replaced by an older copy");
  EXPECT_TRUE(verify(false).good) << "it was good once";
}

TEST_F(VerifyLog, ClockSetBack) {
  add(11, 1, -3600);
  sign();
  expect_found("the clock was set back");
  EXPECT_FALSE(verify(false).good);
}

TEST_F(VerifyLog, TwoHeads) {
  const std::string one = sign();
  std::vector<std::string> all = lines();
  all[9] = replaced(all[9], "192.0.2.7", "192.0.2.8");
  set_lines(all);
  fs::remove(log_ / "checkpoints");
  sign();
  EXPECT_TRUE(verify(true).good) << "the one kept elsewhere is of before";
  write(root_ / "elsewhere", one);
  expect_found("two heads");
  EXPECT_TRUE(verify(false).good);
}

TEST_F(VerifyLog, ANumberOfASourceIsMissing) {
  add(12, 1);
  sign();
  expect_found("of source accounts the numbers 11 to 11 are missing");
}

TEST_F(VerifyLog, CheckpointsThatNobodySigned) {
  const std::string kept = read(log_ / "checkpoints");
  write(log_ / "checkpoints", replaced(kept, "\n10\n", "\n11\n"));
  expect_found("the signature does not hold");
  const SigningKey other = *SigningKey::from_seed(std::string(kSeedBytes, 'x'));
  write(log_ / "checkpoints", other.sign({other.name(), 10, empty_root()}) + "\n");
  expect_found("no signature is of the key");
  write(log_ / "checkpoints", kept);
  write(log_ / "vkey", other.verifier().text() + "\n");
  expect_found("another key");
}

TEST_F(VerifyLog, LinesThatAreNoLeaves) {
  const std::vector<std::string> all = lines();
  for (const std::string& line : {std::string("{}"), std::string(), " " + all[9], replaced(all[9], "\"n\":9", "\"n\":9.0"), all[9] + "x", std::string("[1]"), replaced(all[9], "tocsin.audit/1", "x"), std::string("\xFF")}) {
    std::vector<std::string> changed = all;
    changed[9] = line;
    set_lines(changed);
    expect_found("leaf 9: ");
  }
  std::vector<std::string> changed = all;
  changed.emplace_back(kLeafBytesMax + 1, 'x');
  set_lines(changed);
  EXPECT_FALSE(verify(true).good);
}

TEST_F(VerifyLog, ALineThatIsBeingWrittenIsNoneYet) {
  write(leaves(), read(leaves()) + R"({"n":10,)");
  EXPECT_TRUE(verify(true).good);
}

TEST_F(VerifyLog, AProofHoldsWithoutTheLogAndNoOtherDoes) {
  const auto log = *AuditLog::open_to_read(env_, log_.string());
  const std::string newest = read_checkpoints(env_, log_.string())->back();
  const auto python_says = [&](const std::string& text) {
    write(root_ / "proof", text);
    const std::string command = std::string("python3 ") + kVerifier + " --proof " + (root_ / "proof").string() + " --key '" + test_key().verifier().text() + "' > " + (root_ / "said").string() + " 2>&1";
    return WEXITSTATUS(std::system(command.c_str()));
  };
  for (const std::uint64_t number : {0U, 4U, 9U}) {
    const Proof proof = *make_proof(*log, number, newest, elsewhere_);
    const std::string text = proof_json(proof);
    EXPECT_EQ(check_proof(*read_proof(text), test_key().verifier())->size, 10U);
    Proof wrong = proof;
    wrong.leaf = replaced(wrong.leaf, "ada", "eve");
    EXPECT_FALSE(check_proof(wrong, test_key().verifier()));
    wrong = proof;
    wrong.number = number == 0 ? 1 : number - 1;
    EXPECT_FALSE(check_proof(wrong, test_key().verifier()));
    wrong = proof;
    wrong.older = test_key().sign({test_key().name(), 5, empty_root()});
    EXPECT_FALSE(check_proof(wrong, test_key().verifier())) << "another history";
    if (!has_python()) continue;
    EXPECT_EQ(python_says(text), 0) << read(root_ / "said");
    EXPECT_EQ(python_says(proof_json(wrong)), 1) << read(root_ / "said");
    EXPECT_EQ(python_says(replaced(text, "user ada", "user eve")), 1);
  }
  EXPECT_FALSE(make_proof(*log, 10, newest, ""));
  EXPECT_FALSE(read_proof("{}"));
  EXPECT_FALSE(read_proof("["));
}

}  // namespace
}  // namespace tocsin::audit
