#include "baseline/volumes.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tocsin::baseline {

namespace {

/// Weeks of which an hour was seen before it is asked, and days before those stand for it.
constexpr int kWeeksLeast = 2, kDaysLeast = 3;
/// A week counts at least so much in the mean, a day so much, an hour so much in the dispersion.
constexpr float kWeekShare = 0.25F, kDayShare = 0.1F, kHourShare = 0.02F;
/// What is farther from the mean, in spreads, is taken to be so far.
constexpr float kFarthest = 6;
/// Spreads beyond which an hour is unusual, fewer events than these beside, and so many times more or fewer.
constexpr float kManySpreads = 5, kFewSpreads = 4, kManyLeast = 20, kFewUsualLeast = 20, kManyTimes = 2, kFewTimes = 4;
/// What is random is never less so than this.
constexpr float kDispersionLeast = 1;
constexpr std::uint32_t kHourS = 3'600;

float share(std::uint8_t seen, float least) { return std::max(1.0F / (static_cast<float>(seen) + 1), least); }
void count_up(std::uint8_t& seen) { seen = static_cast<std::uint8_t>(std::min(seen + 1, 255)); }

}  // namespace

Volumes::Usual Volumes::usual_at(const Subject& subject, std::uint32_t hour) {
  const std::uint32_t of_week = hour % kWeekHours, of_day = hour % kDayHours;
  Usual usual;
  usual.by_week = subject.weeks[of_week] >= kWeeksLeast;
  usual.known = usual.by_week || subject.days[of_day] >= kDaysLeast;
  if (!usual.known) return usual;
  usual.mean = usual.by_week ? subject.of_week[of_week] : subject.of_day[of_day];
  usual.spread = std::sqrt(std::max(subject.dispersion, kDispersionLeast) * (usual.mean + 1));
  return usual;
}

/// The hour that is being counted is over.
void Volumes::close(Subject& subject) {
  const Usual usual = usual_at(subject, subject.hour);
  float taken = subject.count;
  subject.last_count = subject.count;
  subject.last_usual = usual.mean;
  subject.last_spread = usual.by_week ? usual.spread : 0;
  if (usual.known) {
    taken = std::clamp(taken, usual.mean - kFarthest * usual.spread, usual.mean + kFarthest * usual.spread);
    const float off = taken - usual.mean;
    if (subject.dispersion == 0) subject.dispersion = kDispersionLeast;
    subject.dispersion += kHourShare * (off * off / (usual.mean + 1) - subject.dispersion);
  }
  const std::uint32_t of_week = subject.hour % kWeekHours, of_day = subject.hour % kDayHours;
  subject.of_week[of_week] += share(subject.weeks[of_week], kWeekShare) * (taken - subject.of_week[of_week]);
  subject.of_day[of_day] += share(subject.days[of_day], kDayShare) * (taken - subject.of_day[of_day]);
  count_up(subject.weeks[of_week]);
  count_up(subject.days[of_day]);
  subject.count = 0;
  ++subject.hour;
}

Volumes::Told Volumes::ask(std::uint64_t fingerprint, std::uint32_t now_s) {
  Told told;
  Subject* const known = subjects_.find(fingerprint);
  const std::uint32_t hour = now_s / kHourS;
  if (known == nullptr || hour < known->hour || hour > known->hour + 1) return told;
  Subject subject = *known;
  if (hour > subject.hour) close(subject);
  told.days = static_cast<double>(now_s - std::min(now_s, subject.first_s)) / 86'400;
  const Usual usual = usual_at(subject, hour);
  const float count = subject.count + 1;
  told.now = {count, usual.mean};
  told.last = {subject.last_count, subject.last_usual};
  told.more = usual.known && count >= kManyLeast && count >= kManyTimes * usual.mean && count > usual.mean + kManySpreads * usual.spread;
  told.less = subject.last_spread > 0 && subject.last_usual >= kFewUsualLeast && subject.last_count * kFewTimes <= subject.last_usual && subject.last_count < subject.last_usual - kFewSpreads * subject.last_spread;
  return told;
}

void Volumes::add(std::uint64_t fingerprint, std::uint32_t now_s) {
  Subject& subject = subjects_.find_or_take(fingerprint);
  const std::uint32_t hour = now_s / kHourS;
  if (subject.first_s == 0 || hour > subject.hour + kVolumeForgetHours) {
    subject = {};
    subject.fingerprint = fingerprint;
    subject.first_s = std::max<std::uint32_t>(now_s, 1);
    subject.hour = hour;
  }
  subject.last_s = std::max(subject.last_s, now_s);
  if (hour < subject.hour) return;
  while (subject.hour < hour) close(subject);
  ++subject.count;
}

void Volumes::pack(std::string& out) const {
  std::uint32_t used = 0;
  const std::size_t head = out.size();
  append_number(out, used);
  for (std::size_t place = 0; place < kVolumeSubjects; ++place) {
    const Subject& subject = subjects_.at(place);
    if (subject.fingerprint == 0) continue;
    append_number(out, static_cast<std::uint32_t>(place));
    out.append(reinterpret_cast<const char*>(&subject), sizeof subject);
    ++used;
  }
  out.replace(head, sizeof used, reinterpret_cast<const char*>(&used), sizeof used);
}

bool Volumes::is_sound(const Subject& subject) {
  const auto counts = [](float count) { return std::isfinite(count) && count >= 0; };
  return counts(subject.count) && counts(subject.last_count) && counts(subject.last_usual) && counts(subject.last_spread) && counts(subject.dispersion) &&
         std::ranges::all_of(subject.of_week, [](float mean) { return std::isfinite(mean); }) && std::ranges::all_of(subject.of_day, [](float mean) { return std::isfinite(mean); });
}

bool Volumes::unpack(ByteReader& bytes) {
  const auto used = bytes.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < used && bytes.good(); ++i) {
    const auto place = bytes.number<std::uint32_t>();
    const std::string_view raw = bytes.take(sizeof(Subject));
    if (!bytes.good()) return false;
    Subject subject;
    std::memcpy(static_cast<void*>(&subject), raw.data(), sizeof subject);
    if (!is_sound(subject) || !subjects_.put(place, subject)) return false;
  }
  return bytes.good();
}

}  // namespace tocsin::baseline
