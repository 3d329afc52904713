// Where a network input hands on what it received, and learns when it may say so. The inputs (collect) know this interface; behind it
// stands the journal (pipeline). A batch is what one acknowledgement covers: a request, a read of a socket. It is taken whole or not at
// all, and done() comes once, from another thread, when its records are safe or are known not to be (they come back then); nothing may
// be acknowledged before.
//
//   auto batch = std::make_unique<IntakeBatch>(sender.source);
//   batch->add(received, now, peer);                                       // copies
//   if (!intake.submit(std::move(batch), [=](IntakeResult result) { … })) answer_busy();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "collect/received.h"

namespace tocsin {

/// The records of one batch, copied. One thread at a time.
class IntakeBatch {
 public:
  /// What one batch may hold; the journal writes it in one piece.
  static constexpr std::size_t kBytesMax = 20u << 20;

  /// What is wanted where submit() takes the batch and it turns out later that there is no room, or that the disk fails: to hear so at once, or that it is
  /// offered again until it is safe. Who cannot tell a sender "no" waits.
  enum class IfFull : std::uint8_t { kSayNo, kWait };

  explicit IntakeBatch(std::uint32_t source, IfFull if_full = IfFull::kSayNo) : source_(source), if_full_(if_full) {}

  /// False, with nothing added, if the batch is full.
  bool add(const Received& received, TimeUs when, std::string_view peer);

  struct Entry {
    TimeUs received = 0;
    std::uint32_t from = 0, raw_size = 0;  // the raw bytes, then the details
    std::uint32_t details_size = 0;
  };
  /// One that was taken apart: the entries name places in `bytes`.
  IntakeBatch(std::uint32_t source, IfFull if_full, std::vector<Entry> entries, std::string bytes)
      : source_(source), if_full_(if_full), entries_(std::move(entries)), bytes_(std::move(bytes)) {}

  std::uint32_t source() const { return source_; }
  IfFull if_full() const { return if_full_; }
  const std::vector<Entry>& entries() const { return entries_; }
  std::string_view raw(const Entry& entry) const { return std::string_view(bytes_).substr(entry.from, entry.raw_size); }
  /// What the protocol said (event/details.h).
  std::string_view details(const Entry& entry) const {
    return std::string_view(bytes_).substr(entry.from + entry.raw_size, entry.details_size);
  }
  std::size_t bytes() const { return bytes_.size(); }
  /// Of all entries, one behind the other: raw bytes, details.
  std::string_view all() const { return bytes_; }
  /// For the clock of whoever takes it.
  void set_received(std::size_t entry, TimeUs when) { entries_[entry].received = when; }
  /// What it takes in memory, about: entries of short records are larger than the records.
  std::size_t memory() const { return bytes_.size() + entries_.size() * sizeof(Entry); }

 private:
  std::uint32_t source_;
  IfFull if_full_ = IfFull::kSayNo;
  std::vector<Entry> entries_;
  std::string bytes_;
};

struct IntakeResult {
  bool safe = false;                        // false: the sender is told "no", or the batch is submitted again
  std::uint64_t first = 0;                  // the number of the batch's first record; the others follow
  std::unique_ptr<IntakeBatch> batch = {};  // what is not safe comes back, but from another process
};

class Intake {
 public:
  virtual ~Intake() = default;
  /// False, with `batch` left as it is and `done` never called: no room now. The caller tries again, or says no and counts that with
  /// refuse().
  virtual bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) = 0;
  /// Records that were told "no", and records that were lost without being told (datagrams, what exceeds a limit). A batch that came back
  /// is counted nowhere until its input does one of these, or submits it again.
  virtual void refuse(std::uint32_t source, std::uint64_t records) = 0;
  virtual void drop(std::uint32_t source, std::uint64_t records) = 0;
};

/// Somebody who may send.
struct Sender {
  std::string name;          // as `tocsin sender add` was told
  std::uint32_t source = 0;  // for IntakeBatch
};

/// Who stands behind what a connection shows. Safe from any thread.
class Senders {
 public:
  virtual ~Senders() = default;
  /// `input` is "bulk", "hec", "syslog", "relp", "forward" or "lumberjack".
  virtual std::optional<Sender> by_token(std::string_view input, std::string_view token) = 0;
  /// By what NetStream::peer_certificate() gives, which is not "".
  virtual std::optional<Sender> by_certificate(std::string_view input, std::string_view fingerprint) = 0;
  /// For protocols in which a key is proved, not shown (Forward): the sender of whose digest `proves` says so. `proves` asks nothing of this.
  using Proves = std::function<bool(std::string_view name, std::string_view digest)>;
  virtual std::optional<Sender> by_proof(std::string_view input, const Proves& proves) = 0;
  /// For inputs that have no tokens (plain syslog): who is taken to send, if anybody may.
  virtual std::optional<Sender> without_token(std::string_view input) = 0;
};

}  // namespace tocsin
