#include "collect/netflow_datagrams.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "collect/big_endian.h"

namespace tocsin {

namespace {

constexpr std::size_t kHeaderV5 = 24, kRecordV5 = 48, kHeaderV9 = 20, kHeaderIpfix = 16, kSetHead = 4;
constexpr std::uint16_t kFirstData = 256;
constexpr std::uint16_t kSamplingInterval = 34, kSamplerId = 48, kSamplerRandomInterval = 50, kSelectorId = 302, kPacketInterval = 305, kPacketSpace = 306, kSamplingSize = 309,
                        kSamplingPopulation = 310;
constexpr std::int64_t kSecondUs = 1'000'000;
/// A number so little behind is of a datagram that was overtaken.
constexpr std::uint32_t kLateMax = 1u << 12;

/// What one packet in so many stands for; 0: the record does not say.
std::uint64_t sampling_of(const NetflowRecord& record) {
  if (const std::uint64_t interval = record.number(kSamplingInterval, 0); interval != 0) return interval;
  if (const std::uint64_t interval = record.number(kSamplerRandomInterval, 0); interval != 0) return interval;
  if (const std::uint64_t taken = record.number(kPacketInterval, 0); taken != 0) return (taken + record.number(kPacketSpace, 0)) / taken;
  if (const std::uint64_t size = record.number(kSamplingSize, 0); size != 0) return record.number(kSamplingPopulation, 0) / size;
  return 0;
}

std::uint64_t sampler_of(const NetflowRecord& record) { return record.number(kSelectorId, record.number(kSamplerId, 0)); }

}  // namespace

void NetflowDatagrams::read(std::string_view datagram, const DatagramSender& sender, std::int64_t /*now_ns*/, ReceivedVisitor& visitor) {
  ++heard_;
  const unsigned version = datagram.size() < 2 ? 0U : big_at<std::uint16_t>(datagram, 0);
  if (version == 5) return read_v5(datagram, sender, visitor);
  if (version == 9) return read_v9(datagram, sender, visitor);
  if (version == 10) return read_ipfix(datagram, sender, visitor);
  ++counts_.bad;
}

void NetflowDatagrams::read_v5(std::string_view datagram, const DatagramSender& sender, ReceivedVisitor& visitor) {
  const std::size_t count = datagram.size() < kHeaderV5 ? 0U : big_at<std::uint16_t>(datagram, 2);
  if (count == 0 || datagram.size() < kHeaderV5 + count * kRecordV5) {
    ++counts_.bad;
    return;
  }
  NetflowHeader header{.version = 5, .domain = big_at<std::uint16_t>(datagram, 20)};
  header.exported = big_at<std::uint32_t>(datagram, 8) * kSecondUs + big_at<std::uint32_t>(datagram, 12) / 1'000;
  header.started = header.exported - std::int64_t{big_at<std::uint32_t>(datagram, 4)} * 1'000;
  header.sampling = big_at<std::uint16_t>(datagram, 22) & 0x3FFF;
  Place place{domain_of(sender.key, 5, header.domain), sender.address, visitor, header};
  const auto sequence = big_at<std::uint32_t>(datagram, 16);
  check_sequence(place, sequence);
  records(netflow_v5_template(), datagram.substr(kHeaderV5, count * kRecordV5), place);
  expect_after(place, sequence);
}

void NetflowDatagrams::read_v9(std::string_view datagram, const DatagramSender& sender, ReceivedVisitor& visitor) {
  if (datagram.size() < kHeaderV9) {
    ++counts_.bad;
    return;
  }
  NetflowHeader header{.version = 9, .domain = big_at<std::uint32_t>(datagram, 16)};
  header.exported = big_at<std::uint32_t>(datagram, 8) * kSecondUs;
  header.started = header.exported - std::int64_t{big_at<std::uint32_t>(datagram, 4)} * 1'000;
  Place place{domain_of(sender.key, 9, header.domain), sender.address, visitor, header};
  const auto sequence = big_at<std::uint32_t>(datagram, 12);
  check_sequence(place, sequence);
  sets(datagram.substr(kHeaderV9), place);
  expect_after(place, sequence);
}

void NetflowDatagrams::read_ipfix(std::string_view datagram, const DatagramSender& sender, ReceivedVisitor& visitor) {
  const std::size_t size = datagram.size() < kHeaderIpfix ? 0U : big_at<std::uint16_t>(datagram, 2);
  if (size < kHeaderIpfix || size > datagram.size()) {
    ++counts_.bad;
    return;
  }
  NetflowHeader header{.version = 10, .domain = big_at<std::uint32_t>(datagram, 12)};
  header.exported = big_at<std::uint32_t>(datagram, 4) * kSecondUs;
  Place place{domain_of(sender.key, 10, header.domain), sender.address, visitor, header};
  place.ipfix = true;
  const auto sequence = big_at<std::uint32_t>(datagram, 8);
  sets(datagram.substr(kHeaderIpfix, size - kHeaderIpfix), place);
  if (place.all_known) check_sequence(place, sequence);
  expect_after(place, sequence);
}

/// What is missing before this datagram. Of IPFIX that is known once its flows were counted: some exporters give the number of the last flow, not of the first.
void NetflowDatagrams::check_sequence(Place& place, std::uint32_t sequence) {
  Domain& domain = place.domain;
  if (!domain.counted) return;
  const bool ipfix = place.header.version == 10;
  const std::uint32_t by_end = domain.last + place.flows;
  if (sequence == domain.next || (ipfix && sequence == by_end)) {
    domain.ends_numbered = sequence != domain.next;
    return;
  }
  const std::uint32_t expected = domain.ends_numbered ? by_end : domain.next;
  const std::uint32_t ahead = sequence - expected, behind = expected - sequence;
  place.late = behind <= kLateMax;
  if (ahead > kNetflowGapMax || (place.header.version == 9 && ahead + 1 == domain.last_count)) return;
  domain.missed += ahead;
  counts_.missed += ahead;
}

/// What the datagram behind this one is compared with, unless that is known from one that overtook it.
void NetflowDatagrams::expect_after(const Place& place, std::uint32_t sequence) {
  Domain& domain = place.domain;
  if (place.late) return;
  domain.last = sequence;
  domain.next = sequence + (place.header.version == 9 ? 1 : place.records);
  domain.last_count = place.records;
  // How many flows of IPFIX wait is not known: the next number is taken as it is.
  domain.counted = place.header.version == 9 || place.all_known;
}

void NetflowDatagrams::sets(std::string_view bytes, Place& place) {
  while (bytes.size() >= kSetHead) {
    const auto number = big_at<std::uint16_t>(bytes, 0);
    const auto size = big_at<std::uint16_t>(bytes, 2);
    if (size < kSetHead || size > bytes.size()) {
      // Padding behind the last set is zeros.
      if (bytes.find_first_not_of('\0') != std::string_view::npos) ++counts_.bad;
      return;
    }
    const std::string_view set = bytes.substr(kSetHead, size - kSetHead);
    bytes.remove_prefix(size);
    if (number >= kFirstData) {
      data(number, set, place);
    } else if (number == (place.ipfix ? 2 : 0) || number == (place.ipfix ? 3 : 1)) {
      templates(set, (number & 1) != 0, place);
    } else {
      ++counts_.bad;
    }
  }
}

void NetflowDatagrams::templates(std::string_view set, bool options, Place& place) {
  const std::size_t head = options ? 6 : 4;
  while (set.size() >= 4) {
    const auto number = big_at<std::uint16_t>(set, 0);
    std::size_t count = big_at<std::uint16_t>(set, 2);
    if (number == 0 && count == 0) return;  // padding
    if (place.ipfix && count == 0) {
      withdraw(number, options, place.domain);
      set.remove_prefix(4);
      continue;
    }
    if (number < kFirstData || set.size() < head) {
      ++counts_.bad;
      return;
    }
    std::size_t scopes = options ? big_at<std::uint16_t>(set, 4) : 0U;
    if (options && !place.ipfix) {
      // Version 9 says the bytes of scopes, then those of the others.
      std::swap(count, scopes);
      scopes /= 4;
      count = scopes + count / 4;
    }
    set.remove_prefix(head);
    auto layout = options ? read_netflow_options(set, place.ipfix, count, scopes) : read_netflow_template(set, place.ipfix, count);
    if (!layout) {
      ++counts_.bad;
      return;
    }
    take(number, std::move(*layout), place);
  }
}

void NetflowDatagrams::take(std::uint16_t number, NetflowTemplate layout, Place& place) {
  Domain& domain = place.domain;
  const auto known = domain.templates.find(number);
  if (known == domain.templates.end() && domain.templates.size() == kNetflowTemplatesMax) {
    ++counts_.bad;
    return;
  }
  ++counts_.templates;
  if (known != domain.templates.end()) fields_ -= known->second.fields.size();
  fields_ += layout.fields.size();
  const NetflowTemplate& taken = domain.templates[number] = std::move(layout);
  while (fields_ > kNetflowAllFieldsMax && domains_.size() > 1) forget_oldest(&domain);
  if (domain.held.empty()) return;
  // What waited for it, with what its own datagram said.
  std::vector<Held> waiting;
  const auto rest = std::stable_partition(domain.held.begin(), domain.held.end(), [&](const Held& one) { return one.number != number; });
  std::move(rest, domain.held.end(), std::back_inserter(waiting));
  domain.held.erase(rest, domain.held.end());
  for (const Held& one : waiting) {
    domain.held_bytes -= one.bytes.size();
    held_bytes_ -= one.bytes.size();
    Place then{domain, place.exporter, place.visitor, one.header};
    then.ipfix = place.ipfix;
    then.room = place.room;
    records(taken, one.bytes, then);
    place.room = then.room;
  }
}

void NetflowDatagrams::withdraw(std::uint16_t number, bool options, Domain& domain) {
  const bool all = number == (options ? 3 : 2);
  std::erase_if(domain.templates, [&](const auto& one) {
    const bool goes = one.second.options == options && (all || one.first == number);
    if (goes) fields_ -= one.second.fields.size();
    return goes;
  });
}

void NetflowDatagrams::data(std::uint16_t number, std::string_view set, Place& place) {
  const auto known = place.domain.templates.find(number);
  if (known == place.domain.templates.end()) return hold(number, set, place);
  records(known->second, set, place);
}

void NetflowDatagrams::records(const NetflowTemplate& layout, std::string_view set, Place& place) {
  // What is shorter than any record is padding.
  while (set.size() >= layout.bytes_least) {
    const std::size_t size = record_.read(layout, set);
    if (size == 0 || place.room == 0) {
      ++counts_.bad;
      return;
    }
    set.remove_prefix(size);
    --place.room;
    ++place.records;
    layout.options ? option(place.domain) : flow(place);
  }
}

void NetflowDatagrams::flow(Place& place) {
  if (place.header.started == kNoTime) place.header.started = place.domain.started;
  std::uint32_t sampling = place.header.sampling;
  if (!place.domain.samplers.empty() && sampling_of(record_) == 0) {
    auto found = place.domain.samplers.find(sampler_of(record_));
    if (found == place.domain.samplers.end()) found = place.domain.samplers.find(0);
    if (found != place.domain.samplers.end()) sampling = found->second;
  }
  Received received;
  received.raw = record_.json(place.header, place.exporter, std::exchange(place.domain.missed, 0), sampling);
  ++counts_.flows;
  ++place.flows;
  place.visitor.record(received);
}

void NetflowDatagrams::option(Domain& domain) {
  ++counts_.options;
  if (const TimeUs started = record_.started(); started != kNoTime) domain.started = started;
  const std::uint64_t sampling = sampling_of(record_);
  if (sampling == 0 || sampling > UINT32_MAX) return;
  const std::uint64_t sampler = sampler_of(record_);
  if (domain.samplers.size() == kNetflowSamplersMax && !domain.samplers.contains(sampler)) return;
  domain.samplers[sampler] = static_cast<std::uint32_t>(sampling);
}

void NetflowDatagrams::hold(std::uint16_t number, std::string_view set, Place& place) {
  place.all_known = false;
  Domain& domain = place.domain;
  if (domain.held_bytes + set.size() > kNetflowHeldBytesMax || held_bytes_ + set.size() > kNetflowAllHeldBytesMax) {
    ++counts_.untold;
    return;
  }
  domain.held.push_back({place.header, number, std::string(set)});
  domain.held_bytes += set.size();
  held_bytes_ += set.size();
}

NetflowDatagrams::Domain& NetflowDatagrams::domain_of(std::string_view sender, std::uint16_t version, std::uint32_t domain) {
  key_.assign(sender);
  append_number(key_, version);
  append_number(key_, domain);
  auto found = domains_.find(key_);
  if (found == domains_.end()) {
    if (domains_.size() == kNetflowDomainsMax) forget_oldest(nullptr);
    found = domains_.emplace(key_, std::make_unique<Domain>()).first;
  }
  found->second->heard = heard_;
  return *found->second;
}

void NetflowDatagrams::forget_oldest(const Domain* but) {
  auto oldest = domains_.end();
  for (auto one = domains_.begin(); one != domains_.end(); ++one) {
    if (one->second.get() != but && (oldest == domains_.end() || one->second->heard < oldest->second->heard)) oldest = one;
  }
  release(*oldest->second);
  domains_.erase(oldest);
}

void NetflowDatagrams::release(Domain& domain) {
  counts_.untold += domain.held.size();
  held_bytes_ -= domain.held_bytes;
  for (const auto& [number, layout] : domain.templates) fields_ -= layout.fields.size();
}

void NetflowDatagrams::finish() {
  for (const auto& [key, domain] : domains_) release(*domain);
  domains_.clear();
}

std::uint64_t NetflowDatagrams::take_lost() {
  const std::uint64_t lost = counts_.bad + counts_.untold;
  return lost - std::exchange(told_, lost);
}

}  // namespace tocsin
