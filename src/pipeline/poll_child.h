// The process that parses for pollers: what APIs answer is read here and nowhere else. It is an ingest process of a kind of its own (ingest_child.h), so that whoever takes over the one that listens to the network
// cannot say how far pollers have come. It has no credentials: requests are made by the executor, over a stream. Confined like the other (base/sandbox.h): it opens no file, makes no socket, connects nowhere.
//
// `tocsin serve` starts it (poll_process.h) with the stream to the core as descriptor 3 and that to the executor as 4. It ends when the core says so, or when either is gone.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/env.h"
#include "base/result.h"

namespace tocsin {

/// The program's first argument, and where it finds the executor.
inline constexpr std::string_view kPollsVerb = "polls";
inline constexpr int kPollsExecutor = 4;
/// What it may have: a body for each poller, and what objects unpack to.
inline constexpr std::uint64_t kPollMemoryBytesMax = std::uint64_t{1'536} << 20;

/// Returns with why it cannot begin, and only then.
Status run_poll_child(Env& env);

}  // namespace tocsin
