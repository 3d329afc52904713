#include "collect/netflow_record.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "collect/big_endian.h"

namespace tocsin {

namespace {

constexpr std::int64_t kSecondUs = 1'000'000, kHourUs = 3'600 * kSecondUs;
constexpr TimeUs kTimeLast = 253'402'300'799 * kSecondUs;          // of the year 9999
constexpr std::uint64_t kNtpToUnix = 2'208'988'800;                // seconds from 1900 to 1970
constexpr std::int64_t kUpTimeRoundUs = (std::int64_t{1} << 32) * 1'000;

void append_decimal(std::string& out, std::uint64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_hex(std::string& out, std::string_view bytes) {
  out += "\"0x";
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  out += '"';
}

std::optional<TimeUs> time_of(IpfixType type, std::string_view bytes) {
  if (bytes.size() != (type == IpfixType::kSeconds ? 4U : 8U)) return std::nullopt;
  const std::uint64_t number = big_number(bytes);
  std::uint64_t us = 0;
  if (type == IpfixType::kSeconds) {
    us = number * kSecondUs;
  } else if (type == IpfixType::kMilliseconds) {
    if (number > static_cast<std::uint64_t>(kTimeLast / 1'000)) return std::nullopt;
    us = number * 1'000;
  } else {
    const std::uint64_t seconds = number >> 32, fraction = number & 0xFFFFFFFF;
    if (seconds < kNtpToUnix) return std::nullopt;
    // Rounded: a whole number of microseconds has no exact fraction of this kind.
    us = (seconds - kNtpToUnix) * kSecondUs + ((fraction * kSecondUs + (std::uint64_t{1} << 31)) >> 32);
  }
  return us > static_cast<std::uint64_t>(kTimeLast) ? std::nullopt : std::optional(static_cast<TimeUs>(us));
}

void append_time_text(std::string& out, TimeUs time) {
  out += '"';
  append_time(out, time);
  out += '"';
}

void append_float(std::string& out, std::string_view bytes) {
  double number = 0;
  if (bytes.size() == 4) {
    const auto bits = big_at<std::uint32_t>(bytes, 0);
    float narrow = 0;
    std::memcpy(&narrow, &bits, sizeof narrow);
    number = narrow;
  } else {
    const auto bits = big_at<std::uint64_t>(bytes, 0);
    std::memcpy(&number, &bits, sizeof number);
  }
  if (!std::isfinite(number)) {
    out += std::isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_signed(std::string& out, std::string_view bytes) {
  const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes.size());
  char digits[24];
  const auto number = static_cast<std::int64_t>(big_number(bytes) << unused) >> unused;
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_mac(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out += i == 0 ? '"' : ':';
    out += "0123456789abcdef"[static_cast<unsigned char>(bytes[i]) >> 4];
    out += "0123456789abcdef"[bytes[i] & 15];
  }
  out += '"';
}

/// Whether a value of this type may have so many bytes; others are written as bytes.
bool fits(IpfixType type, std::size_t size) {
  switch (type) {
    case IpfixType::kUnsigned:
    case IpfixType::kSigned: return size <= 8;
    case IpfixType::kFloat: return size == 4 || size == 8;
    case IpfixType::kBoolean: return size == 1;
    case IpfixType::kMac: return size == 6;
    case IpfixType::kIpv4: return size == 4;
    case IpfixType::kIpv6: return size == 16;
    case IpfixType::kText: return true;
    default: return false;
  }
}

void append_value(std::string& out, IpfixType type, std::string_view bytes) {
  if (type >= IpfixType::kSeconds && type <= IpfixType::kNanoseconds) {
    if (const auto time = time_of(type, bytes)) return append_time_text(out, *time);
  }
  if (!fits(type, bytes.size())) return append_hex(out, bytes);
  switch (type) {
    case IpfixType::kSigned: return append_signed(out, bytes);
    case IpfixType::kFloat: return append_float(out, bytes);
    case IpfixType::kMac: return append_mac(out, bytes);
    case IpfixType::kBoolean:
      if (bytes[0] == 1 || bytes[0] == 2) {
        out += bytes[0] == 1 ? "true" : "false";
        return;
      }
      break;
    case IpfixType::kIpv4:
    case IpfixType::kIpv6:
      out += '"';
      append_address(out, bytes);
      out += '"';
      return;
    case IpfixType::kText:
      while (bytes.ends_with('\0')) bytes.remove_suffix(1);
      out += '"';
      append_json_escaped(out, bytes);
      out += '"';
      return;
    default: break;
  }
  append_decimal(out, big_number(bytes));
}

}  // namespace

std::size_t NetflowRecord::read(const NetflowTemplate& layout, std::string_view bytes) {
  layout_ = &layout;
  std::size_t at = 0;
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    std::size_t size = layout.fields[i].size;
    if (size == kVariableSize) {
      if (at == bytes.size()) return 0;
      size = static_cast<unsigned char>(bytes[at++]);
      if (size == 255) {
        if (bytes.size() - at < 2) return 0;
        size = big_at<std::uint16_t>(bytes, at);
        at += 2;
      }
    }
    if (bytes.size() - at < size) return 0;
    values_[i] = bytes.substr(at, size);
    at += size;
  }
  return at;
}

const NetflowField* NetflowRecord::field(std::uint16_t id) const {
  for (std::size_t i = layout_->scope_fields; i < layout_->fields.size(); ++i) {
    const NetflowField& one = layout_->fields[i];
    if (one.id == id && one.enterprise == 0 && !values_[i].empty()) return &one;
  }
  return nullptr;
}

std::uint64_t NetflowRecord::number(std::uint16_t id, std::uint64_t if_none) const {
  // Scopes count too: an option of IPFIX has the selector that it is about there.
  for (std::size_t i = 0; i < layout_->fields.size(); ++i) {
    const NetflowField& one = layout_->fields[i];
    if (one.id == id && one.enterprise == 0 && !values_[i].empty() && values_[i].size() <= 8) return big_number(values_[i]);
  }
  return if_none;
}

TimeUs NetflowRecord::started() const {
  const NetflowField* const said = field(160);
  const auto time = said == nullptr ? std::nullopt : time_of(said->type, value(*said));
  return time ? *time : kNoTime;
}

TimeUs NetflowRecord::moment(const NetflowHeader& header, bool start) const {
  constexpr std::uint16_t kStarts[] = {156, 154, 152, 150}, kEnds[] = {157, 155, 153, 151};
  for (const std::uint16_t id : start ? kStarts : kEnds) {
    const NetflowField* const found = field(id);
    if (found == nullptr) continue;
    if (const auto time = time_of(found->type, value(*found)); time && *time > 0) return *time;
  }
  if (const std::uint64_t delta = number(start ? 158 : 159, UINT64_MAX); delta <= UINT32_MAX) return header.exported - static_cast<TimeUs>(delta);
  const std::uint64_t up = number(start ? 22 : 21, UINT64_MAX);
  const TimeUs said = this->started(), started = said == kNoTime ? header.started : said;
  if (up > UINT32_MAX || started == kNoTime) return kNoTime;
  const TimeUs latest = header.exported + kHourUs, time = started + static_cast<TimeUs>(up) * 1'000;
  TimeUs rounds = (latest - time) / kUpTimeRoundUs;
  if (latest < time && rounds * kUpTimeRoundUs != latest - time) --rounds;
  return time + rounds * kUpTimeRoundUs;
}

FlowEnds NetflowRecord::ends() const {
  FlowEnds all;
  const NetflowField *source = field(8), *destination = field(12);
  if (source == nullptr || destination == nullptr) {
    source = field(27), destination = field(28);
    all.v6 = true;
  }
  all.protocol = static_cast<std::uint8_t>(number(4, 0));
  const std::size_t size = all.v6 ? 16 : 4;
  if (source == nullptr || destination == nullptr || value(*source).size() != size || value(*destination).size() != size) return all;
  std::memcpy(all.source.data(), value(*source).data(), size);
  std::memcpy(all.destination.data(), value(*destination).data(), size);
  all.source_port = static_cast<std::uint16_t>(number(7, 0));
  all.destination_port = static_cast<std::uint16_t>(number(11, 0));
  if (all.protocol == kProtocolIcmp || all.protocol == kProtocolIcmpV6) {
    // Type and code have elements of their own, one for both, or stand where a port would.
    const std::uint64_t both = number(all.v6 ? 139 : 32, all.destination_port);
    all.source_port = static_cast<std::uint16_t>(number(all.v6 ? 178 : 176, both >> 8) & 0xFF);
    all.destination_port = static_cast<std::uint16_t>(number(all.v6 ? 179 : 177, both) & 0xFF);
  }
  return all;
}

void NetflowRecord::append_head(const NetflowHeader& header, std::string_view exporter) {
  json_ = '{';
  if (!layout_->has_version) {
    json_ += "\"exportProtocolVersion\":";
    append_decimal(json_, header.version);
    json_ += ',';
  }
  if (!layout_->has_exporter && !exporter.empty()) {
    json_ += exporter.find(':') == std::string_view::npos ? "\"exporterIPv4Address\":\"" : "\"exporterIPv6Address\":\"";
    append_json_escaped(json_, exporter);
    json_ += "\",";
  }
  if (!layout_->has_domain) {
    json_ += "\"observationDomainId\":";
    append_decimal(json_, header.domain);
    json_ += ',';
  }
  json_ += "\"exportTime\":";
  append_time_text(json_, header.exported);
  for (const bool start : {true, false}) {
    const TimeUs time = moment(header, start);
    if (time < 0 || time > kTimeLast) continue;
    json_ += start ? ",\"flowStart\":" : ",\"flowEnd\":";
    append_time_text(json_, time);
  }
}

void NetflowRecord::append_fields() {
  const auto& fields = layout_->fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].again) continue;
    const bool several = fields[i].next != 0;
    bool any = false;
    for (std::size_t k = i;; k = fields[k].next) {
      if (!values_[k].empty()) {
        if (!any) {
          json_ += ",\"";
          json_ += fields[i].name;
          json_ += several ? "\":[" : "\":";
        } else {
          json_ += ',';
        }
        any = true;
        append_value(json_, fields[k].type, values_[k]);
      }
      if (fields[k].next == 0) break;
    }
    if (several && any) json_ += ']';
  }
}

std::string_view NetflowRecord::json(const NetflowHeader& header, std::string_view exporter, std::uint64_t missed, std::uint32_t sampling) {
  append_head(header, exporter);
  append_fields();
  if (sampling > 1) {
    json_ += ",\"samplingInterval\":";
    append_decimal(json_, sampling);
  }
  if (missed != 0) {
    json_ += header.version == 9 ? ",\"missedDatagrams\":" : ",\"missedFlows\":";
    append_decimal(json_, missed);
  }
  if (const FlowEnds both = ends(); both.source != FlowEnds::Address{} || both.destination != FlowEnds::Address{}) {
    json_ += ",\"communityID\":\"";
    append_community_id(json_, both);
    json_ += '"';
  }
  json_ += '}';
  return json_;
}

}  // namespace tocsin
