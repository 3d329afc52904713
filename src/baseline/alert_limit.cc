#include "baseline/alert_limit.h"

namespace tocsin::baseline {

bool AlertLimit::admits(BaselineKind kind, std::span<const std::uint64_t> fingerprints, std::uint32_t time_s) {
  bool is_new = false;
  for (const std::uint64_t fingerprint : fingerprints) {
    const Told* const before = told_.find(fingerprint);
    if (before != nullptr && time_s < before->at_s + std::uint64_t{kSameSignSeconds}) continue;
    told_.find_or_take(fingerprint, [](const Told& one) { return one.at_s; }).at_s = time_s;
    is_new = true;
  }
  if (!is_new) return false;
  Hour& hour = hours_[static_cast<std::size_t>(kind)];
  if (time_s / 3'600 > hour.number) hour = {time_s / 3'600, 0};
  const bool has_room = hour.alerts < kSignAlertsPerHourMax;
  if (has_room) {
    ++hour.alerts;
  } else {
    ++held_back_;
  }
  return has_room;
}

void AlertLimit::append_state(std::string& out) const {
  for (const Hour& hour : hours_) {
    append_number(out, hour.number);
    append_number(out, hour.alerts);
  }
  told_.append_state(out, [](std::string& to, const Told& one) { append_number(to, one.at_s); });
}

Status AlertLimit::read_state(std::string_view bytes) {
  told_.clear();
  held_back_ = 0;
  ByteReader reader(bytes);
  for (Hour& hour : hours_) {
    hour.number = reader.number<std::uint32_t>();
    hour.alerts = reader.number<std::uint32_t>();
  }
  const bool read = told_.read_state(reader, [](ByteReader& from, Told& one) {
    one.at_s = from.number<std::uint32_t>();
    return true;
  });
  if (read && reader.good() && reader.at_end()) return {};
  told_.clear();
  hours_ = {};
  return Error{Code::kInvalid, "the state of alerts of signs is damaged: it begins anew"};
}

}  // namespace tocsin::baseline
