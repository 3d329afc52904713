#include "pipeline/ingest_messages.h"

#include <algorithm>

#include "base/bytes.h"
#include "event/details.h"
#include "pipeline/message_frame.h"
#include "store/journal_writer.h"

namespace tocsin {

namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kEntryBytes = 14, kBatchHeadBytes = 17;
static_assert(kIngestBatchBytesMax == journal::Writer::kFrameRoom && kEntryBytes <= journal::kRecordOverheadBytes);

template <class Size>
void append_text(std::string& bytes, std::string_view text) {
  const std::size_t size = std::min<std::size_t>(text.size(), static_cast<Size>(~Size{0}));
  append_number(bytes, static_cast<Size>(size));
  bytes.append(text.substr(0, size));
}

Error wrong(const char* what) { return {Code::kInvalid, std::string("the ingest process sent ") + what}; }

/// Kind, size, value, and nothing left. How far a file was read is the core's own to say, how far a poller has come that of who parses for it.
bool are_details(std::string_view details, bool polled) {
  ByteReader reader(details);
  while (!reader.at_end()) {
    const auto kind = static_cast<Detail>(reader.number<std::uint8_t>());
    reader.take(reader.number<std::uint16_t>());
    const bool from_a_sender = kind >= Detail::kHost && kind <= Detail::kTruncated && kind != Detail::kFileMark;
    if (!reader.good() || !(from_a_sender || (polled && kind == Detail::kPollMark))) return false;
  }
  return reader.good();
}

bool read_flag(ByteReader& reader, bool& flag) {
  const auto value = reader.number<std::uint8_t>();
  flag = value == 1;
  return reader.good() && value <= 1;
}

Result<ToCore> read_batch(IngestKind kind, std::string payload) {
  ToCore message;
  ByteReader reader(payload);
  message.batch_id = reader.number<std::uint64_t>();
  message.source = reader.number<std::uint32_t>();
  bool waits = false;
  if (!read_flag(reader, waits)) return wrong("a batch without its head");
  const auto count = reader.number<std::uint32_t>();
  if (!reader.good() || count == 0 || count > reader.rest().size() / kEntryBytes) return wrong("a batch without its records");
  std::vector<IntakeBatch::Entry> entries(count);
  std::size_t at = payload.size() - reader.rest().size() + count * kEntryBytes;
  std::size_t needed = 0;
  for (IntakeBatch::Entry& entry : entries) {
    entry.received = reader.number<std::int64_t>();
    entry.raw_size = reader.number<std::uint32_t>();
    entry.details_size = reader.number<std::uint16_t>();
    if (entry.raw_size > kReceivedBytesMax || entry.raw_size + entry.details_size > payload.size() - at) return wrong("a record that does not fit its batch");
    entry.from = static_cast<std::uint32_t>(at);
    at += entry.raw_size + entry.details_size;
    needed += journal::kRecordOverheadBytes + entry.raw_size + entry.details_size;
    if (!are_details(std::string_view(payload).substr(entry.from + entry.raw_size, entry.details_size), kind == IngestKind::kPolled)) return wrong("details that do not add up");
  }
  if (at != payload.size()) return wrong("a batch with something behind it");
  // The journal counts the whole payload, so it has to fit with all that.
  if (needed + payload.size() - (at - entries.front().from) > journal::Writer::kFrameRoom) return wrong("a batch that is too large");
  message.kind = kind;
  message.batch = std::make_unique<IntakeBatch>(message.source, waits ? IntakeBatch::IfFull::kWait : IntakeBatch::IfFull::kSayNo, std::move(entries),
                                                std::move(payload));
  return message;
}

Result<ToCore> read_ready(std::string_view payload) {
  ToCore message;
  message.kind = IngestKind::kReady;
  ByteReader reader(payload);
  message.sandbox.landlock = reader.number<std::int32_t>();
  if (!read_flag(reader, message.sandbox.seccomp)) return wrong("a start that is none");
  message.sandbox.missing = reader.take(reader.number<std::uint16_t>());
  if (!reader.good() || !reader.at_end() || message.sandbox.landlock < 0) return wrong("a start that is none");
  return message;
}

}  // namespace

bool is_ingest_size(IngestKind kind, std::size_t size) {
  return size <= (kind == IngestKind::kBatch || kind == IngestKind::kPolled ? kIngestBatchBytesMax : kIngestSmallBytesMax);
}

