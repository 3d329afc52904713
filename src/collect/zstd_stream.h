// zstd (RFC 8878) by libzstd: several frames one after the other, skippable ones too. A damaged frame or an end in the
// middle of one is an error, after what came before it. One thread at a time.
#pragma once

#include <memory>
#include <string_view>

#include "collect/byte_stream.h"

namespace tocsin {

bool is_zstd(std::string_view head);
std::unique_ptr<ByteStream> make_zstd_stream(std::unique_ptr<ByteStream> source);

}  // namespace tocsin
