#include "normalize/taxonomy_values.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// A whole number of digits, or of hexadecimal ones after 0x.
bool read_number(std::string_view text, std::uint64_t& number) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : 10);
  return error == std::errc() && end == text.data() + text.size();
}

bool append_hex(std::string_view text, std::string_view form, std::string& out) {
  std::uint64_t number = 0;
  if (!read_number(text, number)) return false;
  const std::size_t from = form.find('#');
  const std::size_t width = std::min(form.find_last_of('#') - from + 1, kHexDigitsMax);
  char digits[kHexDigitsMax];
  const char* const end = std::to_chars(digits, digits + kHexDigitsMax, number, 16).ptr;
  const auto size = static_cast<std::size_t>(end - digits);
  if (size > width) return false;  // a number of another kind
  out.append(form.substr(0, from)).append(width - size, '0').append(digits, size).append(form.substr(from + width));
  return true;
}

}  // namespace

std::size_t start_covered_by(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  for (const char c : pattern) {
    if (c != '*') {
      if (at >= text.size() || lower(text[at]) != lower(c)) return std::string_view::npos;
      ++at;
      continue;
    }
    const std::size_t from = at;
    while (at < text.size() && text[at] != '\\' && text[at] != '/') ++at;
    if (at == from) return std::string_view::npos;
  }
  return at;
}

bool derive_text(const Derivation& derivation, std::string_view text, std::string& folded, std::string& out) {
  out.clear();
  if (!derivation.translate.empty()) {
    folded.clear();
    append_folded(folded, text);
    const auto at = derivation.translate.find(folded);
    if (at == derivation.translate.end()) return false;
    out.append(at->second);
    return true;
  }
  if (!derivation.hex.empty()) return append_hex(text, derivation.hex, out);
  for (const auto& [start, with] : derivation.replace_start) {
    const std::size_t covered = start_covered_by(text, start);
    if (covered == std::string_view::npos) continue;
    out.append(with).append(text.substr(covered));
    return true;
  }
  if (derivation.from.size() < 2) return false;
  out.append(text);
  return true;
}

/// The paths are made now: a table that random keys have filled has no place for them later.
Deriver::Deriver(const TaxonomyTables& tables, PathTable& paths) : tables_(tables), paths_(paths) {
  for (const Derivation& derivation : tables.derivations) {
    targets_.push_back(paths.child(PathTable::kRoot, derivation.field));
  }
}

void Deriver::derive(Event& event, std::span<const DerivationId> derivations) {
  learn_paths();
  arena_.prepare(kDerivedBytesMax);
  added_ = 0;
  sources_.clear();
  for (const Value& value : event.values) {
    if (carries_[value.path] != 0) sources_.push_back(value);
  }
  for (const DerivationId id : derivations) {
    const Derivation& derivation = tables_.derivations[id];
    if (derivation.from.size() > 1) {
      if (join(derivation)) add(event, id);
      continue;
    }
    for (const Value& value : sources_) {
      if ((carries_[value.path] >> derivation.from.front() & 1) == 0) continue;
      text_.clear();
      if (read(value, text_)) add(event, id);
    }
  }
}

void Deriver::learn_paths() {
  for (std::size_t path = carries_.size(); path < paths_.size(); ++path) {
    std::uint64_t fields = 0;
    for (const std::string& name : paths_.meaning(static_cast<PathId>(path)).names) {
      const auto at = tables_.source_field_ids.find(name);
      if (at != tables_.source_field_ids.end()) fields |= std::uint64_t{1} << at->second;
    }
    carries_.push_back(fields);
  }
}

/// Null is the empty text here: an empty element of XML is null, and tables may ask for ''. False: too long.
bool Deriver::read(const Value& value, std::string& into) const {
  if (value.size > kDerivedBytesMax) return false;
  append_value_text(into, value);
  return true;
}

/// The first value of each field. Without the first field there is nothing to join; another one that is absent or empty
/// is left out, with what would stand before it.
bool Deriver::join(const Derivation& derivation) {
  text_.clear();
  for (std::size_t i = 0; i < derivation.from.size(); ++i) {
    const auto value = std::ranges::find_if(
        sources_, [&](const Value& one) { return (carries_[one.path] >> derivation.from[i] & 1) != 0; });
    const std::size_t before = text_.size();
    if (i > 0) text_.append(derivation.join);
    const std::size_t start = text_.size();
    if (value != sources_.end() && !read(*value, text_)) return false;
    if (text_.size() > start) continue;
    if (i == 0) return false;
    text_.resize(before);
  }
  return true;
}

void Deriver::add(Event& event, DerivationId id) {
  if (added_ >= kDerivedValuesMax || !derive_text(tables_.derivations[id], text_, folded_, out_)) return;
  if (arena_.text().size() + out_.size() > kDerivedBytesMax) return;
  const std::string_view text = arena_.put(out_);
  event.values.push_back({text.data(), static_cast<std::uint32_t>(text.size()), targets_[id], ValueKind::kText, true});
  ++added_;
}

}  // namespace tocsin
