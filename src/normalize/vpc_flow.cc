#include "normalize/vpc_flow.h"

#include <algorithm>
#include <array>
#include <string>

#include "normalize/text_scan.h"

namespace tocsin {

namespace {

/// In order of bytes.
constexpr std::array kKnown = std::to_array<std::string_view>({
    "account-id", "action", "az-id", "bytes", "dstaddr", "dstport",
    "ecs-cluster-arn", "ecs-cluster-name", "ecs-container-id", "ecs-container-instance-arn", "ecs-container-instance-id", "ecs-second-container-id", "ecs-service-name", "ecs-task-arn", "ecs-task-definition-arn", "ecs-task-id",
    "encryption-status", "end", "flow-direction", "instance-id", "interface-id", "log-status", "packets",
    "packets-lost-blackhole", "packets-lost-mtu-exceeded", "packets-lost-no-route", "packets-lost-ttl-expired",
    "pkt-dst-aws-service", "pkt-dstaddr", "pkt-src-aws-service", "pkt-srcaddr", "protocol", "region", "reject-reason", "resource-id", "resource-type",
    "srcaddr", "srcport", "start", "sublocation-id", "sublocation-type", "subnet-id", "tcp-flags",
    "tgw-attachment-id", "tgw-dst-az-id", "tgw-dst-eni", "tgw-dst-subnet-id", "tgw-dst-vpc-account-id", "tgw-dst-vpc-id", "tgw-id", "tgw-pair-attachment-id",
    "tgw-src-az-id", "tgw-src-eni", "tgw-src-subnet-id", "tgw-src-vpc-account-id", "tgw-src-vpc-id",
    "traffic-path", "type", "version", "vpc-id",
});
static_assert(std::ranges::is_sorted(kKnown));

bool is_known(std::string_view name) { return std::ranges::binary_search(kKnown, name); }

bool is_name(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; });
}

/// The first word of `rest`, which loses it and the blank behind it.
std::string_view take_word(std::string_view& rest) {
  const std::size_t end = rest.find(' ');
  const std::string_view word = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return word;
}

std::string_view without_end(std::string_view line) {
  while (!line.empty() && (is_space(line.back()) || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool is_vpc_head(std::string_view line) {
  std::string_view rest = without_end(line);
  if (!is_known(rest.substr(0, rest.find(' ')))) return false;  // most lines of other formats end here
  std::array<std::string_view, kVpcColumnsMax> names;
  std::size_t count = 0, known = 0;
  while (!rest.empty()) {
    const std::string_view name = take_word(rest);
    if (count == kVpcColumnsMax || !is_name(name)) return false;
    if (std::find(names.begin(), names.begin() + count, name) != names.begin() + count) return false;
    known += is_known(name) ? 1 : 0;
    names[count++] = name;
  }
  return known >= kVpcKnownLeast && (count - known) * 4 <= count;
}

VpcFlowParser::VpcFlowParser(PathTable& paths)
    : paths_(paths), log_format_(paths.child(PathTable::kRoot, "log_format")) {}

bool VpcFlowParser::read_head(std::string_view line) {
  if (!is_vpc_head(line)) return false;
  columns_.clear();
  std::string name;
  for (std::string_view rest = without_end(line); !rest.empty();) {
    name = take_word(rest);
    std::ranges::replace(name, '-', '_');
    columns_.push_back(paths_.child(PathTable::kRoot, name));
  }
  return true;
}

bool VpcFlowParser::parse(std::string_view line, TextArena& arena, Event& event) {
  arena.prepare(line.size() + kVpcFlowFormat.size());
  const std::string_view text = arena.put(line);
  add_value(event, PathTable::kRoot, text);
  std::string_view rest = without_end(text);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool is_last = i + 1 == columns_.size();
    if (rest.empty() || (rest.find(' ') == std::string_view::npos) != is_last) return false;
    const std::string_view value = take_word(rest);
    add_or_null(event, columns_[i], value);
  }
  add_value(event, log_format_, arena.put(kVpcFlowFormat));
  event.text = arena.text();
  return true;
}

}  // namespace tocsin
