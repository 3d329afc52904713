// The ingest process: what anybody on the network sends is read here and nowhere else. It holds connections, the records that are on their way, and
// digests of tokens; no key of the journal, no state, no rules, no credentials. Once its listeners are made it is confined
// (base/sandbox.h): it opens no file, makes no socket, connects nowhere, starts nothing.
//
// `tocsin serve` starts it (ingest_process.h) with the stream to the core as descriptor 3 and the ports behind it. It ends when the core says so, or is gone.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/env.h"
#include "base/result.h"

namespace tocsin {

/// Where the core puts them.
inline constexpr int kIngestStream = 3, kIngestFirstPort = 4;
/// The program's first argument.
inline constexpr std::string_view kIngestVerb = "ingest";
/// What it may have: bodies of requests (kHttpHeldBytesMax for each port), batches on their way, what connections have read.
inline constexpr std::uint64_t kIngestMemoryBytesMax = std::uint64_t{768} << 20;

/// Returns with why it cannot begin, and only then: the process ends when the core says so, or is gone.
Status run_ingest_child(Env& env);

}  // namespace tocsin
