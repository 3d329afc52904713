// Takes personal data and secrets out of a stream of lines: each finding becomes its kind in brackets, "[EMAIL]", or is told as a place. What was JSON stays JSON: a number becomes a string. A private key that
// goes over several lines is one secret on each of them. One stream, one thread.
//
//   Redactor redactor({.keep = {Kind::kIp}});
//   redactor.append_redacted(line, out);     // lines without their line feed, in their order
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "protect/finder.h"

namespace tocsin::protect {

/// A private key has some 70 lines at most (RSA with 16,384 bits has 200); what goes on without its end is no longer taken for one.
inline constexpr int kKeyLinesMax = 400;

struct RedactorOptions {
  std::vector<Kind> keep;  // these stay
};

class Redactor {
 public:
  explicit Redactor(RedactorOptions options) : keeps_secrets_(std::ranges::find(options.keep, Kind::kSecret) != options.keep.end()), finder_(std::move(options.keep)) {}
  /// What is to be taken out of this line.
  const std::vector<Finding>& look_at(std::string_view line);
  void append_redacted(std::string_view line, std::string& out);
  /// {"spans":[{"start":0,"end":5,"type":"EMAIL"}]}: code points from zero, the end excluded; a byte that is no UTF-8 counts as one.
  void append_spans(std::string_view line, std::string& out);

 private:
  bool is_of_key(std::string_view line);

  const bool keeps_secrets_;
  Finder finder_;
  std::vector<Finding> found_;
  int key_lines_left_ = 0;
};

}  // namespace tocsin::protect
