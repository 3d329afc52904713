#include "base/env.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/memory_env.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

/// A folder that goes away with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "tocsin-env-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~Scratch() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  void add(const std::string& name, std::string_view text = "x") const {
    fs::create_directories(fs::path(*this / name).parent_path());
    EXPECT_TRUE(Env::system().write_file(*this / name, text));
  }

 private:
  std::string path_;
};

std::vector<std::string> sources_of(Env& env, const std::string& path, std::vector<Error>& errors) {
  std::vector<std::string> sources;
  for (const FoundFile& file : find_files(env, path, errors)) sources.push_back(file.source);
  return sources;
}

using Names = std::vector<std::string>;

TEST(SystemEnv, ReadsWhatItWrote) {
  const Scratch scratch;
  Env& env = Env::system();
  const std::string path = scratch / "a", text(200'000, 'x');
  ASSERT_TRUE(env.write_file(path, text));
  EXPECT_EQ(env.read_file(path, text.size()).value(), text);
  const auto over = env.read_file(path, text.size() - 1);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::kLimit);
  ASSERT_TRUE(env.write_file(path, "short"));
  EXPECT_EQ(env.read_file(path, 5).value(), "short");

  auto file = env.open(path);
  ASSERT_TRUE(file);
  char buffer[4];
  EXPECT_EQ((*file)->read(buffer, 4).value(), 4u);
  EXPECT_EQ((*file)->read(buffer, 4).value(), 1u);
  EXPECT_EQ((*file)->read(buffer, 4).value(), 0u);
}

TEST(SystemEnv, SaysWhatIsWrong) {
  const Scratch scratch;
  Env& env = Env::system();
  EXPECT_EQ(env.open(scratch / "none").error().code, Code::kNotFound);
  EXPECT_EQ(env.read_file(scratch / "none", 1).error().code, Code::kNotFound);
  EXPECT_EQ(env.open(scratch / "").error().code, Code::kInvalid);  // the folder itself
  EXPECT_EQ(env.write_file(scratch / "no/folder", "x").error().code, Code::kNotFound);
  EXPECT_EQ(env.list_folder(scratch / "none").error().code, Code::kNotFound);
  scratch.add("closed");
  fs::permissions(scratch / "closed", fs::perms::none);
  if (geteuid() != 0) {
    EXPECT_EQ(env.open(scratch / "closed").error().code, Code::kDenied);
  }
  EXPECT_EQ(env.write_file("/dev/full", "x").error().code, Code::kIo);
}

TEST(SystemEnv, ListsAFolder) {
  const Scratch scratch;
  scratch.add("b");
  scratch.add("A/inside");
  fs::create_symlink("b", scratch / "link");
  fs::create_symlink("A", scratch / "folder_link");
  fs::create_symlink("nothing", scratch / "dangling");
  const auto entries = Env::system().list_folder(scratch / ".");
  ASSERT_TRUE(entries);
  std::string shown;
  for (const FolderEntry& e : *entries) shown += e.name + (e.is_folder ? "/ " : e.is_file ? " " : "? ");
  EXPECT_EQ(shown, "A/ b dangling? folder_link? link ");
}

