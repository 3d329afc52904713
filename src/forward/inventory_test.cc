// The tables on a folder that stands for a host.
#include "forward/inventory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/memory_env.h"
#include "forward/inventory_source.h"

namespace tocsin::forward {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::map<std::string, std::string>>;

class InventoryTest : public testing::Test {
 protected:
  InventoryTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-host-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    put("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:$6$secret:1000:1000:Ann,,,:/home/ann:/bin/sh\nbroken:x\n");
    put("/etc/group", "root:x:0:\nadm:!secret:4:ann,gone\nann:x:1000:\n");
    put("/etc/os-release", "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12.5\"\nVERSION=\"12 (bookworm)\"\nID=debian\n");
    put("/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
    put("/proc/cmdline", "root=/dev/sda1 ro\n");
    put("/proc/stat", "cpu 1 2\nbtime 1772430000\n");
    put("/var/lib/dpkg/status",
        "Package: bash\nStatus: install ok installed\nVersion: 5.2.15-2+b2\nArchitecture: amd64\nDescription: x\n more\n\nPackage: gone\nStatus: deinstall ok config-files\n\n"
        "Package: glibc-source\nStatus: install ok installed\nVersion: 2.36-9+deb12u10\nSource: glibc\nArchitecture: all\n");
    process("1", "1 (init) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 500 0 0\n", std::string("/sbin/init\0splash\0", 18), "0");
    process("812", "812 (sshd) S 1 812 812 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 900 0 0\n", std::string("sshd: \"x\"\0", 10), "1000");
    fs::create_directories(root_ + "/proc/812/fd");
    fs::create_symlink("/usr/sbin/sshd", root_ + "/proc/812/exe");
    fs::create_symlink("socket:[12345]", root_ + "/proc/812/fd/3");
    fs::create_symlink("/dev/null", root_ + "/proc/812/fd/0");
    put("/proc/net/tcp", "  sl  local_address rem_address st\n   0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 12345 1\n   1: 0100007F:0016 0100007F:C350 01 0:0 0:0 0 0 0 99 1\n");
    put("/proc/net/udp", "  sl\n   0: 00000000:0044 00000000:0000 07 0:0 0:0 0 0 0 7 1\n");
  }
  ~InventoryTest() override { fs::remove_all(root_); }

