// One log record of OpenTelemetry as one record of ours, whichever encoding it came in: otlp_json.cc and otlp_proto.cc find the parts, this puts them together. One thread
// at a time; warm, it allocates nothing. What is too large or too deep for a record is refused alone.
//
// A body that is a text, in a record that says where the text was read and nothing else (attributes whose names begin with "log.", as receivers that read files
// give them), is a line of a log: the record is that text, so that the parsers know it, and everything beside it goes into Received::fields, as with HEC. Any other log
// record becomes one JSON text, its members named as in OTLP's JSON, those of attributes with dots before:
//
//   {"timeUnixNano":1772439330000000000,"severityNumber":9,"severityText":"INFO","body":"hello","attributes.user.name":"ann",
//    "resource.attributes.service.name":"shop","resource.attributes.host.name":"web-01","scope.name":"app","traceId":"5b8e…","spanId":"eee1…"}
//
// Received::time is the record's time, or when it was observed, in seconds; Received::host the resource's host.name; Received::source the file (log.file.path, log.file.name).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/received.h"

namespace tocsin {

/// Values in values: of a body, an attribute. Real ones have five; a record that is too deep for the parsers would not be read later.
inline constexpr std::size_t kOtlpDepthMax = 32;
/// Log records of one request, as events of an HEC request; exporters send 512 at a time.
inline constexpr std::size_t kOtlpRecordsMax = 50'000;
/// What goes beside a line, as with HEC.
inline constexpr std::size_t kOtlpFieldsBytesMax = 32 << 10;
/// A host or a file beside a record, as with HEC.
inline constexpr std::size_t kOtlpMetaBytesMax = 4 << 10;

/// What a request came to.
struct OtlpRead {
  bool malformed = false;      // nothing of it may be kept
  std::uint64_t records = 0;   // handed on
  std::uint64_t rejected = 0;  // each for what `why` says of the last
  std::string_view why = {};   // static text
};

/// What the records of one resource, or of one scope in it, have in common: members of a JSON object, each with a comma behind.
struct OtlpAround {
  std::string members;
  std::string host;  // of resources
  bool good = true;  // false: too deep
  void clear();
};

class OtlpRecord {
 public:
  std::uint64_t time = 0, observed = 0, flags = 0;
  std::int64_t severity = 0;
  std::string severity_text, trace, span, event;  // as they stand in a JSON string
  std::string body;                               // as JSON; "" if there is none
  std::string line;                               // what the body spells, where that is a text
  bool is_text = false;
  std::string attributes;  // as in OtlpAround
  std::string file;        // that the body was read from
  bool about_log = false, only_about_log = true;
  bool good = true;  // false: too deep

  void clear();
  /// To the visitor, or into `read` as rejected. False where there are more than kOtlpRecordsMax.
  bool hand_on(const OtlpAround& resource, const OtlpAround& scope, OtlpRead& read, ReceivedVisitor& visitor);

 private:
  void append_about(const OtlpAround& resource, const OtlpAround& scope);
  void reject(std::string_view why, OtlpRead& read) const;

  std::string about_, json_, stated_;
};

/// `"prefix` + key + `":` behind `out`; the key as it stands in a JSON string.
void append_otlp_name(std::string& out, std::string_view prefix, std::string_view key);

}  // namespace tocsin
