// The log records of an OTLP request (ExportLogsServiceRequest of opentelemetry.proto.collector.logs.v1), in JSON and in protobuf. One reader belongs to one thread and is used
// for one body after the other; warm, it allocates nothing. Bodies are whole and unpacked. Records are handed on as they are found; where the end of a body
// turns out to be malformed, or it has too many, none of them may be kept. Members and fields that nobody here knows are passed over, as OTLP asks.
//
//   const OtlpRead read = is_json ? reader.json(body, visitor) : reader.proto(body, visitor);
//   if (read.malformed) …
#pragma once

#include <string>
#include <string_view>

#include "collect/otlp_record.h"

namespace tocsin {

class OtlpReader {
 public:
  OtlpRead json(std::string_view body, ReceivedVisitor& visitor);
  OtlpRead proto(std::string_view body, ReceivedVisitor& visitor);

 private:
  // otlp_json.cc
  bool json_resource_logs(std::string_view object);
  bool json_scope_logs(std::string_view object);
  bool json_record(std::string_view object);
  bool json_attributes(std::string_view array, std::string_view prefix, std::string& members, bool& good, void (OtlpReader::*seen)(std::string_view, std::string_view));
  bool json_resource(std::string_view object);
  bool json_scope(std::string_view object);

  // otlp_proto.cc
  bool proto_resource_logs(std::string_view bytes);
  bool proto_scope_logs(std::string_view bytes);
  bool proto_record(std::string_view bytes);
  bool proto_attribute(std::string_view bytes, std::string_view prefix, std::string& members, bool& good, void (OtlpReader::*seen)(std::string_view, std::string_view));
  bool proto_resource(std::string_view bytes);
  bool proto_scope(std::string_view bytes);

  /// What an attribute says beyond itself; key and value as they stand in JSON strings.
  void seen_of_resource(std::string_view key, std::string_view text);
  void seen_of_record(std::string_view key, std::string_view text);
  void seen_of_scope(std::string_view, std::string_view) {}
  bool hand_on() { return record_.hand_on(resource_, scope_, read_, *visitor_); }

  OtlpRead read_;
  ReceivedVisitor* visitor_ = nullptr;
  OtlpAround resource_, scope_;
  OtlpRecord record_;
  std::string key_, text_;  // room
};

}  // namespace tocsin
