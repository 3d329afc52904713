// What is usual, learnt from all events of a service in the order of its journal, and asked about those that make an alert. For each host, each account and all together: which values a field has (content/baselines/fields.yml) and
// how often; for each source, host and account: how many events its hours have; for each host to whom it connects at equal intervals, and which of its hours are unlike the others as a whole; for each account from where it logged in. What was long ago counts less. An event is asked about before it is learnt, so what a sign says is what was before it.
//
//   Baselines baselines(TRY(BaselineFields::shipped()));
//   EventReader reader(baselines.fields(), paths, log_sources);
//   reader.read(event, source, received, seen);
//   baselines.ask_promoted(seen, signs);                       // of kinds that make an alert by themselves
//   if (makes_an_alert) baselines.ask(seen, alert.baseline);
//   baselines.learn(seen);
//
// Flat memory, some 41 MB when all of it is used and hardly any before; learning allocates nothing. The same events in the same order give the same bits, also over pack() and unpack(). One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/recent_table.h"
#include "baseline/alert_limit.h"
#include "baseline/baseline_fields.h"
#include "baseline/beacon.h"
#include "baseline/hour_outlier.h"
#include "baseline/login_travel.h"
#include "baseline/observation.h"
#include "baseline/seen_values.h"
#include "baseline/sign_kinds.h"
#include "baseline/volumes.h"
#include "event/baseline.h"

namespace tocsin::baseline {

/// Fields of subjects, 32 bytes each: of 500 hosts and 10,000 accounts twelve each.
inline constexpr std::size_t kHabits = std::size_t{1} << 17;
/// Of what is kept for the next start: all tables full, with their places, 42 MB.
inline constexpr std::size_t kBaselinesPackedBytesMax = std::size_t{48} << 20;

class Baselines {
 public:
  explicit Baselines(BaselineFields fields);

  const BaselineFields& fields() const { return fields_; }
  /// Appends what is unusual about it, up to kBaselineSignsMax.
  void ask(const Observation& seen, std::vector<BaselineSign>& signs);
  void learn(const Observation& seen);

  /// Kinds of which a sign makes an alert by itself; at first none.
  void promote(SignKinds kinds) { promoted_ = kinds; }
  /// Appends the signs of those kinds that make one now (alert_limit.h). Once for each event, before it is learnt, also where no alert is to come of it.
  void ask_promoted(const Observation& seen, std::vector<BaselineSign>& signs);
  /// Signs that made none because their kind had too many within the hour, since this was made or read.
  std::uint64_t held_back() const { return tables_->alerts.held_back(); }
  /// Of which something was learnt.
  std::uint64_t learnt() const { return learnt_; }
  /// Log-ins that succeeded, and those of them whose place is known, since this was made or read.
  struct Logins {
    std::uint64_t all = 0, placed = 0;
  };
  Logins logins() const { return logins_; }

  /// docs/formats/baselines.md.
  std::string packed() const;
  /// Takes what packed() gave in place of all that is known. False: it is none, and nothing is known.
  bool unpack(std::string_view bytes);

 private:
  /// A field of a subject: how many events had it, and how many of those something new.
  struct Habit {
    std::uint64_t fingerprint = 0;
    std::uint32_t last_s = 0, first_s = 0;
    float all = 0, fresh = 0;
  };
  struct Tables {
    SeenValues values;
    RecentTable<Habit, kHabits> habits;
    Volumes volumes;
    Beacons beacons;
    HourOutliers hours;
    LoginTravel logins;
    AlertLimit alerts;
  };
  struct Whose {
    EntityType type = EntityType::kNone;
    Observation::Subject subject;
  };
  static std::array<Whose, 3> subjects_of(const Observation& seen);
  void ask_kinds(const Observation& seen, SignKinds kinds, std::vector<BaselineSign>& signs);
  void ask_login(const Observation& seen, std::vector<BaselineSign>& signs) const;
  void ask_value(const Observation& seen, const Observation::Field& field, const Whose& whose, std::vector<BaselineSign>& signs);
  void ask_volume(const Observation& seen, EntityType type, std::uint64_t fingerprint, std::string subject, std::vector<BaselineSign>& signs);
  void ask_connection(const Observation& seen, std::vector<BaselineSign>& signs) const;
  void ask_hour(const Observation& seen, std::vector<BaselineSign>& signs) const;
  bool unpack_tables(ByteReader bytes);

  const BaselineFields fields_;
  SignKinds promoted_;
  std::unique_ptr<Tables> tables_;
  const HourlyFading fading_{kValueHalfLifeHours};
  std::uint64_t learnt_ = 0;
  Logins logins_;
};

}  // namespace tocsin::baseline
