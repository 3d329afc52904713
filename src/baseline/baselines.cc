#include "baseline/baselines.h"

#include <cmath>
#include <optional>

#include "base/hash.h"

namespace tocsin::baseline {

namespace {

/// In place of a subject's fingerprint: everything that is collected.
constexpr std::uint64_t kFleet = 0x666c656574;
/// Before so long, or so many events with the field, nothing about its values is unusual.
constexpr double kDaysLeast = 1;
constexpr float kEventsLeast = 20, kRareEventsLeast = 500;
/// Where so many have something new, that is usual; where so few have this value, it is rare.
constexpr float kFreshMost = 0.1F, kRareMost = 0.002F;
constexpr double kDayS = 86'400;
constexpr std::string_view kMagic = "TOCSBL03";
/// What was kept before there were log-ins and alerts of signs: the same, without the last two parts.
constexpr std::string_view kMagicBefore = "TOCSBL02";
/// Of a host's hour, in the order of HourNumbers.
constexpr std::array<std::string_view, kHourNumbers> kHourNames = {"events", "new values", "events of an account", "connections", "processes started"};
/// Fingerprints go by this program's hash, which another may have changed.
std::uint64_t hash_mark() { return hash_bytes("what is usual"); }

std::uint64_t together(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t both = hash_fold(a ^ 0x9e3779b97f4a7c15ull, b ^ 0xd1b54a32d192ed03ull);
  return both == 0 ? 1 : both;
}

std::string text_of(const Value* value) {
  std::string text;
  if (value != nullptr) append_value_text(text, *value);
  return text;
}

TimeUs time_of(const Observation& seen) { return static_cast<TimeUs>(seen.time_s) * 1'000'000; }

/// Who connects: the host that says so, or else the address that a network's log has.
struct Talk {
  Connection connection;
  EntityType type = EntityType::kNone;
  const Value* who = nullptr;
  const Observation::Field* destination = nullptr;
};

/// Nothing if it is no connection.
std::optional<Talk> talk_of(const Observation& seen) {
  const Observation::Field* const destination = seen.field_of(BaselineFields::Part::kDestination);
  if (destination == nullptr) return std::nullopt;
  Talk talk{{seen.host.fingerprint, destination->fingerprint, time_of(seen)}, EntityType::kHost, seen.host.value, destination};
  const Observation::Field* const address = seen.field_of(BaselineFields::Part::kSourceAddress);
  if (seen.host.fingerprint == 0) {
    if (address == nullptr) return std::nullopt;
    talk.connection.host = address->fingerprint;
    talk.type = EntityType::kIp;
    talk.who = address->value;
  }
  return talk;
}

/// Nothing if it is none, or nobody knows where it is.
std::optional<Login> login_of(const Observation& seen) {
  const LoginPlace& place = seen.login.place;
  if (seen.time_s == 0 || seen.login.account.fingerprint == 0 || (place.country[0] == 0 && !place.latitude)) return std::nullopt;
  return Login{seen.login.account.fingerprint, time_of(seen), place};
}

std::string country_text(const std::array<char, 2>& code) { return code[0] == 0 ? "?" : std::string(code.data(), 2); }

/// The same for the same of the same subject.
std::uint64_t fingerprint_of(const BaselineSign& sign) {
  std::uint64_t print = hash_bytes(sign.subject, (static_cast<std::uint64_t>(sign.kind) << 8) + static_cast<std::uint64_t>(sign.subject_type));
  print = together(print, hash_bytes(sign.field, 1));
  return together(print, hash_bytes(sign.value, 2));
}

/// What is new on one host is new somewhere each minute: by itself only what was seen nowhere makes an alert.
bool makes_alert(const BaselineSign& sign) { return sign.kind != BaselineKind::kFirstSeen || (sign.subject_type == EntityType::kNone && sign.subject.empty()); }

double days_since(std::uint32_t then_s, std::uint32_t now_s) { return now_s <= then_s ? 0 : (now_s - then_s) / kDayS; }

/// A detector's own state: its bytes, behind how many they are.
template <class Detector>
void append_part(std::string& out, const Detector& detector) {
  std::string part;
  detector.append_state(part);
  append_number(out, static_cast<std::uint32_t>(part.size()));
  out += part;
}

template <class Detector>
bool read_part(ByteReader& bytes, Detector& detector) {
  const std::string_view part = bytes.take(bytes.number<std::uint32_t>());
  return bytes.good() && detector.read_state(part);
}

}  // namespace

Baselines::Baselines(BaselineFields fields) : fields_(std::move(fields)), tables_(std::make_unique<Tables>()) {}

std::array<Baselines::Whose, 3> Baselines::subjects_of(const Observation& seen) {
  return {{{EntityType::kNone, {kFleet, nullptr}}, {EntityType::kHost, seen.host}, {EntityType::kUser, seen.account}}};
}

void Baselines::ask_value(const Observation& seen, const Observation::Field& field, const Whose& whose, std::vector<BaselineSign>& signs) {
  const std::uint64_t subject_field = together(whose.subject.fingerprint, field.id);
  const Habit* const habit = tables_->habits.find(subject_field);
  if (habit == nullptr) return;
  const float all = fading_.faded(habit->all, habit->last_s, seen.time_s), fresh = fading_.faded(habit->fresh, habit->last_s, seen.time_s);
  const SeenValues::Known known = tables_->values.find(together(subject_field, field.fingerprint), seen.time_s);
  const double days = days_since(std::max(habit->first_s, known.since_s), seen.time_s);
  if (days < kDaysLeast || all < kEventsLeast) return;
  BaselineSign sign{BaselineKind::kFirstSeen, whose.type, text_of(whose.subject.value), std::string(field.name), text_of(field.value), static_cast<double>(fresh), static_cast<double>(all), days};
  if (!known.is_there && fresh <= kFreshMost * all) {
    signs.push_back(std::move(sign));
  } else if (known.is_there && all >= kRareEventsLeast && known.count <= kRareMost * all) {
    sign.kind = BaselineKind::kRare;
    sign.observed = static_cast<double>(known.count);
    signs.push_back(std::move(sign));
  }
}

/// The last hour is told only where this one is not more already.
void Baselines::ask_volume(const Observation& seen, EntityType type, std::uint64_t fingerprint, std::string subject, std::vector<BaselineSign>& signs) {
  if (fingerprint == 0) return;
  const Volumes::Told told = tables_->volumes.ask(fingerprint, seen.time_s);
  if (!told.more && !told.less) return;
  const Volumes::Hour hour = told.more ? told.now : told.last;
  signs.push_back(BaselineSign{BaselineKind::kVolume, type, std::move(subject), "", "", hour.count, hour.usual, told.days});
}

void Baselines::ask_connection(const Observation& seen, std::vector<BaselineSign>& signs) const {
  const std::optional<Talk> talk = talk_of(seen);
  const std::optional<BeaconSign> beat = talk ? tables_->beacons.ask(talk->connection) : std::nullopt;
  if (beat) signs.push_back({BaselineKind::kBeacon, talk->type, text_of(talk->who), std::string(talk->destination->name), text_of(talk->destination->value), beat->interval_s, beat->off * beat->interval_s, beat->days});
}

void Baselines::ask_hour(const Observation& seen, std::vector<BaselineSign>& signs) const {
  if (seen.host.fingerprint == 0) return;
  const std::optional<OddHourSign> odd = tables_->hours.ask(seen.host.fingerprint, time_of(seen));
  if (odd) signs.push_back({BaselineKind::kOutlier, EntityType::kHost, text_of(seen.host.value), "", std::string(kHourNames[odd->number]), odd->observed, odd->usual, odd->days});
}

void Baselines::ask_login(const Observation& seen, std::vector<BaselineSign>& signs) const {
  const std::optional<Login> login = login_of(seen);
  if (!login) return;
  const LoginAnswer answer = tables_->logins.ask(*login);
  if (const std::optional<TravelSign>& travel = answer.travel) {
    const double possible_km = kTravelKmh * travel->seconds / 3'600;
    signs.push_back({BaselineKind::kTravel, EntityType::kUser, text_of(seen.login.account.value), "", country_text(travel->from) + " to " + country_text(travel->to), travel->km, possible_km, travel->days});
  }
  if (const std::optional<NewCountrySign>& country = answer.new_country) {
    signs.push_back({BaselineKind::kNewCountry, EntityType::kUser, text_of(seen.login.account.value), "", country_text(country->country), 0, country->logins, country->days});
  }
}

void Baselines::ask_kinds(const Observation& seen, SignKinds kinds, std::vector<BaselineSign>& signs) {
  if (seen.time_s == 0) return;
  if (kinds.has_any_of(kLoginKinds)) ask_login(seen, signs);
  for (std::size_t i = 0; i < seen.field_count && kinds.has_any_of({BaselineKind::kFirstSeen, BaselineKind::kRare}); ++i) {
    for (const Whose& whose : subjects_of(seen)) {
      if (whose.subject.fingerprint != 0 && whose.subject.value != seen.fields[i].value) ask_value(seen, seen.fields[i], whose, signs);
    }
  }
  if (kinds.has(BaselineKind::kVolume)) {
    ask_volume(seen, EntityType::kNone, seen.source_fingerprint, std::string(seen.source), signs);
    ask_volume(seen, EntityType::kHost, seen.host.fingerprint, text_of(seen.host.value), signs);
    ask_volume(seen, EntityType::kUser, seen.account.fingerprint, text_of(seen.account.value), signs);
  }
  if (kinds.has(BaselineKind::kBeacon)) ask_connection(seen, signs);
  if (kinds.has(BaselineKind::kOutlier)) ask_hour(seen, signs);
}

void Baselines::ask(const Observation& seen, std::vector<BaselineSign>& signs) {
  ask_kinds(seen, SignKinds::all(), signs);
  if (signs.size() > kBaselineSignsMax) signs.resize(kBaselineSignsMax);
}

void Baselines::ask_promoted(const Observation& seen, std::vector<BaselineSign>& signs) {
  if (promoted_.empty()) return;
  ask_kinds(seen, promoted_, signs);
  if (signs.empty()) return;
  std::erase_if(signs, [&](const BaselineSign& sign) { return !promoted_.has(sign.kind) || !makes_alert(sign); });
  std::array<std::vector<std::uint64_t>, kBaselineKindNames.size()> prints;
  for (const BaselineSign& sign : signs) prints[static_cast<std::size_t>(sign.kind)].push_back(fingerprint_of(sign));
  for (std::size_t i = 0; i < prints.size(); ++i) {
    const auto kind = static_cast<BaselineKind>(i);
    if (!prints[i].empty() && !tables_->alerts.admits(kind, prints[i], seen.time_s)) std::erase_if(signs, [&](const BaselineSign& sign) { return sign.kind == kind; });
  }
}

void Baselines::learn(const Observation& seen) {
  if (seen.time_s == 0) return;
  ++learnt_;
  double fresh = 0;  // values that the host had not
  for (std::size_t i = 0; i < seen.field_count; ++i) {
    const Observation::Field& field = seen.fields[i];
    for (const Whose& whose : subjects_of(seen)) {
      if (whose.subject.fingerprint == 0 || whose.subject.value == field.value) continue;
      const std::uint64_t subject_field = together(whose.subject.fingerprint, field.id);
      const bool is_new = tables_->values.add(together(subject_field, field.fingerprint), seen.time_s);
      if (is_new && whose.type == EntityType::kHost) ++fresh;
      Habit& habit = tables_->habits.find_or_take(subject_field);
      if (habit.first_s == 0) habit.first_s = habit.last_s = seen.time_s;
      habit.all = fading_.faded(habit.all, habit.last_s, seen.time_s) + 1;
      habit.fresh = fading_.faded(habit.fresh, habit.last_s, seen.time_s) + (is_new ? 1.0F : 0.0F);
      habit.last_s = std::max(habit.last_s, seen.time_s);
    }
  }
  for (const std::uint64_t subject : {seen.source_fingerprint, seen.host.fingerprint, seen.account.fingerprint}) {
    if (subject != 0) tables_->volumes.add(subject, seen.time_s);
  }
  const std::optional<Talk> talk = talk_of(seen);
  if (talk) tables_->beacons.learn(talk->connection);
  if (seen.login.account.fingerprint != 0) ++logins_.all;
  if (const std::optional<Login> login = login_of(seen)) {
    ++logins_.placed;
    tables_->logins.learn(*login);
  }
  if (seen.host.fingerprint == 0) return;
  const bool starts = seen.field_of(BaselineFields::Part::kProcess) != nullptr;
  tables_->hours.add(seen.host.fingerprint, time_of(seen), {1, fresh, seen.account.fingerprint != 0 ? 1.0 : 0.0, talk ? 1.0 : 0.0, starts ? 1.0 : 0.0});
}

std::string Baselines::packed() const {
  std::string bytes(kMagic);
  append_number(bytes, hash_mark());
  append_number(bytes, learnt_);
  tables_->values.pack(bytes);
  const std::size_t head = bytes.size();
  std::uint32_t used = 0;
  append_number(bytes, used);
  for (std::size_t place = 0; place < kHabits; ++place) {
    const Habit& habit = tables_->habits.at(place);
    if (habit.fingerprint == 0) continue;
    append_number(bytes, static_cast<std::uint32_t>(place));
    bytes.append(reinterpret_cast<const char*>(&habit), sizeof habit);
    ++used;
  }
  bytes.replace(head, sizeof used, reinterpret_cast<const char*>(&used), sizeof used);
  tables_->volumes.pack(bytes);
  append_part(bytes, tables_->beacons);
  append_part(bytes, tables_->hours);
  append_part(bytes, tables_->logins);
  append_part(bytes, tables_->alerts);
  return bytes;
}

bool Baselines::unpack(std::string_view bytes) {
  tables_ = std::make_unique<Tables>();
  learnt_ = 0;
  if (unpack_tables(ByteReader(bytes))) return true;
  tables_ = std::make_unique<Tables>();
  learnt_ = 0;
  return false;
}

bool Baselines::unpack_tables(ByteReader bytes) {
  const std::string_view magic = bytes.take(kMagic.size());
  if ((magic != kMagic && magic != kMagicBefore) || bytes.number<std::uint64_t>() != hash_mark()) return false;
  learnt_ = bytes.number<std::uint64_t>();
  if (!tables_->values.unpack(bytes)) return false;
  const auto used = bytes.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < used && bytes.good(); ++i) {
    const auto place = bytes.number<std::uint32_t>();
    const std::string_view raw = bytes.take(sizeof(Habit));
    if (!bytes.good()) return false;
    Habit habit;
    std::memcpy(static_cast<void*>(&habit), raw.data(), sizeof habit);
    if (!std::isfinite(habit.all) || !std::isfinite(habit.fresh) || habit.all < 0 || habit.fresh < 0 || !tables_->habits.put(place, habit)) return false;
  }
  if (!tables_->volumes.unpack(bytes) || !read_part(bytes, tables_->beacons) || !read_part(bytes, tables_->hours)) return false;
  const bool has_logins = magic == kMagic;
  if (has_logins && (!read_part(bytes, tables_->logins) || !read_part(bytes, tables_->alerts))) return false;
  return bytes.at_end();
}

}  // namespace tocsin::baseline
