#include "normalize/column_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <system_error>

#include "base/address.h"
#include "base/text.h"

namespace tocsin {

namespace {

constexpr std::uint32_t kAbsent = ~std::uint32_t{0};
constexpr std::size_t kHashDigitsMax = 128;
/// \u0041 is six bytes for one, and a pair of surrogates may be cut in two.
constexpr std::size_t kJsonBytesMax = 6 * kColumnBytesMax + 12;

bool says_nothing(std::string_view text) { return std::ranges::find(kSaysNothing, text) != std::end(kSaysNothing); }

void cut(std::string& text) {
  if (text.size() <= kColumnBytesMax) return;
  std::size_t end = kColumnBytesMax;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; };
  while (kColumnBytesMax - end < 3 && continues(end)) --end;
  text.resize(continues(end) ? kColumnBytesMax : end);
}

/// No more of a long value is unescaped than can be kept.
void append_text(std::string& out, Value value) {
  const std::size_t most = value.kind == ValueKind::kJsonText ? kJsonBytesMax : kColumnBytesMax + 4;
  value.size = static_cast<std::uint32_t>(std::min<std::size_t>(value.size, most));
  append_value_text(out, value);
}

/// "203.0.113.7:51234" without its port, "example.com:443" too.
std::string_view without_port(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool port = colon != std::string_view::npos &&
                    text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return port ? text.substr(0, colon) : text;
}

void append_number(std::string& out, std::uint8_t number) {
  std::array<char, 3> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

/// The address alone, of what may have a port, brackets or a zone ("[2001:db8::1]:443", "fe80::1%12"); IPv4 written as
/// IPv6 (::ffff:192.0.2.7) as IPv4. False for anything else, and for the address of zeros.
bool make_address(std::string& text) {
  std::string_view address = text;
  if (address.starts_with('[')) {
    address = address.substr(1, address.find(']') - 1);
  } else {
    address = without_port(address);
  }
  address = address.substr(0, address.find('%'));
  std::uint8_t bytes[16];
  bool v6 = false;
  if (!parse_address(address, bytes, v6)) return false;
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool mapped = v6 && std::ranges::equal(kMapped, std::span(bytes, kMapped.size()));
  const std::span<const std::uint8_t> significant = mapped ? std::span<const std::uint8_t>(bytes).last(4) : bytes;
  if (std::ranges::count(significant, 0) == static_cast<std::ptrdiff_t>(significant.size())) return false;
  if (!mapped) {
    const auto from = static_cast<std::size_t>(address.data() - text.data());
    text.erase(from + address.size()).erase(0, from);
    return true;
  }
  text.clear();
  for (const std::uint8_t byte : significant) {
    if (!text.empty()) text.push_back('.');
    append_number(text, byte);
  }
  return true;
}

/// False for what is a sentence, a URL or a query in another language: fields named "query" have that too.
bool make_domain(std::string& text) {
  text.resize(without_port(text).size());
  if (text.ends_with('.')) text.pop_back();
  return !text.empty() && text.find_first_of(" \t\r\n/\\\"'()=<>,;") == std::string::npos;
}

bool is_digit_of_hash(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// MD5, SHA-1, SHA-256, SHA-384, SHA-512.
bool is_hash(std::string_view word) {
  constexpr std::array<std::size_t, 5> kDigits = {32, 40, 64, 96, kHashDigitsMax};
  return std::ranges::find(kDigits, word.size()) != kDigits.end() && std::ranges::all_of(word, is_digit_of_hash) &&
         word.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

ColumnReader::ColumnReader(const Taxonomy& taxonomy, const PathTable& paths)
    : tables_(taxonomy.tables().columns), paths_(paths), firsts_(tables_.fields.size(), kAbsent) {}

void ColumnReader::read(const Event& event, EventColumns& columns) {
  columns.time = event.time;
  columns.log_source = event.log_source;
  for (std::string& text : columns.texts) text.clear();
  columns.source_port = columns.destination_port = EventColumns::kNoPort;
  filled_by_.fill(-1);
  hashes_ = 0;
  learn_paths();
  collect(event);
  fill(event, columns);
  columns.partial = 0;
  for (const ColumnFieldId field : seen_) firsts_[static_cast<std::size_t>(field)] = kAbsent;
  while (columns.hashes.size() > hashes_) {
    if (spare_hashes_.size() < kEventHashesMax) spare_hashes_.push_back(std::move(columns.hashes.back()));
    columns.hashes.pop_back();
  }
}

std::string_view ColumnReader::field_of(Column column) const {
  const ColumnFieldId field = filled_by_[static_cast<std::size_t>(column)];
  return field < 0 ? std::string_view() : std::string_view(tables_.fields[static_cast<std::size_t>(field)].name);
}

void ColumnReader::learn_paths() {
  for (std::size_t path = fields_.size(); path < paths_.size(); ++path) {
    fields_.push_back(paths_.meaning(static_cast<PathId>(path)).column_field);
  }
}

void ColumnReader::collect(const Event& event) {
  seen_.clear();
  candidates_.clear();
  for (std::size_t i = 0; i < event.values.size(); ++i) {
    const Value& value = event.values[i];
    const ColumnFieldId field = fields_[value.path];
    if (field < 0 || value.kind == ValueKind::kNull) continue;
    const auto at = static_cast<std::size_t>(field);
    if (firsts_[at] == kAbsent) {
      firsts_[at] = static_cast<std::uint32_t>(i);
      seen_.push_back(field);
    }
    for (const ColumnEntryId entry : tables_.fields[at].entries) candidates_.push_back(Candidate{entry} << 32 | i);
  }
  std::ranges::sort(candidates_);
}

void ColumnReader::fill(const Event& event, EventColumns& columns) {
  std::array<bool, kColumns> filled{};
  const std::span<const Candidate> all(candidates_);
  for (std::size_t from = 0, to = 0; from < all.size(); from = to) {
    const auto id = static_cast<ColumnEntryId>(all[from] >> 32);
    for (to = from + 1; to < all.size() && all[to] >> 32 == id; ++to) {
    }
    const Column column = ColumnTables::column_of(id);
    const ColumnEntry& entry = tables_.entry(id);
    bool& done = filled[static_cast<std::size_t>(column)];
    if (done || !holds(entry, event)) continue;
    done = take(column, entry, all.subspan(from, to - from), event, columns);
    if (done) filled_by_[static_cast<std::size_t>(column)] = entry.field;
  }
}

/// The first value of each field is compared.
bool ColumnReader::holds(const ColumnEntry& entry, const Event& event) {
  for (const ColumnCondition& condition : entry.when) {
    const std::uint32_t first = firsts_[static_cast<std::size_t>(condition.field)];
    if (first != kAbsent) read_folded(event.values[first]);
    const auto fits = [&](const FoldedPattern& pattern) { return pattern.fits(folded_); };
    if ((first != kAbsent && std::ranges::any_of(condition.any_of, fits)) == condition.negated) return false;
  }
  return true;
}

/// True if the column has what it wants; only hashes are gathered from several fields.
bool ColumnReader::take(Column column, const ColumnEntry& entry, std::span<const Candidate> candidates,
                        const Event& event, EventColumns& columns) {
  if (column == Column::kCommandLine) return take_words(candidates, event, columns.text(column));
  for (const Candidate candidate : candidates) {
    const Value& value = event.values[static_cast<std::uint32_t>(candidate)];
    bool taken = false;
    switch (column) {
      case Column::kHash: taken = take_hashes(value, columns); break;
      case Column::kSourcePort: taken = take_port(value, columns.source_port); break;
      case Column::kDestinationPort: taken = take_port(value, columns.destination_port); break;
      case Column::kOutcome: taken = take_outcome(value, entry, columns.text(column)); break;
      case Column::kSourceIp:
      case Column::kDestinationIp:
      case Column::kDomain: taken = take_name(value, column, columns.text(column)); break;
      default: taken = take_text(value, columns.text(column)); break;
    }
    if (taken) return true;
  }
  return false;
}

bool ColumnReader::take_text(const Value& value, std::string& text) {
  text.clear();
  append_text(text, value);
  if (says_nothing(text)) text.clear();
  cut(text);
  return !text.empty();
}

/// The elements of an array are the words of one command line.
bool ColumnReader::take_words(std::span<const Candidate> candidates, const Event& event, std::string& text) {
  const auto value_of = [&](Candidate candidate) -> const Value& {
    return event.values[static_cast<std::uint32_t>(candidate)];
  };
  for (std::size_t from = 0, to = 0; from < candidates.size(); from = to) {
    const PathId path = value_of(candidates[from]).path;
    for (to = from + 1; to < candidates.size() && value_of(candidates[to]).path == path;) ++to;
    if (!take_text(value_of(candidates[from]), text)) continue;
    for (std::size_t i = from + 1; i < to && text.size() < kColumnBytesMax; ++i) {
      text.push_back(' ');
      append_text(text, value_of(candidates[i]));
    }
    cut(text);
    return true;
  }
  return false;
}

/// An address or a domain, in folded case.
bool ColumnReader::take_name(const Value& value, Column column, std::string& text) {
  read_folded(value);
  if (says_nothing(text_)) return false;
  text.assign(folded_);
  const bool valid = column == Column::kDomain ? make_domain(text) : make_address(text);
  if (!valid) text.clear();
  return valid;
}

bool ColumnReader::take_outcome(const Value& value, const ColumnEntry& entry, std::string& text) {
  read_folded(value);
  if (says_nothing(text_)) return false;
  const auto at = entry.outcomes.find(folded_);
  text.assign(kOutcomeNames[static_cast<std::size_t>(at == entry.outcomes.end() ? entry.other_outcome : at->second)]);
  return !text.empty();
}

bool ColumnReader::take_port(const Value& value, std::int32_t& port) {
  text_.clear();
  append_text(text_, value);
  std::uint16_t number = 0;
  const char* const end = text_.data() + text_.size();
  const auto [stop, error] = std::from_chars(text_.data(), end, number);
  if (error != std::errc() || stop != end) return false;
  port = number;
  return true;
}

/// Sysmon's list "SHA1=…,MD5=…" has its hashes between other characters, and so have other spellings.
bool ColumnReader::take_hashes(const Value& value, EventColumns& columns) {
  text_.clear();
  append_text(text_, value);
  const std::string_view text = text_;
  for (std::size_t from = 0, to = 0; from < text.size() && hashes_ < kEventHashesMax; from = to + 1) {
    to = from;
    while (to < text.size() && is_word(text[to])) ++to;
    if (is_hash(text.substr(from, to - from))) add_hash(text.substr(from, to - from), columns);
  }
  return hashes_ == kEventHashesMax;
}

/// Into the memory of a hash of an earlier event where there is one.
void ColumnReader::add_hash(std::string_view digits, EventColumns& columns) {
  std::array<char, kHashDigitsMax> lower;
  const auto to_lower = [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; };
  std::ranges::transform(digits, lower.begin(), to_lower);
  const std::string_view hash(lower.data(), digits.size());
  const auto known = std::span(columns.hashes).first(hashes_);
  if (std::ranges::find(known, hash) != known.end()) return;
  if (hashes_ == columns.hashes.size()) {
    if (spare_hashes_.empty()) spare_hashes_.emplace_back();
    columns.hashes.push_back(std::move(spare_hashes_.back()));
    spare_hashes_.pop_back();
  }
  columns.hashes[hashes_++].assign(hash);
}

void ColumnReader::read_folded(const Value& value) {
  text_.clear();
  append_text(text_, value);
  folded_.clear();
  append_folded(folded_, text_);
  cut(folded_);
}

}  // namespace tocsin
