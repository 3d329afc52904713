#include "baseline/login_travel.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "baseline/event_clock.h"
#include "baseline/fading.h"

namespace tocsin::baseline {

namespace {

constexpr std::uint32_t kStateVersion = 1;
constexpr double kEarthRadiusKm = 6'371.0088;
/// Clocks of two machines differ by as much.
constexpr double kSecondsMin = 60;

bool is_country(const std::array<char, 2>& code) {
  return std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_position(double latitude, double longitude) { return std::abs(latitude) <= 90 && std::abs(longitude) <= 180; }

/// What the place may be off; nothing where it says too little to be one.
std::optional<double> radius_of(const LoginPlace& place) {
  if (!place.latitude || !place.longitude || !is_position(*place.latitude, *place.longitude)) return {};
  const double radius_km = place.radius_km > 0 ? place.radius_km : kPlaceRadiusKm;
  if (!(radius_km <= kPlaceRadiusKmMax)) return {};
  return radius_km;
}

std::uint16_t square_of(double latitude, double longitude) {
  return static_cast<std::uint16_t>(static_cast<int>((latitude + 90) / 2) * 181 + static_cast<int>((longitude + 180) / 2));
}

/// The same or beside each other; over the date line they are not.
bool is_near(std::uint16_t a, std::uint16_t b) { return std::abs(a / 181 - b / 181) <= 1 && std::abs(a % 181 - b % 181) <= 1; }

/// Two ways between the same places: addresses of one town are a hundred kilometres apart in a database, on either side of the edge of a square.
bool is_same_way(std::uint16_t from, std::uint16_t to, std::uint16_t other_from, std::uint16_t other_to) {
  return (is_near(from, other_from) && is_near(to, other_to)) || (is_near(from, other_to) && is_near(to, other_from));
}

std::string_view text_of(const std::array<char, 2>& code) { return code[0] == 0 ? "an unknown country" : std::string_view(code.data(), 2); }

std::string apart_words(double seconds) {
  if (seconds < 2 * kSecondsMin) return "at nearly the same time";
  if (seconds < 7'200) return fmt::format("{:.0f} minutes apart", seconds / 60);
  return fmt::format("{:.0f} hours apart", seconds / 3'600);
}

void append_float(std::string& out, float number) { append_number(out, std::bit_cast<std::uint32_t>(number)); }
float float_of(ByteReader& reader) { return std::bit_cast<float>(reader.number<std::uint32_t>()); }
bool is_count(float count) { return count >= 0 && count < 1e12f; }  // and not NaN

}  // namespace

double great_circle_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b) {
  constexpr double kRadians = std::numbers::pi / 180;
  const double up = std::sin((latitude_b - latitude_a) * kRadians / 2), along = std::sin((longitude_b - longitude_a) * kRadians / 2);
  const double haversine = up * up + std::cos(latitude_a * kRadians) * std::cos(latitude_b * kRadians) * along * along;
  return 2 * kEarthRadiusKm * std::asin(std::sqrt(std::min(1.0, haversine)));
}

std::string words(const NewCountrySign& sign) {
  return fmt::format("a log-in from {}, from where the account had none; it is known for {:.0f} days, with log-ins from {} countr{}, mostly {}", text_of(sign.country), sign.days, sign.countries, sign.countries == 1 ? "y" : "ies", text_of(sign.usual));
}

std::string words(const TravelSign& sign) {
  return fmt::format("a log-in from {}, {:.0f} km away from the last one, in {}, {}: faster than {:.0f} km/h", text_of(sign.to), sign.km, text_of(sign.from), apart_words(sign.seconds), kTravelKmh);
}

std::optional<NewCountrySign> LoginTravel::new_country(const Account& account, const Login& login) {
  if (!is_country(login.place.country)) return {};
  const double left = faded(1, account.counted, login.time, kTravelHalfLifeUs);
  NewCountrySign sign{.country = login.place.country, .days = days_between(account.first, login.time)};
  float most = 0;
  for (const Country& country : account.countries) {
    if (country.count <= 0) continue;
    if (country.code == login.place.country && country.count * left >= kCountryCountMin) return {};
    sign.logins += country.count * left;
    sign.countries += 1;
    if (country.count > most) most = country.count, sign.usual = country.code;
  }
  if (sign.logins < kLoginsKnownMin) return {};
  return sign;
}

std::optional<TravelSign> LoginTravel::impossible(const Account& account, const Login& login) {
  const std::optional<double> radius_km = radius_of(login.place);
  if (!account.has_place || !radius_km) return {};
  const double km = great_circle_km(account.latitude, account.longitude, *login.place.latitude, *login.place.longitude);
  const double sure_km = km - account.radius_km - *radius_km;
  const bool is_within = is_country(account.country) && account.country == login.place.country;
  const double seconds = std::abs(static_cast<double>(login.time - account.at)) / 1e6;
  const double kmh = sure_km / (std::max(seconds, kSecondsMin) / 3'600);
  if (sure_km < (is_within ? kTravelKmMinWithin : kTravelKmMin) || kmh <= kTravelKmh) return {};
  const std::array<char, 2> to = is_country(login.place.country) ? login.place.country : std::array<char, 2>{};
  return TravelSign{.from = account.country, .to = to, .km = km, .kmh = kmh, .seconds = seconds, .days = days_between(account.first, login.time)};
}

LoginAnswer LoginTravel::ask(const Login& login) const {
  const Account* const account = accounts_.find(login.account);
  if (account == nullptr || !is_event_time(login.time)) return {};
  LoginAnswer answer{.new_country = new_country(*account, login), .travel = impossible(*account, login)};
  if (!answer.travel) return answer;
  const auto [from, to] = std::minmax({square_of(account->latitude, account->longitude), square_of(*login.place.latitude, *login.place.longitude)});
  for (const Jump& jump : account->jumps) {
    const bool is_it = is_same_way(jump.from, jump.to, from, to);
    if (is_it && faded(jump.days, account->counted, login.time, kTravelHalfLifeUs) >= kJumpDaysKnown) answer.travel.reset();
  }
  return answer;
}

void LoginTravel::fade(Account& account, TimeUs now) {
  const auto left = static_cast<float>(faded(1, account.counted, now, kTravelHalfLifeUs));
  for (Country& country : account.countries) country.count *= left;
  for (Jump& jump : account.jumps) jump.days *= left;
  account.counted = latest(account.counted, now);
}

void LoginTravel::count_country(Account& account, const Login& login) {
  if (!is_country(login.place.country)) return;
  auto place = std::ranges::find(account.countries, login.place.country, &Country::code);
  if (place == account.countries.end()) {
    place = std::ranges::min_element(account.countries, {}, &Country::count);
    *place = {login.place.country, 0};
  }
  place->count += 1;
}

void LoginTravel::count_jump(Account& account, const Login& login) {
  if (!impossible(account, login)) return;
  const auto [from, to] = std::minmax({square_of(account.latitude, account.longitude), square_of(*login.place.latitude, *login.place.longitude)});
  const auto day = static_cast<std::int32_t>(login.time / 86'400'000'000);
  auto place = std::ranges::find_if(account.jumps, [&, from = from, to = to](const Jump& jump) { return jump.days > 0 && is_same_way(jump.from, jump.to, from, to); });
  if (place == account.jumps.end()) {
    place = std::ranges::min_element(account.jumps, {}, &Jump::days);
    *place = {from, to, day - 1, 0};
  }
  if (place->day == day) return;
  place->days += 1;
  place->day = day;
}

void LoginTravel::learn(const Login& login) {
  if (!is_event_time(login.time)) return;
  Account& account = accounts_.find_or_take(login.account, [](const Account& one) { return one.counted; });
  if (account.first == 0 && account.counted == 0) account.first = account.counted = login.time;
  fade(account, login.time);
  account.first = std::min(account.first, account.counted);
  count_country(account, login);
  count_jump(account, login);
  const std::optional<double> radius_km = radius_of(login.place);
  if (!radius_km || (account.has_place && latest(account.at, login.time) != login.time)) return;
  account.at = login.time;
  account.latitude = static_cast<float>(*login.place.latitude);
  account.longitude = static_cast<float>(*login.place.longitude);
  account.radius_km = static_cast<float>(*radius_km);
  account.country = is_country(login.place.country) ? login.place.country : std::array<char, 2>{};
  account.has_place = true;
}

// -- state: every number as it is, so that what is read goes on as what was written would have

void LoginTravel::append_account(std::string& out, const Account& account) {
  for (const TimeUs time : {account.first, account.counted, account.at}) append_number(out, time);
  for (const float number : {account.latitude, account.longitude, account.radius_km}) append_float(out, number);
  out.append(account.country.data(), 2);
  append_number(out, static_cast<std::uint8_t>(account.has_place));
  for (const Country& country : account.countries) {
    out.append(country.code.data(), 2);
    append_float(out, country.count);
  }
  for (const Jump& jump : account.jumps) {
    append_number(out, jump.from);
    append_number(out, jump.to);
    append_number(out, jump.day);
    append_float(out, jump.days);
  }
}

bool LoginTravel::read_account(ByteReader& reader, Account& account) {
  const auto read_code = [&](std::array<char, 2>& code) {
    for (char& letter : code) letter = static_cast<char>(reader.number<std::uint8_t>());
    return is_country(code) || code == std::array<char, 2>{};
  };
  for (TimeUs* const time : {&account.first, &account.counted, &account.at}) *time = reader.number<TimeUs>();
  for (float* const number : {&account.latitude, &account.longitude, &account.radius_km}) *number = float_of(reader);
  bool good = is_event_time(account.first) && is_event_time(account.counted) && is_event_time(account.at) && account.first <= account.counted;
  good = good && is_position(account.latitude, account.longitude) && account.radius_km >= 0 && account.radius_km <= kPlaceRadiusKmMax;
  good = read_code(account.country) && good;
  const auto has_place = reader.number<std::uint8_t>();
  account.has_place = has_place == 1;
  good = good && has_place <= 1;
  for (Country& country : account.countries) {
    good = read_code(country.code) && good;
    country.count = float_of(reader);
    good = good && is_count(country.count);
  }
  for (Jump& jump : account.jumps) {
    jump.from = reader.number<std::uint16_t>();
    jump.to = reader.number<std::uint16_t>();
    jump.day = reader.number<std::int32_t>();
    jump.days = float_of(reader);
    good = good && is_count(jump.days);
  }
  return good;
}

void LoginTravel::append_state(std::string& out) const {
  append_number(out, kStateVersion);
  accounts_.append_state(out, append_account);
}

Status LoginTravel::read_state(std::string_view bytes) {
  accounts_.clear();
  ByteReader reader(bytes);
  const auto version = reader.number<std::uint32_t>();
  if (reader.good() && version == kStateVersion && accounts_.read_state(reader, read_account) && reader.at_end()) return {};
  accounts_.clear();
  return Error{Code::kInvalid, version == kStateVersion ? "the state of log-ins is damaged: it is learnt anew" : fmt::format("the state of log-ins has version {}, this program knows {}: it is learnt anew", version, kStateVersion)};
}

}  // namespace tocsin::baseline