TEST(SystemEnv, FilesHaveATimeAndFoldersAreMade) {
  const Scratch scratch;
  Env& env = Env::system();
  scratch.add("log");
  for (const TimeUs time : {1'600'000'000'123'456, TimeUs{0}, TimeUs{-1'500'000}}) {
    ASSERT_TRUE(env.set_modified_us(scratch / "log", time));
    EXPECT_EQ(env.modified_us(scratch / "log"), time);
  }
  EXPECT_EQ(env.modified_us(scratch / "none"), kNoTime);
  EXPECT_EQ(env.modified_us(scratch / ""), kNoTime);
  EXPECT_EQ(env.modified_us("/dev/null"), kNoTime);
  EXPECT_EQ(env.set_modified_us(scratch / "none", 0).error().code, Code::kNotFound);

  EXPECT_TRUE(env.make_folder(scratch / "new"));
  EXPECT_TRUE(env.make_folder(scratch / "new"));
  EXPECT_TRUE(env.is_folder(scratch / "new"));
  EXPECT_EQ(env.make_folder(scratch / "log").error().code, Code::kIo);
  EXPECT_EQ(env.make_folder(scratch / "no/parent").error().code, Code::kNotFound);
}

TEST(SystemEnv, ClocksMove) {
  Env& env = Env::system();
  EXPECT_GT(env.now_us(), 1'700'000'000'000'000);
  const std::int64_t before = env.monotonic_ns();
  EXPECT_GE(env.monotonic_ns(), before);
}

TEST(FindFiles, OrderIsThatOfWholeRelativePaths) {
  const Scratch scratch;
  // A walk that sorts each folder would give a/x before a-b and a.txt; bytewise, '-' and '.' come before '/'.
  for (const char* name : {"a/x", "a-b", "a.txt", "Z", "a/\xFF", "a/b/c", "\xC3\xA4", "aa"})
    scratch.add(name);
  std::vector<Error> errors;
  const std::string root = scratch / "";
  const std::string plain = root.substr(0, root.size() - 1);
  Names expected;
  for (const char* name : {"Z", "a-b", "a.txt", "a/b/c", "a/x", "a/\xFF", "aa", "\xC3\xA4"})
    expected.push_back(root + name);
  EXPECT_EQ(sources_of(Env::system(), plain, errors), expected);
  EXPECT_TRUE(errors.empty());
}

TEST(SystemEnv, AScratchFileHasNoNameAndIsReadAnywhere) {
  const Scratch scratch;
  const std::string folder = scratch / "";
  ASSERT_EQ(::setenv("TMPDIR", folder.c_str(), 1), 0);
  auto file = Env::system().make_scratch_file();
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE((*file)->append("abc") && (*file)->append("defg"));
  char buffer[4] = {};
  ASSERT_TRUE((*file)->read_at(2, buffer, 3));
  EXPECT_STREQ(buffer, "cde");
  EXPECT_EQ((*file)->read_at(5, buffer, 3).error().code, Code::kIo);
  EXPECT_TRUE(Env::system().list_folder(folder).value().empty());
  ASSERT_EQ(::setenv("TMPDIR", (scratch / "none").c_str(), 1), 0);
  EXPECT_EQ(Env::system().make_scratch_file().error().code, Code::kNotFound);
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(Env::system().make_scratch_file());
}

TEST(FindFiles, LinksDoNotLoop) {
  const Scratch scratch;
  scratch.add("logs/sub/a");
  fs::create_symlink("..", scratch / "logs/sub/up");
  fs::create_symlink("self", scratch / "logs/self");
  fs::create_symlink("logs", scratch / "given");
  std::vector<Error> errors;
  EXPECT_EQ(sources_of(Env::system(), scratch / "given", errors), Names{scratch / "given/sub/a"});
  EXPECT_TRUE(errors.empty());
}

TEST(FindFiles, FileItselfAndNothing) {
  MemoryEnv env;
  env.add_file("one.json", "");
  std::vector<Error> errors;
  EXPECT_EQ(sources_of(env, "one.json", errors), Names{"one.json"});
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(sources_of(env, "two.json", errors), Names{});
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, Code::kNotFound);
}

TEST(FindFiles, StopsAtTheDepthLimit) {
  MemoryEnv env;
  std::string folder = "root";
  for (int depth = 0; depth < kFolderDepthMax; ++depth) folder += "/d";
  env.add_file(folder + "/last", "");
  env.add_file(folder + "/d/beyond", "");
  std::vector<Error> errors;
  EXPECT_EQ(sources_of(env, "root", errors), Names{folder + "/last"});
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].code, Code::kLimit);
}

TEST(FindFiles, EveryFailingFolderIsReportedAndTheRestFound) {
  MemoryEnv env;
  for (const char* name : {"r/a/1", "r/b/2", "r/3"}) env.add_file(name, "");
  env.add_device("r/fifo");
  env.add_folder("r/empty");
  std::vector<Error> errors;
  env.fail_call(0);
  EXPECT_EQ(sources_of(env, "r", errors), (Names{"r/3", "r/a/1", "r/b/2"}));
  EXPECT_TRUE(errors.empty());
  const std::uint64_t calls = env.calls();
  EXPECT_EQ(calls, 4u);
  for (std::uint64_t n = 1; n <= calls; ++n) {
    errors.clear();
    env.fail_call(n);
    EXPECT_LE(sources_of(env, "r", errors).size(), 3u);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, Code::kIo);
  }
}

