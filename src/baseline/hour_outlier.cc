#include "baseline/hour_outlier.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "baseline/event_clock.h"

namespace tocsin::baseline {

namespace {

constexpr std::uint32_t kStateVersion = 1;
constexpr TimeUs kHourUs = 3'600'000'000;
/// Weights of the newest: of the mean, which has half of what came two hours before; of the covariance (half of it is two weeks old).
constexpr double kMeanRate = 0.3, kCovarianceRate = 0.002;
/// Of standard deviations; what is farther off is learnt as if it were here. The mean takes less of it: else the hour after an odd one would be odd.
constexpr double kClip = 4, kMeanClip = 1.5;
/// Added to every variance; roots of counts that are Poisson have one of 1.
constexpr double kVarianceMin = 0.25;

double root_of(double count) { return 2 * std::sqrt(count + 0.375); }
double count_of(double root) { return std::max(0.0, root * root / 4 - 0.375); }
constexpr std::size_t at(std::size_t row, std::size_t column) { return row * (row + 1) / 2 + column; }
double added(double sum, double amount) { return amount > 0 ? std::min(sum + amount, kHourNumberMax) : sum; }

std::string number_words(double number) { return number < 10 ? fmt::format("{:.1f}", number) : fmt::format("{:.0f}", number); }

}  // namespace

template <std::size_t kSlots>
HourNumbers HourModel<kSlots>::off(std::int64_t hour, const HourNumbers& numbers) const {
  HourNumbers off{};
  const std::size_t slot = static_cast<std::size_t>(hour) % kSlots;
  for (std::size_t i = 0; i < kHourNumbers && seen[slot] > 0; ++i) off[i] = root_of(numbers[i]) - static_cast<double>(means[slot][i]);
  return off;
}

template <std::size_t kSlots>
typename HourModel<kSlots>::Judgement HourModel<kSlots>::judge(std::int64_t hour, const HourNumbers& numbers) const {
  const HourNumbers from_usual = off(hour, numbers);
  // Cholesky: lower lower^T = covariance; then lower solved = off, lower^T weights = solved, and the distance is off · weights.
  std::array<double, kHourNumbers * (kHourNumbers + 1) / 2> lower{};
  HourNumbers solved{}, weights{};
  double squares = 0;
  for (std::size_t i = 0; i < kHourNumbers; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = static_cast<double>(covariance[at(i, j)]) + (i == j ? kVarianceMin : 0);
      for (std::size_t k = 0; k < j; ++k) sum -= lower[at(i, k)] * lower[at(j, k)];
      lower[at(i, j)] = i == j ? std::sqrt(std::max(sum, 1e-6)) : sum / lower[at(j, j)];
    }
    double sum = from_usual[i];
    for (std::size_t k = 0; k < i; ++k) sum -= lower[at(i, k)] * solved[k];
    solved[i] = sum / lower[at(i, i)];
    squares += solved[i] * solved[i];
  }
  Judgement judgement{.distance = std::sqrt(squares)};
  double most = -1;
  for (std::size_t i = kHourNumbers; i-- > 0;) {
    double sum = solved[i];
    for (std::size_t k = i + 1; k < kHourNumbers; ++k) sum -= lower[at(k, i)] * weights[k];
    weights[i] = sum / lower[at(i, i)];
    if (const double part = from_usual[i] * weights[i]; part > most) most = part, judgement.number = i;
  }
  judgement.usual = count_of(static_cast<double>(means[static_cast<std::size_t>(hour) % kSlots][judgement.number]));
  return judgement;
}

