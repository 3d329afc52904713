#include "store/checked_segments.h"

#include <set>

namespace tocsin::store {

bool CheckedSegments::is_known(const Segment& segment, const FileState& state) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = known_.find(segment.file);
  return known != known_.end() && known->second.state == state && known->second.sha256 == segment.sha256;
}

/// What is remembered is the state from before the file is read: a write meanwhile makes it another one.
Status CheckedSegments::check(const Segment& segment) {
  const std::string path = folder_ + "/" + segment.file;
  const Result<FileState> state = file_state(path);
  if (state && is_known(segment, *state) && is_in_memory(path)) return {};
  const Status good = check_segment(env_, folder_, segment);
  const std::lock_guard<std::mutex> lock(mutex_);
  ++hashed_;
  known_.erase(segment.file);
  if (good && state) known_[segment.file] = {*state, segment.sha256};
  return good;
}

void CheckedSegments::keep(const std::vector<Segment>& segments) {
  std::set<std::string_view> wanted;
  for (const Segment& segment : segments) wanted.insert(segment.file);
  const std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(known_, [&](const auto& known) { return !wanted.contains(known.first); });
}

std::uint64_t CheckedSegments::hashed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return hashed_;
}

}  // namespace tocsin::store
