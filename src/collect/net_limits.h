// What the listeners share out among those who connect: connections, in all and per address, and the bytes that requests hold in
// memory. Safe from any thread; a ticket belongs to one thread at a time, returns its share when it ends, and ends before what it came
// from. Nothing fails but by saying no.
//
//   if (!slots.take("192.0.2.7")) close();
//   HeldBytes::Ticket body = held.ticket();
//   if (!body.resize(content_length)) wait();
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

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
  explicit HeldBytes(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept
        : held_(std::exchange(other.held_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      clear();
      held_ = std::exchange(other.held_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
      return *this;
    }
    ~Ticket() { clear(); }
    /// To this many bytes in all; false, with nothing changed, if there are not so many left. Getting smaller always works.
    bool resize(std::size_t bytes);
    std::size_t bytes() const { return bytes_; }

   private:
    friend class HeldBytes;
    explicit Ticket(HeldBytes* held) : held_(held) {}
    void clear() {
      if (held_ != nullptr) resize(0);
    }
    HeldBytes* held_ = nullptr;
    std::size_t bytes_ = 0;
  };

  Ticket ticket() { return Ticket(this); }
  std::size_t used() const;

 private:
  bool change(std::size_t from, std::size_t to);

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::size_t used_ = 0;  // guarded by mutex_
};

}  // namespace tocsin
