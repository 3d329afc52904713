#include "respond/engine/run_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "respond/cacao/check_playbook.h"
#include "respond/cacao/read_playbook.h"
#include "respond/engine/run_record.h"

namespace tocsin::respond {

namespace {

std::string record_of(const std::string& input) { return static_cast<char>(RecordKind::kInput) + input; }

}  // namespace

RunEngine::RunEngine(const Place& place, Options options) : place_(place), options_(std::move(options)) {
  place_.port.connect(
      [this](const ActionAnswer& answer) {
        Waiting waiting;
        waiting.input.kind = InputKind::kResult;
        waiting.input.run = answer.key.run;
        waiting.input.action = answer.key.action;
        waiting.input.result = answer.result;
        push(std::move(waiting));
      },
      [this] { push({.input = {}, .what = Waiting::What::kLost}); });
}

RunEngine::~RunEngine() { end(); }

void RunEngine::begin() {
  thread_ = std::thread([this] { run(); });
}

void RunEngine::end() {
  {
    const std::lock_guard<std::mutex> lock(inbox_mutex_);
    ending_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RunEngine::push(Waiting waiting) {
  {
    const std::lock_guard<std::mutex> lock(inbox_mutex_);
    inbox_.push_back(std::move(waiting));
  }
  work_.notify_one();
}

Status RunEngine::submit(Waiting waiting, RunId* run) {
  const auto reply = std::make_shared<Reply>();
  waiting.reply = reply;
  std::future<Status> safe = reply->safe.get_future();
  push(std::move(waiting));
  if (safe.wait_for(std::chrono::milliseconds(kSafeWaitMs)) != std::future_status::ready) return Error{Code::kIo, "it cannot be written down: look at the disk"};
  TRY(safe.get());
  if (run != nullptr) *run = reply->run;
  return {};
}

Result<std::shared_ptr<const Book>> RunEngine::new_book(const std::string& text, const cacao::CheckOptions& check) {
  const Sha256 hash = sha256(text);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = books_.find(hash); found != books_.end()) return found->second;
  }
  cacao::Reading reading = cacao::read_playbook(text);
  std::vector<cacao::Mistake> mistakes = std::move(reading.mistakes);
  if (!reading.playbook.workflow.empty()) std::ranges::move(cacao::check_playbook(reading.playbook, check), std::back_inserter(mistakes));
  for (const cacao::Mistake& mistake : mistakes) {
    if (mistake.kind == cacao::Mistake::Kind::kError) return Error{Code::kInvalid, fmt::format("the playbook cannot be run: {}: {}", mistake.pointer.empty() ? "the playbook" : mistake.pointer, mistake.message)};
  }
  std::shared_ptr<const Book> book = TRY(make_book(hash, std::move(reading.playbook)));
  TRY(place_.shelf.put(hex_of(hash), text));
  const std::lock_guard<std::mutex> lock(mutex_);
  return books_.emplace(hash, book).first->second;
}

Result<RunId> RunEngine::start(const StartRequest& request) {
  Waiting waiting;
  waiting.books.push_back(TRY(new_book(request.text, request.check)));
  for (const std::string& text : request.others) waiting.books.push_back(TRY(new_book(text, request.check)));
  TRY(check_calls(waiting.books));
  TRY(check_start(*waiting.books.front(), request.values));
  RunInput& input = waiting.input;
  input.kind = InputKind::kStarted;
  input.word = static_cast<std::uint8_t>(request.word);
  input.number = request.people;
  input.who = request.who;
  input.address = request.address;
  input.step = request.incident;
  input.why = request.why;
  input.values = request.values;
  for (const auto& book : waiting.books) input.books.push_back(book->hash);
  RunId run = 0;
  TRY(submit(std::move(waiting), &run));
  return run;
}

Status RunEngine::give(RunId run, RunInput input) {
  input.run = run;
  return submit({.input = std::move(input)}, nullptr);
}

Status RunEngine::stop_all(const std::string& who, const std::string& why, const std::string& address) {
  stopped_ = true;  // at once, before anything is written
  place_.port.stop_all(true);
  Waiting waiting{.input = {}, .what = Waiting::What::kStop};
  waiting.input.who = who;
  waiting.input.why = why;
  waiting.input.address = address;
  return submit(std::move(waiting), nullptr);
}

Status RunEngine::lift(const std::string& who, const std::string& why, const std::string& address) {
  Waiting waiting{.input = {}, .what = Waiting::What::kLift};
  waiting.input.who = who;
  waiting.input.why = why;
  waiting.input.address = address;
  return submit(std::move(waiting), nullptr);
}

void RunEngine::wake() {
  {
    const std::lock_guard<std::mutex> lock(inbox_mutex_);
    woken_ = true;
  }
  work_.notify_one();
}

bool RunEngine::look(RunId run, const std::function<void(const RunState&)>& visit) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = runs_.find(run);
  if (found == runs_.end()) return false;
  visit(found->second.run->state());
  return true;
}

