// What the core and the ingest process say to each other, as bytes and back (docs/formats/ingest.md). Pure functions. Reading bytes of the ingest process
// fails with kInvalid where they are not what the format says, whatever they are; a batch that was read can be given to the journal as it is.
//
//   append_message(out, IngestKind::kRefused, [&](std::string& payload) { … });
//   ToCore message = TRY(read_to_core(kind, std::move(payload)));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/sandbox.h"
#include "collect/intake.h"
#include "collect/poll_ids.h"
#include "pipeline/listeners.h"

namespace tocsin {

enum class IngestKind : std::uint8_t {
  kStart = 1, kSenders, kAnswer, kStop, kEnrolled,                               // from the core
  kPolls,                                                                        // from the core, to the process that parses for pollers, in place of kStart
  kReady = 65, kBatch, kRefused, kDropped, kWho, kStopped, kTurnedAway, kEnrol,  // from the ingest process
  kPolled, kPollNews,                                                            // from the process that parses for pollers alone
};

/// Size and kind.
inline constexpr std::size_t kIngestHeadBytes = 5;
/// Of a batch: what one frame of the journal takes.
inline constexpr std::size_t kIngestBatchBytesMax = 24u << 20;
/// Of anything else that the ingest process says.
inline constexpr std::size_t kIngestSmallBytesMax = 4u << 10;
/// Of what the core says: a few thousand senders.
inline constexpr std::size_t kIngestCoreBytesMax = 8u << 20;
/// Of the start of pollers: the ids that each has to know.
inline constexpr std::size_t kIngestPollsBytesMax = 320u << 20;
/// Batches without an answer, together: what the journal's queue takes.
inline constexpr std::size_t kIngestWindowBytes = 48u << 20;
/// And so many: every connection of every port has one at most.
inline constexpr std::size_t kIngestBatchesMax = 8'192;

struct IngestPort {
  PortUse use = PortUse::kBulk;
  std::string address;
  bool tls = false, certificate_required = false;
};

/// What the ingest process needs to know.
struct IngestStart {
  std::vector<IngestPort> ports;
  ServerTls tls;
};

/// Who may send: a digest of the token or of the certificate, never the token. No digest: nobody is asked for one.
struct SenderEntry {
  std::string input, name, digest;
  std::uint32_t source = 0;
};

/// What the process that parses for pollers needs to know of one.
struct PollStart {
  std::string settings;   // as read_poller() reads it
  std::uint32_t source = 0;
  std::string mark;       // from where it goes on (collect/poll_mark.h)
  std::vector<std::pair<PollId, TimeUs>> ids;  // that it has taken since
};

/// How a poller does, for people.
struct PollNews {
  std::uint8_t poller = 0;  // its place in the start
  TimeUs last_answer = kNoTime, due = kNoTime, read_up_to = kNoTime;
  std::uint64_t requests = 0;  // since the process began
  std::string trouble;
};

struct IngestAnswer {
  std::uint64_t batch = 0;
  bool safe = false;
  std::uint64_t first = 0;  // as in IntakeResult
};

/// One message of the ingest process.
struct ToCore {
  IngestKind kind = IngestKind::kStopped;
  Sandbox sandbox;                     // kReady
  std::uint64_t batch_id = 0;          // kBatch, as the following
  std::unique_ptr<IntakeBatch> batch;
  std::uint32_t source = 0;            // kRefused, kDropped
  std::uint64_t records = 0;           // also connections: kTurnedAway
  std::string input;                   // kWho
  std::uint64_t enrolment_id = 0;      // kEnrol, as the following
  EnrolmentRequest enrolment;
  PollNews news;                       // kPollNews
};

/// What came of a kEnrol.
struct IngestEnrolled {
  std::uint64_t id = 0;
  bool done = false;
  std::string text;  // the certificate, or why there is none
};

/// Whether a payload of this size may follow. Asked before memory is taken for it.
bool is_ingest_size(IngestKind kind, std::size_t size);
Result<ToCore> read_to_core(IngestKind kind, std::string payload);

std::string start_message(const IngestStart& start);
std::string senders_message(const std::vector<SenderEntry>& senders);
std::string answer_message(const IngestAnswer& answer);
std::string enrolled_message(const IngestEnrolled& enrolled);
std::string empty_message(IngestKind kind);
std::string ready_message(const Sandbox& sandbox);
/// All of the batch but its bytes, which follow. `kind`: kBatch, or kPolled, whose details may have the mark of a poller.
std::string batch_message_head(std::uint64_t id, const IntakeBatch& batch, IngestKind kind = IngestKind::kBatch);
/// The payload's size.
std::size_t batch_message_bytes(const IntakeBatch& batch);
std::string count_message(IngestKind kind, std::uint32_t source, std::uint64_t records);
std::string turned_away_message(std::uint64_t connections);
std::string polls_message(const std::vector<PollStart>& polls);
std::string poll_news_message(const PollNews& news);
std::string who_message(std::string_view input);
std::string enrol_message(std::uint64_t id, const EnrolmentRequest& request);

/// What the core said; it is believed, but for its form.
Result<IngestStart> read_start(std::string_view payload);
Result<std::vector<SenderEntry>> read_senders(std::string_view payload);
Result<IngestAnswer> read_answer(std::string_view payload);
Result<IngestEnrolled> read_enrolled(std::string_view payload);
Result<std::vector<PollStart>> read_polls(std::string_view payload);

}  // namespace tocsin
