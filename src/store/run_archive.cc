#include "store/run_archive.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "store/sealed_file.h"
#include "store/state_statement.h"

namespace tocsin {

namespace {

std::string purpose(std::int64_t run) { return fmt::format("tocsin run {}", run); }

}  // namespace

Result<SealKey> runs_key(Env& env, const DataFolder& data, Seal& master) {
  const SealedPlace place = runs_place(data);
  const Result<std::string> bytes = get_sealed(env, place, master);
  if (bytes || bytes.error().code != Code::kNotFound) return SealKey::from(TRY(bytes));
  SealKey fresh = TRY(SealKey::random());
  TRY(put_sealed(env, place, master, fresh.bytes()));
  return fresh;
}

ArchivedRun RunArchive::next_run(State::Statement& found) {
  ArchivedRun run;
  run.run = found.next_number();
  run.playbook = found.next_text();
  run.name = found.next_text();
  run.status = found.next_text();
  run.who = found.next_text();
  run.dry_run = found.next_number() != 0;
  run.started = found.next_number();
  run.ended = found.next_number();
  run.actions = found.next_number();
  return run;
}

Result<std::string> RunArchive::packed(const ArchivedRun& run) {
  std::string plain;
  for (const std::string& input : run.inputs) {
    append_number(plain, static_cast<std::uint32_t>(input.size()));
    plain += input;
  }
  SealNonce nonce;
  TRY(random_bytes(nonce.data(), nonce.size()));
  std::string bytes(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  seal_.seal(nonce, purpose(run.run), plain, bytes);
  return bytes;
}

Status RunArchive::unpack(std::string_view bytes, ArchivedRun& run) {
  const Error wrong{Code::kInvalid, fmt::format("what is kept of run {} does not open", run.run)};
  SealNonce nonce;
  if (bytes.size() < nonce.size()) return wrong;
  std::copy_n(bytes.begin(), nonce.size(), nonce.begin());
  std::string plain;
  if (!seal_.open(nonce, purpose(run.run), bytes.substr(nonce.size()), plain)) return wrong;
  ByteReader reader(plain);
  while (reader.good() && !reader.at_end()) run.inputs.emplace_back(reader.take(reader.number<std::uint32_t>()));
  return reader.good() ? Status() : wrong;
}

Status RunArchive::add(const std::vector<ArchivedRun>& runs) {
  std::vector<std::string> bytes;
  for (const ArchivedRun& run : runs) bytes.push_back(TRY(packed(run)));
  return state_.change([&]() -> Status {
    State::Statement add(state_, "INSERT OR REPLACE INTO playbook_runs (run, playbook, name, status, who, dry_run, started, ended, actions, packed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const ArchivedRun& run = runs[i];
      TRY(add.again().number(run.run).text(run.playbook).text(run.name).text(run.status).text(run.who).number(run.dry_run ? 1 : 0).number(run.started).number(run.ended).number(run.actions).blob(bytes[i]).run());
    }
    return {};
  });
}

Result<std::vector<ArchivedRun>> RunArchive::newest(std::size_t most, std::int64_t before) {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT run, playbook, name, status, who, dry_run, started, ended, actions FROM playbook_runs WHERE ?1 = 0 OR run < ?1 ORDER BY run DESC LIMIT ?2");
  find.number(before).number(static_cast<std::int64_t>(most));
  std::vector<ArchivedRun> runs;
  while (TRY(find.row())) runs.push_back(next_run(find));
  return runs;
}

Result<std::optional<ArchivedRun>> RunArchive::get(std::int64_t number) {
  ArchivedRun run;
  std::string bytes;
  {
    const std::lock_guard<std::mutex> lock(state_.mutex_);
    State::Statement find(state_, "SELECT run, playbook, name, status, who, dry_run, started, ended, actions, packed FROM playbook_runs WHERE run = ?");
    find.number(number);
    if (!TRY(find.row())) return std::optional<ArchivedRun>();
    run = next_run(find);
    bytes = find.next_text();
  }
  TRY(unpack(bytes, run));
  return std::optional(std::move(run));
}

Result<std::int64_t> RunArchive::last() {
  const std::lock_guard<std::mutex> lock(state_.mutex_);
  State::Statement find(state_, "SELECT ifnull(max(run), 0) FROM playbook_runs");
  if (!TRY(find.row())) return std::int64_t{0};
  return find.next_number();
}

}  // namespace tocsin
