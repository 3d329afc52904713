#include "baseline/beacon.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "baseline/event_clock.h"

namespace tocsin::baseline {

namespace {

constexpr std::uint32_t kStateVersion = 1;
constexpr TimeUs kWeekUs = 7 * 86'400'000'000;
/// With it a pair stays in a full set for a day, whatever else comes.
constexpr std::uint8_t kPastIntervals = 3;
/// Deviations are not taken to be smaller: clocks of logs are off by as much, and 1 second of 200 is no proof of a machine that 1 of 2,000 would not be.
constexpr double kOffMin = 0.005;

/// Intervals as logarithms in steps of 1/2,800: 0.036 % apart, to 2^53 microseconds.
constexpr double kStepsPerNat = 2'800;
std::uint16_t coded(TimeUs interval) { return static_cast<std::uint16_t>(std::lround(std::log(static_cast<double>(interval) / 1e6) * kStepsPerNat)); }
double seconds_of(std::uint16_t code) { return std::exp(code / kStepsPerNat); }

double upper_median(std::span<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

double beats_in(double interval, double of_beat) { return std::max(1.0, std::round(interval / of_beat)); }

std::string interval_words(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} seconds", seconds);
  if (seconds < 7'200) return fmt::format("{:.0f} minutes", seconds / 60);
  return fmt::format("{:.1f} hours", seconds / 3'600);
}

std::int32_t week_of(TimeUs time) { return static_cast<std::int32_t>(time / kWeekUs); }

}  // namespace

std::optional<BeaconSign> beat_of(std::span<const double> intervals_s) {
  const std::size_t count = intervals_s.size();
  if (count < kBeatIntervalsMin || count > kBeatIntervalsMax) return {};
  std::array<double, kBeatIntervalsMax> room{};
  const std::span<double> folded(room.data(), count);
  std::ranges::copy(intervals_s, folded.begin());
  double interval = upper_median(folded);
  // The median of what each is when its missed beats are counted; twice, since the first may count wrong.
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t i = 0; i < count; ++i) folded[i] = intervals_s[i] / beats_in(intervals_s[i], interval);
    interval = upper_median(folded);
  }
  double beats = 0, off = 0, sum = 0;
  for (const double one : intervals_s) {
    const double in_it = beats_in(one, interval);
    beats += in_it;
    off += std::abs(one / interval - in_it);
    sum += one / interval;
  }
  const auto n = static_cast<double>(count);
  const double mean_off = std::max(off / n, kOffMin), mean = sum / n, missed = beats - n;
  // Sums over all intervals of the logarithms: of Laplace's density, of the geometric distribution, and of the exponential density.
  const double by_beat = -n * std::log(2 * mean_off) - off / mean_off + n * std::log(n / beats) + (missed > 0 ? missed * std::log(missed / beats) : 0);
  const double by_chance = -n * std::log(mean) - n;
  return BeaconSign{.interval_s = interval, .off = off / n, .beats = static_cast<unsigned>(count + 1), .missed = static_cast<unsigned>(std::min(missed, 1e9)), .score = by_beat - by_chance};
}

std::string words(const BeaconSign& sign) {
  std::string text = fmt::format("{} connections to the same place, one every {}, give or take {:.0f} %", sign.beats, interval_words(sign.interval_s), sign.off * 100);
  if (sign.missed > 0) text += fmt::format(", {} missed", sign.missed);
  const double hosts = std::max(1.0, std::round(sign.hosts));
  return text + fmt::format("; {:.0f} of {:.0f} hosts talk{} to it", hosts, std::max(hosts, std::round(sign.fleet)), hosts == 1 ? "s" : "");
}

template <std::size_t kWords>
void WeekCount<kWords>::add(std::uint64_t hash, std::int32_t week_of_event) {
  if (week_of_event > week || week_of_event < week - 1) {  // a week further, or a clock that had been wrong
    before = week_of_event == week + 1 ? now : std::array<std::uint64_t, kWords>{};
    now = {};
    week = week_of_event;
  }
  std::array<std::uint64_t, kWords>& of_week = week_of_event == week ? now : before;
  of_week[hash / 64 % kWords] |= std::uint64_t{1} << (hash % 64);
}

template <std::size_t kWords>
double WeekCount<kWords>::count() const {
  constexpr double kBits = kWords * 64.0;
  double set = 0;
  for (std::size_t i = 0; i < kWords; ++i) set += std::popcount(now[i] | before[i]);
  return -kBits * std::log(std::max(kBits - set, 0.5) / kBits);
}

template struct WeekCount<1>;
template struct WeekCount<64>;

std::optional<BeaconSign> Beacons::ask(const Connection& connection) const {
  const Pair* const pair = pairs_.find(pair_of(connection));
  if (pair == nullptr || pair->count < kBeatIntervalsMin || !is_event_time(connection.time)) return {};
  const Place* const place = places_.find(connection.destination);
  const double hosts = place == nullptr ? 1 : place->hosts.count(), fleet = fleet_.count();
  if (hosts >= std::clamp(fleet / 4, kCommonHostsMin, kCommonHostsMax) - 0.5) return {};
  std::array<double, kBeatIntervalsMax> intervals{};
  std::transform(pair->intervals.begin(), pair->intervals.begin() + pair->count, intervals.begin(), seconds_of);
  std::optional<BeaconSign> sign = beat_of({intervals.data(), pair->count});
  if (!sign || sign->score < kBeatScoreMin) return {};
  sign->hosts = hosts;
  sign->fleet = fleet;
  sign->days = days_between(pair->first, connection.time);
  return sign;
}

void Beacons::count_hosts(const Connection& connection) {
  const std::uint64_t hash = mixed(connection.host);
  Place& place = places_.find_or_take(connection.destination, [](const Place& one) { return one.seen; });
  place.seen = latest(place.seen, connection.time);
  place.hosts.add(hash, week_of(connection.time));
  fleet_.add(hash, week_of(connection.time));
}

void Beacons::learn(const Connection& connection) {
  const TimeUs now = connection.time;
  if (!is_event_time(now)) return;
  count_hosts(connection);
  // Who has a past and was seen within the day goes last.
  const auto worth = [&](const Pair& one) { return one.seen + (one.count >= kPastIntervals && one.seen > now - kClockBackMaxUs ? 2 * kEventTimeMax : 0); };
  Pair& pair = pairs_.find_or_take(pair_of(connection), worth);
  const bool is_new = pair.seen == 0, was_wrong = now < pair.seen - kClockBackMaxUs;
  if (is_new || was_wrong) {
    pair = {.fingerprint = pair.fingerprint, .first = now, .beat = now, .seen = now, .count = 0, .next = 0, .intervals = {}};
    return;
  }
  if (now <= pair.seen) return;  // told late: a missed beat, at worst
  if (now - pair.seen >= kVisitGapUs) {
    pair.intervals[pair.next] = coded(now - pair.beat);
    pair.next = static_cast<std::uint8_t>((pair.next + 1) % kBeatIntervalsMax);
    pair.count = static_cast<std::uint8_t>(std::min<std::size_t>(pair.count + 1u, kBeatIntervalsMax));
    pair.beat = now;
  }
  pair.seen = now;
}

// -- state

void Beacons::append_pair(std::string& out, const Pair& pair) {
  for (const TimeUs time : {pair.first, pair.beat, pair.seen}) append_number(out, time);
  append_number(out, pair.count);
  append_number(out, pair.next);
  for (std::size_t i = 0; i < pair.count; ++i) append_number(out, pair.intervals[i]);
}

bool Beacons::read_pair(ByteReader& reader, Pair& pair) {
  for (TimeUs* const time : {&pair.first, &pair.beat, &pair.seen}) *time = reader.number<TimeUs>();
  pair.count = reader.number<std::uint8_t>();
  pair.next = reader.number<std::uint8_t>();
  if (!is_event_time(pair.first) || pair.first > pair.beat || pair.beat > pair.seen || !is_event_time(pair.seen)) return false;
  if (pair.count > kBeatIntervalsMax || (pair.count < kBeatIntervalsMax ? pair.next != pair.count : pair.next >= kBeatIntervalsMax)) return false;
  for (std::size_t i = 0; i < pair.count; ++i) pair.intervals[i] = reader.number<std::uint16_t>();
  return true;
}

void Beacons::append_place(std::string& out, const Place& place) {
  append_number(out, place.seen);
  append_number(out, place.hosts.week);
  append_number(out, place.hosts.now[0]);
  append_number(out, place.hosts.before[0]);
}

bool Beacons::read_place(ByteReader& reader, Place& place) {
  place.seen = reader.number<TimeUs>();
  place.hosts.week = reader.number<std::int32_t>();
  place.hosts.now[0] = reader.number<std::uint64_t>();
  place.hosts.before[0] = reader.number<std::uint64_t>();
  return is_event_time(place.seen) && place.hosts.week >= 0 && place.hosts.week <= week_of(kEventTimeMax);
}

void Beacons::append_state(std::string& out) const {
  append_number(out, kStateVersion);
  append_number(out, fleet_.week);
  for (const auto* const bits : {&fleet_.now, &fleet_.before}) {
    for (const std::uint64_t word : *bits) append_number(out, word);
  }
  places_.append_state(out, append_place);
  pairs_.append_state(out, append_pair);
}

void Beacons::clear() {
  pairs_.clear();
  places_.clear();
  fleet_ = {};
}

Status Beacons::read_state(std::string_view bytes) {
  clear();
  ByteReader reader(bytes);
  const auto version = reader.number<std::uint32_t>();
  if (reader.good() && version != kStateVersion) return Error{Code::kInvalid, fmt::format("the state of beacons has version {}, this program knows {}: it is learnt anew", version, kStateVersion)};
  fleet_.week = reader.number<std::int32_t>();
  for (auto* const bits : {&fleet_.now, &fleet_.before}) {
    for (std::uint64_t& word : *bits) word = reader.number<std::uint64_t>();
  }
  const bool good = reader.good() && fleet_.week >= 0 && fleet_.week <= week_of(kEventTimeMax);
  if (good && places_.read_state(reader, read_place) && pairs_.read_state(reader, read_pair) && reader.at_end()) return {};
  clear();
  return Error{Code::kInvalid, "the state of beacons is damaged: it is learnt anew"};
}

}  // namespace tocsin::baseline