/// The same from both: what durable files do while nothing fails.
void use_durable_files(Env& env, const std::string& folder) {
  const std::string path = folder + "/d";
  {
    auto file = env.create_durable(path);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_TRUE((*file)->append("one ") && (*file)->append("two") && (*file)->sync());
  }
  EXPECT_FALSE(env.create_durable(path)) << "what is there is not written over";
  EXPECT_FALSE(env.open_durable(folder + "/none", false));
  EXPECT_TRUE((*env.open_durable(path, false))->append(" three"));
  EXPECT_EQ(env.read_file(path, 100).value(), "one two three");
  EXPECT_TRUE((*env.open_durable(path, true))->append("ONE"));
  EXPECT_EQ(env.read_file(path, 100).value(), "ONE two three");
  EXPECT_TRUE(env.sync_folder(folder));
  {
    const auto lock = env.lock_file(folder + "/lock");
    EXPECT_TRUE(lock);
    EXPECT_EQ(env.lock_file(folder + "/lock").error().code, Code::kDenied);
  }
  EXPECT_TRUE(env.lock_file(folder + "/lock")) << "it goes with who held it";
  {
    const auto one = env.share_file(folder + "/lock"), other = env.share_file(folder + "/lock");
    EXPECT_TRUE(one && other);
    EXPECT_EQ(env.lock_file(folder + "/lock").error().code, Code::kDenied);
  }
  EXPECT_TRUE(env.lock_file(folder + "/lock")) << "nobody shares it any more";
  const std::string other = folder + "/renamed";
  EXPECT_TRUE(env.rename_file(path, other));
  EXPECT_EQ(env.read_file(other, 100).value(), "ONE two three");
  EXPECT_EQ(env.rename_file(path, other).error().code, Code::kNotFound);
  EXPECT_TRUE(env.remove_file(other));
  EXPECT_EQ(env.remove_file(other).error().code, Code::kNotFound);
}

TEST(SystemEnv, DurableFilesAreWrittenAtTheirEnd) {
  const Scratch scratch;
  use_durable_files(Env::system(), scratch / ".");
  ASSERT_TRUE(Env::system().create_durable(scratch / "secret"));
  EXPECT_EQ(fs::status(scratch / "secret").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(Env::system().sync_folder(scratch / "none"));
}

TEST(MemoryEnv, DurableFilesAreWrittenAtTheirEnd) {
  MemoryEnv env;
  env.add_folder("f");
  use_durable_files(env, "f");
}

TEST(MemoryEnv, ALossOfPowerTakesWhatWasNotSynced) {
  bool file_lost = false, bytes_lost = false, bytes_kept = false, over_kept = false, over_lost = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    MemoryEnv env;
    auto safe = env.create_durable("f/safe"), nameless = env.create_durable("f/nameless");
    ASSERT_TRUE((*safe)->append("safe") && (*safe)->sync() && (*nameless)->append("safe") && (*nameless)->sync());
    ASSERT_TRUE(env.sync_folder("f") && env.create_durable("f/new"));
    ASSERT_TRUE((*safe)->append("more") && (*env.open_durable("f/nameless", true))->append("over"));
    env.crash(seed);
    const std::string text = env.text_of("f/safe").value(), over = env.text_of("f/nameless").value();
    EXPECT_TRUE(text.starts_with("safe"));
    (text.size() < 8 ? bytes_lost : bytes_kept) = true;
    (over == "over" ? over_kept : over_lost) = true;
    file_lost = file_lost || !env.exists("f/new");
    EXPECT_FALSE((*safe)->append("x")) << "an open file is gone with the power";
  }
  EXPECT_TRUE(file_lost && bytes_lost && bytes_kept && over_kept && over_lost);
}

TEST(MemoryEnv, AFullDiskTakesAPart) {
  MemoryEnv env;
  env.set_space(5);
  auto file = env.create_durable("f/a");
  EXPECT_TRUE((*file)->append("abc"));
  EXPECT_EQ((*file)->append("def").error().code, Code::kIo);
  EXPECT_EQ(env.text_of("f/a"), "abcde");
  EXPECT_FALSE(env.create_durable("f/b"));
  env.set_space(1);
  EXPECT_TRUE((*file)->append("f"));
}

