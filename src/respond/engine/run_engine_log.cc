// The part of RunEngine that is about its log: what is written anew, what is cut, and how runs come back from it.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "respond/cacao/read_playbook.h"
#include "respond/engine/run_engine.h"
#include "respond/engine/run_record.h"

namespace tocsin::respond {

namespace {

Error unreadable() { return {Code::kInvalid, "a record of the log of runs is none"}; }

}  // namespace

std::string RunEngine::carried(RunId id, const Entry& entry) const {
  std::string record(1, static_cast<char>(RecordKind::kCarried));
  append_number(record, id);
  append_number(record, static_cast<std::uint32_t>(entry.inputs.size()));
  for (const std::string& input : entry.inputs) {
    append_number(record, static_cast<std::uint32_t>(input.size()));
    record += input;
  }
  return record;
}

void RunEngine::carry() {
  if (written_ < forgotten_ + kLogRecordsMax) return;
  for (auto& [id, entry] : runs_) {
    if (entry.first + kLogRecordsMax / 2 > written_) continue;
    unsafe_.push_back({id, carried(id, entry)});
  }
  write_standing(switch_, false);
}

/// The log is cut in steps: each costs a look at the folder.
void RunEngine::forget() {
  constexpr std::uint64_t kStep = 10'000;
  if (written_ < forgotten_ + kStep) return;
  std::uint64_t from = written_;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [id, entry] : runs_) from = std::min(from, entry.first);
    if (from < forgotten_ + kStep) return;
    write_standing(switch_, false);
  }
  if (!make_safe()) return;  // with the next round
  if (const Status cut = place_.log.forget_before(from); !cut) options_.say("the log of runs cannot be cut: " + cut.error().message);
  forgotten_ = from;
}

Status RunEngine::recover() {
  Found found;
  TRY(place_.log.read([&](std::uint64_t number, std::string_view record) { return replay(number, record, found); }));
  const std::lock_guard<std::mutex> lock(mutex_);
  forgotten_ = written_;
  last_run_ = std::max(last_run_, options_.last_run);
  for (auto& [id, one] : found) {
    TRY(open(id, std::move(one)));
    if (const auto run = runs_.find(id); run != runs_.end()) forgotten_ = std::min(forgotten_, run->second.first);
  }
  if (stopped_) place_.port.stop_all(true);
  const std::string damage = place_.log.damage();
  if (!damage.empty()) options_.say("the log of runs is damaged (" + damage + "): runs that have not ended are paused; look at each before you resume it");
  for (const auto& [id, one] : found) {
    const auto run = runs_.find(id);
    if (run == runs_.end()) continue;
    if (damage.empty()) go_on(run->second);
    else pause_damaged(run->second, damage);
  }
  return {};
}

Status RunEngine::replay(std::uint64_t number, std::string_view record, Found& found) {
  written_ = number + 1;
  if (record.empty()) return unreadable();
  ByteReader reader(record.substr(1));
  switch (static_cast<RecordKind>(record.front())) {
    case RecordKind::kInput: {
      const std::string_view input = reader.rest();
      if (input.size() < kRunAt + sizeof(RunId)) return unreadable();
      const auto id = number_at<RunId>(input, kRunAt);
      last_run_ = std::max(last_run_, id);
      FoundRun& run = found[id];
      if (run.inputs.empty()) run.first = number;
      run.inputs.emplace_back(input);
      return {};
    }
    case RecordKind::kStanding:
    case RecordKind::kSwitch:
      last_run_ = std::max(last_run_, reader.number<RunId>());
      stopped_ = reader.number<std::uint8_t>() != 0;
      switch_ = TRY(read_input(reader.rest()));
      return {};
    case RecordKind::kCarried: {
      FoundRun& run = found[reader.number<RunId>()];
      run = {.first = number, .inputs = {}};
      for (auto left = reader.number<std::uint32_t>(); left > 0 && reader.good(); --left) run.inputs.emplace_back(reader.take(reader.number<std::uint32_t>()));
      return reader.good() ? Status() : unreadable();
    }
    case RecordKind::kOver: {
      const auto id = reader.number<RunId>();
      last_run_ = std::max(last_run_, id);
      found.erase(id);
      return reader.good() ? Status() : unreadable();
    }
  }
  return unreadable();
}

/// As its inputs made it. One whose beginning was cut from the log was over.
Status RunEngine::open(RunId id, FoundRun found) {
  Entry entry;
  entry.run = std::make_unique<Run>(id, options_.table);
  entry.first = found.first;
  bool begun = false;
  for (const std::string& bytes : found.inputs) {
    const RunInput input = TRY(read_input(bytes));
    if (input.kind == InputKind::kStarted) {
      (void)entry.run->start(input, TRY(books_of(input)));
      begun = true;
    } else if (begun) {
      (void)entry.run->apply(input);
    }
  }
  entry.inputs = std::move(found.inputs);
  runs_.emplace(id, std::move(entry));
  if (!begun) runs_.erase(id);
  return {};
}

/// Something that moved it may be missing: nothing goes on before somebody has looked.
void RunEngine::pause_damaged(Entry& entry, const std::string& damage) {
  const RunState& state = entry.run->state();
  if (entry.run->is_over()) over_.push_back(state.id);
  if (state.status != RunStatus::kRunning) return update_time(entry);
  RunInput input;
  input.kind = InputKind::kSteered;
  input.run = state.id;
  input.time = now();
  input.who = "the service";
  input.why = "the log of runs is damaged: " + damage;
  input.word = static_cast<std::uint8_t>(SteerWord::kPause);
  apply(entry, input);
}

/// What nobody has decided is decided now, and what was under way is asked after.
void RunEngine::go_on(Entry& entry) {
  lost_actions(entry);
  const RunState& state = entry.run->state();
  std::vector<ActionId> gated;
  for (const auto& [action, one] : state.actions) {
    if (one.state == ActionState::kGated) gated.push_back(action);
  }
  for (const ActionId action : gated) decide(entry, action);
  if (stopped_ && state.status == RunStatus::kRunning) {
    RunInput input = switch_;
    input.kind = InputKind::kSteered;
    input.run = state.id;
    input.who = kStopSwitch;
    input.word = static_cast<std::uint8_t>(SteerWord::kPause);
    apply(entry, input);
  }
  update_time(entry);
  if (entry.run->is_over()) over_.push_back(state.id);
}

Result<std::vector<std::shared_ptr<const Book>>> RunEngine::books_of(const RunInput& started) {
  std::vector<std::shared_ptr<const Book>> books;
  for (const Sha256& hash : started.books) {
    if (const auto found = books_.find(hash); found != books_.end()) {
      books.push_back(found->second);
      continue;
    }
    const std::string text = TRY(place_.shelf.text(hex_of(hash)));
    if (sha256(text) != hash) return Error{Code::kInvalid, fmt::format("the playbook {} is not the one that was started", hex_of(hash))};
    cacao::Reading reading = cacao::read_playbook(text);
    books.push_back(TRY(make_book(hash, std::move(reading.playbook))));
    books_.emplace(hash, books.back());
  }
  if (books.empty()) return unreadable();
  return books;
}

}  // namespace tocsin::respond
