#include "baseline/login_reader.h"

#include <algorithm>

namespace tocsin::baseline {

namespace {

/// None of a table's values, whatever is escaped in it.
constexpr std::size_t kLongestBytes = 256;

char small(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c); }

/// Whether the value's text is its bytes: nothing to undo, and no other way to write the number.
bool is_as_it_stands(const Value& value) {
  const std::string_view raw = value.raw();
  if (value.kind == ValueKind::kText) return true;
  if (value.kind == ValueKind::kJsonText) return raw.find('\\') == std::string_view::npos;
  return value.kind == ValueKind::kNumber && raw.front() != '0' && std::ranges::all_of(raw, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void LoginReader::add_part(const PathMeaning& meaning, const std::vector<std::string>& names, std::size_t row, Says says, std::vector<std::uint16_t>& parts) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::ranges::find(meaning.names, names[i]) == meaning.names.end()) continue;
    if (parts_.size() > UINT16_MAX) return;  // of so many shapes one more is left out
    parts.push_back(static_cast<std::uint16_t>(parts_.size()));
    parts_.push_back({static_cast<std::uint8_t>(row), says, static_cast<std::uint8_t>(i)});
    return;
  }
}

void LoginReader::add_parts(const LogSourceClass& log_source, const PathMeaning& meaning, std::vector<std::uint16_t>& parts) {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (log_source.fits(rows_[row].of) == nullptr) continue;
    const std::size_t wanted = rows_[row].when.size();
    for (std::size_t i = 0; i < wanted + rows_[row].but_not.size(); ++i) {
      const std::size_t before = parts.size();
      add_part(meaning, {i < wanted ? rows_[row].when[i].field : rows_[row].but_not[i - wanted].field}, row, i < wanted ? Says::kMeets : Says::kExcludes, parts);
      if (parts.size() > before) parts_.back().which = static_cast<std::uint8_t>(i < wanted ? i : i - wanted);
    }
    add_part(meaning, rows_[row].account, row, Says::kAccount, parts);
    add_part(meaning, rows_[row].address, row, Says::kAddress, parts);
  }
}

bool LoginReader::has_one_of(const Value& value, const std::vector<std::string>& values) {
  if (value.size > kLongestBytes) return false;
  std::string_view text = value.raw();
  if (!is_as_it_stands(value)) {
    text_.clear();
    append_value_text(text_, value);
    text = text_;
  }
  return std::ranges::any_of(values, [&](const std::string& one) { return one.size() == text.size() && std::ranges::equal(one, text, {}, {}, small); });
}

void LoginReader::see(std::uint16_t part, const Value& value) {
  const Part& one = parts_[part];
  Seen& seen = seen_[one.row];
  if (!seen.touched) {
    seen.touched = true;
    touched_.push_back(one.row);
  }
  switch (one.says) {
    case Says::kMeets:
      if (has_one_of(value, rows_[one.row].when[one.which].values)) seen.met = static_cast<std::uint8_t>(seen.met | 1u << one.which);
      return;
    case Says::kExcludes: seen.excluded = seen.excluded || has_one_of(value, rows_[one.row].but_not[one.which].values); return;
    case Says::kAccount:
      if (seen.account == nullptr || one.which < seen.account_at) seen.account = &value, seen.account_at = one.which;
      return;
    case Says::kAddress:
      if (seen.address == nullptr || one.which < seen.address_at) seen.address = &value, seen.address_at = one.which;
      return;
  }
}

LoginReader::Found LoginReader::take() {
  Found found;
  for (const std::uint8_t row : touched_) {
    const Seen& seen = seen_[row];
    const bool is_one = seen.met == (1u << rows_[row].when.size()) - 1 && !seen.excluded && seen.account != nullptr && seen.address != nullptr;
    if (is_one && (found.account == nullptr || row < found.row)) found = {seen.account, seen.address, row};
    seen_[row] = {};
  }
  touched_.clear();
  return found;
}

}  // namespace tocsin::baseline
