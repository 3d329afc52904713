// Log-ins from where they cannot be: from a country from which the account had none, and from farther away than it could have got since the last one. Of each account the last place, the countries with counts that fade, and the
// pairs of places between which it was seen to jump are kept: a VPN, or a phone beside a desk, jumps on many days, and once it did on three it is known. Feed it successful log-ins alone, since anybody can try to log in from anywhere.
//
// Ask first, then learn: the answer is by what was before. Flat memory, nothing allocated for a log-in, event time alone; the same log-ins in the same order give the same state and answers. Log-ins may come late: who was at two places within
// an hour is as impossible whichever of the two is told first. One thread.
//
//   LoginTravel travel;
//   const LoginAnswer answer = travel.ask(login);
//   if (answer.travel) say(words(*answer.travel));      // "a log-in from FR 1,450 km from the last one, in DE 20 minutes apart: 4,350 km/h"
//   travel.learn(login);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "baseline/set_table.h"

namespace tocsin::baseline {

/// Accounts that are remembered, some 200 bytes each: of a team with 500 hosts there are some thousand. Beyond it the one goes that logged in longest ago.
inline constexpr std::size_t kTravelAccountsMax = 1u << 14;
/// Countries of one account; more are those of somebody who travels for a living, and the one with the lowest count goes.
inline constexpr std::size_t kTravelCountriesMax = 8;
/// Pairs of places between which one account is known to jump: three exits of a VPN and a desk are six. Places near each other, by squares of two degrees and those beside them, are one.
inline constexpr std::size_t kTravelJumpsMax = 6;

/// Where the speed of an airliner ends; the same as in products that have this check, and above the 890 km/h at which they cruise.
inline constexpr double kTravelKmh = 900;
/// Two places nearer to each other than this, after what both may be off, are no journey: databases of addresses are off by as much. Within one country they are off by more, since networks of phones come out where the provider likes.
inline constexpr double kTravelKmMin = 300, kTravelKmMinWithin = 1'000;
/// What a place may be off where nobody says so; MaxMind's radius for a city is between 5 and 200.
inline constexpr double kPlaceRadiusKm = 100;
/// With a radius above this only the country is known.
inline constexpr double kPlaceRadiusKmMax = 1'000;
/// A country counts as new below this many log-ins from it, faded, of an account that is known for at least so many.
inline constexpr double kCountryCountMin = 0.05, kLoginsKnownMin = 5;
/// Days, faded, on which a pair of places was jumped between, from which on it is usual; three of a fortnight are.
inline constexpr double kJumpDaysKnown = 2.5;
inline constexpr double kTravelHalfLifeUs = 60 * 86'400e6;

/// Where an address is, by a database.
struct LoginPlace {
  std::array<char, 2> country{};  // ISO 3166-1, two letters; zeros: not known
  std::optional<double> latitude = {}, longitude = {};  // degrees, WGS 84; both or neither
  double radius_km = 0;  // within which it is; 0: not said
};

struct Login {
  std::uint64_t account = 0;  // a fingerprint that stays the same
  TimeUs time = kNoTime;
  LoginPlace place;
};

struct NewCountrySign {
  std::array<char, 2> country{}, usual{};  // the one with most log-ins
  double logins = 0;                       // faded, from all countries
  unsigned countries = 0;                  // with which it is known
  double days = 0;                         // for which the account is known
};

struct TravelSign {
  std::array<char, 2> from{}, to{};
  double km = 0;        // on the great circle
  double kmh = 0;       // needed at least: what both places may be off is taken away
  double seconds = 0;   // between the two, whichever was first
  double days = 0;
};

struct LoginAnswer {
  std::optional<NewCountrySign> new_country = {};
  std::optional<TravelSign> travel = {};
};

/// On a sphere of the Earth's mean radius (6,371.0088 km, R1 of GRS 80; H. Moritz 2000), by haversines (R. W. Sinnott, Virtues of the Haversine, Sky & Telescope 68, 1984); off by 0.56 % at most for the Earth's flattening.
double great_circle_km(double latitude_a, double longitude_a, double latitude_b, double longitude_b);

/// One sentence each, without the account's name.
std::string words(const NewCountrySign& sign);
std::string words(const TravelSign& sign);

class LoginTravel {
 public:
  LoginAnswer ask(const Login& login) const;
  void learn(const Login& login);

  /// Version, then the accounts: a part of the state of baselines.
  void append_state(std::string& out) const;
  /// All of `bytes`. kInvalid, with what is wrong, and then this is empty.
  Status read_state(std::string_view bytes);

 private:
  struct Country {
    std::array<char, 2> code;
    float count;
  };
  struct Jump {
    std::uint16_t from, to;  // squares of two degrees, the lower first
    std::int32_t day;        // of the last one
    float days;
  };
  struct Account {
    std::uint64_t fingerprint;
    TimeUs first, counted;  // counted: when counts were faded last, by event time
    TimeUs at;              // of the last log-in whose place is known
    float latitude, longitude, radius_km;
    std::array<char, 2> country;
    bool has_place;
    std::array<Country, kTravelCountriesMax> countries;
    std::array<Jump, kTravelJumpsMax> jumps;
  };

  static std::optional<NewCountrySign> new_country(const Account& account, const Login& login);
  static std::optional<TravelSign> impossible(const Account& account, const Login& login);
  static void fade(Account& account, TimeUs now);
  static void count_country(Account& account, const Login& login);
  static void count_jump(Account& account, const Login& login);
  static bool read_account(ByteReader& reader, Account& account);
  static void append_account(std::string& out, const Account& account);

  SetTable<Account, kTravelAccountsMax> accounts_;
};

}  // namespace tocsin::baseline
