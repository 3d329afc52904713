#include "store/attachments.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "store/sealed_file.h"
#include "store/state.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class AttachmentsTest : public testing::Test {
 protected:
  AttachmentsTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-attached-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    data_.path = name;
    state_ = std::move(*State::open(data_.state(), State::IfMissing::kMake));
    Seal master(master_);
    key_.emplace(std::move(*attachments_key(env_, data_, master)));
    store_.emplace(env_, data_, *key_);
  }
  ~AttachmentsTest() override { fs::remove_all(data_.path); }
  AttachedFile attach(std::string_view content, std::size_t piece = 1'000) {
    AttachmentWriter writer = std::move(*store_->begin());
    for (std::size_t at = 0; at < content.size(); at += piece) EXPECT_TRUE(writer.append(content.substr(at, piece)));
    return writer.finish().value();
  }
  Result<std::string> read(const AttachedFile& file) {
    AttachmentReader reader = TRY(store_->open(file));
    std::string all;
    for (std::string piece = TRY(reader.next()); !piece.empty(); piece = TRY(reader.next())) all += piece;
    return all;
  }
  std::string path(const AttachedFile& file) const { return data_.attachments() + "/" + file.place; }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(data_.attachments()), {})) - (fs::exists(data_.attachments() + "/lock") ? 1 : 0); }

  Env& env_ = Env::system();
  DataFolder data_;
  std::unique_ptr<State> state_;
  const SealKey master_ = std::move(*SealKey::random());
  std::optional<SealKey> key_;
  std::optional<Attachments> store_;
};

std::string made_up(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761U >> 13);
  return text;
}

TEST_F(AttachmentsTest, GivesBackWhatWasAttachedAroundEachEdge) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kAttachmentFrameBytes - 1, kAttachmentFrameBytes, kAttachmentFrameBytes + 1, 2 * kAttachmentFrameBytes, 3 * kAttachmentFrameBytes + 7}) {
    const std::string content = made_up(size);
    const AttachedFile file = attach(content, 50'000);
    EXPECT_EQ(file.bytes, size);
    std::string digest;
    append_hex(digest, sha256(content), 32);
    EXPECT_EQ(file.sha256, digest);
    EXPECT_EQ(read(file).value(), content) << size;
    EXPECT_TRUE(store_->check(file));
  }
}

TEST_F(AttachmentsTest, NothingOfItIsOnTheDiskAsItIs) {
  const AttachedFile file = attach("MZ this is what a scanner looks for");
  EXPECT_EQ(env_.read_file(path(file), 1'000).value().find("scanner"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat(path(file).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(AttachmentsTest, WhatIsNotWhatWasAttachedIsAnError) {
  const AttachedFile file = attach(made_up(kAttachmentFrameBytes + 10)), other = attach("other");
  const std::string whole = env_.read_file(path(file), 1 << 20).value();
  const auto damaged = [&](const std::string& bytes) {
    std::ofstream(path(file), std::ios::binary | std::ios::trunc) << bytes;
    const Result<std::string> got = read(file);
    return !got && got.error().code == Code::kInvalid && !store_->check(file);
  };
  for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{40}, std::size_t{100}, whole.size() - 1}) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    EXPECT_TRUE(damaged(bytes)) << at;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{67}, std::size_t{68}, std::size_t{68} + kAttachmentFrameBytes + kSealTagBytes, whole.size() - 1}) EXPECT_TRUE(damaged(whole.substr(0, size))) << size;
  EXPECT_TRUE(damaged(whole + "x"));
  EXPECT_TRUE(damaged(env_.read_file(path(other), 1 << 20).value())) << "another's content";
  std::ofstream(path(file), std::ios::binary | std::ios::trunc) << whole;
  EXPECT_TRUE(read(file));
}

TEST_F(AttachmentsTest, TooMuchIsRefusedAndLeavesNothing) {
  {
    AttachmentWriter writer = std::move(*store_->begin());
    const std::string piece(8 << 20, 'x');
    for (std::uint64_t bytes = 0; bytes < kAttachmentBytesMax; bytes += piece.size()) ASSERT_TRUE(writer.append(piece));
    const Status more = writer.append("x");
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::kLimit);
  }
  EXPECT_EQ(files(), 0u);
}

