// Something on this host that gives records: files, the journal, what there is of processes and packages. All sources are asked in turn by one thread, and hand what they
// have to the spool by a Feed. Where that has no room a source keeps what it has not handed on, and reads no further. Nothing fails: trouble is told, and tried again.
//
//   while (…) for (const auto& source : sources) more |= source->round();
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "forward/spool.h"

namespace tocsin::forward {

/// What one batch is made of: memory is what an endpoint has to give.
inline constexpr std::size_t kSourceBatchBytes = 128u << 10;

class Source {
 public:
  virtual ~Source() = default;
  /// Hands on some of what is new. True if there may be more at once.
  virtual bool round() = 0;
  /// As the status calls it.
  virtual std::string name() const = 0;
  /// Why something of it cannot be had; "" if nothing is wrong.
  virtual std::string trouble() const { return {}; }
  std::uint64_t records() const { return records_; }

 protected:
  std::uint64_t records_ = 0;  // that the spool took, since the start
};

/// The way into the spool. One thread.
class Feed {
 public:
  Feed(Spool& spool, std::function<void()> wake, std::function<void(const std::string&)> say) : spool_(spool), wake_(std::move(wake)), say_(std::move(say)) {}

  /// False if nothing was taken: the batch is to come again later.
  bool take(const SpoolBatch& batch) {
    const Status taken = spool_.append(batch);
    const std::string trouble = taken ? "" : taken.error().message;
    const bool is_full = !taken && taken.error().code == Code::kLimit;
    if (!trouble.empty() && trouble_.empty()) say_(is_full ? trouble + "; sources wait until the service has taken some of it" : trouble);
    trouble_ = trouble;
    if (taken) wake_();
    return taken.has_value();
  }
  Spool& spool() { return spool_; }
  const std::string& trouble() const { return trouble_; }

 private:
  Spool& spool_;
  const std::function<void()> wake_;
  const std::function<void(const std::string&)> say_;
  std::string trouble_;  // of the last batch
};

}  // namespace tocsin::forward
