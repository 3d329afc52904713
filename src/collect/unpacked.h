// What is packed in one piece in memory (the body of a request, a frame), as it was before. Pure, safe from any thread; what is damaged or too large comes
// back as an error.
//
//   std::string text = TRY(unpacked(bytes, Packing::kGzip, kBytesMax));
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

enum class Packing : std::uint8_t { kGzip, kZlib };

/// kLimit if that is more than `bytes_max`, which stops the work there, so that a bomb costs no more than an honest text of that size; deflate's own
/// 1,032 to 1 bounds the ratio. kInvalid for damage.
Result<std::string> unpacked(std::string_view packed, Packing packing, std::size_t bytes_max);

}  // namespace tocsin
