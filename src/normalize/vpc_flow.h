// VPC flow logs of AWS whose columns a head names: files in S3 begin with one, and what stands in it is the customer's choice.
//
//   version vpc-id srcaddr dstaddr srcport dstport protocol start end action log-status flow-direction
//   5 vpc-0a1b 203.0.113.7 10.20.0.10 50122 22 6 1772439330 1772439390 REJECT OK ingress
//
// A head is a line of names alone: small letters, digits and dashes, each once, at least five of which are in AWS's list (versions 2 to 10) and at most a quarter not
// yet; the first is. Each column is a field under its name, with "_" for "-", as in flow logs by JSON. "-" is null; values
// have no blanks. The time is the column start, by the mappings. A line that has not as many values is of another format. Lines of version 2 in the
// usual order need no head (content/mappings/formats_network.yml).
//
// One per thread. It knows the columns of one file at a time. Warm, it allocates nothing per line.
//
// Source: "Flow log records", Amazon VPC User Guide.
#pragma once

#include <string_view>
#include <vector>

#include "event/event.h"
#include "normalize/text_arena.h"

namespace tocsin {

/// As mappings call it, which have its lines without a head.
inline constexpr std::string_view kVpcFlowFormat = "vpc flow";
/// AWS knows some fifty; a head with more is none.
inline constexpr std::size_t kVpcColumnsMax = 128;
/// Known names that make a line a head. A sentence hardly holds five of them.
inline constexpr std::size_t kVpcKnownLeast = 5;

/// Whether the line is a head.
bool is_vpc_head(std::string_view line);

class VpcFlowParser {
 public:
  explicit VpcFlowParser(PathTable& paths);

  void forget_columns() { columns_.clear(); }
  bool knows_columns() const { return !columns_.empty(); }
  /// If the line is a head, it holds from the next line on.
  bool read_head(std::string_view line);
  /// False if the line has not as many columns as there should be, or is a head itself; then the event has to be cleared.
  bool parse(std::string_view line, TextArena& arena, Event& event);

 private:
  PathTable& paths_;
  PathId log_format_;
  std::vector<PathId> columns_;
};

}  // namespace tocsin
