// Millions of indicators, compact: what a value is asked against. Filled once, finished, then immutable and safe from any thread.
//
// Each indicator is a row of bytes, its key in full and only what it has of the rest, in blocks of 1 MiB that never move. An open-addressed table of 5 bytes a place, filled to two thirds, leads from the
// hash of a key to its rows: one byte of the hash beside the row's place, so that a miss looks at a few bytes in a row and at no key. A network is found by one look for each length of prefix that there
// is. Before the table stand filters (key_filter.h), which lie in near memory where the table does not: nearly all that is asked ends there. The hash has a seed of its own in each set,
// and no key has more than kSameKeyMax rows, so that who makes a feed cannot make looking slow. Left out: sorting (half a second for a million and a half), a trie of networks (feeds have a dozen lengths).
//
//   row    u8 kind and which parts there are | label | place | [u32 from] | [u32 until] | [16 bytes of a UUID | size, reference] | size, key          numbers without a width are varints (LEB128)
//
//   IndicatorSet set(seed);
//   const std::uint16_t source = TRY(set.add_source({.name = "feed", .file = "feed.csv", .alerts = true}));
//   TRY(set.add(indicator, source));
//   set.finish();
//   set.ask(Ask::kName, "www.bad.example", [](const Found& found) { … });
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "detect/intel/allow_list.h"
#include "detect/intel/indicator.h"
#include "detect/intel/key_filter.h"
#include "event/path_table.h"

namespace tocsin::intel {

/// All sources together: some 250 MB.
inline constexpr std::size_t kIndicatorsMax = 5'000'000;
/// Of all rows. Longer URLs than feeds have would fill memory before there are too many indicators.
inline constexpr std::size_t kIndicatorBytesMax = 1u << 30;
/// Each is asked about each address and domain.
inline constexpr std::size_t kSourcesMax = 256;
/// Different (source, confidence, who says so, tags): of more the tags are left out.
inline constexpr std::size_t kLabelsMax = 65'536;
/// Rows of one key; what more says of it is left out. Several feeds say the same, and one may say it of several times.
inline constexpr std::size_t kSameKeyMax = 64;
/// Parents of a name that are asked: the DNS has 127 labels at most, and names in use have ten.
inline constexpr std::size_t kNameLabelsMax = 32;
/// Hashes of one value: Sysmon writes four.
inline constexpr std::size_t kHashesMax = 8;

/// Where indicators are from: a file.
struct IndicatorSource {
  std::string name, file, category;
  std::string_view place_word = "line";  // of what Indicator::place is the number
  std::optional<int> score;  // 0 to 100, of all that have no confidence of their own
  bool benign = false;       // what is known to be good
  bool alerts = false;       // what it names makes an alert; else it is told of what others found
  TimeUs written = kNoTime;
  std::size_t entries = 0, refused = 0, allowed = 0;  // taken; of no use; on an allow-list
};

/// What a value of an event is.
enum class Ask : std::uint8_t { kNothing, kAddress, kName, kUrl, kHashes, kMailbox, kList };

/// Of the value of an entity. Accounts are asked for where they are mailboxes.
Ask ask_of(EntityType type, std::string_view value);

/// A row that a value was found under. What it points to lives as long as the set.
struct Found {
  const IndicatorSource* source = nullptr;
  std::uint16_t source_number = 0;
  std::uint32_t place = 0;
  IndicatorKind kind = IndicatorKind::kNetwork;
  std::string_view key;
  std::uint8_t confidence = kNoConfidence;
  TimeUs from = kNoTime, until = kNoTime;
  std::string_view named_source, tags;
  std::string_view reference_bytes;  // of a UUID its 16
  std::uint8_t parts = 0;
  bool hidden = false;  // a policy hides what it is: value() and reference() are empty

  /// What its source calls it; "" if it does not.
  std::string reference() const;
  std::string value() const { return hidden ? std::string() : shown(kind, key); }
  std::string_view source_name() const { return named_source.empty() ? std::string_view(source->name) : named_source; }
  /// Its own, else that of its source; nothing if there is none.
  std::optional<int> score() const { return confidence != kNoConfidence ? std::optional<int>(confidence) : source->score; }
  /// Of an event without a time all hold.
  bool holds_at(TimeUs time) const { return time == kNoTime || ((from == kNoTime || time >= from) && (until == kNoTime || time < until)); }
};

class IndicatorSet {
 public:
  using Visit = std::function<void(const Found&)>;

