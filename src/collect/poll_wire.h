// What the process that parses for pollers and the executor say to each other over a stream socket (docs/formats/polling.md). Reading and writing block. A message is u32 size · u8 kind · payload; what is
// none ends the talk: kInvalid, kLimit for one that is too large, kIo at the end of the stream. One thread reads, one at a time writes.
//
//   TRY(send_ask(socket, {0, request}));
//   const PollAnswered answered = TRY(receive_answered(socket));
#pragma once

#include <cstdint>

#include "collect/poll_api.h"

namespace tocsin {

/// The program's first argument, and where the executor finds its sockets.
inline constexpr std::string_view kExecutorVerb = "executor";
inline constexpr int kExecutorCore = 3, kExecutorAsks = 4;

/// Words and headers of an answer, beside its body.
inline constexpr std::size_t kPollHeadBytesMax = 64u << 10;

/// Of the headers of an answer these are handed on, and no others.
inline constexpr std::string_view kPollHeaders[] = {"link", "nextpageuri", "retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-rate-limit-remaining", "x-rate-limit-reset",
                                                   "x-taxii-date-added-last"};

struct PollAsk {
  std::uint8_t poller = 0;  // its place in the start
  PollRequest request;
};
struct PollAnswered {
  std::uint8_t poller = 0;
  PollAnswer answer;
};

/// What the core tells the executor first, and hears from it once.
struct ExecutorStart {
  std::vector<std::string> pollers;  // as read_poller() reads them
};
struct ExecutorReady {
  std::string trouble = {};           // why it cannot begin; "": it has
  std::string sandbox = {}, missing = {};
};
Status send_start(int socket, const ExecutorStart& start);
Result<ExecutorStart> receive_start(int socket);
Status send_ready(int socket, const ExecutorReady& ready);
Result<ExecutorReady> receive_ready(int socket);

Status send_ask(int socket, const PollAsk& ask);
Result<PollAsk> receive_ask(int socket);
Status send_answered(int socket, const PollAnswered& answered);
Result<PollAnswered> receive_answered(int socket);

/// The payloads, for those that read bytes.
std::string ask_payload(const PollAsk& ask);
Result<PollAsk> read_ask(std::string_view payload);
std::string answered_payload(const PollAnswered& answered);
Result<PollAnswered> read_answered(std::string_view payload);

}  // namespace tocsin
