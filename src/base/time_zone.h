// What a clock on the wall says, as points in time: zones by their names in the IANA database, which the system keeps in /usr/share/zoneinfo (package
// tzdata), and fixed distances from UTC. The data of a zone are read when it is found, so find zones before a process gives up its files; afterwards a
// TimeZone is immutable and safe from any thread. docs/decisions/0036-time-zones.md says why this library.
//
//   const TimeZone zone = TRY(TimeZone::find("Europe/Berlin"));
//   zone.to_utc(to_time({2026, 7, 1, 12, 0, 0, 0}))   // 2026-07-01T10:00:00Z
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tocsin {

class TimeZone {
 public:
  /// A name of the IANA database ("Europe/Berlin", "UTC"), or a distance ("+01:00", "-0530"). kNotFound for any other; kIo where the system has no database.
  static Result<TimeZone> find(std::string_view name);

  const std::string& name() const { return name_; }

  /// `local` is what a clock showed, as if it were UTC. Where clocks are put back an hour comes twice: then it is the later one that is not later than
  /// `latest` (when the line was received, or its file last written), within kNearby of it; else the first. Where they are put forward an hour is missing: a
  /// clock that shows it was not put forward. The files of the database have days of
  /// change until 2037; later years are as the last of them says. What is out of the library's calendar (years -32767 to 32767) comes back as it is.
  TimeUs to_utc(TimeUs local, TimeUs latest = kNoTime) const;
  /// What a clock shows then, as if it were UTC.
  TimeUs to_local(TimeUs utc) const;

 private:
  /// A line is received, and a file that is still written to is written, at most so long after.
  static constexpr TimeUs kNearby = 3LL * 3600 * 1'000'000;

  TimeZone(std::string name, const void* zone, TimeUs offset) : name_(std::move(name)), zone_(zone), offset_(offset) {}

  std::string name_;
  const void* zone_;  // of the library, which keeps it until the program ends; nullptr: a fixed distance
  TimeUs offset_;     // what local clocks are ahead of UTC, if fixed
};

}  // namespace tocsin