TEST(MemoryEnv, BehavesLikeTheRealOne) {
  MemoryEnv env;
  EXPECT_EQ(env.open("f").error().code, Code::kNotFound);
  ASSERT_TRUE(env.write_file("d/f", "text"));
  EXPECT_EQ(env.text_of("d/f"), "text");
  EXPECT_EQ(env.text_of("d"), std::nullopt);
  EXPECT_TRUE(env.is_folder("d") && env.exists("d") && env.exists("d/f") && !env.is_folder("d/f"));
  EXPECT_EQ(env.open("d").error().code, Code::kInvalid);
  EXPECT_EQ(env.read_file("d/f", 3).error().code, Code::kLimit);
  env.set_read_size_max(1);
  auto file = env.open("d/f");
  char buffer[8];
  EXPECT_EQ((*file)->read(buffer, 8).value(), 1u);
  env.fail_call(1);
  EXPECT_EQ((*file)->read(buffer, 8).error().code, Code::kIo);
  EXPECT_EQ((*file)->read(buffer, 8).value(), 1u);
  env.append_file("d/f", "ual");
  env.set_read_size_max(8);
  EXPECT_EQ((*file)->read(buffer, 8).value(), 5u) << "what was written since it was opened";
  env.set_now_us(5);
  ASSERT_TRUE(env.write_file("d/f", "later"));
  EXPECT_EQ(env.modified_us("d/f"), 5);
  ASSERT_TRUE(env.set_modified_us("d/f", 7));
  EXPECT_EQ(env.modified_us("d/f"), 7);
  EXPECT_EQ(env.modified_us("d"), kNoTime);
  EXPECT_EQ(env.set_modified_us("f", 7).error().code, Code::kNotFound);
  EXPECT_TRUE(env.make_folder("e") && env.make_folder("e") && env.is_folder("e"));
  EXPECT_EQ(env.make_folder("d/f").error().code, Code::kIo);
  auto scratch = env.make_scratch_file();
  ASSERT_TRUE((*scratch)->append("abc"));
  ASSERT_TRUE((*scratch)->read_at(1, buffer, 2));
  EXPECT_EQ(std::string_view(buffer, 2), "bc");
  EXPECT_EQ((*scratch)->read_at(1, buffer, 3).error().code, Code::kIo);
  env.fail_call(1);
  EXPECT_EQ((*scratch)->append("d").error().code, Code::kIo);
  env.advance_us(10);
  EXPECT_EQ(env.now_us(), 15);
  EXPECT_EQ(env.monotonic_ns(), 10'000);
}

void expect_watched(Env& env, const std::string& folder) {
  const std::string path = folder + "/watched", moved = folder + "/moved";
  ASSERT_TRUE(env.write_file(path, "abcdef"));
  const auto file = env.open_watched(path);
  ASSERT_TRUE(file);
  char buffer[8];
  EXPECT_EQ((*file)->read_at(4, buffer, 8).value(), 2u);
  EXPECT_EQ(std::string_view(buffer, 2), "ef");
  EXPECT_EQ((*file)->read_at(6, buffer, 8).value(), 0u);
  EXPECT_EQ((*file)->status().value(), env.status_of(path).value());
  ASSERT_TRUE(env.rename_file(path, moved));
  EXPECT_EQ((*file)->status().value(), env.status_of(moved).value());
  EXPECT_EQ(env.status_of(path).error().code, Code::kNotFound);
  ASSERT_TRUE(env.write_file(moved, "xy"));
  EXPECT_EQ((*file)->status().value().size, 2u) << "written again, it is the same file";
  ASSERT_TRUE(env.remove_file(moved));
  EXPECT_EQ((*file)->read_at(0, buffer, 8).value(), 2u) << "open, it is there without a name";
  EXPECT_EQ(env.status_of(folder).error().code, Code::kInvalid);
  EXPECT_EQ(env.open_watched(folder).error().code, Code::kInvalid);
  EXPECT_EQ(env.open_watched(path).error().code, Code::kNotFound);
}

TEST(Env, WatchedFilesStayTheSameFile) {
  std::string folder = (std::filesystem::temp_directory_path() / "tocsin-env-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  expect_watched(Env::system(), folder);
  std::filesystem::remove_all(folder);
  MemoryEnv memory;
  memory.add_folder("d");
  expect_watched(memory, "d");
}

TEST(SystemEnv, ALockThatRootMakesIsItsFoldersOwners) {
  if (::geteuid() != 0) GTEST_SKIP() << "for root alone";
  const Scratch scratch;
  scratch.add("service/other");
  ASSERT_EQ(::chown((scratch / "service").c_str(), 1234, 1235), 0);
  const auto owner = [&](const char* name) {
    struct stat status {};
    EXPECT_EQ(::stat((scratch / name).c_str(), &status), 0);
    return std::pair(status.st_uid, status.st_gid);
  };
  ASSERT_TRUE(Env::system().lock_file(scratch / "service/lock"));
  ASSERT_TRUE(Env::system().share_file(scratch / "service/shared"));
  EXPECT_EQ(owner("service/lock"), std::pair(uid_t{1234}, gid_t{1235}));
  EXPECT_EQ(owner("service/shared"), std::pair(uid_t{1234}, gid_t{1235}));
  fs::create_hard_link(scratch / "service/other", scratch / "service/second");
  ASSERT_TRUE(Env::system().lock_file(scratch / "service/second"));
  EXPECT_EQ(owner("service/other"), std::pair(uid_t{0}, gid_t{0})) << "it may be any file of root's";
}

}  // namespace
}  // namespace tocsin