void RunEngine::look_at_all(const std::function<void(const RunState&)>& visit) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<RunId> ids;
  for (const auto& [id, entry] : runs_) ids.push_back(id);
  std::ranges::sort(ids);
  for (const RunId id : ids) visit(runs_.at(id).run->state());
}

RunEngine::Counts RunEngine::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Counts counts = counts_;
  counts.runs = runs_.size();
  return counts;
}

void RunEngine::run() {
  while (work()) {
  }
  std::deque<Waiting> left;
  {
    const std::lock_guard<std::mutex> lock(inbox_mutex_);
    left.swap(inbox_);
  }
  for (Waiting& waiting : left) {
    if (waiting.reply != nullptr) to_answer_.emplace_back(std::move(waiting.reply), Status());
  }
  for (auto& [reply, status] : to_answer_) reply->safe.set_value(Error{Code::kIo, "the service stops, and it was not written down"});
  to_answer_.clear();
}

/// One round; false: it is the end.
bool RunEngine::work() {
  std::deque<Waiting> batch;
  {
    std::unique_lock<std::mutex> lock(inbox_mutex_);
    if (inbox_.empty() && !ending_) {
      // Half a second at most: the clock of the wall may be set.
      const TimeUs next = times_.empty() ? INT64_MAX : times_.begin()->first;  // this thread alone writes it
      const std::int64_t most = over_.empty() ? 500'000 : kPutAwayNs / 1'000;
      const std::int64_t wait = std::clamp<std::int64_t>(next == INT64_MAX ? most : next - now(), 0, most);
      work_.wait_for(lock, std::chrono::microseconds(wait), [this] { return !inbox_.empty() || ending_ || woken_; });
    }
    woken_ = false;
    if (!ending_ || !inbox_.empty()) {
      batch.swap(inbox_);
      lock.unlock();
      return round(std::move(batch));
    }
  }
  put_away_ns_ = 0;  // all that is over, however soon
  put_away();
  (void)make_safe();
  return false;
}

bool RunEngine::round(std::deque<Waiting> batch) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Waiting& waiting : batch) {
      Status taken = take(waiting);
      if (waiting.reply != nullptr) to_answer_.emplace_back(std::move(waiting.reply), std::move(taken));
    }
    due();
    carry();
  }
  while (!make_safe()) {
    std::unique_lock<std::mutex> lock(inbox_mutex_);
    if (ending_) return false;
    work_.wait_for(lock, std::chrono::milliseconds(kLogRetryMs), [this] { return ending_; });
  }
  send_all();
  put_away();
  forget();
  return true;
}

Status RunEngine::take(Waiting& waiting) {
  RunInput& input = waiting.input;
  input.time = now();
  switch (waiting.what) {
    case Waiting::What::kStop: take_switch(input, true); return {};
    case Waiting::What::kLift: take_switch(input, false); return {};
    case Waiting::What::kLost:
      for (auto& [id, entry] : runs_) lost_actions(entry);
      return {};
    case Waiting::What::kInput: break;
  }
  if (input.kind == InputKind::kStarted) return take_start(waiting);
  Entry& entry = *TRY(entry_for(waiting));
  TRY(entry.run->fits(input));
  if (input.kind == InputKind::kResult) {
    const Action* const action = entry.run->action(input.action);
    if (action == nullptr || action->state != ActionState::kSent) return {};  // it was given up meanwhile
    ++counts_.steps;
  }
  if (waiting.reply != nullptr) waiting.reply->run = input.run;
  apply(entry, input);
  return {};
}

/// Where a person wants something of a run that was put away, it comes back.
Result<RunEngine::Entry*> RunEngine::entry_for(const Waiting& waiting) {
  const RunId id = waiting.input.run;
  if (const auto found = runs_.find(id); found != runs_.end()) return &found->second;
  if (waiting.reply == nullptr) return Error{Code::kNotFound, "the run is over"};
  Result<std::vector<std::string>> inputs = options_.again(id);
  if (!inputs) return Error{inputs.error().code, fmt::format("run {}: {}", id, inputs.error().message)};
  TRY(open(id, {.first = written_, .inputs = std::move(*inputs)}));
  const auto opened = runs_.find(id);
  if (opened == runs_.end()) return Error{Code::kInvalid, fmt::format("run {}: what is kept of it has no beginning", id)};
  unsafe_.push_back({id, carried(id, opened->second)});
  over_.push_back(id);  // unless it is moved now
  return &opened->second;
}

