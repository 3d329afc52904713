// The answer of ListObjectsV2 (Amazon S3 API Reference; XML), with keys percent-encoded (encoding-type=url). Reads the XML that S3 and those like it write: elements, texts, the five named entities and
// character references in numbers; no DTD, no CDATA. Pure, linear, without recursion. kInvalid for anything else, and what is cut.
//
//   const S3List list = TRY(read_s3_list(body));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tocsin {

/// One answer has 1,000 keys.
inline constexpr std::size_t kS3KeysMax = 10'000;
/// Of a key (Amazon S3 User Guide, "Object key naming").
inline constexpr std::size_t kS3KeyBytesMax = 1'024;

struct S3List {
  std::vector<std::string> keys;
  bool truncated = false;  // there are more behind the last one
};

Result<S3List> read_s3_list(std::string_view xml);

}  // namespace tocsin
