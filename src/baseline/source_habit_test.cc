// Made-up sources over made-up weeks: how often one is called silent that is not, and how long it takes until one that died is. The table is printed; what is asserted is that nothing got worse than it was measured.
#include "baseline/source_habit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>

#include "base/sanitized.h"

namespace tocsin::baseline {
namespace {

constexpr TimeUs kMinuteUs = 60'000'000;
constexpr int kMinutesOfDay = 1'440, kMinutesOfWeek = 7 * kMinutesOfDay;
/// 2026-01-05, a Monday.
constexpr TimeUs kBegin = 1'767'571'200'000'000;
constexpr int kDiesAfterWeeks = 20;

/// Whether it speaks in this minute.
using Speaks = std::function<bool(int minute)>;
using MadeUp = std::function<Speaks(std::mt19937_64& random)>;

bool happens(std::mt19937_64& random, double probability) { return std::uniform_real_distribution<>(0, 1)(random) < probability; }

/// `per_minute` lines at random; down for ten minutes once a month.
Speaks server(std::mt19937_64& random, double per_minute) {
  const int restart = static_cast<int>(random() % (28 * kMinutesOfDay));
  return [&random, restart, chance = 1 - std::exp(-per_minute)](int minute) { return (minute + restart) % (28 * kMinutesOfDay) >= 10 && happens(random, chance); };
}

/// On from about eight to about five on work days, ten holidays and five weeks of leave a year; stays on in some nights.
Speaks workstation(std::mt19937_64& random, double nights) {
  std::vector<bool> off(366, false);
  for (int i = 0; i < 10; ++i) off[random() % 364] = true;
  for (const int days : {14, 7, 7, 7}) {
    const std::size_t from = random() % (364 - static_cast<unsigned>(days));
    for (int day = 0; day < days; ++day) off[from + static_cast<unsigned>(day)] = true;
  }
  struct Day {
    int number = -1, on = 0, until = 0;
  };
  return [&random, off, nights, today = Day()](int minute) mutable {
    const int day = minute / kMinutesOfDay, at = minute % kMinutesOfDay;
    if (day != today.number) {
      const bool works = day % 7 < 5 && !off[static_cast<std::size_t>(day % 364)];
      const bool stayed = today.until == kMinutesOfDay && happens(random, 0.9);
      std::normal_distribution<> varies(0, 25);
      today = {day, stayed ? 0 : works ? 480 + static_cast<int>(varies(random)) : kMinutesOfDay, works ? 1'020 + static_cast<int>(2 * varies(random)) : 0};
      if (works && happens(random, nights)) today.until = kMinutesOfDay;
      if (stayed && !works) today.until = 360;
    }
    return at >= today.on && at < today.until && happens(random, 0.6);
  };
}

/// A burst each night at three.
Speaks nightly(std::mt19937_64& random) {
  return [&random](int minute) { return std::abs(minute % kMinutesOfDay - 180) < 3 && happens(random, 0.9); };
}

/// On every other day, for some hours, at any time of the day.
Speaks laptop(std::mt19937_64& random) {
  struct Day {
    int number = -1, on = 0, until = 0;
  };
  return [&random, today = Day()](int minute) mutable {
    const int day = minute / kMinutesOfDay, at = minute % kMinutesOfDay;
    if (day != today.number) {
      const int on = 420 + static_cast<int>(random() % 720);
      today = {day, on, happens(random, 0.5) ? on + 240 : 0};
    }
    return at >= today.on && at < today.until && happens(random, 0.5);
  };
}

/// Pauses without a usual length (Pareto, 1.5), minutes to days.
Speaks bursts(std::mt19937_64& random) {
  return [&random, next = 0](int minute) mutable {
    if (minute < next) return false;
    next = minute + static_cast<int>(std::min(2'000.0, std::pow(std::uniform_real_distribution<>(0.0001, 1)(random), -1 / 1.5)));
    return true;
  };
}

/// The same without a clock of its own: plain pauses.
class PlainPauses {
 public:
  void look(TimeUs now, bool spoke) {
    const std::int64_t day = now / (kMinuteUs * kMinutesOfDay);
    if (day != day_) pauses_[static_cast<std::size_t>(++days_) % kHabitDays] = 0, day_ = day;
    ++quiet_;
    if (!spoke) {
      if (silent_ || quiet_ <= 30 || days_ <= 14) return;
      std::array<int, kHabitDays> sorted = pauses_;
      std::ranges::sort(sorted, std::greater<>());
      silent_ = quiet_ > 2 * sorted[1];
      return;
    }
    int& longest = pauses_[static_cast<std::size_t>(days_) % kHabitDays];
    longest = std::max(longest, quiet_);
    quiet_ = 0;
    silent_ = false;
  }
  bool is_silent() const { return silent_; }

 private:
  std::array<int, kHabitDays> pauses_{};
  std::int64_t day_ = 0;
  int days_ = 0, quiet_ = 0;
  bool silent_ = false;
};

struct Measured {
  double alarms_per_year = 0, hours_until_told = 0, hours_longest = 0;
};

/// `look` is told of each minute and says whether the source is called silent.
Measured measure(const MadeUp& made_up, const std::function<std::function<bool(TimeUs, bool)>()>& judge, int sources, int weeks) {
  Measured measured;
  for (int source = 0; source < sources; ++source) {
    std::mt19937_64 random(static_cast<std::uint64_t>(source) + 1);
    const Speaks speaks = made_up(random);
    const auto lives = judge();
    bool before = false;
    for (int minute = 0; minute < weeks * kMinutesOfWeek; ++minute) {
      const bool silent = lives(kBegin + minute * kMinuteUs, speaks(minute));
      measured.alarms_per_year += silent && !before ? 52.0 / weeks / sources : 0;
      before = silent;
    }
    const Speaks dying = made_up(random);
    const auto dies = judge();
    const int end = kDiesAfterWeeks * kMinutesOfWeek + static_cast<int>(random() % kMinutesOfWeek);
    int minute = 0;
    for (bool silent = false; minute < end || !silent; ++minute) silent = dies(kBegin + minute * kMinuteUs, minute < end && dying(minute));
    const double hours = (minute - end) / 60.0;
    measured.hours_until_told += hours / sources;
    measured.hours_longest = std::max(measured.hours_longest, hours);
  }
  return measured;
}

std::function<bool(TimeUs, bool)> by_habit() {
  return [habit = SourceHabit()](TimeUs now, bool spoke) mutable {
    habit.look(now, std::chrono::minutes(1), spoke);
    return habit.is_silent();
  };
}
std::function<bool(TimeUs, bool)> by_plain_pauses() {
  return [plain = PlainPauses()](TimeUs now, bool spoke) mutable {
    plain.look(now, spoke);
    return plain.is_silent();
  };
}

/// TOCSIN_HABIT_SOURCES of each kind (2), TOCSIN_HABIT_WEEKS (30): the figures of the decision are of 6 and 52.
int wanted(const char* name, int otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

TEST(SourceHabit, MadeUpYears) {
  struct Row {
    const char* name;
    MadeUp made_up;
    double alarms_most, hours_most;
  };
  const Row rows[] = {
      {"server, a line a second", [](std::mt19937_64& random) { return server(random, 60); }, 0.1, 2},
      {"server, a line a minute", [](std::mt19937_64& random) { return server(random, 1); }, 0.1, 2},
      {"server, a line an hour", [](std::mt19937_64& random) { return server(random, 1.0 / 60); }, 0.3, 24},
      {"workstation, off by night", [](std::mt19937_64& random) { return workstation(random, 0); }, 6, 250},
      {"workstation, some nights on", [](std::mt19937_64& random) { return workstation(random, 0.3); }, 6, 150},
      {"a job at night", [](std::mt19937_64& random) { return nightly(random); }, 0.1, 80},
      {"laptop, every other day", [](std::mt19937_64& random) { return laptop(random); }, 2, 400},
      {"bursts without a usual pause", [](std::mt19937_64& random) { return bursts(random); }, 3, 30},  // 60 weeks of them have one alarm or two, by the compiler
  };
  const int sources = wanted("TOCSIN_HABIT_SOURCES", is_sanitized() ? 1 : 2), weeks = wanted("TOCSIN_HABIT_WEEKS", 30);
  std::printf("%-30s %28s %28s\n%-30s %9s %9s %8s %9s %9s %8s\n", "", "by its own clock", "by plain pauses", "", "alarms/y", "told, h", "most, h", "alarms/y", "told, h", "most, h");
  for (const Row& row : rows) {
    const Measured habit = measure(row.made_up, by_habit, sources, weeks), plain = measure(row.made_up, by_plain_pauses, sources, weeks);
    std::printf("%-30s %9.2f %9.1f %8.1f %9.2f %9.1f %8.1f\n", row.name, habit.alarms_per_year, habit.hours_until_told, habit.hours_longest, plain.alarms_per_year, plain.hours_until_told,
                plain.hours_longest);
    EXPECT_LE(habit.alarms_per_year, row.alarms_most) << row.name;
    EXPECT_LE(habit.hours_until_told, row.hours_most) << row.name;
  }
}

/// `days` of a line a minute.
SourceHabit steady(int days) {
  SourceHabit habit;
  for (int minute = 0; minute < days * kMinutesOfDay; ++minute) habit.look(kBegin + minute * kMinuteUs, std::chrono::minutes(1), true);
  return habit;
}

TEST(SourceHabit, JudgesASteadySourceFromTheSecondDayOn) {
  for (const int days : {1, 2}) {
    SourceHabit habit = steady(days);
    const TimeUs from = kBegin + days * kMinutesOfDay * kMinuteUs;
    for (int minute = 0; minute <= 31; ++minute) {
      EXPECT_EQ(habit.is_silent(), days == 2 && minute > 30) << days << " days, " << minute << " minutes";
      habit.look(from + minute * kMinuteUs, std::chrono::minutes(1), false);
    }
  }
}

/// The longest may have been an outage: what was told does not teach that it is usual.
TEST(SourceHabit, OneOutageTeachesNothingTwoDo) {
  SourceHabit habit = steady(20);
  TimeUs now = kBegin + 20 * kMinutesOfDay * kMinuteUs;
  for (const double usual : {60.0, 5 * 3'600.0}) {
    for (int minute = 0; minute < 300; ++minute) habit.look(now += kMinuteUs, std::chrono::minutes(1), false);
    EXPECT_TRUE(habit.is_silent());
    for (int minute = 0; minute < kMinutesOfDay; ++minute) habit.look(now += kMinuteUs, std::chrono::minutes(1), true);
    EXPECT_NEAR(habit.usual_pause_seconds(), usual, 120);
  }
}

TEST(SourceHabit, IsKeptToTheBit) {
  SourceHabit habit = steady(17);
  habit.look(kBegin + 17 * kMinutesOfDay * kMinuteUs, std::chrono::minutes(45), false);
  const std::optional<SourceHabit> kept = SourceHabit::unpacked(habit.packed());
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->packed(), habit.packed());
  EXPECT_TRUE(kept->is_silent());
  EXPECT_EQ(kept->bound_seconds(), habit.bound_seconds());
}

TEST(SourceHabit, OtherBytesAreNoHabit) {
  const std::string good = steady(1).packed();
  EXPECT_FALSE(SourceHabit::unpacked(""));
  EXPECT_FALSE(SourceHabit::unpacked(good + "x"));
  EXPECT_FALSE(SourceHabit::unpacked(good.substr(1)));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = '\xFF';
    if (std::optional<SourceHabit> read = SourceHabit::unpacked(bad)) {
      read->look(kBegin + 400 * kMinuteUs, std::chrono::minutes(1), at % 2 == 0);
      EXPECT_TRUE(std::isfinite(read->bound_seconds()));
    }
  }
}

}  // namespace
}  // namespace tocsin::baseline
