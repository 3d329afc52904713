#include "collect/poll_wire.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/descriptor.h"

namespace tocsin {

namespace {

enum class Kind : std::uint8_t { kAsk = 1, kStart, kAnswered = 65, kReady };
constexpr std::size_t kHeadBytes = 5;
constexpr std::size_t kWordsBytesMax = 4u << 10, kHeaderBytesMax = 12u << 10, kHeadersMax = 32;

Error wrong() { return {Code::kInvalid, "a message between executor and parser is none"}; }

Error gone() { return {Code::kIo, "the other process is gone"}; }

Status send_message(int socket, Kind kind, const std::string& payload) {
  std::string head;
  append_number(head, static_cast<std::uint32_t>(payload.size()));
  append_number(head, static_cast<std::uint8_t>(kind));
  if (!send_all(socket, head) || !send_all(socket, payload)) return gone();
  return {};
}

Result<std::string> receive_message(int socket, Kind kind, std::size_t bytes_max) {
  char head[kHeadBytes];
  if (!receive_all(socket, head)) return gone();
  const auto size = number_at<std::uint32_t>({head, sizeof head}, 0);
  if (static_cast<Kind>(head[4]) != kind) return wrong();
  if (size > bytes_max) return Error{Code::kLimit, "a message between executor and parser is too large"};
  std::string payload(size, '\0');
  if (!receive_all(socket, payload)) return gone();
  return payload;
}

void append_text(std::string& bytes, std::string_view text, std::size_t bytes_max) {
  text = text.substr(0, bytes_max);
  append_number(bytes, static_cast<std::uint16_t>(text.size()));
  bytes += text;
}

}  // namespace

std::string ask_payload(const PollAsk& ask) {
  std::string bytes;
  append_number(bytes, ask.poller);
  append_number(bytes, static_cast<std::uint8_t>(ask.request.post));
  return bytes + ask.request.url;
}

Result<PollAsk> read_ask(std::string_view payload) {
  ByteReader reader(payload);
  PollAsk ask;
  ask.poller = reader.number<std::uint8_t>();
  const auto post = reader.number<std::uint8_t>();
  if (!reader.good() || post > 1 || reader.rest().size() > kPollUrlBytesMax) return wrong();
  ask.request = {post == 1, std::string(reader.rest())};
  return ask;
}

std::string answered_payload(const PollAnswered& answered) {
  std::string bytes;
  append_number(bytes, answered.poller);
  append_number(bytes, static_cast<std::uint8_t>(answered.answer.trouble));
  append_number(bytes, static_cast<std::uint16_t>(answered.answer.status));
  append_text(bytes, answered.answer.words, kWordsBytesMax);
  std::string headers;
  std::uint8_t count = 0;
  for (const auto& [name, value] : answered.answer.headers) {
    const bool wanted = std::ranges::find(kPollHeaders, name) != std::end(kPollHeaders);
    if (!wanted || value.size() > kHeaderBytesMax || count == kHeadersMax || headers.size() + value.size() > kPollHeadBytesMax / 2) continue;
    append_text(headers, name, kHeaderBytesMax);
    append_text(headers, value, kHeaderBytesMax);
    ++count;
  }
  append_number(bytes, count);
  return bytes + headers + answered.answer.body;
}

Result<PollAnswered> read_answered(std::string_view payload) {
  ByteReader reader(payload);
  PollAnswered answered;
  answered.poller = reader.number<std::uint8_t>();
  const auto trouble = reader.number<std::uint8_t>();
  answered.answer.status = reader.number<std::uint16_t>();
  answered.answer.words = reader.take(reader.number<std::uint16_t>());
  for (auto count = reader.number<std::uint8_t>(); count > 0 && reader.good(); --count) {
    const std::string_view name = reader.take(reader.number<std::uint16_t>());
    answered.answer.headers.emplace_back(name, reader.take(reader.number<std::uint16_t>()));
  }
  if (!reader.good() || trouble > static_cast<std::uint8_t>(PollTrouble::kQuota) || reader.rest().size() > kPollBodyBytesMax) return wrong();
  answered.answer.trouble = static_cast<PollTrouble>(trouble);
  answered.answer.body = reader.rest();
  return answered;
}

Status send_start(int socket, const ExecutorStart& start) {
  std::string bytes;
  append_number(bytes, static_cast<std::uint8_t>(start.pollers.size()));
  for (const std::string& poller : start.pollers) append_text(bytes, poller, kPollerTextBytesMax);
  return send_message(socket, Kind::kStart, bytes);
}

Result<ExecutorStart> receive_start(int socket) {
  const std::string payload = TRY(receive_message(socket, Kind::kStart, kPollersMax * (kPollerTextBytesMax + 2) + 1));
  ByteReader reader(payload);
  ExecutorStart start;
  for (auto count = reader.number<std::uint8_t>(); count > 0 && reader.good(); --count) start.pollers.emplace_back(reader.take(reader.number<std::uint16_t>()));
  if (!reader.good() || !reader.at_end()) return wrong();
  return start;
}

Status send_ready(int socket, const ExecutorReady& ready) {
  std::string bytes;
  for (const std::string* const text : {&ready.trouble, &ready.sandbox, &ready.missing}) append_text(bytes, *text, kWordsBytesMax);
  return send_message(socket, Kind::kReady, bytes);
}

Result<ExecutorReady> receive_ready(int socket) {
  const std::string payload = TRY(receive_message(socket, Kind::kReady, 3 * (kWordsBytesMax + 2)));
  ByteReader reader(payload);
  ExecutorReady ready;
  for (std::string* const text : {&ready.trouble, &ready.sandbox, &ready.missing}) *text = reader.take(reader.number<std::uint16_t>());
  if (!reader.good() || !reader.at_end()) return wrong();
  return ready;
}

Status send_ask(int socket, const PollAsk& ask) { return send_message(socket, Kind::kAsk, ask_payload(ask)); }

Result<PollAsk> receive_ask(int socket) { return read_ask(TRY(receive_message(socket, Kind::kAsk, kPollUrlBytesMax + 2))); }

Status send_answered(int socket, const PollAnswered& answered) { return send_message(socket, Kind::kAnswered, answered_payload(answered)); }

Result<PollAnswered> receive_answered(int socket) {
  return read_answered(TRY(receive_message(socket, Kind::kAnswered, kPollBodyBytesMax + kPollHeadBytesMax)));
}

}  // namespace tocsin
