// For tests: a whole Lumberjack stream read the slow and obvious way, for comparison with LumberjackFrames, whatever the reads were. It has the
// same rules (lumberjack_frames.h) and shares no code but what undoes zlib. Never fails; used by lumberjack_frames_test.cc and the fuzz target.
#pragma once

#include <string>
#include <vector>

#include "collect/unpacked.h"

namespace tocsin {

struct LumberjackTwin {
  std::vector<std::string> events;  // at most a megabyte of each
  std::string out;                  // acknowledgements, where all is read before any is given
  bool bad = false;

  static unsigned long long number(const std::string& bytes, std::size_t at) {
    unsigned long long all = 0;
    for (std::size_t i = at; i < at + 4; ++i) all = all * 256 + static_cast<unsigned char>(bytes.at(i));
    return all;
  }
  void acknowledge(const std::string& sequence) { out += "2A" + sequence; }

  /// Frames from the front of `rest`; false where one is not whole. In a packed frame `packed` is true.
  bool read(std::string& rest, bool packed, std::vector<std::string>& sequences, std::vector<std::string>& found) {
    if (rest.empty() || (rest.size() == 1 && rest[0] == '2')) return false;
    const char type = rest[0] == '2' ? rest[1] : '?';
    if (type != 'J' && (packed || (type != 'W' && type != 'C'))) return !(bad = true);
    if (rest.size() < (type == 'J' ? 10u : 6u)) return false;
    if (type == 'W') {
      const unsigned long long size = number(rest, 2);
      if (left > 0 || size == 0 || size > 1u << 20) return !(bad = true);
      left = size;
      rest.erase(0, 6);
      partial.clear();
      return true;
    }
    const std::size_t head = type == 'J' ? 10 : 6, size = number(rest, head - 4);
    if (size > 16u << 20) return !(bad = true);
    if (rest.size() < head + size) return false;
    const std::string payload = rest.substr(head, size), sequence = rest.substr(2, 4);
    rest.erase(0, head + size);
    if (type == 'J') {
      sequences.push_back(sequence);
      found.push_back(payload.substr(0, 1 << 20));
      return true;
    }
    Result<std::string> inside = unpacked(payload, Packing::kZlib, 16u << 20);
    bad = !inside;
    while (!bad && !inside->empty()) bad = !read(*inside, true, sequences, found) || bad;
    return !bad;
  }

  explicit LumberjackTwin(std::string rest) {
    while (!bad) {
      std::vector<std::string> sequences, found;
      if (!read(rest, false, sequences, found)) break;
      if ((bad = sequences.size() > left)) break;
      for (std::size_t i = 0; i < found.size(); ++i) {
        events.push_back(found[i]);
        partial = sequences[i];
        if (--left > 0) continue;
        acknowledge(partial);
        partial.clear();
      }
    }
    if (!partial.empty() && number(partial, 0) != 0) acknowledge(partial);
  }

  unsigned long long left = 0;  // of the window
  std::string partial;          // the last event's sequence, within a window
};

}  // namespace tocsin
