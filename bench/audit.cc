// How fast the audit log takes leaves onto a disk, is checked, and proves. `bench_audit FOLDER [leaves]` writes a log of so many leaves (1,000,000) below FOLDER, which is not there yet; the yardstick is the disk itself: as many bytes, as many syncs, without a log.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <random>

#include "report/audit/audit_log.h"
#include "report/audit/checkpoints.h"
#include "report/audit/proof.h"
#include "report/audit/verify.h"

namespace {

using namespace tocsin;
using namespace tocsin::audit;

double seconds(const std::function<void()>& what) {
  const auto start = std::chrono::steady_clock::now();
  what();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void fail(const Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  std::exit(1);
}

AuditEntry entry_of(std::uint64_t position) {
  return {.time = 1'790'000'000'000'000 + static_cast<TimeUs>(position),
          .who = "user ada",
          .auth = "session",
          .address = "192.0.2.7",
          .what = "incident.comment",
          .object = fmt::format("{:016x}", position * 0x9E3779B97F4A7C15ull),
          .detail = "act " + std::to_string(position),
          .why = {.confidence = 0.85, .evidence = {"alert 1", "alert 2"}, .policy = "default 7", .reason = "as agreed with the owner"},
          .source = "accounts",
          .position = position};
}

/// Leaves each second, `at_once` for each sync; until `until` are there.
void append(Env& env, AuditLog& log, std::uint64_t until, std::size_t at_once) {
  const std::uint64_t from = log.size();
  std::uint64_t syncs = 0;
  const double took = seconds([&] {
    while (log.size() < until) {
      std::vector<AuditEntry> entries;
      for (std::size_t i = 0; i < at_once && log.size() + entries.size() < until; ++i) entries.push_back(entry_of(log.size() + entries.size() + 1));
      if (const Status done = log.append(entries, env.now_us()); !done) fail(done.error());
      ++syncs;
    }
  });
  const auto leaves = static_cast<double>(log.size() - from);
  fmt::print("append    {:>5} for one sync: {:>9.0f} leaves/s ({:.0f} leaves, {} syncs, {:.2f} s)\n", at_once, leaves / took, leaves, syncs, took);
}

/// The same bytes and syncs, of nothing.
void yardstick(Env& env, const std::string& path, std::size_t leaf_bytes, std::size_t at_once, std::uint64_t syncs) {
  Result<std::unique_ptr<DurableFile>> file = env.create_durable(path);
  if (!file) fail(file.error());
  const std::string bytes(leaf_bytes * at_once, 'x');
  const double took = seconds([&] {
    for (std::uint64_t i = 0; i < syncs; ++i) {
      if (!(*file)->append(bytes) || !(*file)->sync()) fail({Code::kIo, path + ": cannot be written"});
    }
  });
  fmt::print("yardstick {:>5} for one sync: {:>9.0f} leaves/s, {:.3f} ms for a sync\n", at_once, static_cast<double>(at_once * syncs) / took, 1e3 * took / static_cast<double>(syncs));
  (void)env.remove_file(path);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "bench_audit FOLDER [leaves]\n"), 2;
  Env& env = Env::system();
  const std::string folder = argv[1];
  const std::uint64_t wanted = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
  Result<std::unique_ptr<AuditLog>> opened = AuditLog::open_to_write(env, folder, 0);
  if (!opened) fail(opened.error());
  AuditLog& log = **opened;
  for (const std::size_t at_once : {1, 16, 512}) {
    yardstick(env, folder + "/yardstick", 330, at_once, 200);
    append(env, log, log.size() + 200 * at_once, at_once);
  }
  append(env, log, wanted, 512);
  const SigningKey key = *SigningKey::from_seed(std::string(kSeedBytes, 'b'));
  CheckpointFile kept = *CheckpointFile::open_to_write(env, folder);
  const std::string note = key.sign({key.name(), log.size(), log.root()});
  if (!kept.append(note) || !env.write_file(folder + "/vkey", key.verifier().text() + "\n")) fail({Code::kIo, folder});
  fmt::print("open      {:.3f} s\n", seconds([&] { (void)AuditLog::open_to_read(env, folder); }));
  std::mt19937_64 random(7);
  std::vector<double> each;
  for (int i = 0; i < 1'000; ++i) {
    each.push_back(1e3 * seconds([&] {
      const Result<Proof> proof = make_proof(log, random() % log.size(), note, "");
      if (!proof || !check_proof(*proof, key.verifier())) fail({Code::kInvalid, "there is no proof"});
    }));
  }
  std::sort(each.begin(), each.end());
  fmt::print("prove     {:.3f} ms median, {:.3f} ms p99, made and checked\n", each[500], each[990]);
  VerifyReport report;
  const double took = seconds([&] { report = *verify_log(env, {.folder = folder, .elsewhere = {note}}); });
  fmt::print("verify    {} leaves in {:.2f} s: {:.0f} leaves/s, {}\n", report.leaves, took, static_cast<double>(report.leaves) / took, report.is_good() ? "good" : report.findings.front());
  return report.is_good() ? 0 : 1;
}
