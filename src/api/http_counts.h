// How many requests each route answered, by the first digit of the status; for metrics. Safe from any thread, never fails.
//
//   counts.add(route, reply.status);
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "api/route.h"

namespace tocsin::api {

class HttpCounts {
 public:
  HttpCounts() : counts_(std::make_unique<std::array<std::atomic<std::uint64_t>, 6>[]>(routes().size() + 1)) {}
  /// nullptr: a route that is not there.
  void add(const Route* route, int status) {
    const std::size_t at = route == nullptr ? routes().size() : static_cast<std::size_t>(route - routes().data());
    ++counts_[at][static_cast<std::size_t>(status / 100 % 6)];
  }
  void append_to(std::string& metrics) const;

 private:
  std::unique_ptr<std::array<std::atomic<std::uint64_t>, 6>[]> counts_;
};

}  // namespace tocsin::api
