#include "collect/net_limits.h"

namespace tocsin {

bool ConnectionSlots::take(const std::string& peer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (used_ >= all_max_) return false;
  const auto found = peers_.find(peer);
  if ((found == peers_.end() ? 0 : found->second) >= peer_max_) return false;
  ++peers_[peer];
  ++used_;
  return true;
}

void ConnectionSlots::give(const std::string& peer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = peers_.find(peer);
  if (--found->second == 0) peers_.erase(found);
  --used_;
}

std::size_t ConnectionSlots::used() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return used_;
}

bool HeldBytes::Ticket::resize(std::size_t bytes) {
  if (held_ == nullptr || !held_->change(source_, bytes_, bytes)) return false;
  bytes_ = bytes;
  return true;
}

bool HeldBytes::change(std::uint32_t source, std::size_t from, std::size_t to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (to > from) return shares_.take(source, to - from);
  shares_.give(source, from - to);
  return true;
}

std::size_t HeldBytes::used() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return shares_.used();
}

}  // namespace tocsin