  explicit IndicatorSet(std::uint64_t seed) : seed_(seed) {}

  Result<std::uint16_t> add_source(IndicatorSource source);
  IndicatorSource& source(std::uint16_t number) { return sources_[number]; }
  void set_allowed(AllowList allowed) { allowed_ = std::move(allowed); }
  /// For what is kept, where an address may stand for another: those that mean another host in every network are found like others, and allow-lists are not asked of addresses.
  void ask_local_addresses() { asks_local_ = true; }
  bool asks_local_addresses() const { return asks_local_; }
  /// kLimit if there is no room for more. One that is on an allow-list is counted and left out, unless its source is of what is good.
  Status add(const Indicator& indicator, std::uint16_t source);
  /// What of a source stands at these places, which finish() leaves out: older versions of what has newer ones.
  void leave_out(std::uint16_t source, std::vector<std::uint32_t> places);
  void finish();

  /// Each row that `value` is found under and no allow-list speaks for: of each source the longest network and the nearest name. Addresses that mean another host in every network (private ones,
  /// loopback) are found in sources of what is good alone. Allocates only where a value has to be rewritten.
  void ask(Ask ask, std::string_view value, const Visit& visit) const;
  /// Each row of a finished set, in no order.
  void each(const Visit& visit) const;

  std::size_t size() const { return rows_; }
  bool empty() const { return rows_ == 0; }
  bool has(IndicatorKind kind) const { return counts_[static_cast<std::size_t>(kind)] > 0; }
  /// Whether a source of it makes alerts.
  bool alerts() const { return alerts_; }
  std::size_t bytes() const;
  const std::vector<IndicatorSource>& sources() const { return sources_; }
  const AllowList& allowed() const { return allowed_; }

 private:
  struct Label {
    std::uint16_t source = 0;
    std::uint8_t confidence = kNoConfidence;
    std::uint32_t named_source = 0, tags = 0;  // in words_
  };
  static constexpr std::size_t kBlockBytes = 1u << 20;
  static constexpr std::uint32_t kNoRow = 0;

  struct Told;
  std::uint32_t word(const std::string& text);
  std::uint32_t label(const Indicator& indicator, std::uint16_t source);
  const char* row_at(std::uint32_t place) const { return blocks_[(place - 1) / kBlockBytes].get() + (place - 1) % kBlockBytes; }
  std::uint64_t hash(IndicatorKind kind, std::string_view key) const { return hash_bytes(key, seed_ + static_cast<std::uint64_t>(kind)); }
  std::uint64_t near(IndicatorKind kind, std::string_view key, std::uint64_t hash) const;
  Found read(const char* row, std::size_t* size = nullptr) const;
  void insert(std::uint32_t place, const Found& row);
  void add_network(std::string_view key);
  bool is_left_out(const Found& row) const;
  template <class Take>
  void each_of(IndicatorKind kind, std::string_view key, Take&& take) const;

  void ask_address(const IpAddress& address, const Visit& visit) const;
  void ask_name(std::string_view name, const Visit& visit) const;
  void ask_url(std::string_view url, const Visit& visit) const;
  void ask_hashes(std::string_view hashes, const Visit& visit) const;
  void ask_mailbox(std::string_view mailbox, const Visit& visit) const;

  const std::uint64_t seed_;
  std::vector<IndicatorSource> sources_;
  AllowList allowed_;
  bool alerts_ = false, asks_local_ = false;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = kBlockBytes;  // of the last
  std::size_t rows_ = 0;
  std::vector<std::vector<std::uint32_t>> left_out_;  // places by source, sorted
  std::vector<Label> labels_;
  std::vector<std::string> words_ = {""};
  std::unordered_map<std::string, std::uint32_t> word_places_, label_places_;  // while it is filled
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint8_t> marks_;  // of the hash in each slot; 0: it is empty
  std::array<std::size_t, kIndicatorKinds> counts_ = {};  // of rows that were added
  std::size_t v4_count_ = 0;
  KeyFilter filter_;
  std::bitset<129> v4_bits_, v6_bits_;  // lengths of prefixes that there are
};

}  // namespace tocsin::intel
