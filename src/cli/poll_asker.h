// An executor of one poller of its own, as in a service: the process that has the credential and makes the requests (docs/formats/polling.md). For verbs that ask an API without a service. It ends with this. One thread; fails as
// the executor does, with what is in the way in words.
//
//   const PollAsker asker = TRY(PollAsker::start(poller));
//   const PollAnswer answer = TRY(asker.ask({false, "/taxii2/"}));
#pragma once

#include <memory>

#include "base/descriptor.h"
#include "base/program_starter.h"
#include "collect/poll_api.h"

namespace tocsin::cli {

class PollAsker {
 public:
  static Result<PollAsker> start(const PollerSettings& poller);
  /// What is wrong with the request, or with who is asked, is in the answer.
  Result<PollAnswer> ask(const PollRequest& request) const;

 private:
  Descriptor core_, asks_;
  std::unique_ptr<ProgramStarter> starter_;
  StartedProgram program_;
};

}  // namespace tocsin::cli
