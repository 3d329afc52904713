// How often log-ins of people who do nothing wrong are told of, and how many of those of an intruder: made-up accounts of a team, each with a habit, for a quarter; and what asking and learning a log-in costs. The first month is
// learnt and not counted. The same figures every time, but for nanoseconds. Nothing here passes or fails.
//
//   bench_login_travel
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string_view>
#include <vector>

#include "baseline/login_travel.h"
#include "cpu_time.h"

namespace tocsin::baseline {
namespace {

constexpr TimeUs kMinuteUs = 60'000'000, kDayUs = 1'440 * kMinuteUs, kStart = 20'000 * kDayUs;
constexpr int kDays = 90, kLearntDays = 30, kAccounts = 200;

struct City {
  std::array<char, 2> country;
  double latitude, longitude;
};
constexpr City kBerlin{{'D', 'E'}, 52.52, 13.40}, kMunich{{'D', 'E'}, 48.14, 11.58}, kHamburg{{'D', 'E'}, 53.55, 9.99}, kParis{{'F', 'R'}, 48.86, 2.35}, kLondon{{'G', 'B'}, 51.51, -0.13}, kVienna{{'A', 'T'}, 48.21, 16.37},
    kAmsterdam{{'N', 'L'}, 52.37, 4.90}, kDublin{{'I', 'E'}, 53.35, -6.26}, kNewYork{{'U', 'S'}, 40.71, -74.01}, kSaoPaulo{{'B', 'R'}, -23.55, -46.63}, kLagos{{'N', 'G'}, 6.52, 3.38}, kHanoi{{'V', 'N'}, 21.03, 105.85};
constexpr std::array<City, 3> kProvider = {kBerlin, kMunich, kHamburg};
constexpr std::array<City, 5> kAbroad = {kParis, kLondon, kVienna, kAmsterdam, kNewYork};
constexpr std::array<City, 3> kIntruders = {kSaoPaulo, kLagos, kHanoi};

/// Of a city an account comes from so many addresses: those that a provider gives it, or exits of a VPN there.
constexpr unsigned kAddresses = 2;

/// As a database says it: off by up to its radius, for each address otherwise and always the same.
LoginPlace said(const City& city, std::uint64_t account, std::mt19937& choice) {
  std::mt19937 random(static_cast<unsigned>(account * 7'919 + static_cast<std::uint64_t>(city.latitude * 1'000) * 31 + choice() % kAddresses));
  const double radius_km = 20 + static_cast<double>(random() % 80);
  std::uniform_real_distribution<double> off(-radius_km / 111, radius_km / 111);
  return {city.country, std::clamp(city.latitude + off(random), -90.0, 90.0), city.longitude + off(random) / std::cos(city.latitude * 0.01745), radius_km};
}

struct Habit {
  std::string_view name;
  /// Places and minutes of a day, in order.
  std::vector<std::pair<int, City>> (*day)(int day, std::mt19937& random);
};

std::vector<std::pair<int, City>> desk(int, std::mt19937& random) { return {{480 + static_cast<int>(random() % 60), kBerlin}, {780 + static_cast<int>(random() % 60), kBerlin}}; }
/// A phone comes out where its provider likes.
std::vector<std::pair<int, City>> phone(int, std::mt19937& random) {
  std::vector<std::pair<int, City>> all = {{480, kBerlin}};
  for (int i = 1; i <= 4; ++i) all.emplace_back(480 + 100 * i + static_cast<int>(random() % 60), kProvider[random() % 3]);
  return all;
}
std::vector<std::pair<int, City>> vpn(int, std::mt19937& random) { return {{480, kBerlin}, {490 + static_cast<int>(random() % 60), random() % 4 == 0 ? kDublin : kAmsterdam}, {800, kBerlin}}; }
/// Two weeks in seven a VPN with five exits.
std::vector<std::pair<int, City>> exits(int day, std::mt19937& random) {
  if (day / 7 % 7 > 1) return desk(day, random);
  return {{480, kBerlin}, {500 + static_cast<int>(random() % 30), kAbroad[random() % kAbroad.size()]}};
}
/// Flies out on one Monday of a month and back on Friday, by aeroplanes as there are.
std::vector<std::pair<int, City>> traveller(int day, std::mt19937& random) {
  const City& there = kAbroad[static_cast<std::size_t>(day / 28) % kAbroad.size()];
  const int of_month = day % 28;
  if (of_month == 0) return {{420, kBerlin}, {1'200 + static_cast<int>(random() % 60), there}};
  if (of_month < 4) return {{480, there}, {780, there}};
  if (of_month == 4) return {{480, there}, {1'400, kBerlin}};
  return desk(day, random);
}

struct Count {
  std::uint64_t log_ins = 0, travel = 0, country = 0, either_days = 0;
};

LoginAnswer log_in(LoginTravel& travel, std::uint64_t account, TimeUs time, const LoginPlace& place) {
  const Login login{account, time, place};
  const LoginAnswer answer = travel.ask(login);
  travel.learn(login);
  return answer;
}

void judge(const Habit& habit) {
  std::mt19937 random(5);
  LoginTravel travel;
  Count count;
  std::uint64_t found = 0, found_country = 0;
  for (std::uint64_t account = 1; account <= kAccounts; ++account) {
    TimeUs last = 0;
    for (int day = 0; day < kDays; ++day) {
      bool is_told = false;
      for (const auto& [minute, city] : habit.day(day, random)) {
        last = kStart + day * kDayUs + minute * kMinuteUs;
        const LoginAnswer answer = log_in(travel, account, last, said(city, account, random));
        if (day < kLearntDays) continue;
        ++count.log_ins;
        count.travel += answer.travel.has_value();
        count.country += answer.new_country.has_value();
        is_told |= answer.travel || answer.new_country;
      }
      count.either_days += is_told;
    }
    // An intruder, an hour after the last.
    const LoginAnswer answer = log_in(travel, account, last + 60 * kMinuteUs, said(kIntruders[account % kIntruders.size()], account, random));
    found += answer.travel.has_value();
    found_country += answer.new_country.has_value();
  }
  const double account_days = static_cast<double>(kAccounts) * (kDays - kLearntDays);
  fmt::print("| {} | {} | {:.4f} | {:.4f} | {:.2f} | {:.1f} % | {:.1f} % |\n", habit.name, count.log_ins, 1e2 * static_cast<double>(count.travel) / static_cast<double>(count.log_ins), 1e2 * static_cast<double>(count.country) / static_cast<double>(count.log_ins),
             100 * static_cast<double>(count.either_days) / account_days, 100.0 * static_cast<double>(found) / kAccounts, 100.0 * static_cast<double>(found_country) / kAccounts);
}

void measure_cost() {
  std::mt19937 random(7);
  std::vector<Login> log_ins;
  for (int i = 0; i < 1'000'000; ++i) log_ins.push_back({random() % 5'000 + 1, kStart + TimeUs{i} * 1'000'000, said(random() % 10 == 0 ? kAmsterdam : kBerlin, 1, random)});
  LoginTravel travel;
  std::uint64_t told = 0;
  const double seconds = best_seconds(3, [&] {
    for (const Login& login : log_ins) {
      told += travel.ask(login).travel.has_value();
      travel.learn(login);
    }
  });
  fmt::print("a log-in asked about and learnt: {:.0f} ns ({} told)\n", 1e9 * seconds / static_cast<double>(log_ins.size()), told);
}

}  // namespace
}  // namespace tocsin::baseline

int main() {
  using namespace tocsin::baseline;
  fmt::print("| habit of {} accounts | log-ins | travel, % of log-ins | new country, % of log-ins | days with either, of 100 of an account | intruder: travel | intruder: new country |\n|---|---|---|---|---|---|---|\n", kAccounts);
  for (const Habit& habit : {Habit{"a desk", desk}, {"a desk and a phone", phone}, {"a VPN each day", vpn}, {"a VPN with five exits, two weeks in seven", exits}, {"abroad for a week each month", traveller}}) judge(habit);
  measure_cost();
  return 0;
}