template <std::size_t kSlots>
void HourModel<kSlots>::learn(std::int64_t hour, const HourNumbers& numbers) {
  const std::size_t slot = static_cast<std::size_t>(hour) % kSlots;
  HourNumbers from_usual = off(hour, numbers), for_mean{};
  for (std::size_t i = 0; i < kHourNumbers; ++i) {
    const double deviation = std::sqrt(static_cast<double>(covariance[at(i, i)]) + 1);
    for_mean[i] = std::clamp(from_usual[i], -kMeanClip * deviation, kMeanClip * deviation);
    from_usual[i] = std::clamp(from_usual[i], -kClip * deviation, kClip * deviation);
  }
  for (std::size_t i = 0; i < kHourNumbers && seen[slot] > 0; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      float& together = covariance[at(i, j)];
      // The first hours weigh alike; from some day on the newest has its rate.
      const double rate = std::max(kCovarianceRate, 1.0 / (learnt + 1.0));
      together += static_cast<float>(rate * (from_usual[i] * from_usual[j] - static_cast<double>(together)));
    }
  }
  for (std::size_t i = 0; i < kHourNumbers; ++i) {
    float& mean = means[slot][i];
    mean = seen[slot] == 0 ? static_cast<float>(root_of(numbers[i])) : mean + static_cast<float>(for_mean[i] * std::max(kMeanRate, 1.0 / (seen[slot] + 1.0)));
  }
  seen[slot] = static_cast<std::uint8_t>(std::min(seen[slot] + 1, 255));
  learnt += learnt < UINT32_MAX ? 1 : 0;
}

template struct HourModel<1>;
template struct HourModel<168>;

std::string words(const OddHourSign& sign, std::span<const std::string_view, kHourNumbers> names) {
  return fmt::format("its numbers of the hour from {} do not go together as they did in {:.0f} days: {} {}, usual are {}; {:.0f} standard deviations in all", format_time(sign.hour).substr(0, 16), sign.days, number_words(sign.observed), names[sign.number], number_words(sign.usual), sign.distance);
}

void HourOutliers::finish(Subject& subject, std::int32_t hour) {
  for (int empty = 0; subject.hour < hour && empty <= kEmptyHoursMax; ++empty, ++subject.hour, subject.sums = {}) {
    const auto judgement = subject.model.judge(subject.hour, subject.sums);
    if (subject.model.learnt >= kHoursKnownMin && judgement.distance >= kOddHourMin) {
      subject.odd_hour = subject.hour;
      subject.odd_number = static_cast<std::uint8_t>(judgement.number);
      subject.odd_distance = static_cast<float>(judgement.distance);
      subject.odd_observed = subject.sums[judgement.number];
      subject.odd_usual = judgement.usual;
    }
    subject.model.learn(subject.hour, subject.sums);
  }
}

std::optional<OddHourSign> HourOutliers::ask(std::uint64_t subject, TimeUs time) const {
  const Subject* const known = subjects_.find(subject);
  if (known == nullptr || !is_event_time(time) || known->odd_hour == 0) return {};
  const auto hours_since = time / kHourUs - known->odd_hour;
  if (hours_since < 1 || hours_since > kOddHoursTold) return {};  // an event that is late is before it, or in it
  return OddHourSign{.hour = known->odd_hour * kHourUs,
                     .distance = static_cast<double>(known->odd_distance),
                     .number = known->odd_number,
                     .observed = known->odd_observed,
                     .usual = known->odd_usual,
                     .days = days_between(known->first * kHourUs, time)};
}

void HourOutliers::add(std::uint64_t subject, TimeUs time, const HourNumbers& amounts) {
  if (!is_event_time(time)) return;
  const auto hour = static_cast<std::int32_t>(time / kHourUs);
  Subject& known = subjects_.find_or_take(subject, [](const Subject& one) { return one.hour; });
  const bool is_new = known.hour == 0, was_wrong = hour < known.hour - 24, was_away = hour > known.hour + kEmptyHoursMax;
  if (is_new || was_wrong || was_away) {
    known = {.fingerprint = known.fingerprint, .first = hour, .hour = hour, .odd_hour = 0, .odd_number = 0, .odd_distance = 0, .odd_observed = 0, .odd_usual = 0, .sums = {}, .model = {}};
  }
  finish(known, hour);
  for (std::size_t i = 0; i < kHourNumbers; ++i) known.sums[i] = added(known.sums[i], amounts[i]);
}

