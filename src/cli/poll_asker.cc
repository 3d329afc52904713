#include "cli/poll_asker.h"

#include <sys/socket.h>

#include "collect/poll_wire.h"

namespace tocsin::cli {

Result<PollAsker> PollAsker::start(const PollerSettings& poller) {
  PollAsker asker;
  asker.starter_ = TRY(ProgramStarter::fork());
  int core[2], asks[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, core) != 0 || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, asks) != 0) return Error{Code::kIo, "no socket pair"};
  asker.core_ = Descriptor(core[0]);
  asker.asks_ = Descriptor(asks[0]);
  const Descriptor other_core(core[1]), other_asks(asks[1]);
  asker.program_ = TRY(asker.starter_->start({.words = {"tocsin", std::string(kExecutorVerb)}, .descriptors = {other_core.get(), other_asks.get()}, .environment = true}));
  TRY(send_start(asker.core_.get(), {{poller_text({poller.values.begin(), poller.values.end()})}}));
  const ExecutorReady ready = TRY(receive_ready(asker.core_.get()));
  if (!ready.trouble.empty()) return Error{Code::kInvalid, ready.trouble};
  return asker;
}

Result<PollAnswer> PollAsker::ask(const PollRequest& request) const {
  TRY(send_ask(asks_.get(), {0, request}));
  return TRY(receive_answered(asks_.get())).answer;
}

}  // namespace tocsin::cli
