// What must never be an alert, whoever lists it: lists in the format of MISP's warning-lists (a JSON object with `type` string, hostname, cidr, substring or regex, its `list`, and the `matching_attributes`
// that it is about; github.com/MISP/misp-warninglists, schema.json). Asked before any indicator counts: of the indicator when it is read, and of the value of the event when one was found.
//
// | type | a value is on the list if |
// |---|---|
// | string | it is an entry, in the form in which indicators are compared; an address also within an entry that is a network |
// | hostname | it, its host or its domain is an entry or below one |
// | cidr | it, or its host, is an address within one, or a network within one |
// | substring | an entry is a part of it, whatever the case |
// | regex | a regular expression matches a part of it (RE2; what RE2 cannot read is told and left out) |
//
// Immutable once read, safe from any thread.
//
//   AllowList allowed;
//   TRY(allowed.read(env, "allow/list.json", notes));
//   allowed.holds(IndicatorKind::kName, "dns.example.org");
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/env.h"
#include "detect/intel/indicator.h"

namespace re2 {
class RE2;
}

namespace tocsin::intel {

/// The largest of MISP's has a million names in 20 MB.
inline constexpr std::size_t kAllowFileBytesMax = 128u << 20;
inline constexpr std::size_t kAllowFilesMax = 256;
/// Of all lists together: some 300 MB.
inline constexpr std::size_t kAllowEntriesMax = 4'000'000;
/// Of these each is asked of each value that an indicator names, so they are few: MISP has less than a hundred.
inline constexpr std::size_t kAllowPatternsMax = 1'000;
/// Of one pattern, and what RE2 may make of it.
inline constexpr std::size_t kAllowPatternBytesMax = 1'024;
inline constexpr std::int64_t kAllowRegexMemoryMax = 1 << 20;

/// One file of it, for status.
struct AllowFile {
  std::string name, file;
  TimeUs written = kNoTime;
  std::size_t entries = 0, refused = 0;
};

class AllowList {
 public:
  AllowList();
  AllowList(AllowList&&) noexcept;
  AllowList& operator=(AllowList&&) noexcept;
  ~AllowList();

  /// A list of MISP's or, if it does not begin as JSON, entries one a line, each by its looks: addresses and networks, names with all below, URLs, hashes, mailboxes. kLimit, kIo, kNotFound, or kInvalid
  /// where nothing of it can be used. `notes` gets entries that are none.
  Status read(Env& env, const std::string& path, std::vector<std::string>& notes);

  /// Whether a list says so of the value with this key.
  bool holds(IndicatorKind kind, std::string_view key) const;
  bool empty() const { return files_.empty(); }
  std::size_t bytes() const;
  const std::vector<AllowFile>& files() const { return files_; }

 private:
  using Kinds = std::bitset<kIndicatorKinds>;
  struct Pattern {
    std::string part;                     // of a substring, in folded case
    std::unique_ptr<const re2::RE2> regex;  // else
    Kinds kinds;
  };
  struct List;
  Status read_json(const std::string& path, std::string& text, AllowFile& file, std::vector<std::string>& notes);
  Status read_lines(const std::string& path, std::string_view text, AllowFile& file, std::vector<std::string>& notes);
  bool add(const List& list, std::string_view entry, std::string& why);
  bool add_pattern(const List& list, std::string_view entry, std::string& why);
  void put(const List& list, char form, std::string_view key);
  bool has(char form, IndicatorKind asked, std::string_view key) const;
  bool holds_name(IndicatorKind asked, std::string_view host) const;
  bool holds_network(IndicatorKind asked, const IpNetwork& network) const;

  std::vector<AllowFile> files_;
  std::unordered_map<std::string, std::uint8_t> entries_;  // form and key; the kinds that are asked of, a bit each
  std::vector<Pattern> patterns_;
  std::bitset<129> bits_;  // lengths of prefixes that there are
  std::size_t added_ = 0;
};

}  // namespace tocsin::intel
