// How many events an hour has of a subject, beside what that hour of its week usually has. Of each hour of the week a mean is kept, in which later weeks count more, and of each hour of the day one for as long as the week
// is not known; how far hours are from it, in units of what chance alone would do, says how much is a lot for this subject (the index of dispersion: variance over mean, 1 for a Poisson process). One hour that is far off
// changes the mean no more than one that is a little off, so an attack does not teach that attacks are usual. Hours are those of UTC. Late events, of an hour that is over, are not counted. Flat memory: 7 MiB. One thread.
//
//   Volumes volumes;
//   const Volumes::Told told = volumes.ask(fingerprint, now_s);
//   if (told.more) …  // this hour so far, told.count, where told.usual are usual in the whole of it
//   volumes.add(fingerprint, now_s);
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/recent_table.h"

namespace tocsin::baseline {

/// Sources, hosts and accounts together, 912 bytes each.
inline constexpr std::size_t kVolumeSubjects = std::size_t{1} << 13;
inline constexpr std::uint32_t kWeekHours = 168, kDayHours = 24;
/// Of a subject that was quiet for longer nothing is known any more.
inline constexpr std::uint32_t kVolumeForgetHours = 14 * 24;

class Volumes {
 public:
  struct Hour {
    double count = 0, usual = 0;
  };
  struct Told {
    bool more = false, less = false;
    Hour now, last;  // this hour, with the event that is asked about; the one before it
    double days = 0;
  };
  /// Of an event that is not added yet.
  Told ask(std::uint64_t fingerprint, std::uint32_t now_s);
  void add(std::uint64_t fingerprint, std::uint32_t now_s);

  void pack(std::string& out) const;
  /// False: these are none, and what is in it now is not to be used.
  bool unpack(ByteReader& bytes);

 private:
  struct Subject {
    std::uint64_t fingerprint = 0;
    std::uint32_t last_s = 0, first_s = 0;
    std::uint32_t hour = 0;        // since 1970, that is being counted
    float count = 0;               // in it
    float last_count = 0, last_usual = 0, last_spread = 0;  // of the hour before it; spread 0: not known
    float dispersion = 0;          // 0: not known
    std::array<float, kWeekHours> of_week;
    std::array<float, kDayHours> of_day;
    std::array<std::uint8_t, kWeekHours> weeks;
    std::array<std::uint8_t, kDayHours> days;
  };
  struct Usual {
    bool known = false, by_week = false;
    float mean = 0, spread = 0;
  };
  static Usual usual_at(const Subject& subject, std::uint32_t hour);
  static void close(Subject& subject);
  static bool is_sound(const Subject& subject);

  RecentTable<Subject, kVolumeSubjects> subjects_;
};

}  // namespace tocsin::baseline
