// Alerts of one record, one after the other, as text: fills the holes that the writer left (report/alert_writer.h). Of whoever keeps alerts of records by their numbers; one thread.
//
//   AlertBodies bodies(result);
//   for (const PendingAlert& pending : result.alerts) body = bodies.next(pending, id, sequence);       // each once, in this order
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/block_result.h"

namespace tocsin {

class AlertBodies {
 public:
  explicit AlertBodies(const BlockResult& result) : text_(result.text) {}

  /// Without its line end.
  std::string next(const PendingAlert& pending, std::string_view id, std::uint64_t index) {
    std::string body;
    for (; hole_ < pending.holes_end; ++hole_) {
      const AlertText::Hole& place = text_.holes[hole_];
      body.append(text_.text, at_, place.at - at_);
      at_ = place.at;
      body.append(place.kind == AlertText::Hole::Kind::kId ? std::string(id) : std::to_string(index));
    }
    body.append(text_.text, at_, pending.text_end - at_);
    at_ = pending.text_end;
    while (!body.empty() && body.back() == '\n') body.pop_back();
    return body;
  }
  void skip(const PendingAlert& pending) {
    at_ = pending.text_end;
    hole_ = pending.holes_end;
  }

 private:
  const AlertText& text_;
  std::size_t at_ = 0, hole_ = 0;
};

}  // namespace tocsin
