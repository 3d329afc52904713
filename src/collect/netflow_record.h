// One flow as a record: a JSON object whose members have the names of IANA's information elements, in the order of the template, behind who sent it and when it began and ended, and before what was
// made out of all that. One object belongs to one thread; warm, it allocates nothing. A record that is not whole is no record.
//
//   {"exportProtocolVersion":9,"exporterIPv4Address":"192.0.2.1","observationDomainId":0,"exportTime":"…","flowStart":"2026-03-02T08:15:30.120000Z","flowEnd":"…","sourceIPv4Address":"10.20.0.31",
//    …,"octetDeltaCount":5120,"samplingInterval":100,"missedFlows":3,"communityID":"1:…"}
//
// flowStart and flowEnd are of whichever clock the record has: flowStart- and flowEndNanoseconds, Microseconds, Milliseconds, Seconds, DeltaMicroseconds (before the export), or SysUpTime, which
// counts milliseconds since the exporter started: that moment is in the record (IPFIX), or follows from the header (v5, v9). Such a counter comes round every 49.7 days; of the moments
// that it may mean, the last is taken that is not more than an hour after the export.
//
// Times are RFC 3339, addresses text, what has more than 8 bytes or is no number "0x…", text with U+FFFD for what is no UTF-8. A name that comes several times has an array, a value of no bytes is left out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "collect/flow_ends.h"
#include "collect/netflow_template.h"

namespace tocsin {

/// What is said about all records of a datagram.
struct NetflowHeader {
  std::uint16_t version = 0;
  std::uint32_t domain = 0;       // v9: source id; v5: type and id of the engine
  TimeUs exported = kNoTime;
  TimeUs started = kNoTime;       // the exporter; kNoTime: not said
  std::uint32_t sampling = 0;     // one packet in so many was looked at; 0: not said
};

class NetflowRecord {
 public:
  /// Finds the fields of the record that `bytes` begins with, and returns its size; 0 if it is not whole.
  std::size_t read(const NetflowTemplate& layout, std::string_view bytes);
  /// Of an IANA element, as a number; `if_none` where it is not there.
  std::uint64_t number(std::uint16_t id, std::uint64_t if_none) const;
  /// When the exporter started, if the record says so (systemInitTimeMilliseconds); else kNoTime.
  TimeUs started() const;
  /// The record's JSON, of what was read; good until the next. `missed` and `sampling` are left out if they are 0, and a sampling of 1.
  std::string_view json(const NetflowHeader& header, std::string_view exporter, std::uint64_t missed, std::uint32_t sampling);

 private:
  const NetflowField* field(std::uint16_t id) const;
  std::string_view value(const NetflowField& field) const { return values_[static_cast<std::size_t>(&field - layout_->fields.data())]; }
  TimeUs moment(const NetflowHeader& header, bool start) const;
  FlowEnds ends() const;
  void append_head(const NetflowHeader& header, std::string_view exporter);
  void append_fields();

  const NetflowTemplate* layout_ = nullptr;
  std::array<std::string_view, kNetflowFieldsMax> values_;
  std::string json_;
};

}  // namespace tocsin
