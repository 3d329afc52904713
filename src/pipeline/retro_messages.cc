#include "pipeline/retro_messages.h"

#include <algorithm>

#include "base/bytes.h"
#include "pipeline/indicator_cards.h"
#include "pipeline/message_frame.h"

namespace tocsin {

namespace {

/// Of a name of a source, and of what the process says beside alerts.
constexpr std::size_t kTextBytesMax = 4u << 10;
constexpr std::size_t kTroublesMax = 16, kCommonMax = 8, kAllowedMax = 1'024;

void append_text(std::string& bytes, std::string_view text) {
  text = text.substr(0, kTextBytesMax);
  append_number(bytes, static_cast<std::uint16_t>(text.size()));
  bytes += text;
}

std::string_view take_text(ByteReader& reader) { return reader.take(reader.number<std::uint16_t>()); }

void append_texts(std::string& bytes, const std::vector<std::string>& texts, std::size_t most) {
  const std::size_t count = std::min(texts.size(), most);
  append_number(bytes, static_cast<std::uint16_t>(count));
  for (std::size_t i = 0; i < count; ++i) append_text(bytes, texts[i]);
}

/// False: there are more than there can be.
bool take_texts(ByteReader& reader, std::vector<std::string>& texts, std::size_t most) {
  const auto count = reader.number<std::uint16_t>();
  if (!reader.good() || count > most) return false;
  for (std::uint16_t i = 0; i < count && reader.good(); ++i) texts.emplace_back(take_text(reader));
  return reader.good();
}

Error wrong() { return {Code::kInvalid, "the process that looks for indicators says what it cannot"}; }

}  // namespace

std::string retro_start_message(const RetroStart& start) {
  return framed_message(RetroKind::kStart, [&](std::string& bytes) {
    append_number(bytes, start.since);
    append_number(bytes, start.before);
    append_number(bytes, static_cast<std::uint16_t>(start.sources.size()));
    for (const intel::IndicatorSource& source : start.sources) {
      append_text(bytes, source.name);
      append_text(bytes, source.file);
      append_text(bytes, source.category);
      append_text(bytes, source.place_word);
      append_number(bytes, static_cast<std::int16_t>(source.score.value_or(-1)));
      append_number(bytes, source.written);
    }
    append_texts(bytes, start.allowed, kAllowedMax);
  });
}

Result<RetroStart> read_retro_start(std::string_view payload) {
  ByteReader reader(payload);
  RetroStart start;
  start.since = reader.number<std::int64_t>();
  start.before = reader.number<std::uint64_t>();
  const auto count = reader.number<std::uint16_t>();
  if (!reader.good() || count > intel::kSourcesMax) return wrong();
  for (std::uint16_t i = 0; i < count && reader.good(); ++i) {
    intel::IndicatorSource source;
    source.name = take_text(reader);
    source.file = take_text(reader);
    source.category = take_text(reader);
    source.place_word = start.words.emplace_back(take_text(reader));
    if (const auto score = reader.number<std::int16_t>(); score >= 0) source.score = score;
    source.written = reader.number<std::int64_t>();
    source.alerts = true;
    start.sources.push_back(std::move(source));
  }
  if (!take_texts(reader, start.allowed, kAllowedMax) || !reader.at_end()) return wrong();
  return start;
}

std::string retro_empty_message(RetroKind kind) {
  return framed_message(kind, [](std::string&) {});
}

void IndicatorRows::add(const intel::Found& found) {
  append_number(bytes_, static_cast<std::uint8_t>(found.kind));
  append_number(bytes_, found.source_number);
  append_number(bytes_, found.confidence);
  append_number(bytes_, found.place);
  append_number(bytes_, found.from);
  append_number(bytes_, found.until);
  append_text(bytes_, found.key);
  append_text(bytes_, found.named_source);
  append_text(bytes_, found.tags);
  append_text(bytes_, found.reference());
}

std::string IndicatorRows::take() {
  std::string whole = framed_message(RetroKind::kIndicators, [&](std::string& bytes) { bytes += bytes_; });
  bytes_.clear();
  return whole;
}

Status read_indicator_rows(std::string_view payload, std::size_t sources, const std::function<Status(const intel::Indicator& indicator, std::uint16_t source)>& take) {
  ByteReader reader(payload);
  while (!reader.at_end()) {
    intel::Indicator indicator;
    const auto kind = reader.number<std::uint8_t>();
    const auto source = reader.number<std::uint16_t>();
    indicator.kind = static_cast<intel::IndicatorKind>(kind);
    indicator.confidence = reader.number<std::uint8_t>();
    indicator.place = reader.number<std::uint32_t>();
    indicator.from = reader.number<std::int64_t>();
    indicator.until = reader.number<std::int64_t>();
    indicator.key = take_text(reader);
    indicator.source = take_text(reader);
    indicator.tags = take_text(reader);
    indicator.reference = take_text(reader);
    const bool is_key = indicator.kind != intel::IndicatorKind::kNetwork || indicator.key.size() == intel::kV4KeyBytes || indicator.key.size() == intel::kV6KeyBytes;
    if (!reader.good() || kind >= static_cast<std::uint8_t>(intel::IndicatorKind::kKept) || source >= sources || !is_key) return wrong();
    TRY(take(indicator, source));
  }
  return {};
}

std::string retro_found_message(const RetroFound& found) {
  return framed_message(RetroKind::kFound, [&](std::string& bytes) {
    append_number(bytes, found.card);
    append_number(bytes, found.sequence);
    append_number(bytes, found.time);
    append_text(bytes, found.source);
    bytes += found.body;
  });
}

Result<RetroFound> read_retro_found(std::string_view payload) {
  static const std::size_t cards = indicator_cards().size();
  ByteReader reader(payload);
  RetroFound found;
  found.card = reader.number<std::uint8_t>();
  found.sequence = reader.number<std::uint64_t>();
  found.time = reader.number<std::int64_t>();
  found.source = take_text(reader);
  if (!reader.good() || found.card >= cards || reader.rest().empty() || reader.rest().size() > kRetroAlertBytesMax) return wrong();
  found.body = reader.rest();
  return found;
}

std::string retro_progress_message(std::uint64_t events) {
  return framed_message(RetroKind::kProgress, [&](std::string& bytes) { append_number(bytes, events); });
}

Result<std::uint64_t> read_retro_progress(std::string_view payload) {
  ByteReader reader(payload);
  const auto events = reader.number<std::uint64_t>();
  if (!reader.good() || !reader.at_end()) return wrong();
  return events;
}

std::string retro_done_message(const RetroDone& done) {
  return framed_message(RetroKind::kDone, [&](std::string& bytes) {
    append_number(bytes, done.events);
    append_number(bytes, done.left_out);
    append_number(bytes, done.too_large);
    append_number(bytes, static_cast<std::uint8_t>(done.full));
    append_texts(bytes, done.common, kCommonMax);
    append_texts(bytes, done.troubles, kTroublesMax);
  });
}

Result<RetroDone> read_retro_done(std::string_view payload) {
  ByteReader reader(payload);
  RetroDone done;
  done.events = reader.number<std::uint64_t>();
  done.left_out = reader.number<std::uint64_t>();
  done.too_large = reader.number<std::uint64_t>();
  const auto full = reader.number<std::uint8_t>();
  done.full = full == 1;
  if (!reader.good() || full > 1 || !take_texts(reader, done.common, kCommonMax) || !take_texts(reader, done.troubles, kTroublesMax) || !reader.at_end()) return wrong();
  return done;
}

}  // namespace tocsin
