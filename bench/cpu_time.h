// The processor's time of this process, for benchmarks.
#pragma once

#include <algorithm>
#include <ctime>
#include <functional>

namespace tocsin {

inline double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Of so many rounds.
inline double best_seconds(int rounds, const std::function<void()>& run) {
  double best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    const double began = cpu_seconds();
    run();
    best = std::min(best, cpu_seconds() - began);
  }
  return best;
}

}  // namespace tocsin