// -- state: every number as it is

namespace {

void append_double(std::string& out, double number) { append_number(out, std::bit_cast<std::uint64_t>(number)); }
void append_float(std::string& out, float number) { append_number(out, std::bit_cast<std::uint32_t>(number)); }
/// From `least` to `most`, and not NaN; else `good` is false from then on.
double double_of(ByteReader& reader, double least, double most, bool& good) {
  const auto number = std::bit_cast<double>(reader.number<std::uint64_t>());
  good = good && number >= least && number <= most;
  return number;
}
float float_of(ByteReader& reader, float least, float most, bool& good) {
  const auto number = std::bit_cast<float>(reader.number<std::uint32_t>());
  good = good && number >= least && number <= most;
  return number;
}

}  // namespace

void HourOutliers::append_subject(std::string& out, const Subject& subject) {
  for (const std::int32_t hour : {subject.first, subject.hour, subject.odd_hour}) append_number(out, hour);
  append_number(out, subject.odd_number);
  append_float(out, subject.odd_distance);
  for (const double number : {subject.odd_observed, subject.odd_usual}) append_double(out, number);
  for (const double sum : subject.sums) append_double(out, sum);
  append_number(out, subject.model.learnt);
  for (const float together : subject.model.covariance) append_float(out, together);
  append_number(out, subject.model.seen[0]);
  for (const float mean : subject.model.means[0]) append_float(out, mean);
}

bool HourOutliers::read_subject(ByteReader& reader, Subject& subject) {
  constexpr std::int32_t kLastHour = kEventTimeMax / kHourUs;
  constexpr float kRootMax = 1e8f, kCovarianceMax = 1e17f;
  for (std::int32_t* const hour : {&subject.first, &subject.hour, &subject.odd_hour}) *hour = reader.number<std::int32_t>();
  bool good = subject.first >= 0 && subject.first <= subject.hour && subject.hour <= kLastHour && subject.odd_hour >= 0 && subject.odd_hour <= subject.hour;
  subject.odd_number = reader.number<std::uint8_t>();
  good = good && subject.odd_number < kHourNumbers;
  subject.odd_distance = float_of(reader, 0, 1e12f, good);
  for (double* const number : {&subject.odd_observed, &subject.odd_usual}) *number = double_of(reader, 0, 2 * kHourNumberMax, good);
  for (double& sum : subject.sums) sum = double_of(reader, 0, kHourNumberMax, good);
  subject.model.learnt = reader.number<std::uint32_t>();
  for (float& together : subject.model.covariance) together = float_of(reader, -kCovarianceMax, kCovarianceMax, good);
  for (std::size_t i = 0; i < kHourNumbers; ++i) good = good && subject.model.covariance[at(i, i)] >= 0;
  subject.model.seen[0] = reader.number<std::uint8_t>();
  for (float& mean : subject.model.means[0]) mean = float_of(reader, 0, kRootMax, good);
  return good;
}

void HourOutliers::append_state(std::string& out) const {
  append_number(out, kStateVersion);
  subjects_.append_state(out, append_subject);
}

Status HourOutliers::read_state(std::string_view bytes) {
  subjects_.clear();
  ByteReader reader(bytes);
  const auto version = reader.number<std::uint32_t>();
  if (reader.good() && version == kStateVersion && subjects_.read_state(reader, read_subject) && reader.at_end()) return {};
  subjects_.clear();
  return Error{Code::kInvalid, version == kStateVersion ? "the state of hours is damaged: it is learnt anew" : fmt::format("the state of hours has version {}, this program knows {}: it is learnt anew", version, kStateVersion)};
}

}  // namespace tocsin::baseline
