#include "respond/engine/run_input.h"

#include <bit>

#include "base/bytes.h"

namespace tocsin::respond {

namespace {

constexpr std::uint8_t kFormat = 1;

/// Which members follow, in this order; the others are empty.
enum Has : std::uint16_t { kHasAction = 1, kHasNumber = 2, kHasUntil = 4, kHasHash = 8, kHasWho = 16, kHasWhy = 32, kHasStep = 64, kHasBooks = 128, kHasValues = 256, kHasResult = 512, kHasAddress = 1024, kHasAll = 2047 };

constexpr std::uint8_t kWordsOf[] = {0, 2, 4, 5, 0, 0, 0, 11};  // by kind

void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string take_text(ByteReader& reader) { return std::string(reader.take(reader.number<std::uint32_t>())); }

void append_hash(std::string& out, const Sha256& hash) { out.append(reinterpret_cast<const char*>(hash.data()), hash.size()); }

Sha256 take_hash(ByteReader& reader) {
  Sha256 hash = {};
  const std::string_view bytes = reader.take(hash.size());
  if (bytes.size() == hash.size()) std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

std::uint16_t members_of(const RunInput& input) {
  unsigned has = 0;
  if (input.action != 0) has |= kHasAction;
  if (input.number != 0) has |= kHasNumber;
  if (input.until != 0) has |= kHasUntil;
  if (input.hash != Sha256{}) has |= kHasHash;
  if (!input.who.empty()) has |= kHasWho;
  if (!input.why.empty()) has |= kHasWhy;
  if (!input.step.empty()) has |= kHasStep;
  if (!input.books.empty()) has |= kHasBooks;
  if (!input.values.empty()) has |= kHasValues;
  if (input.kind == InputKind::kResult) has |= kHasResult;
  if (!input.address.empty()) has |= kHasAddress;
  return static_cast<std::uint16_t>(has);
}

}  // namespace

void append_input(std::string& out, const RunInput& input) {
  append_number(out, kFormat);
  append_number(out, static_cast<std::uint8_t>(input.kind));
  append_number(out, input.word);
  append_number(out, input.run);
  append_number(out, input.time);
  const std::uint16_t has = members_of(input);
  append_number(out, has);
  if (has & kHasAction) append_number(out, input.action);
  if (has & kHasNumber) append_number(out, input.number);
  if (has & kHasUntil) append_number(out, input.until);
  if (has & kHasHash) append_hash(out, input.hash);
  if (has & kHasWho) append_text(out, input.who);
  if (has & kHasWhy) append_text(out, input.why);
  if (has & kHasStep) append_text(out, input.step);
  if (has & kHasAddress) append_text(out, input.address);
  if (has & kHasBooks) {
    append_number(out, static_cast<std::uint16_t>(input.books.size()));
    for (const Sha256& book : input.books) append_hash(out, book);
  }
  if (has & kHasValues) {
    append_number(out, static_cast<std::uint16_t>(input.values.size()));
    for (const auto& [name, value] : input.values) append_text(out, name), append_text(out, value);
  }
  if (has & kHasResult) append_result(out, input.result);
}

Result<RunInput> read_input(std::string_view bytes) {
  const Error wrong{Code::kInvalid, "this is no input of a run"};
  ByteReader reader(bytes);
  RunInput input;
  const auto format = reader.number<std::uint8_t>();
  const auto kind = reader.number<std::uint8_t>();
  input.word = reader.number<std::uint8_t>();
  input.run = reader.number<RunId>();
  input.time = reader.number<TimeUs>();
  const auto has = reader.number<std::uint16_t>();
  if (!reader.good() || format != kFormat || kind < 1 || kind > 7 || has > kHasAll) return wrong;
  if (input.word != 0 && input.word >= kWordsOf[kind]) return wrong;
  input.kind = static_cast<InputKind>(kind);
  if (has & kHasAction) input.action = reader.number<ActionId>();
  if (has & kHasNumber) input.number = reader.number<std::uint32_t>();
  if (has & kHasUntil) input.until = reader.number<TimeUs>();
  if (has & kHasHash) input.hash = take_hash(reader);
  if (has & kHasWho) input.who = take_text(reader);
  if (has & kHasWhy) input.why = take_text(reader);
  if (has & kHasStep) input.step = take_text(reader);
  if (has & kHasAddress) input.address = take_text(reader);
  if (has & kHasBooks) {
    for (auto left = reader.number<std::uint16_t>(); left > 0 && reader.good(); --left) input.books.push_back(take_hash(reader));
  }
  if (has & kHasValues) {
    for (auto left = reader.number<std::uint16_t>(); left > 0 && reader.good(); --left) {
      std::string name = take_text(reader);
      input.values[std::move(name)] = take_text(reader);
    }
  }
  if (has & kHasResult) input.result = TRY(read_result(reader.take(reader.rest().size())));
  if (!reader.good() || !reader.at_end()) return wrong;
  return input;
}

}  // namespace tocsin::respond
