// Followed files on their way into the journal: the mark goes with the last record of a batch, and a second run goes on behind it.
#include "pipeline/file_inputs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/memory_env.h"
#include "event/details.h"
#include "store/journal_reader.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class FileInputsTest : public testing::Test, public journal::PayloadVisitor {
 protected:
  FileInputsTest() : key_(std::move(*SealKey::from(std::string(32, 'k')))), master_(key_) {
    std::string name = (fs::temp_directory_path() / "tocsin-inputs-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    state_ = std::move(*State::open(folder_ + "/state.db", State::IfMissing::kMake));
    intake_ = std::make_unique<JournalIntake>(*journal::Writer::open(env_, "journal", master_, {}));
  }
  ~FileInputsTest() override { fs::remove_all(folder_); }

  /// Follows until so many records are safe, and reads them back.
  void follow(std::vector<std::string> names, std::uint64_t records) {
    FileInputs files(env_, *intake_, *state_, {.names = std::move(names), .pause = std::chrono::milliseconds(1)});
    files.start();
    for (int i = 0; i < 6'000 && intake_->committed() < records; ++i) intake_->wait_beyond(intake_->committed(), std::chrono::milliseconds(10));
    files.stop();
    read_.clear();
    Result<journal::Reader> reader = journal::Reader::open(env_, "journal", master_, 0);
    while (*reader->next(intake_->committed(), *this)) {
    }
  }
  /// As the stream does.
  void apply() {
    StreamStep step;
    step.files = marks_;
    step.position = intake_->committed();
    ASSERT_TRUE(state_->apply(step));
  }
  void record(journal::Sequence, const journal::Record& record) override {
    const std::string_view packed = detail(record.details, Detail::kFileMark);
    read_.push_back(sources_[record.source] + ": " + std::string(record.raw) + (packed.empty() ? "" : " (mark)"));
    const std::optional<FileMark> mark = unpacked_mark(packed);
    if (!mark) return;
    std::erase_if(marks_, [&](const StoredFileMark& one) { return one.log == mark->log; });
    marks_.push_back({mark->log, record.received, std::string(packed)});
  }
  void source(journal::SourceId source, std::string_view name) override { sources_[source] = name; }
  void counts(journal::SourceId, const journal::Counts&, bool) override {}
  void end() override {}

  MemoryEnv env_;
  const SealKey key_;
  Seal master_;
  std::string folder_;
  std::unique_ptr<State> state_;
  std::unique_ptr<JournalIntake> intake_;
  std::map<journal::SourceId, std::string> sources_;
  std::vector<std::string> read_;
  std::vector<StoredFileMark> marks_;
};

using Texts = std::vector<std::string>;

TEST_F(FileInputsTest, GoOnBehindTheMark) {
  env_.append_file("/log/a.log", "1\n2\n");
  follow({"/log/a.log"}, 2);
  EXPECT_EQ(read_, (Texts{"file/log/a.log: 1", "file/log/a.log: 2 (mark)"}));
  apply();
  env_.append_file("/log/a.log", "3\n");
  follow({"/log/a.log"}, 3);
  EXPECT_EQ(read_, (Texts{"file/log/a.log: 1", "file/log/a.log: 2 (mark)", "file/log/a.log: 3 (mark)"}));
}

TEST_F(FileInputsTest, LinesOfOneAuditEventAreOneRecord) {
  env_.set_now_us(1'000'000'000'000'000);
  env_.append_file("/log/audit.log", "type=SYSCALL msg=audit(1700000000.123:456): syscall=59\ntype=EXECVE msg=audit(1700000000.123:456): argc=1 a0=\"id\"\n");
  env_.advance_us(100'000'000);
  follow({"/log/*.log"}, 1);
  EXPECT_EQ(read_, Texts{"file/log/audit.log: type=SYSCALL msg=audit(1700000000.123:456): syscall=59\n"
                         "type=EXECVE msg=audit(1700000000.123:456): argc=1 a0=\"id\" (mark)"});
}

}  // namespace
}  // namespace tocsin
