// The open window of one group of one correlation: which hits stand in it and what they measure. There is one kind for
// each way of measuring, and each keeps no more than it needs:
//   HitWindow      every hit: event_count and the measures of a number
//   LatestWindow   the latest hit of each distinct value (value_count) or of each rule (temporal)
//   ChainWindow    the latest chain through each rule (temporal_ordered), chain_window.h
// The judge (judge.h) decides when a window slides, opens, fires and closes. Hits usually come in order; one out of order
// (late) is put where it belongs. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "detect/correlate/compiled.h"
#include "detect/correlate/held_hit.h"
#include "detect/correlate/number.h"

namespace tocsin::correlate {

/// A hit, with what its correlation wants to know of it.
struct Sample {
  HitRef hit;
  Fixed number = 0;      // the measured field, of those that measure numbers
  std::string distinct;  // what makes it different, for LatestWindow
  std::uint32_t step = 0;
};

class Window {
 public:
  static std::unique_ptr<Window> make(const CompiledCorrelation& correlation);
  virtual ~Window() = default;

  virtual void add(Sample sample) = 0;
  /// Hits before this time are out of the window.
  virtual void expire(TimeUs before) = 0;
  virtual bool empty() const = 0;
  /// Of all that stands in the window, which is not empty.
  virtual Measure measure() = 0;
  /// The time of the first hit that measure() is about.
  virtual TimeUs start() const = 0;
  /// The hits that measure() is about, in order; empties the window.
  virtual std::vector<HitRef> take() = 0;
  /// Drops the oldest; how many hits that were. Not called on an empty window.
  virtual std::size_t evict() = 0;

  /// Bytes of the window's own, without the hits.
  std::size_t own_bytes() const { return own_bytes_; }
  /// With the hits, as if no other window held them.
  std::size_t weight() const { return own_bytes_ + hit_bytes_; }

 protected:
  std::size_t own_bytes_ = 0, hit_bytes_ = 0;
};

class HitWindow : public Window {
 public:
  explicit HitWindow(const CompiledCorrelation& correlation, std::uint32_t rule_count);
  void add(Sample sample) override;
  void expire(TimeUs before) override;
  bool empty() const override { return first_ == entries_.size(); }
  Measure measure() override;
  TimeUs start() const override { return entries_[first_].hit->order.place.time; }
  std::vector<HitRef> take() override;
  std::size_t evict() override;

 private:
  struct Entry {
    HitRef hit;
    Fixed number = 0;
  };
  void drop_first();
  void compact();

  const CompiledCorrelation& correlation_;
  const std::uint32_t rule_count_;
  std::vector<Entry> entries_;  // in order, from first_ on
  std::size_t first_ = 0;
  Wide sum_ = 0;
};

/// Groups that never come again have one value: it stands in the window itself, and maps are made for the second.
class LatestWindow : public Window {
 public:
  void add(Sample sample) override;
  void expire(TimeUs before) override;
  bool empty() const override { return !one_.hit && many_ == nullptr; }
  Measure measure() override { return count_measure(many_ != nullptr ? many_->by_order.size() : one_.hit ? 1 : 0); }
  TimeUs start() const override { return many_ != nullptr ? many_->by_order.begin()->first.place.time : one_.hit->order.place.time; }
  std::vector<HitRef> take() override;
  std::size_t evict() override;

 private:
  struct One {
    HitRef hit;
    std::string value;
  };
  struct Latest;
  using ByOrder = std::multimap<Order, Latest>;
  using ByValue = std::map<std::string, ByOrder::iterator>;
  struct Latest {
    HitRef hit;
    ByValue::iterator value;
  };
  struct Many {  // never empty
    ByOrder by_order;
    ByValue by_value;
  };
  void count_in(const HeldHit& hit, const std::string& value);
  void count_out(const HeldHit& hit, const std::string& value);
  void add_to_many(One one);
  void drop_first();

  One one_;  // without a hit: there is none, or there are many
  std::unique_ptr<Many> many_;
};

}  // namespace tocsin::correlate
