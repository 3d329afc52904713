// Lists of addresses, networks, domains, URLs and hashes with a name, as providers of threat intelligence publish them and teams keep them. A file has one entry a line; what stands behind
// a # or a ; is a comment, and so is an empty line. Of a URL its host counts. A line of a hosts file (0.0.0.0 bad.example.org) is the domain.
//
// Of each list the longest network that holds an address is told, and the nearest of a domain and its parents. Networks of addresses that mean another host in every network (private ones,
// loopback) count in benign lists alone: published lists have them as what must not come from outside, which says nothing about a host within.
//
// Immutable once read, safe from any thread.
//
//   ReputationLists lists;
//   TRY(lists.add(env, settings, notes));
//   lists.finish();
//   lists.of_address(*read_ip("203.0.113.7"), [&](const ReputationFact& fact, const FactSource& source) { … });
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "enrich/enrich_settings.h"
#include "enrich/lookup_table.h"
#include "event/enrichment.h"

namespace tocsin::enrich {

/// All lists together: some 150 MB of addresses, 250 MB of domains.
inline constexpr std::size_t kReputationEntriesMax = 5'000'000;
/// Of one file.
inline constexpr std::size_t kReputationFileBytesMax = 512u << 20;
/// A longer entry is none of the kinds there are.
inline constexpr std::size_t kReputationEntryBytesMax = 2'048;
/// Lists that name one entity.
inline constexpr std::size_t kReputationsMax = 8;
/// Parents of a domain that are asked.
inline constexpr std::size_t kDomainLabelsMax = 32;

struct ReputationListFacts {
  ReputationSettings settings;
  TimeUs written = kNoTime;
  std::size_t entries = 0;
  std::size_t not_understood = 0;  // lines
};

class ReputationLists {
 public:
  using Found = std::function<void(ReputationFact, FactSource)>;

  /// kLimit, kIo, kNotFound or, where none of its lines is an entry, kInvalid. `notes` gets lines of it that are none.
  Status add(Env& env, const ReputationSettings& settings, std::vector<std::string>& notes);
  void finish();

  void of_address(const IpAddress& address, const Found& found) const;
  void of_domain(std::string_view domain, const Found& found) const;
  /// Hexadecimal, any case.
  void of_hash(std::string_view hash, const Found& found) const;

  const std::vector<ReputationListFacts>& lists() const { return lists_; }
  std::size_t bytes() const { return networks_.bytes() + domains_.bytes() + hashes_.bytes(); }

 private:
  bool add_entry(std::string_view entry, TableValue value);
  void tell(TableValue value, std::string entry, const Found& found) const;

  std::vector<ReputationListFacts> lists_;
  NetworkTable networks_;
  NameTable domains_, hashes_;
  std::string folded_;  // while lists are read
};

/// What an entity of a URL leads to: its host, without user and port; "" if it has none.
std::string_view host_of_url(std::string_view url);
/// Hexadecimal with as many digits as MD5, SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512 has.
bool is_hash(std::string_view text);

}  // namespace tocsin::enrich
