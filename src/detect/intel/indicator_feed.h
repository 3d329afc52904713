// Indicators that a server gives bit by bit, as they lie on the disk: one file of STIX 2.1 for all who read indicators (indicator_file.h), and logs of what came since it was written. Where to go on asking (a mark) stands
// in the log beside what was got, so the two are one write: after a crash nothing is missing, and what comes twice is one object. One thread. Fails with kIo; what cannot be understood of a log is passed over.
//
//   FEED.json      {"x_tocsin_log":7,"objects":[ … ]}   the newest version of each indicator that is not revoked; x_tocsin_log: up to which log it has everything
//   FEED.json.8    frames: u32 size of the rest · 8 bytes of SHA-256 of what follows · u16 size, mark · for each object u32 size, its JSON       (little-endian)
//
// A log is valid up to its last whole frame. Its last mark is where to go on. When all of the logs is put into the file, a new log with that mark is begun first, then the file is written beside the old one and takes its
// name, then the older logs go: whatever ends when, the one or the other is there. Logs that the file has are deleted when they are found.
//
//   auto feed = TRY(IndicatorFeed::open(env, "/var/lib/tocsin/intel/feed.json"));
//   TRY(feed->append(objects, mark));                   // safe when it returns
//   if (feed->pending() > 0) const FeedCounts counts = TRY(feed->publish(now));
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/time.h"

namespace tocsin::intel {

/// Of one log, which is held in memory when it is put into the file; then another one is begun.
inline constexpr std::size_t kFeedLogBytesMax = 32u << 20;
/// Of all logs before they have to be put into the file: of each of their objects 100 bytes are held in memory then.
inline constexpr std::size_t kFeedPendingBytesMax = 192u << 20;
/// Of one object: as much as an indicator of a server is kept (collect/poll_taxii.h).
inline constexpr std::size_t kFeedObjectBytesMax = 64u << 10;
/// Of an object's id; that of an indicator has 47.
inline constexpr std::size_t kFeedIdBytesMax = 256;
/// Of one feed: more than the largest public ones have. What there is no room for is counted and left out.
inline constexpr std::size_t kFeedObjectsMax = 2'000'000;
/// And of its file.
inline constexpr std::uint64_t kFeedFileBytesMax = std::uint64_t{2} << 30;
/// An indicator that has run out is kept so long, for events that come late.
inline constexpr TimeUs kFeedExpiredKeptUs = TimeUs{7} * 86'400 * 1'000'000;

/// What became of all that was there when the file was written.
struct FeedCounts {
  std::size_t indicators = 0;  // in the file
  std::size_t added = 0, updated = 0;  // by this
  std::size_t revoked = 0, expired = 0;  // left out of it, by this
  std::size_t refused = 0;               // are no indicators
  std::size_t no_room = 0;
  bool changed() const { return added + updated + revoked + expired > 0; }
};

class IndicatorFeed {
 public:
  /// Makes nothing where nothing is yet.
  static Result<std::unique_ptr<IndicatorFeed>> open(Env& env, std::string path);

  const std::string& path() const { return path_; }
  /// The last that is safe; "" if there is none.
  const std::string& mark() const { return mark_; }
  /// After an error nothing of it counts, and it may be tried again.
  Status append(const std::vector<std::string_view>& objects, std::string_view mark);
  /// Objects and bytes that are not in the file yet.
  std::size_t pending() const { return pending_; }
  std::size_t pending_bytes() const { return pending_bytes_; }
  /// So much has come that it ought to be put into the file, although more is to come: as much as the file has, so that all of what is written while a feed grows is a few times the feed.
  bool is_full() const;
  /// Puts all of them into it. `stop` is asked now and then; then nothing has changed, and kDenied says so.
  Result<FeedCounts> publish(TimeUs now, const std::function<bool()>& stop = [] { return false; });

 private:
  struct News;
  IndicatorFeed(Env& env, std::string path) : env_(env), path_(std::move(path)) {}
  Status find_logs();
  Status read_log(std::uint64_t number, const std::function<void(std::string_view object)>& take, std::string& mark) const;
  Status begin_log();
  Status write_frame(std::string_view payload);
  std::string log_path(std::uint64_t number) const { return path_ + "." + std::to_string(number); }
  Status write_file(News& news, const std::vector<std::uint64_t>& logs, TimeUs now, const std::function<bool()>& stop, FeedCounts& counts);
  std::string folder() const;

  Env& env_;
  const std::string path_;
  std::string mark_;
  std::vector<std::uint64_t> logs_;  // that the file does not have, in order
  std::uint64_t last_log_ = 0;       // the highest number there was
  std::unique_ptr<DurableFile> log_;  // the last of them, if it was begun here
  std::size_t log_bytes_ = 0;         // of that one
  std::uint64_t file_bytes_ = 0;
  std::size_t pending_ = 0, pending_bytes_ = 0;
};

}  // namespace tocsin::intel
