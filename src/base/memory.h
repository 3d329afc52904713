// How a process that runs for months keeps its memory small after a burst. A buffer that is used again and again grows with the largest thing it ever held, and the system's allocator keeps large pieces that
// were given back; both are of use only while large things come.
//
//   give_back_large_memory();      // in main, before there are threads
//   empty(frame_);                 // after each use
#pragma once

#include <cstddef>
#include <string>

namespace tocsin {

/// What a buffer keeps, and the smallest piece that the system gets back at once: more than a usual frame of the journal, so that usual work pays nothing.
inline constexpr std::size_t kKeptBufferBytesMax = 4u << 20;

/// From now on pieces of that size come from the system and go there when they are freed. Does nothing with an allocator that has no such choice.
void give_back_large_memory();

/// Without its content; without its memory, too, if that is large.
inline void empty(std::string& buffer) {
  if (buffer.capacity() > kKeptBufferBytesMax) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace tocsin
