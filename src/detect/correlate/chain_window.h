// The window of temporal_ordered: for each rule and length, the chain of hits that ends there and starts latest.
// Starting latest is all that counts: if any chain of that length fits into the timespan, that one does. So a window
// holds a few hits, not every failed logon of the last hour.
//
// A chain is hits of ever later rules of the list (some may be skipped, if the condition asks for fewer than all), each at
// a later place than the one before; two rules that match one event are not one after the other. Of chains that start
// at one place, the one that ends later is kept. A late hit can end a chain; it is not slipped in below later hits.
//
// A new hit of rule j extends the chains of rules before j, in (rules x lengths) steps; with the default condition (every
// rule) there is one length per rule, and a hit costs the length of its chain.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "detect/correlate/window.h"

namespace tocsin::correlate {

class ChainWindow : public Window {
 public:
  explicit ChainWindow(const CompiledCorrelation& correlation) : correlation_(correlation) {}
  void add(Sample sample) override;
  void expire(TimeUs before) override { floor_ = before; }
  bool empty() const override { return longest() == nullptr; }
  Measure measure() override;
  TimeUs start() const override;
  std::vector<HitRef> take() override;
  std::size_t evict() override;

 private:
  using Chain = std::vector<HitRef>;
  struct Cell {
    Chain latest;
    Chain before;  // the latest that ended at an earlier place than `latest` does: for a second rule on that event
  };
  using Key = std::pair<std::uint32_t, std::uint32_t>;  // length, step

  bool is_open(const Chain& chain) const;
  const Chain* extendable(const Cell& cell, const Place& place) const;
  const Chain* longest() const;
  void put(const Key& key, Chain chain);
  void account(const Chain& chain, int sign);

  const CompiledCorrelation& correlation_;
  std::map<Key, Cell> cells_;
  TimeUs floor_ = INT64_MIN;  // chains that start earlier are out
};

}  // namespace tocsin::correlate
