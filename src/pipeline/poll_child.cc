#include "pipeline/poll_child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "base/memory.h"
#include "base/sandbox.h"
#include "collect/poll_wire.h"
#include "pipeline/ingest_child.h"
#include "pipeline/poll_engine.h"
#include "pipeline/remote_intake.h"

namespace tocsin {

namespace {

void begin_process() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tocsin-polls");
  ::syscall(SYS_close_range, kPollsExecutor + 1, ~0U, 0);  // should something have been left open
}

Result<std::vector<PollEngine::One>> wait_for_pollers() {
  std::uint8_t kind = 0;
  std::string payload;
  TRY(read_message(kIngestStream, kIngestPollsBytesMax, kind, payload));
  if (static_cast<IngestKind>(kind) != IngestKind::kPolls) return Error{Code::kInvalid, "the service does not begin with its pollers"};
  std::vector<PollEngine::One> pollers;
  for (const PollStart& start : TRY(read_polls(payload))) {
    PollerSettings settings = TRY(read_poller(start.settings));
    const std::optional<PollMark> mark = unpacked_poll_mark(start.mark);
    if (!mark || cursor_time(mark->cursor) == kNoTime) {
      return Error{Code::kInvalid, "the state says of poller '" + settings.name + "' what cannot be; see `tocsin verify`"};
    }
    pollers.push_back({std::make_unique<Poller>(std::move(settings), *mark, start.ids), start.source});
  }
  return pollers;
}

/// What the core says after the start; ends the process with its stream.
void read_core(RemoteIntake& intake, PollEngine& engine) {
  while (true) {
    std::uint8_t kind = 0;
    std::string payload;
    if (!read_message(kIngestStream, kIngestCoreBytesMax, kind, payload)) ::_exit(1);
    if (static_cast<IngestKind>(kind) == IngestKind::kStop) {
      engine.stop();
      continue;
    }
    const Result<IngestAnswer> answer = read_answer(payload);
    if (static_cast<IngestKind>(kind) != IngestKind::kAnswer || !answer) ::_exit(1);
    intake.answered(*answer);
  }
}

/// And with that of the executor.
void read_executor(PollEngine& engine) {
  while (true) {
    Result<PollAnswered> answered = receive_answered(kPollsExecutor);
    if (!answered) ::_exit(1);
    engine.answered(std::move(*answered));
  }
}

Status poll(Env& env) {
  std::vector<PollEngine::One> pollers = TRY(wait_for_pollers());
  MessageQueue queue(kIngestStream);
  RemoteIntake intake(queue, kIngestWindowBytes, IngestKind::kPolled);
  PollEngine engine({env, intake, queue, kPollsExecutor}, std::move(pollers));
  SandboxPlan plan;
  plan.calls = SandboxCalls::kSockets;
  plan.memory_bytes_max = kPollMemoryBytesMax;
  const Sandbox sandbox = TRY(enter_sandbox(plan));
  queue.start();
  std::thread([&] { read_core(intake, engine); }).detach();  // both end with the process
  std::thread([&engine] { read_executor(engine); }).detach();
  queue.push(ready_message(sandbox));
  engine.run();
  intake.wait_for_answers();
  queue.push(empty_message(IngestKind::kStopped));
  queue.finish();
  ::_exit(0);
}

}  // namespace

Status run_poll_child(Env& env) {
  begin_process();
  give_back_large_memory();
  return poll(env);
}

}  // namespace tocsin
