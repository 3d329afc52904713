// How fast is the journal? Commits of 500 records of 2,700 bytes each, sealed and synced, into a folder of its own; beside it, in turn
// and in one process, plain write(2) and fdatasync(2) of the same bytes. Prints medians and their ratio. Nothing here passes or fails.
//
//   bench_journal FOLDER     which must exist and is left with what was written
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "base/env.h"
#include "store/journal_writer.h"

namespace tocsin {
namespace {

constexpr int kRounds = 5, kCommits = 100, kRecords = 500;
constexpr std::size_t kRecordBytes = 2700;

double seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Times {
  double wall = 0, cpu = 0;
};

template <class Work>
Times timed(Work work) {
  const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  work();
  return {seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu};
}

void plain(const std::string& path, const std::string& record) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::string frame;
  for (int i = 0; i < kRecords; ++i) frame += record;
  for (int i = 0; i < kCommits; ++i) {
    if (::write(file, frame.data(), frame.size()) < 0 || ::fdatasync(file) != 0) fmt::print(stderr, "{}: cannot be written\n", path);
  }
  ::close(file);
}

void journaled(journal::Writer& writer, const std::string& record) {
  const Result<journal::SourceId> source = writer.source("bench");
  for (int i = 0; i < kCommits && source; ++i) {
    for (int k = 0; k < kRecords; ++k) writer.append({*source, 0, {}, record});
    if (const Status written = writer.commit(); !written) fmt::print(stderr, "{}\n", written.error().message);
  }
}

Times median(std::vector<Times> times) {
  std::ranges::sort(times, {}, &Times::wall);
  return times[times.size() / 2];
}

int run(const std::string& folder) {
  const Result<SealKey> key = SealKey::random();
  if (!key) return 2;
  Seal master(*key);
  Result<std::unique_ptr<journal::Writer>> writer = journal::Writer::open(Env::system(), folder + "/journal", master, {});
  if (!writer) {
    fmt::print(stderr, "{}\n", writer.error().message);
    return 2;
  }
  const std::string record(kRecordBytes, 'r');
  std::vector<Times> bare, sealed;
  for (int i = 0; i < kRounds; ++i) {
    bare.push_back(timed([&] { plain(folder + "/plain", record); }));
    sealed.push_back(timed([&] { journaled(**writer, record); }));
  }
  const auto print = [](const char* name, const Times& times) {
    constexpr double kAll = static_cast<double>(kCommits) * kRecords;
    fmt::print("{:<10}{:>12.0f} records/s{:>9.0f} MB/s by the clock{:>9.0f} MB per CPU second\n", name, kAll / times.wall,
               kAll * kRecordBytes / 1e6 / times.wall, kAll * kRecordBytes / 1e6 / times.cpu);
  };
  print("plain", median(bare));
  print("journal", median(sealed));
  return 0;
}

}  // namespace
}  // namespace tocsin

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: bench_journal FOLDER\n");
    return 2;
  }
  return tocsin::run(arguments[1]);
}
