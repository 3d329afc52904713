// What the listeners share out among those who connect: connections, in all and per address, and the bytes that they hold in
// memory, in fair shares of the sources. Safe from any thread; a ticket belongs to one thread at a time, returns its share when it ends, and ends before what it came
// from. Nothing fails but by saying no.
//
//   if (!slots.take("192.0.2.7")) close();
//   HeldBytes::Ticket body = held.ticket(sender.source);
//   if (!body.resize(content_length)) wait();
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "collect/fair_shares.h"

namespace tocsin {

class ConnectionSlots {
 public:
  ConnectionSlots(std::size_t all_max, std::size_t peer_max) : all_max_(all_max), peer_max_(peer_max) {}

  /// False if there are too many.
  bool take(const std::string& peer);
  void give(const std::string& peer);
  std::size_t used() const;

 private:
  const std::size_t all_max_, peer_max_;
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> peers_;  // guarded by mutex_
  std::size_t used_ = 0;                      // guarded by mutex_
};

class HeldBytes {
 public:
  explicit HeldBytes(std::size_t bytes_max) : shares_(bytes_max) {}
  /// For what belongs to no source.
  static constexpr std::uint32_t kNobody = UINT32_MAX;

  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept
        : held_(std::exchange(other.held_, nullptr)), source_(other.source_), bytes_(std::exchange(other.bytes_, 0)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      clear();
      held_ = std::exchange(other.held_, nullptr);
      source_ = other.source_;
      bytes_ = std::exchange(other.bytes_, 0);
      return *this;
    }
    ~Ticket() { clear(); }
    /// To this many bytes in all; false, with nothing changed, if there are not so many left for its source. Getting smaller always works.
    bool resize(std::size_t bytes);
    std::size_t bytes() const { return bytes_; }

   private:
    friend class HeldBytes;
    Ticket(HeldBytes* held, std::uint32_t source) : held_(held), source_(source) {}
    void clear() {
      if (held_ != nullptr) resize(0);
    }
    HeldBytes* held_ = nullptr;
    std::uint32_t source_ = kNobody;
    std::size_t bytes_ = 0;
  };

  Ticket ticket(std::uint32_t source = kNobody) { return Ticket(this, source); }
  std::size_t used() const;

 private:
  bool change(std::uint32_t source, std::size_t from, std::size_t to);

  mutable std::mutex mutex_;
  FairShares shares_;  // guarded by mutex_
};

}  // namespace tocsin
