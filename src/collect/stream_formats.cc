#include "collect/stream_formats.h"

#include "collect/gzip_stream.h"
#include "collect/zstd_stream.h"

namespace tocsin {

const std::vector<StreamFormat>& stream_formats() {
  static const std::vector<StreamFormat> formats = {
      {"gzip", is_gzip, make_gzip_stream},
      {"zstd", is_zstd, make_zstd_stream},
  };
  return formats;
}

}  // namespace tocsin