  void put(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  void process(const std::string& id, const std::string& stat, const std::string& command, const std::string& user) {
    put("/proc/" + id + "/stat", stat);
    put("/proc/" + id + "/cmdline", command);
    put("/proc/" + id + "/status", "Name:\tx\nUid:\t" + user + "\t0\t0\t0\nGid:\t" + user + "\t0\t0\t0\n");
  }
  Rows rows(Status (*read)(const InventoryPlace&, const RowTaker&)) {
    Rows all;
    const Status done = read({Env::system(), root_}, [&](const Row& row) {
      auto& one = all.emplace_back();
      for (const auto& [name, value] : row) one.emplace(name, value);
      return true;
    });
    EXPECT_TRUE(done) << done.error().message;
    return all;
  }

  std::string root_;
};

TEST_F(InventoryTest, Accounts) {
  const Rows users = rows(read_users);
  ASSERT_EQ(users.size(), 2u);
  EXPECT_EQ(users[1].at("username"), "ann");
  EXPECT_EQ(users[1].at("uid"), "1000");
  EXPECT_EQ(users[1].at("shell"), "/bin/sh");
  const Rows groups = rows(read_groups);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[1].at("groupname"), "adm");
  for (const Rows* const all : {&users, &groups}) {
    for (const auto& row : *all) {
      for (const auto& [name, value] : row) EXPECT_EQ(value.find("secret"), std::string::npos) << name;
    }
  }
  const Rows members = rows(read_user_groups);
  ASSERT_EQ(members.size(), 3u) << "each user's own group, and ann's other one";
  EXPECT_EQ(members[2].at("uid") + members[2].at("gid"), "10004");
}

TEST_F(InventoryTest, PackagesAndSystem) {
  const Rows packages = rows(read_deb_packages);
  ASSERT_EQ(packages.size(), 2u);
  EXPECT_EQ(packages[0].at("name"), "bash");
  EXPECT_EQ(packages[0].at("version"), "5.2.15-2+b2");
  EXPECT_EQ(packages[0].at("revision"), "2+b2");
  EXPECT_EQ(packages[1].at("source"), "glibc");
  fs::remove(root_ + "/var/lib/dpkg/status");
  EXPECT_TRUE(rows(read_deb_packages).empty()) << "another kind of system";
  EXPECT_EQ(rows(read_os_version)[0].at("major"), "12");
  EXPECT_EQ(rows(read_os_version)[0].at("minor"), "5");
  EXPECT_EQ(rows(read_kernel)[0].at("version"), "6.1.0-18-amd64");
}

TEST_F(InventoryTest, Processes) {
  const Rows processes = rows(read_processes);
  ASSERT_EQ(processes.size(), 2u);
  EXPECT_EQ(processes[0].at("cmdline"), "/sbin/init splash");
  EXPECT_EQ(processes[1].at("path"), "/usr/sbin/sshd");
  EXPECT_EQ(processes[1].at("parent"), "1");
  EXPECT_EQ(processes[1].at("uid"), "1000");
  EXPECT_EQ(processes[1].at("euid"), "0");
  EXPECT_EQ(std::stoll(processes[1].at("start_time")), 1'772'430'000 + 900 / ::sysconf(_SC_CLK_TCK));
}

TEST_F(InventoryTest, Sockets) {
  const Rows listening = rows(read_listening_ports);
  ASSERT_EQ(listening.size(), 2u);
  EXPECT_EQ(listening[0].at("port"), "22");
  EXPECT_EQ(listening[0].at("pid"), "812");
  EXPECT_EQ(listening[0].at("fd"), "3");
  EXPECT_EQ(listening[1].at("protocol"), "17");
  EXPECT_EQ(listening[1].at("pid"), "-1") << "whose it is cannot be seen";
  const Rows open = rows(read_open_sockets);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].at("state"), "ESTABLISHED");
  EXPECT_EQ(open[0].at("remote_port"), "50000");
}

TEST_F(InventoryTest, ARecordIsASnapshotsResult) {
  const std::string record = inventory_record({"web-1", 1'772'439'330'000'000}, "processes", {{"pid", "1"}, {"cmdline", "a \"b\"\n"}});
  const boost::json::value json = boost::json::parse(record);
  EXPECT_EQ(json.at("name").as_string(), "processes");
  EXPECT_EQ(json.at("hostIdentifier").as_string(), "web-1");
  EXPECT_EQ(json.at("calendarTime").as_string(), "Mon Mar  2 08:15:30 2026 UTC");
  EXPECT_EQ(json.at("unixTime").to_number<std::int64_t>(), 1'772'439'330);
  EXPECT_EQ(json.at("columns").at("cmdline").as_string(), "a \"b\"\n");
  EXPECT_EQ(json.at("action").as_string(), "snapshot");
}

TEST_F(InventoryTest, IsTakenAtTheStartAndEverySoOften) {
  MemoryEnv disk;  // of the spool, and its clock
  disk.add_folder("spool");
  const auto spool = Spool::open(disk, {.folder = "spool", .bytes_max = kSpoolBytesMin}).value();
  Feed feed(*spool, [] {}, [](const std::string&) {});
  InventorySource inventory(disk, feed, {.every_us = 60'000'000, .host = "web-1", .root = "/nowhere", .say = [](const std::string&) {}});
  disk.add_file("/nowhere/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
  disk.add_file("/nowhere/proc/sys/kernel/osrelease", "6.1\n");
  const auto rounds = [&] {
    while (inventory.round()) {
    }
    return inventory.records();
  };
  EXPECT_EQ(rounds(), 3u);
  EXPECT_NE(inventory.trouble(), "") << "what cannot be read is told";
  EXPECT_EQ(rounds(), 3u);
  disk.advance_us(59'000'000);
  EXPECT_EQ(rounds(), 3u);
  disk.advance_us(2'000'000);
  EXPECT_EQ(rounds(), 6u);
}

}  // namespace
}  // namespace tocsin::forward