Result<ToCore> read_to_core(IngestKind kind, std::string payload) {
  if (!is_ingest_size(kind, payload.size())) return wrong("more than a message can have");
  ToCore message;
  message.kind = kind;
  ByteReader reader(payload);
  switch (kind) {
    case IngestKind::kReady: return read_ready(payload);
    case IngestKind::kBatch:
    case IngestKind::kPolled: return read_batch(kind, std::move(payload));
    case IngestKind::kPollNews:
      message.news.poller = reader.number<std::uint8_t>();
      for (TimeUs* const time : {&message.news.last_answer, &message.news.due, &message.news.read_up_to}) *time = reader.number<std::int64_t>();
      message.news.requests = reader.number<std::uint64_t>();
      message.news.trouble = reader.take(reader.number<std::uint16_t>());
      break;
    case IngestKind::kRefused:
    case IngestKind::kDropped:
      message.source = reader.number<std::uint32_t>();
      message.records = reader.number<std::uint64_t>();
      break;
    case IngestKind::kWho: message.input = reader.take(reader.number<std::uint8_t>()); break;
    case IngestKind::kStopped: break;
    case IngestKind::kEnrol:
      message.enrolment_id = reader.number<std::uint64_t>();
      message.enrolment.key = reader.take(kEnrolmentKeyBytes);
      message.enrolment.code = reader.take(reader.number<std::uint8_t>());
      if (!enrolment_mark(message.enrolment.code)) return wrong("an enrolment without a code");
      break;
    case IngestKind::kTurnedAway: message.records = reader.number<std::uint64_t>(); break;
    default: return wrong("a message of no known kind");
  }
  if (!reader.good() || !reader.at_end()) return wrong("a message of another size than its own");
  return message;
}

std::string start_message(const IngestStart& start) {
  return framed_message(IngestKind::kStart, [&](std::string& bytes) {
    append_number(bytes, static_cast<std::uint8_t>(start.ports.size()));
    for (const IngestPort& port : start.ports) {
      append_number(bytes, static_cast<std::uint8_t>(port.use));
      append_number(bytes, static_cast<std::uint8_t>((port.tls ? 1 : 0) + (port.certificate_required ? 2 : 0)));
      append_text<std::uint16_t>(bytes, port.address);
    }
    for (const std::string* const text : {&start.tls.certificates, &start.tls.key, &start.tls.client_authority}) append_text<std::uint32_t>(bytes, *text);
  });
}

std::string senders_message(const std::vector<SenderEntry>& senders) {
  return framed_message(IngestKind::kSenders, [&](std::string& bytes) {
    append_number(bytes, static_cast<std::uint32_t>(senders.size()));
    for (const SenderEntry& sender : senders) {
      append_text<std::uint8_t>(bytes, sender.input);
      append_text<std::uint8_t>(bytes, sender.name);
      bytes.append(sender.digest.size() == kDigestBytes ? sender.digest : std::string(kDigestBytes, '\0'));
      append_number(bytes, sender.source);
    }
  });
}

std::string answer_message(const IngestAnswer& answer) {
  return framed_message(IngestKind::kAnswer, [&](std::string& bytes) {
    append_number(bytes, answer.batch);
    append_number(bytes, static_cast<std::uint8_t>(answer.safe));
    append_number(bytes, answer.first);
  });
}

std::string enrolled_message(const IngestEnrolled& enrolled) {
  return framed_message(IngestKind::kEnrolled, [&](std::string& bytes) {
    append_number(bytes, enrolled.id);
    append_number(bytes, static_cast<std::uint8_t>(enrolled.done));
    append_text<std::uint16_t>(bytes, enrolled.text);
  });
}

std::string empty_message(IngestKind kind) {
  return framed_message(kind, [](std::string&) {});
}

std::string ready_message(const Sandbox& sandbox) {
  return framed_message(IngestKind::kReady, [&](std::string& bytes) {
    append_number(bytes, static_cast<std::int32_t>(sandbox.landlock));
    append_number(bytes, static_cast<std::uint8_t>(sandbox.seccomp));
    append_text<std::uint16_t>(bytes, std::string_view(sandbox.missing).substr(0, kIngestSmallBytesMax / 2));
  });
}

std::size_t batch_message_bytes(const IntakeBatch& batch) { return kBatchHeadBytes + batch.entries().size() * kEntryBytes + batch.bytes(); }

std::string batch_message_head(std::uint64_t id, const IntakeBatch& batch, IngestKind kind) {
  std::string head = framed_message(kind, [&](std::string& bytes) {
    bytes.reserve(kIngestHeadBytes + kBatchHeadBytes + batch.entries().size() * kEntryBytes);
    append_number(bytes, id);
    append_number(bytes, batch.source());
    append_number(bytes, static_cast<std::uint8_t>(batch.if_full() == IntakeBatch::IfFull::kWait));
    append_number(bytes, static_cast<std::uint32_t>(batch.entries().size()));
    for (const IntakeBatch::Entry& entry : batch.entries()) {
      append_number(bytes, entry.received);
      append_number(bytes, entry.raw_size);
      append_number(bytes, static_cast<std::uint16_t>(entry.details_size));
    }
  });
  const auto size = static_cast<std::uint32_t>(batch_message_bytes(batch));
  std::memcpy(head.data(), &size, sizeof size);
  return head;
}

std::string count_message(IngestKind kind, std::uint32_t source, std::uint64_t records) {
  return framed_message(kind, [&](std::string& bytes) {
    append_number(bytes, source);
    append_number(bytes, records);
  });
}

std::string turned_away_message(std::uint64_t connections) {
  return framed_message(IngestKind::kTurnedAway, [&](std::string& bytes) { append_number(bytes, connections); });
}