Status RunEngine::take_start(Waiting& waiting) {
  if (stopped_) return Error{Code::kDenied, fmt::format("everything is stopped ({}): nothing is started until that is lifted", switch_.who)};
  if (runs_.size() >= kRunsMax) return Error{Code::kLimit, fmt::format("{} runs are not over, which are the most", kRunsMax)};
  waiting.input.run = waiting.reply->run = ++last_run_;
  Entry& entry = runs_[last_run_];
  entry.run = std::make_unique<Run>(last_run_, options_.table);
  std::string bytes;
  append_input(bytes, waiting.input);
  unsafe_.push_back({last_run_, record_of(bytes)});
  entry.inputs.push_back(std::move(bytes));
  follow(entry, entry.run->start(waiting.input, std::move(waiting.books)));
  return {};
}

void RunEngine::apply(Entry& entry, const RunInput& input) {
  std::string bytes;
  append_input(bytes, input);
  unsafe_.push_back({0, record_of(bytes)});
  entry.inputs.push_back(std::move(bytes));
  follow(entry, entry.run->apply(input));
}

void RunEngine::follow(Entry& entry, const std::vector<Effect>& effects) {
  const RunState& state = entry.run->state();
  for (const Effect& effect : effects) {
    switch (effect.kind) {
      case Effect::Kind::kDecide: decide(entry, effect.action); break;
      case Effect::Kind::kSend:
      case Effect::Kind::kProbe: send(state, *entry.run->action(effect.action), effect.kind == Effect::Kind::kProbe); break;
      case Effect::Kind::kEnded: ++counts_.ended; break;
      case Effect::Kind::kAsk: break;
    }
  }
  update_time(entry);
  if (entry.run->is_over()) over_.push_back(state.id);
}

void RunEngine::decide(Entry& entry, ActionId id) {
  const Action* const action = entry.run->action(id);
  if (stopped_ || action == nullptr || action->state != ActionState::kGated || entry.run->state().status == RunStatus::kPaused) return;
  RunInput input = options_.decide(entry.run->state(), *action);
  input.kind = InputKind::kDecided;
  input.run = entry.run->state().id;
  input.action = id;
  input.time = now();
  ActionCall call = action->call;
  if (const auto lease = input.values.find("lease_ms"); lease != input.values.end()) call.lease_ms = std::stoull(lease->second);
  input.hash = hash_of(call);
  apply(entry, input);
}

void RunEngine::send(const RunState& state, const Action& action, bool probe) {
  ActionOrder order{.key = {state.id, action.id}, .probe = probe, .hash = action.hash, .approvals = static_cast<std::uint32_t>(action.approvals.size()) + state.started.number, .is_undo = action.undoes != 0, .call = action.call};
  to_send_.push_back(std::move(order));
}

void RunEngine::lost_actions(Entry& entry) {
  const auto& actions = entry.run->state().actions;
  if (std::ranges::none_of(actions, [](const auto& one) { return one.second.state == ActionState::kSent; })) return;
  RunInput input;
  input.kind = InputKind::kLost;
  input.run = entry.run->state().id;
  input.time = now();
  std::erase_if(to_send_, [&](const ActionOrder& order) { return order.key.run == input.run; });
  apply(entry, input);
}

void RunEngine::write_standing(const RunInput& input, bool is_new) {
  std::string record(1, static_cast<char>(is_new ? RecordKind::kSwitch : RecordKind::kStanding));
  append_number(record, last_run_);
  append_number(record, static_cast<std::uint8_t>(stopped_));
  append_input(record, input);
  unsafe_.push_back({0, std::move(record)});
}

void RunEngine::take_switch(const RunInput& given, bool stop) {
  switch_ = given;
  switch_.kind = InputKind::kSteered;
  stopped_ = stop;
  if (!stop) place_.port.stop_all(false);
  write_standing(switch_, true);
  std::vector<RunId> ids;
  for (const auto& [id, entry] : runs_) ids.push_back(id);
  for (const RunId id : ids) {
    Entry& entry = runs_.at(id);
    const RunState& state = entry.run->state();
    RunInput input = switch_;
    input.run = id;
    input.word = static_cast<std::uint8_t>(stop ? SteerWord::kPause : SteerWord::kResume);
    input.why = fmt::format("{}{}{}", given.who, given.why.empty() ? "" : ": ", given.why);
    input.who = kStopSwitch;
    if (stop ? state.status == RunStatus::kRunning : state.status == RunStatus::kPaused && state.paused_by == kStopSwitch) {
      apply(entry, input);
    } else if (!stop) {
      std::vector<ActionId> gated;
      for (const auto& [action, one] : state.actions) {
        if (one.state == ActionState::kGated) gated.push_back(action);
      }
      for (const ActionId action : gated) decide(entry, action);
    }
  }
}

