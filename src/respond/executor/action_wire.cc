#include "respond/executor/action_wire.h"

#include "base/bytes.h"

namespace tocsin::respond {

namespace {

constexpr std::size_t kTextsMax = 1'000;

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string take_text(ByteReader& reader) { return std::string(reader.take(reader.number<std::uint32_t>())); }

Error wrong() { return {Code::kInvalid, "a message between core and executor is none"}; }

}  // namespace

std::string begin_payload(const ActionsBegin& begin) {
  std::string out;
  for (const std::string* const text : {&begin.policy_file, &begin.policy, &begin.vault, &begin.vault_key}) append_text(out, *text);
  append_number(out, static_cast<std::uint32_t>(begin.connectors.size()));
  for (const std::vector<std::string>& connector : begin.connectors) {
    append_number(out, static_cast<std::uint32_t>(connector.size()));
    for (const std::string& text : connector) append_text(out, text);
  }
  return out;
}

Result<ActionsBegin> read_begin(std::string_view payload) {
  ByteReader reader(payload);
  ActionsBegin begin;
  for (std::string* const text : {&begin.policy_file, &begin.policy, &begin.vault, &begin.vault_key}) *text = take_text(reader);
  const auto connectors = reader.number<std::uint32_t>();
  if (connectors > kTextsMax) return wrong();
  for (std::uint32_t i = 0; i < connectors && reader.good(); ++i) {
    std::vector<std::string>& texts = begin.connectors.emplace_back();
    const auto size = reader.number<std::uint32_t>();
    if (size > kTextsMax) return wrong();
    for (std::uint32_t j = 0; j < size && reader.good(); ++j) texts.push_back(take_text(reader));
  }
  if (!reader.good() || !reader.at_end()) return wrong();
  return begin;
}

std::string ready_payload(const ActionsReady& ready) {
  std::string out;
  for (const std::string* const text : {&ready.trouble, &ready.sandbox, &ready.missing}) append_text(out, *text);
  return out;
}

Result<ActionsReady> read_ready(std::string_view payload) {
  ByteReader reader(payload);
  ActionsReady ready;
  for (std::string* const text : {&ready.trouble, &ready.sandbox, &ready.missing}) *text = take_text(reader);
  if (!reader.good() || !reader.at_end()) return wrong();
  return ready;
}

void append_message(std::string& out, ActionMessage kind, std::string_view payload) {
  append_number(out, static_cast<std::uint32_t>(payload.size()));
  append_number(out, static_cast<std::uint8_t>(kind));
  out += payload;
}

Result<bool> MessageCutter::next(ActionMessage& kind, std::string_view& payload) {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  if (rest.size() < kActionHeadBytes) {
    buffer_.erase(0, at_);
    at_ = 0;
    return false;
  }
  const auto size = number_at<std::uint32_t>(rest, 0);
  if (size > kActionMessageBytesMax) return Error{Code::kLimit, "a message between core and executor is too large"};
  if (rest.size() < kActionHeadBytes + size) {
    buffer_.erase(0, at_);
    at_ = 0;
    return false;
  }
  kind = static_cast<ActionMessage>(rest[4]);
  payload = rest.substr(kActionHeadBytes, size);
  at_ += kActionHeadBytes + size;
  return true;
}

}  // namespace tocsin::respond
