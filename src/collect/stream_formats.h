// The forms in which the bytes of an input may be wrapped, in one table (stream_formats.cc): how each is recognised by its
// first bytes, and the stream that unwraps it. Adding one: `tools/new input NAME`. Immutable, safe from any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "collect/byte_stream.h"

namespace tocsin {

/// What `is` gets to see, fewer if the file is shorter.
inline constexpr std::size_t kStreamHeadBytes = 16;

struct StreamFormat {
  const char* name;
  bool (*is)(std::string_view head);
  /// `source` gives the wrapped bytes from the first on.
  std::unique_ptr<ByteStream> (*make)(std::unique_ptr<ByteStream> source);
};

/// The first that recognises the head is taken; none: the bytes are taken as they are.
const std::vector<StreamFormat>& stream_formats();

}  // namespace tocsin