void RunEngine::update_time(Entry& entry) {
  const RunId id = entry.run->state().id;
  const std::optional<TimeUs> next = entry.run->next_time();
  if (next == entry.time) return;
  if (entry.time) times_.erase({*entry.time, id});
  if (next) times_.emplace(*next, id);
  entry.time = next;
}

void RunEngine::due() {
  const TimeUs time = now();
  std::vector<RunId> ids;
  for (auto at = times_.begin(); at != times_.end() && at->first <= time; ++at) ids.push_back(at->second);
  for (const RunId id : ids) {
    Entry& entry = runs_.at(id);
    RunInput input;
    input.run = id;
    input.time = time;
    apply(entry, input);
    if (!entry.time || *entry.time > time) continue;
    times_.erase({*entry.time, id});  // something waits for what time alone does not change: not at once again
    entry.time = time + 1'000'000;
    times_.emplace(*entry.time, id);
  }
}

bool RunEngine::make_safe() {
  if (unsafe_.empty()) return true;
  const std::int64_t before = place_.env.monotonic_ns();
  std::vector<std::pair<RunId, std::uint64_t>> firsts;
  for (const Unsafe& one : unsafe_) {
    written_ = place_.log.append(one.record) + 1;
    if (one.run != 0) firsts.emplace_back(one.run, written_ - 1);
  }
  const Status safe = place_.log.commit();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!safe) {
    if (counts_.trouble.empty()) options_.say("runs of playbooks do not move: " + safe.error().message);
    counts_.trouble = safe.error().message;
    counts_.unwritten = unsafe_.size();
    return false;
  }
  if (!counts_.trouble.empty()) options_.say("runs of playbooks move again");
  counts_.trouble.clear();
  counts_.unwritten = 0;
  ++counts_.commits;
  counts_.records += unsafe_.size();
  counts_.commit_ns += static_cast<std::uint64_t>(place_.env.monotonic_ns() - before);
  for (const auto& [run, first] : firsts) {
    if (const auto found = runs_.find(run); found != runs_.end()) found->second.first = first;
  }
  unsafe_.clear();
  return true;
}

void RunEngine::send_all() {
  for (auto& [reply, status] : to_answer_) reply->safe.set_value(std::move(status));
  to_answer_.clear();
  bool any = false;
  for (ActionOrder& order : to_send_) {
    if (stopped_ && !order.probe) {
      Waiting waiting;
      waiting.input.kind = InputKind::kResult;
      waiting.input.run = order.key.run;
      waiting.input.action = order.key.action;
      waiting.input.result = {.outcome = ActionOutcome::kNotBegun, .detail = "everything is stopped"};
      push(std::move(waiting));
      continue;
    }
    place_.port.send(std::move(order));
    any = true;
  }
  to_send_.clear();
  if (any) place_.port.flush();
}

/// Only what is safe is put away. Whoever looks at a run meanwhile sees it here or there, perhaps at both.
void RunEngine::put_away() {
  const std::int64_t ns = place_.env.monotonic_ns();
  if (over_.empty() || (over_.size() < kPutAwayMax && ns - put_away_ns_ < kPutAwayNs)) return;
  put_away_ns_ = ns;
  std::vector<EndedRun> ended;
  for (const RunId id : over_) {
    const auto found = runs_.find(id);  // this thread alone writes
    if (found != runs_.end() && found->second.run->is_over()) ended.push_back({id, found->second.run->state(), found->second.inputs});
  }
  if (!options_.ended(ended)) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  over_.clear();
  for (const EndedRun& one : ended) {
    const RunId id = one.id;
    const auto found = runs_.find(id);
    if (found == runs_.end()) continue;
    if (found->second.time) times_.erase({*found->second.time, id});
    runs_.erase(found);
    std::string record(1, static_cast<char>(RecordKind::kOver));
    append_number(record, id);
    unsafe_.push_back({0, std::move(record)});  // if it is lost, the run is put away once more
  }
}


}  // namespace tocsin::respond
