// For tests: what GELF datagrams come to, the slow and obvious way, for comparison with GelfDatagrams. It has the same rules (gelf_datagrams.h) and
// shares no code but that of unpacking: messages are in a map, parts in another, and everything is looked at for each datagram. Never fails; used by
// gelf_datagrams_test.cc and the fuzz target.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collect/gelf_datagrams.h"

namespace tocsin {

struct GelfTwin {
  struct Message {
    std::string sender, id;
    std::int64_t begun_ns = 0;
    std::size_t count = 0;
    std::map<std::size_t, std::string> parts;
    std::size_t bytes() const {
      std::size_t all = 0;
      for (const auto& [number, part] : parts) all += part.size();
      return all;
    }
  };
  std::list<Message> messages;  // the oldest first
  std::vector<std::string> texts;
  GelfDatagrams::Counts counts;
  GelfUnpacker unpacker;

  void text(std::string_view packed) {
    std::string_view text;
    if (!unpacker.unpack(packed, text)) {
      ++counts.bad;
      return;
    }
    std::string one(text);
    while (!one.empty() && one.back() == '\0') one.pop_back();
    if (one.empty()) return;
    ++counts.messages;
    texts.push_back(one);
  }

  void give_up(std::list<Message>::iterator message) {
    ++counts.unfinished;
    messages.erase(message);
  }

  std::size_t bytes() const {
    std::size_t all = 0;
    for (const Message& message : messages) all += message.bytes();
    return all;
  }

  void read(const std::string& datagram, const std::string& sender, std::int64_t now_ns) {
    if (datagram.substr(0, 2) != "\x1e\x0f") return text(datagram);
    while (!messages.empty() && now_ns - messages.front().begun_ns >= 5'000'000'000) give_up(messages.begin());
    const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(datagram[at])); };
    if (datagram.size() < 12 || byte(11) > 128 || byte(10) >= byte(11)) {
      ++counts.bad;
      return;
    }
    const std::string id = datagram.substr(2, 8), part = datagram.substr(12);
    auto found = std::ranges::find_if(messages, [&](const Message& one) { return one.id == id && one.sender == sender; });
    if (found == messages.end()) {
      if (messages.size() == kGelfUnfinishedMax) give_up(messages.begin());
      found = messages.insert(messages.end(), Message{sender, id, now_ns, byte(11), {}});
    }
    if (found->count != byte(11)) {
      ++counts.bad;
    } else if (found->parts.contains(byte(10))) {
      ++counts.repeated;
    } else if (found->bytes() + part.size() > kGelfPackedBytesMax) {
      give_up(found);
    } else {
      ++counts.chunks;
      found->parts[byte(10)] = part;
      if (found->parts.size() == found->count) {
        std::string whole;
        for (const auto& [number, one] : found->parts) whole += one;
        messages.erase(found);
        return text(whole);
      }
      while (bytes() > kGelfUnfinishedBytesMax) give_up(messages.begin());
    }
  }
};

}  // namespace tocsin
