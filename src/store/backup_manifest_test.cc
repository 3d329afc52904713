#include "store/backup_manifest.h"

#include <gtest/gtest.h>

namespace tocsin::store {
namespace {

BackupManifest two_files() {
  const std::string digest(64, 'a');
  return {"2026-11-29T06:43:44Z", "0123456789abcdef", {{"journal/1 of 2", 7, digest}, {"state.db", 0, digest}}};
}

TEST(BackupManifest, IsReadAsItWasWritten) {
  const BackupManifest written = two_files();
  const Result<BackupManifest> read = parse_manifest(write_manifest(written));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->made, written.made);
  EXPECT_EQ(read->key_mark, written.key_mark);
  ASSERT_EQ(read->files.size(), 2u);
  EXPECT_EQ(read->files[0].path, "journal/1 of 2");
  EXPECT_EQ(read->files[0].bytes, 7u);
  EXPECT_EQ(read->files[1].sha256, std::string(64, 'a'));
  EXPECT_EQ(parse_manifest(write_manifest({"", "", {}}))->key_mark, "");
}

TEST(BackupManifest, EveryFlippedBitAndEveryMissingByteIsFound) {
  const std::string good = write_manifest(two_files());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(parse_manifest(bad)) << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(parse_manifest(good.substr(0, size))) << size;
  EXPECT_FALSE(parse_manifest(good + "x"));
}

TEST(BackupManifest, NamesNothingOutsideTheBackup) {
  for (const char* const path : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "a\nb", "a\x7f"}) {
    EXPECT_FALSE(is_backup_path(path)) << path;
    BackupManifest manifest = two_files();
    manifest.files = {{path, 1, std::string(64, 'a')}};
    EXPECT_FALSE(parse_manifest(write_manifest(manifest))) << path;
  }
  EXPECT_TRUE(is_backup_path("segments/2026-11-29/…a.parquet"));
  BackupManifest twice = two_files();
  twice.files[1].path = twice.files[0].path;
  EXPECT_FALSE(parse_manifest(write_manifest(twice)));
}

}  // namespace
}  // namespace tocsin::store
