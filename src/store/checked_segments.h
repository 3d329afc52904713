// Which segments are known to be what was written, so that they need not be read whole for each search. A check holds for the bytes that were hashed. It is
// remembered with the file's inode, size and times, which any write changes, and only as long as all of the file is in the memory of the system: bytes that are
// read from the disk anew may be others, so then the file is checked anew, too. Any thread.
//
//   CheckedSegments checked(env, data.segments());
//   TRY(checked.check(segment));     // as check_segment()
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/env.h"
#include "store/disk.h"
#include "store/segment.h"

namespace tocsin::store {

class CheckedSegments {
 public:
  CheckedSegments(Env& env, std::string folder) : env_(env), folder_(std::move(folder)) {}

  Status check(const Segment& segment);
  /// Forgets all others.
  void keep(const std::vector<Segment>& segments);
  /// Files that were read whole since the start.
  std::uint64_t hashed() const;

 private:
  struct Known {
    FileState state;
    std::string sha256;
  };
  bool is_known(const Segment& segment, const FileState& state) const;

  Env& env_;
  const std::string folder_;
  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;  // by file; guarded by mutex_
  std::uint64_t hashed_ = 0;            // guarded by mutex_
};

}  // namespace tocsin::store
