// CRC-32 as in zlib (polynomial edb88320), quick enough not to be felt: EVTX has one over every chunk. Pure,
// safe from any thread.
#pragma once

#include <cstdint>

#include "collect/evtx_format.h"

namespace tocsin {

/// Continues from `crc`, which is 0 at the start.
std::uint32_t evtx_crc32(std::uint32_t crc, EvtxBytes bytes);

}  // namespace tocsin
