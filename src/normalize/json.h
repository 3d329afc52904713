// One JSON text (RFC 8259) to one Event, at the speed of memory: nothing is unescaped and nothing is copied. Every value
// of every nesting becomes a Value under its path; elements of arrays stand under the array's path. The whole text is
// checked, also where nobody looks: what the RFC forbids is an error.
//
// One parser per thread; warm, it allocates nothing. The text must be followed by kJsonPadding readable bytes, whose
// content does not matter. Fails with kInvalid (or kLimit) and the byte offset; then the event holds what came before.
//
//   JsonParser parser(paths);
//   Status status = parser.parse(line, event);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "event/event.h"
#include "normalize/json_scan.h"

namespace tocsin {

inline constexpr std::size_t kJsonPadding = 64;
/// Real events nest less than 20 deep; hostile ones should not reach the end of the stack.
inline constexpr int kJsonDepthMax = 128;
/// Offsets in the index are 32 bits wide; a single event never comes near.
inline constexpr std::size_t kJsonBytesMax = 256u << 20;

class JsonParser {
 public:
  explicit JsonParser(PathTable& paths, JsonScanner scanner = best_json_scanner());

  Status parse(std::string_view text, Event& event);

 private:
  /// What went wrong, kept as a literal so that the good path carries no string.
  struct Trouble {
    const char* what = nullptr;
    Code code = Code::kInvalid;
  };

  bool fail(const char* what, Code code = Code::kInvalid);
  bool value(PathId path, int depth);
  bool object(PathId path, int depth);
  bool array(PathId path, int depth);
  bool scalar(PathId path);
  PathId key_path(std::string_view raw, PathId previous, PathId parent);
  char token() const { return at_ < end_ ? text_[*at_] : 0; }
  std::string_view token_text() const;

  PathTable& paths_;
  JsonScanner scanner_;
  std::vector<std::uint32_t> index_;
  std::string key_;
  const char* text_ = nullptr;
  const std::uint32_t* at_ = nullptr;   // the current token's entry in index_
  const std::uint32_t* end_ = nullptr;  // one past the last token
  Event* event_ = nullptr;
  Trouble trouble_;
};

/// True if `token` is a number as RFC 8259 section 6 has it.
bool json_number_valid(std::string_view token);

}  // namespace tocsin
