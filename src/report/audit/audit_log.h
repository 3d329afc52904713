// The audit log on the disk: leaves (audit_entry.h), one behind the other for ever, and their Merkle tree (merkle.h). Files and what survives what: docs/formats/audit.md.
//
// append() returns when its leaves are safe, by one sync for all of them; what it failed with may have left some of them, in order, and last_position() says which: who feeds the log asks it where to go on.
// After a sync that failed the file is given up and written anew from what was safe before. Opened after a crash, all that append() promised is there; a torn end is cut, but never of what was signed.
//
// One process writes (the service); others open it to read beside it and see it as it was then. One thread at a time. Proofs read O(log n) hashes. Fails as the disk does; kInvalid where the files are damaged.
//
//   const auto log = TRY(AuditLog::open_to_write(env, folder, signed_size));
//   TRY(log->append(entries, env.now_us()));                      // safe
//   const std::string line = TRY(log->leaf(17));
//   const std::vector<Hash> proof = TRY(log->inclusion(17, log->size()));
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "report/audit/audit_entry.h"
#include "report/audit/leaf_files.h"
#include "report/audit/merkle.h"

namespace tocsin::audit {

/// Lists that feed one log.
inline constexpr std::size_t kAuditSourcesMax = 32;
/// Bytes of the name of such a list.
inline constexpr std::size_t kAuditSourceNameBytesMax = 64;
/// Leaves of one append: what waits for one sync, and stands in memory meanwhile.
inline constexpr std::size_t kAppendLeavesMax = 4'096;

class AuditLog {
 public:
  /// Makes the folder if need be. The first `signed_size` leaves were signed, so they are not cut whatever stands there: damage among them is kInvalid.
  static Result<std::unique_ptr<AuditLog>> open_to_write(Env& env, const std::string& folder, std::uint64_t signed_size, std::uint64_t leaves_per_file = kLeavesPerFile);
  /// Changes nothing. kNotFound if there is no log. Other files than of kLeavesPerFile are for tests: a power of two, at least 256.
  static Result<std::unique_ptr<AuditLog>> open_to_read(Env& env, const std::string& folder, std::uint64_t leaves_per_file = kLeavesPerFile);
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Of each source in the order of its positions; kInvalid otherwise, and nothing is written. At most kAppendLeavesMax.
  Status append(std::span<const AuditEntry> entries, TimeUs now);

  std::uint64_t size() const { return full_.size() * per_file_ + tail_.size(); }
  Hash root() const { return *root_at(size()); }
  /// Of the first `size` leaves; kInvalid if there are not so many.
  Result<Hash> root_at(std::uint64_t size) const;
  /// Its line, without the line feed; kNotFound if there is none of this number.
  Result<std::string> leaf(std::uint64_t number) const;
  Result<std::vector<Hash>> inclusion(std::uint64_t number, std::uint64_t size) const;
  Result<std::vector<Hash>> consistency(std::uint64_t before, std::uint64_t size) const;
  /// The greatest position that was taken of a source; 0: none.
  std::uint64_t last_position(std::string_view source) const;
  /// When the last leaf was written; kNoTime: there is none.
  TimeUs last_logged() const { return last_logged_; }
  /// Bytes of a torn end that were cut when it was opened.
  std::uint64_t cut_bytes() const { return cut_bytes_; }

 private:
  using Positions = std::map<std::string, std::uint64_t, std::less<>>;
  /// Leaves of a file that is not full, or of one that is being looked into.
  struct Leaves {
    std::vector<Hash> hashes;
    std::vector<Hash> nodes;          // of level 8: each of 256 of them
    std::vector<std::uint64_t> ends;  // of their lines, bytes of the file
    std::uint64_t size() const { return hashes.size(); }
    std::uint64_t bytes() const { return ends.empty() ? 0 : ends.back(); }
    void add(const Hash& hash, std::uint64_t end);
    Hash root() const;                // of a file that is full
  };
  enum class End : std::uint8_t { kWhole, kTorn };  // what comes behind the good lines of a file: nothing, or something that is none

  /// Where what stands in an index, bytes.
  struct Layout {
    explicit Layout(std::uint64_t leaves);
    std::uint64_t hashes, ends, summary;
  };

  AuditLog(Env& env, std::string folder, std::uint64_t per_file) : env_(env), folder_(std::move(folder)), per_file_(per_file), layout_(per_file) {}
  Status load(bool writes, std::uint64_t signed_size);
  Status load_full(std::uint64_t first, bool writes);
  Status load_tail(std::uint64_t first, bool writes, std::uint64_t signed_size);
  Status read_summary(std::uint64_t first);
  Result<End> read_lines(std::uint64_t first, Leaves& leaves);
  Status close_tail();
  std::string index_of(const Leaves& leaves) const;
  Result<std::string> read_index(std::uint64_t first, std::uint64_t offset, std::size_t size) const;
  Result<std::vector<Hash>> nodes(unsigned level, std::uint64_t from, std::uint64_t count) const;
  Status put_file(const std::string& name, std::string_view bytes);
  Status rewrite_tail();
  Status append_some(std::span<const AuditEntry> entries, TimeUs logged);
  Status write_lines(const std::string& lines);
  Hash file_root(std::uint64_t file) const { return file < full_.size() ? full_[file] : tail_.root(); }
  Result<Hash> subtree(unsigned level, std::uint64_t index) const;
  std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }
  std::uint64_t tail_first() const { return full_.size() * per_file_; }

  Env& env_;
  const std::string folder_;
  const std::uint64_t per_file_;
  const Layout layout_;
  std::vector<Hash> full_;               // roots of the files that are full
  Leaves tail_;                          // of the last, all of them safe
  Positions positions_;
  std::map<std::uint64_t, Leaves> without_index_;  // of files that are full, as one who only reads has to see them
  TimeUs last_logged_ = kNoTime;
  std::uint64_t cut_bytes_ = 0;
  std::unique_ptr<DurableFile> file_;    // the last; nullptr: there is none yet
  bool is_lost_ = false;                 // nothing can be said of what is in the last file behind tail_
};

}  // namespace tocsin::audit
