// A chunked body (RFC 9112, section 7.1), out of the bytes of a connection however they were cut. Stricter than the RFC asks of a
// recipient: a line ends with CR LF, holds no control character, and has something after the size only behind a semicolon; what two
// readers could understand differently is refused. Chunk extensions and trailers are passed over, but for a trailer that names a header
// that is used here, which is refused.
//
//   ChunkedBody chunks(body_bytes_max);
//   while (chunks.feed(bytes, used, body) == ChunkedBody::Step::kMore) …   // `bytes` from `used` on come again with the next call
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

/// What one chunk may have beside its data (size, extensions), and all trailers with their line ends.
inline constexpr std::size_t kHttpChunkHeadBytesMax = 4 << 10;

class ChunkedBody {
 public:
  enum class Step : std::uint8_t { kMore, kWhole, kMalformed, kTooLarge };

  explicit ChunkedBody(std::uint64_t body_bytes_max) : left_(body_bytes_max) {}

  /// Appends data to `body` and adds to `used` what need not come again. After anything but kMore it is not called again.
  Step feed(std::string_view bytes, std::size_t& used, std::string& body);

 private:
  enum class Part : std::uint8_t { kHead, kData, kDataEnd, kTrailers };
  /// Cuts a line from the front of `bytes`; kWhole if one is there.
  Step take_line(std::string_view& bytes, std::string_view& line);
  Step begin_chunk(std::string_view line);
  Step trailer(std::string_view line);

  Part part_ = Part::kHead;
  std::uint64_t left_;              // of the body, at most
  std::uint64_t chunk_ = 0;         // of the chunk at hand
  std::size_t trailer_bytes_ = 0;
};

}  // namespace tocsin
