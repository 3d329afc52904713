#include "pipeline/silent_sources.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/canary_rule.h"

namespace tocsin {

namespace {

constexpr std::chrono::seconds kLook{5};
/// A machine that slept, or a thread that waited, has not watched.
constexpr std::chrono::seconds kWatchedAtOnceMost{15};
constexpr std::int64_t kKeepEveryNs = 3'600'000'000'000;

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3'600) return fmt::format("{} min", whole / 60);
  const auto text = [](std::uint64_t most, const char* unit, std::uint64_t rest, const char* smaller) {
    return rest == 0 ? fmt::format("{} {}", most, unit) : fmt::format("{} {} {} {}", most, unit, rest, smaller);
  };
  if (whole < 86'400) return text(whole / 3'600, "h", whole / 60 % 60, "min");
  return text(whole / 86'400, "d", whole / 3'600 % 24, "h");
}

/// Sources of followed files and of pollers have no sender.
bool is_of_sender(std::string_view source) { return source.find('/') != std::string_view::npos && !source.starts_with("file/") && !source.starts_with("poll/"); }

}  // namespace

std::string in_words(const Silence& silence) {
  return fmt::format("nothing since {}: {}{}; its longest pause but one in {:.0f} days was {}", format_time(silence.since), duration_text(silence.seconds),
                     silence.has_schedule ? " of the hours in which it usually speaks" : "", silence.days, duration_text(silence.usual_seconds));
}

SilentSources::~SilentSources() { stop(); }

Status SilentSources::start() {
  TRY(recall());
  thread_ = std::thread([this] { run(); });
  return {};
}

Status SilentSources::recall() {
  const std::vector<StoredHabit> habits = TRY(place_.state.habits());
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const StoredHabit& stored : habits) {
    // Of another build, or damaged: it is learnt anew.
    if (const auto habit = baseline::SourceHabit::unpacked(stored.packed)) sources_[stored.source].habit = *habit;
  }
  started_ = place_.env.now_us();
  looked_ns_ = kept_ns_ = place_.env.monotonic_ns();
  return {};
}

void SilentSources::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  if (const Status kept = keep(); !kept) place_.log(kept.error().message);
}

void SilentSources::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wake_.wait_for(lock, kLook, [this] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

/// What it said before this run was heard by the one before.
bool SilentSources::has_spoken(const SourceSeen& source, Watched& watched) const {
  const TimeUs before = std::max(watched.last_seen, started_ - 1);
  watched.last_seen = std::max(watched.last_seen, source.last_seen);
  return source.last_seen > before;
}

void SilentSources::look() {
  const std::int64_t now_ns = place_.env.monotonic_ns();
  const std::chrono::nanoseconds watched = place_.is_open() ? std::min<std::chrono::nanoseconds>(kWatchedAtOnceMost, std::chrono::nanoseconds(now_ns - looked_ns_)) : std::chrono::nanoseconds(0);
  looked_ns_ = now_ns;
  const TimeUs now = place_.env.now_us();
  std::vector<std::string> fell, spoke;
  {
    std::vector<SourceSeen> seen = place_.sources();
    std::ranges::sort(seen, {}, &SourceSeen::name);
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const SourceSeen& source : seen) {
      if (source.name == kCanarySource || source.name.empty() || source.last_seen < started_) continue;
      if (sources_.size() < kWatchedSourcesMax) sources_.try_emplace(source.name);
    }
    for (auto& [name, one] : sources_) {
      const auto found = std::ranges::lower_bound(seen, name, {}, &SourceSeen::name);
      const bool speaks = found != seen.end() && found->name == name && has_spoken(*found, one);
      const bool was_silent = one.habit.is_silent();
      one.habit.look(now, watched, speaks);
      if (was_silent != one.habit.is_silent()) (was_silent ? spoke : fell).push_back(name);
    }
  }
  forget_removed(fell);
  tell(fell, spoke);
  keep_if_due();
}

/// Nobody waits for a sender that was removed.
void SilentSources::forget_removed(std::vector<std::string>& fell) {
  if (std::ranges::none_of(fell, is_of_sender)) return;
  const Result<std::vector<SenderRecord>> senders = place_.state.senders();
  if (!senders) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(fell, [&](const std::string& source) {
    if (!is_of_sender(source)) return false;
    const bool stays = std::ranges::any_of(*senders, [&](const SenderRecord& sender) { return source.substr(source.find('/') + 1) == sender.name; });
    if (!stays) sources_.erase(source);
    return !stays;
  });
}

void SilentSources::tell(const std::vector<std::string>& fell, const std::vector<std::string>& spoke) {
  const std::vector<Silence> silences = fell.empty() ? std::vector<Silence>() : now();
  for (std::size_t i = 0; i < std::min(fell.size(), kSilencesToldMax); ++i) {
    const auto silence = std::ranges::find(silences, fell[i], &Silence::source);
    if (silence != silences.end()) place_.log(fmt::format("the source {} has fallen silent: {}", fell[i], in_words(*silence)));
  }
  if (fell.size() > kSilencesToldMax) place_.log(fmt::format("{} more sources have fallen silent at the same time; `tocsin status` names them", fell.size() - kSilencesToldMax));
  for (std::size_t i = 0; i < std::min(spoke.size(), kSilencesToldMax); ++i) place_.log(fmt::format("the source {} speaks again", spoke[i]));
  if (spoke.size() > kSilencesToldMax) place_.log(fmt::format("{} more sources speak again", spoke.size() - kSilencesToldMax));
}

Silence SilentSources::silence_of(const std::string& source, const Watched& watched) const {
  const baseline::SourceHabit& habit = watched.habit;
  return {source, habit.spoke(), habit.quiet_seconds(), habit.usual_pause_seconds(), habit.bound_seconds(), habit.days(), habit.has_schedule()};
}

std::vector<Silence> SilentSources::now() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Silence> silences;
  for (const auto& [name, one] : sources_) {
    if (one.habit.is_silent()) silences.push_back(silence_of(name, one));
  }
  return silences;
}

Result<bool> SilentSources::dismiss(const std::string& source) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (sources_.erase(source) == 0) return false;
  }
  TRY(keep());
  return true;
}

Status SilentSources::keep() {
  std::vector<StoredHabit> habits;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [name, one] : sources_) habits.push_back({name, one.habit.packed()});
  }
  return place_.state.keep_habits(habits);
}

/// What cannot be kept now is kept an hour later; the state says elsewhere what is wrong with it.
void SilentSources::keep_if_due() {
  const std::int64_t now = place_.env.monotonic_ns();
  if (now - kept_ns_ < kKeepEveryNs) return;
  kept_ns_ = now;
  (void)keep();
}

}  // namespace tocsin
