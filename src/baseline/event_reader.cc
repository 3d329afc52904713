#include "baseline/event_reader.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace tocsin::baseline {

namespace {

constexpr std::size_t kHost = 0, kAccount = 1, kLogin = 2, kFirstRow = 3;
constexpr std::uint32_t kUnknown = ~std::uint32_t{0};
/// Of hosts and accounts, so that one of each name is not the other; of sources.
constexpr std::uint64_t kHostSeed = 1, kAccountSeed = 2, kSourceSeed = 3, kValueSeed = 4;
/// What products write where there is no value.
constexpr std::string_view kNothing[] = {"", "-", "N/A", "0.0.0.0", "::", "S-1-0-0", "?", "unset", "4294967295", "::1", "127.0.0.1"};
constexpr std::size_t kNothingBytes = 10;

}  // namespace

void EventReader::add_role(const PathMeaning& meaning, const std::vector<std::string>& from, std::size_t what) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (std::ranges::find(meaning.names, from[i]) == meaning.names.end()) continue;
    roles_.push_back({static_cast<std::uint8_t>(what), static_cast<std::uint8_t>(i), true, 0});
    return;
  }
}

std::uint32_t EventReader::roles_of(LogSourceId log_source, PathId path) {
  if (by_class_.size() <= log_source) by_class_.resize(log_source + 1);
  std::vector<std::uint32_t>& paths = by_class_[log_source];
  if (paths.size() <= path) paths.resize(path + 1, kUnknown);
  if (paths[path] != kUnknown) return paths[path];
  const PathMeaning& meaning = paths_.meaning(path);
  const LogSourceClass& known = log_sources_.get(log_source);
  const std::size_t first = roles_.size();
  add_role(meaning, fields_.host(), kHost);
  add_role(meaning, fields_.account(), kAccount);
  for (std::size_t row = 0; row < fields_.fields().size(); ++row) {
    const BaselineFields::Field& field = fields_.fields()[row];
    if (field.of == LogSource{} || known.fits(field.of) != nullptr) add_role(meaning, field.from, kFirstRow + row);
  }
  login_parts_.clear();
  logins_.add_parts(known, meaning, login_parts_);
  for (const std::uint16_t part : login_parts_) roles_.push_back({kLogin, 0, true, part});
  if (roles_.size() > first) roles_.back().has_more = false;
  return paths[path] = roles_.size() > first ? static_cast<std::uint32_t>(first) : 0;
}

/// As its text is whatever the case of its letters, in which Windows has no say. 0: it says nothing.
std::uint64_t EventReader::fingerprint(const Value& value, std::uint64_t seed) {
  if (value.size > kObservedBytesMax) return 0;
  text_.clear();
  append_value_text(text_, value);
  if (text_.size() <= kNothingBytes && std::ranges::find(kNothing, text_) != std::end(kNothing)) return 0;
  for (char& c : text_) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  const std::uint64_t hash = hash_bytes(text_, seed);
  return hash == 0 ? 1 : hash;
}

void EventReader::read(const Event& event, std::string_view source, TimeUs received, Observation& seen) {
  seen.clear();
  if (event.time == kNoTime) return;
  const TimeUs time = received == kNoTime ? event.time : std::min(event.time, received);
  seen.time_s = static_cast<std::uint32_t>(std::clamp<TimeUs>(time / 1'000'000, 0, UINT32_MAX));
  seen.source = source;
  seen.source_fingerprint = hash_bytes(source, kSourceSeed);
  best_.resize(kFirstRow + fields_.fields().size());
  found_.clear();
  if (by_class_.size() <= event.log_source) by_class_.resize(event.log_source + 1);
  const std::vector<std::uint32_t>& known = by_class_[event.log_source];
  for (const Value& value : event.values) {
    const bool is_known = value.path < known.size() && known[value.path] != kUnknown;
    const std::uint32_t at = is_known ? known[value.path] : roles_of(event.log_source, value.path);
    if (at == 0 || value.kind == ValueKind::kNull || value.size == 0 || value.raw() == "-") continue;
    for (const Role* role = &roles_[at];; ++role) {
      if (role->what == kLogin) {
        logins_.see(role->login_part, value);
      } else {
        Best& best = best_[role->what];
        if (best.value == nullptr) found_.push_back(role->what);
        if (best.value == nullptr || role->preference < best.preference) best = {&value, role->preference};
      }
      if (!role->has_more) break;
    }
  }
  if (const LoginReader::Found login = logins_.take(); login.account != nullptr) seen.login = {{fingerprint(*login.account, kAccountSeed), login.account}, login.address};
  std::ranges::sort(found_);
  for (const std::uint8_t what : found_) {
    const Value& value = *std::exchange(best_[what], {}).value;
    if (what == kHost) seen.host = {fingerprint(value, kHostSeed), &value};
    if (what == kAccount) seen.account = {fingerprint(value, kAccountSeed), &value};
    if (what < kFirstRow || seen.field_count == kObservedFieldsMax) continue;
    const std::uint64_t print = fingerprint(value, kValueSeed);
    const std::vector<std::string>& names = paths_.meaning(value.path).names;
    if (print != 0) seen.fields[seen.field_count++] = {fields_.fields()[what - kFirstRow].id, print, &value, names.empty() ? std::string_view(paths_.name(value.path)) : std::string_view(names.front()), fields_.fields()[what - kFirstRow].part};
  }
}

}  // namespace tocsin::baseline
