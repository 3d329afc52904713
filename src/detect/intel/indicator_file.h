// A file of indicators, in whatever form it is, one indicator at a time: what begins as JSON is a bundle of STIX 2.1 (or what a TAXII 2.1 server answers) or events of MISP, anything else a table in CSV or a
// plain list. It is read from front to back in pieces and never held as a whole. Entries that are none are counted, the first few told by place and reason, and cost nothing else. One thread.
//
//   FileCounts counts;
//   TRY(read_indicator_file(env, "feed.json", [&](const Indicator& indicator) { return set.add(indicator, source); }, counts, notes));
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "detect/intel/indicator.h"

namespace tocsin::intel {

/// Of one file. A million and a half indicators of STIX with their texts have 1.5 GB.
inline constexpr std::uint64_t kIndicatorFileBytesMax = std::uint64_t{4} << 30;
/// Of a row of CSV, over several lines where a cell in quotes has line ends.
inline constexpr std::size_t kCsvRowBytesMax = 64u << 10;
/// Each is looked at again when the next one comes.
inline constexpr std::size_t kCsvRowLinesMax = 64;

/// Indicators of STIX in one file whose versions are compared, 32 bytes for each while it is read: as many as there can be in all (indicator_set.h). Further ones are taken as if they had one version.
inline constexpr std::size_t kStixVersionsMax = 5'000'000;

struct FileCounts {
  std::string_view place_word = "line";  // of what Indicator::place is the number
  std::size_t taken = 0;
  std::size_t refused = 0;  // cannot be used
  std::size_t retired = 0;  // revoked, deleted, or not meant for detection (MISP's to_ids): what its maker does not want found
  std::size_t partly = 0;   // are taken, and ask for more than is asked
  /// Places of what was taken before a newer version of the same object came, which replaces it: to be left out again.
  std::vector<std::uint32_t> replaced;
};
using TakeIndicator = std::function<Status(const Indicator& indicator)>;

/// kNotFound, kIo, kLimit; kInvalid where it is no such file, ends in the middle, or has entries and not one of use; what `take` fails with, at once. `notes` gets what is passed over.
Status read_indicator_file(Env& env, const std::string& path, const TakeIndicator& take, FileCounts& counts, std::vector<std::string>& notes);

/// Where entries go, with the counts and the notes of one file: for the readers below.
struct EntrySink {
  const std::string& path;
  const TakeIndicator& take;
  FileCounts& counts;
  std::vector<std::string>& notes;

  void refuse(const std::string& where, std::string_view entry, std::string_view why) const;
  Status keep(const Indicator& indicator) const;
  void tell_part(const std::string& where, std::string_view entry, std::string_view left_out) const;
};

/// Lines as they come, for a table or a list; whether it is a table is told by its first line that is no comment.
///
/// A table (RFC 4180) has a line of names first: type, value (or indicator, ioc), source, confidence (0 to 100), valid_from (first_seen), valid_until (expires, expiration), id (reference), tags. Only `value`
/// must be there; without a type, or with one that is not known, the looks of the value decide. Other columns are passed over. A list has a value a line (entry_lines.h).
class LineEntries {
 public:
  explicit LineEntries(const EntrySink& sink);
  ~LineEntries();
  /// Any piece of the file, then "" at its end.
  Status feed(std::string_view bytes);

 private:
  struct Columns;
  Status line(std::string_view line);
  Status row(std::string_view text, std::uint32_t number);
  Status end_rows(bool at_end);
  Status entry(std::string_view line, std::uint32_t number);
  bool read_head(std::string_view line);

  const EntrySink& sink_;
  std::unique_ptr<Columns> columns_;  // of a table
  bool begun_ = false;
  std::string rest_;                  // of a line that has not ended
  std::vector<std::string> open_;     // lines of a row whose quotes are not closed
  std::size_t open_bytes_ = 0;
  std::uint32_t number_ = 0;          // of lines
};

/// One object of a bundle of STIX or of an event of MISP, by its looks. `number` is its place in the file. A TAXII server gives all versions of an object, which have its id and the time when they were
/// made (OASIS STIX 2.1, 3.6): the newest replaces all others, also where it says that the object is revoked.
class ObjectEntries {
 public:
  explicit ObjectEntries(const EntrySink& sink);
  ~ObjectEntries();
  Status object(std::string_view text, std::uint32_t number);
  /// The last one has come.
  void finish();

 private:
  struct Parser;
  const EntrySink& sink_;
  const std::unique_ptr<Parser> parser_;
};

}  // namespace tocsin::intel
