// The inventory of this host, once at the start and then every so often (inventory.h). What the spool has no room for is not sent in part for long: that inventory is taken anew a
// minute later. One thread.
//
//   InventorySource inventory(env, feed, {.every_us = 3'600'000'000, .host = "web-1", .say = say});
#pragma once

#include <string>
#include <vector>

#include "forward/inventory.h"
#include "forward/source.h"

namespace tocsin::forward {

class InventorySource : public Source {
 public:
  struct Options {
    TimeUs every_us = 3'600'000'000;
    std::string host = {};
    std::string root = {};
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  InventorySource(Env& env, Feed& feed, Options options) : env_(env), feed_(feed), options_(std::move(options)) {}

  bool round() override;
  std::string name() const override { return "inventory"; }
  std::string trouble() const override { return trouble_; }

 private:
  bool take_table(const InventoryTable& table, const Snapshot& snapshot);
  bool hand_on();

  Env& env_;
  Feed& feed_;
  const Options options_;
  std::int64_t next_ns_ = 0;
  std::size_t table_ = 0;  // that comes next
  Snapshot snapshot_;
  std::vector<std::string> rows_;
  std::size_t bytes_ = 0;
  std::string trouble_;
};

}  // namespace tocsin::forward