std::string polls_message(const std::vector<PollStart>& polls) {
  return framed_message(IngestKind::kPolls, [&](std::string& bytes) {
    append_number(bytes, static_cast<std::uint8_t>(polls.size()));
    for (const PollStart& poll : polls) {
      append_text<std::uint16_t>(bytes, poll.settings);
      append_number(bytes, poll.source);
      append_text<std::uint32_t>(bytes, poll.mark);
      append_number(bytes, static_cast<std::uint32_t>(poll.ids.size()));
      for (const auto& [id, time] : poll.ids) {
        bytes.append(id.data(), id.size());
        append_number(bytes, time);
      }
    }
  });
}

std::string poll_news_message(const PollNews& news) {
  return framed_message(IngestKind::kPollNews, [&](std::string& bytes) {
    append_number(bytes, news.poller);
    for (const TimeUs time : {news.last_answer, news.due, news.read_up_to}) append_number(bytes, time);
    append_number(bytes, news.requests);
    append_text<std::uint16_t>(bytes, std::string_view(news.trouble).substr(0, kIngestSmallBytesMax / 2));
  });
}

std::string who_message(std::string_view input) {
  return framed_message(IngestKind::kWho, [&](std::string& bytes) { append_text<std::uint8_t>(bytes, input); });
}

std::string enrol_message(std::uint64_t id, const EnrolmentRequest& request) {
  return framed_message(IngestKind::kEnrol, [&](std::string& bytes) {
    append_number(bytes, id);
    bytes += request.key;
    append_text<std::uint8_t>(bytes, request.code);
  });
}

Result<IngestStart> read_start(std::string_view payload) {
  ByteReader reader(payload);
  IngestStart start;
  start.ports.resize(reader.number<std::uint8_t>());
  for (IngestPort& port : start.ports) {
    port.use = static_cast<PortUse>(reader.number<std::uint8_t>());
    const auto flags = reader.number<std::uint8_t>();
    port.tls = (flags & 1) != 0;
    port.certificate_required = (flags & 2) != 0;
    port.address = reader.take(reader.number<std::uint16_t>());
  }
  for (std::string* const text : {&start.tls.certificates, &start.tls.key, &start.tls.client_authority}) *text = reader.take(reader.number<std::uint32_t>());
  if (!reader.good() || !reader.at_end()) return Error{Code::kInvalid, "the service sent a start that is none"};
  return start;
}

Result<std::vector<SenderEntry>> read_senders(std::string_view payload) {
  ByteReader reader(payload);
  std::vector<SenderEntry> senders;
  for (auto count = reader.number<std::uint32_t>(); count > 0 && reader.good(); --count) {
    SenderEntry& sender = senders.emplace_back();
    sender.input = reader.take(reader.number<std::uint8_t>());
    sender.name = reader.take(reader.number<std::uint8_t>());
    sender.digest = reader.take(kDigestBytes);
    if (sender.digest == std::string(kDigestBytes, '\0')) sender.digest.clear();
    sender.source = reader.number<std::uint32_t>();
  }
  if (!reader.good() || !reader.at_end()) return Error{Code::kInvalid, "the service sent senders that are none"};
  return senders;
}

Result<IngestAnswer> read_answer(std::string_view payload) {
  ByteReader reader(payload);
  IngestAnswer answer;
  answer.batch = reader.number<std::uint64_t>();
  answer.safe = reader.number<std::uint8_t>() != 0;
  answer.first = reader.number<std::uint64_t>();
  if (!reader.good() || !reader.at_end()) return Error{Code::kInvalid, "the service sent an answer that is none"};
  return answer;
}

Result<IngestEnrolled> read_enrolled(std::string_view payload) {
  ByteReader reader(payload);
  IngestEnrolled enrolled;
  enrolled.id = reader.number<std::uint64_t>();
  enrolled.done = reader.number<std::uint8_t>() != 0;
  enrolled.text = reader.take(reader.number<std::uint16_t>());
  if (!reader.good() || !reader.at_end()) return Error{Code::kInvalid, "the service sent an enrolment that is none"};
  return enrolled;
}

Result<std::vector<PollStart>> read_polls(std::string_view payload) {
  ByteReader reader(payload);
  std::vector<PollStart> polls(reader.number<std::uint8_t>());
  for (PollStart& poll : polls) {
    poll.settings = reader.take(reader.number<std::uint16_t>());
    poll.source = reader.number<std::uint32_t>();
    poll.mark = reader.take(reader.number<std::uint32_t>());
    for (auto count = reader.number<std::uint32_t>(); count > 0 && reader.good(); --count) {
      PollId id{};
      const std::string_view taken = reader.take(id.size());
      const auto time = reader.number<std::int64_t>();
      if (!reader.good()) break;
      std::ranges::copy(taken, id.begin());
      poll.ids.emplace_back(id, time);
    }
  }
  if (!reader.good() || !reader.at_end()) return Error{Code::kInvalid, "the service sent pollers that are none"};
  return polls;
}

}  // namespace tocsin
