// The first look at a JSON text: where its tokens begin. One pass over the bytes, 64 at a time, that finds every
// structural character outside strings, every opening quote and the first byte of every other scalar, and checks on the
// way what can be checked without grammar: strings end, hold no control characters, and every backslash begins a legal
// escape. The walker (json.cc) then reads tokens by index and never looks for an end.
//
// The idea is that of simdjson (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019): bit masks per block,
// an odd-length run of backslashes escapes what follows, a prefix xor over quotes marks what is inside a string. It is
// written anew because simdjson On-Demand fixes its instruction set when it is compiled, and one binary has to serve
// machines with and without AVX2; here the kernel is chosen at start. The twin that everything is tested against is
// simdjson's DOM parser.
//
// Pure functions. `text` needs kJsonPadding readable bytes after its end; `index` room for text.size() + 64 entries.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tocsin {

struct JsonScan {
  std::size_t count = 0;        // entries written to the index
  bool non_ascii = false;       // UTF-8 remains to be checked
  bool unicode_escape = false;  // there is a \u escape
  bool bad_string = false;      // a string holds a raw control character or a backslash that begins no JSON escape
  bool open_string = false;     // the last string does not end
};

using JsonScanner = JsonScan (*)(const char* text, std::size_t size, std::uint32_t* index);

JsonScan json_scan_portable(const char* text, std::size_t size, std::uint32_t* index);
#if defined(__x86_64__)
JsonScan json_scan_sse2(const char* text, std::size_t size, std::uint32_t* index);
JsonScan json_scan_avx2(const char* text, std::size_t size, std::uint32_t* index);
JsonScan json_scan_avx512(const char* text, std::size_t size, std::uint32_t* index);
#endif

/// The quickest kernel that this machine can run.
JsonScanner best_json_scanner();

}  // namespace tocsin
