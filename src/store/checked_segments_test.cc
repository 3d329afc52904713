#include "store/checked_segments.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tocsin::store {
namespace {

namespace fs = std::filesystem;

class CheckedSegmentsTest : public testing::Test {
 protected:
  CheckedSegmentsTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-checked-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CheckedSegmentsTest() override { fs::remove_all(folder_); }

  Segment write(const std::string& file, const std::string& bytes) {
    EXPECT_TRUE(Env::system().write_file(folder_ + "/" + file, bytes));
    Segment segment;
    segment.file = file;
    const FileDigest digest = digest_of(Env::system(), folder_ + "/" + file).value();
    segment.bytes = digest.bytes;
    segment.sha256 = digest.sha256;
    return segment;
  }
  /// In place: the file stays the same one.
  void put(const Segment& segment, off_t at, char byte) {
    const int file = ::open((folder_ + "/" + segment.file).c_str(), O_WRONLY | O_CLOEXEC);
    EXPECT_EQ(::pwrite(file, &byte, 1, at), 1);
    ::close(file);
  }

  std::string folder_;
};

TEST_F(CheckedSegmentsTest, AFileIsReadOnceAndAgainWhenItWasTouched) {
  const Segment segment = write("a", std::string(100'000, 'a'));
  CheckedSegments checked(Env::system(), folder_);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(checked.check(segment));
  EXPECT_EQ(checked.hashed(), 1u);
  put(segment, 50'000, 'b');
  for (int i = 0; i < 2; ++i) EXPECT_EQ(checked.check(segment).error().code, Code::kInvalid);
  EXPECT_EQ(checked.hashed(), 3u) << "what does not check is never known";
  put(segment, 50'000, 'a');
  EXPECT_TRUE(checked.check(segment));
  EXPECT_EQ(checked.hashed(), 4u);
}

/// The times of the content can be set back, the time of the change cannot.
TEST_F(CheckedSegmentsTest, ATimeThatIsSetBackHidesNothing) {
  const Segment segment = write("a", std::string(100'000, 'a'));
  CheckedSegments checked(Env::system(), folder_);
  EXPECT_TRUE(checked.check(segment));
  const fs::file_time_type time = fs::last_write_time(folder_ + "/a");
  put(segment, 0, 'b');
  fs::last_write_time(folder_ + "/a", time);
  EXPECT_FALSE(checked.check(segment));
}

TEST_F(CheckedSegmentsTest, WhatIsToBeReadFromTheDiskIsCheckedAnew) {
  const Segment segment = write("a", std::string(100'000, 'a'));
  CheckedSegments checked(Env::system(), folder_);
  EXPECT_TRUE(checked.check(segment));
  const int file = ::open((folder_ + "/a").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(::fsync(file), 0);
  EXPECT_EQ(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
  ::close(file);
  if (is_in_memory(folder_ + "/a")) GTEST_SKIP() << "skipped: this file system keeps its files in memory";
  EXPECT_TRUE(checked.check(segment));
  EXPECT_EQ(checked.hashed(), 2u);
}

TEST_F(CheckedSegmentsTest, AnotherHashOrSegmentIsAnotherQuestion) {
  const Segment a = write("a", "a"), b = write("b", "b");
  CheckedSegments checked(Env::system(), folder_);
  EXPECT_TRUE(checked.check(a));
  EXPECT_TRUE(checked.check(b));
  Segment wrong = a;
  wrong.sha256 = b.sha256;
  EXPECT_FALSE(checked.check(wrong));
  EXPECT_TRUE(checked.check(a));
  const std::uint64_t before = checked.hashed();
  checked.keep({b});
  EXPECT_TRUE(checked.check(b));
  EXPECT_EQ(checked.hashed(), before);
  EXPECT_TRUE(checked.check(a));
  EXPECT_EQ(checked.hashed(), before + 1) << "what the catalogue does not name is forgotten";
  Segment absent = a;
  absent.file = "absent";
  EXPECT_EQ(checked.check(absent).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace tocsin::store
