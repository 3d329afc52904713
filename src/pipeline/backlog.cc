#include "pipeline/backlog.h"

namespace tocsin {

void Backlog::add(std::uint32_t source, journal::Sequence end, std::uint64_t bytes) {
  if (bytes == 0) return;
  shares_.add(source, bytes);
  std::deque<Span>& spans = spans_[source];
  if (spans.empty() || spans.back().bytes >= kSpanBytes) spans.emplace_back();
  spans.back().end = end;
  spans.back().bytes += bytes;
}

void Backlog::done(journal::Sequence below) {
  for (auto of = spans_.begin(); of != spans_.end();) {
    auto& [source, spans] = *of;
    while (!spans.empty() && spans.front().end <= below) {
      shares_.give(source, spans.front().bytes);
      spans.pop_front();
    }
    of = spans.empty() ? spans_.erase(of) : std::next(of);
  }
}

}  // namespace tocsin