TEST_F(AttachmentsTest, SweepsWhatNoActNamesAndNothingWhileSomebodyAttaches) {
  CaseLog log(*state_);
  CaseAct act{.kind = CaseActKind::kAttach, .incident = "A"};
  act.file = attach("kept");
  const std::int64_t number = log.add(act, {"user ada", "", 1}).value();
  const AttachedFile orphan = attach("never named");
  std::ofstream(data_.attachments() + "/" + std::string(32, 'a') + ".new") << "cut short";
  std::ofstream(data_.attachments() + "/somebody's notes") << "not ours";
  {
    AttachmentWriter writer = std::move(*store_->begin());
    EXPECT_EQ(sweep_attachments(env_, data_, log).value(), 0u);
  }
  EXPECT_EQ(sweep_attachments(env_, data_, log).value(), 2u);
  EXPECT_FALSE(read(orphan));
  EXPECT_EQ(read(act.file).value(), "kept");
  EXPECT_TRUE(fs::exists(data_.attachments() + "/somebody's notes"));
  ASSERT_TRUE(log.add({.kind = CaseActKind::kDetach, .incident = "A", .of = number}, {"user ada", "", 2}));
  EXPECT_TRUE(log.files().value().empty());
  EXPECT_EQ(sweep_attachments(env_, data_, log).value(), 1u) << "a crash between the act and the removal";
  EXPECT_EQ(read(act.file).error().code, Code::kNotFound);
  EXPECT_TRUE(store_->remove(act.file)) << "again is no failure";
}

TEST_F(AttachmentsTest, OutlastsAnExchangeOfTheMasterKey) {
  const AttachedFile file = attach("kept");
  SealKeys both{std::move(*SealKey::random()), std::move(*SealKey::from(master_.bytes()))};
  ASSERT_TRUE(reseal(env_, attachments_place(data_), both).value());
  Seal now(both.now);
  const SealKey again = std::move(*attachments_key(env_, data_, now));
  EXPECT_EQ(again.bytes(), key_->bytes());
  EXPECT_EQ(read(file).value(), "kept");
  const auto places = sealed_places(data_);
  EXPECT_TRUE(std::ranges::any_of(places, [](const SealedPlace& place) { return place.name == "attachments.key"; })) << "so that an exchange finds it";
}

TEST_F(AttachmentsTest, NothingIsRemovedWhileABackupIsMade) {
  const auto held = env_.lock_file(data_.alone());
  ASSERT_TRUE(held);
  EXPECT_EQ(hold_removal(env_, data_).error().code, Code::kDenied);
}

TEST_F(AttachmentsTest, APlaceIsNoPath) {
  for (const char* const place : {"", "../state.db", "lock", "0123456789abcdef0123456789abcde/", "0123456789ABCDEF0123456789ABCDEF"}) {
    AttachedFile file;
    file.place = place;
    EXPECT_EQ(store_->open(file).error().code, Code::kInvalid) << place;
    EXPECT_TRUE(store_->remove(file));
  }
  EXPECT_TRUE(fs::exists(data_.state()));
}

TEST(AttachmentName, IsData) {
  EXPECT_EQ(attachment_name("invoice.pdf"), "invoice.pdf");
  EXPECT_EQ(attachment_name("/home/ada/../x/sample.bin"), "sample.bin");
  EXPECT_EQ(attachment_name("C:\\Users\\ada\\evil.exe"), "evil.exe");
  EXPECT_EQ(attachment_name("cod\xE2\x80\xAE" "fdp.exe"), "cod_fdp.exe") << "turned writing";
  EXPECT_EQ(attachment_name("a\r\nb\x1b[2J\x7f"), "a__b_[2J_");
  EXPECT_EQ(attachment_name("r\xC3\xA9sum\xC3\xA9.doc"), "r\xC3\xA9sum\xC3\xA9.doc");
  EXPECT_EQ(attachment_name("\xff\xfe"), "__");
  for (const char* const none : {"", ".", "..", "/", "a/", "a\\", " "}) EXPECT_EQ(attachment_name(none), "unnamed") << none;
  const std::string cut = attachment_name("x" + std::string(300, '\xC3') + "\xA9");
  EXPECT_LE(cut.size(), kAttachmentNameBytesMax);
  std::string accents = "x";
  for (int i = 0; i < 200; ++i) accents += "\xC3\xA9";
  EXPECT_EQ(attachment_name(accents).size(), 255u) << "no half of a character";
}

}  // namespace
}  // namespace tocsin
