// One line of the control socket: what is asked, and how it is answered. Pure.
//
//   {"command":"reload"}        → {"ok":true,"result":{…}}  or  {"ok":false,"error":"…"}
//
// A request is an object of strings, on one line, in kControlRequestBytesMax; anything else is kInvalid, with what is wrong.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

/// Names of files and words; a stranger's stream of bytes ends here.
inline constexpr std::size_t kControlRequestBytesMax = 64u << 10;
/// Tens of thousands of sources in a status.
inline constexpr std::size_t kControlAnswerBytesMax = 64u << 20;

struct ControlRequest {
  std::string command;
  std::map<std::string, std::string> arguments;

  /// "" if it was not given.
  std::string_view argument(const std::string& name) const;
};

/// `line` without its line feed.
Result<ControlRequest> parse_control_request(std::string_view line, std::size_t bytes_max = kControlRequestBytesMax);
/// With its line feed.
std::string write_control_request(const ControlRequest& request);

/// `result` is JSON. With its line feed.
std::string write_control_answer(const Result<std::string>& result);
/// The result, as JSON; an error if the service refused (kDenied, with its words) or the line is no answer (kInvalid).
Result<std::string> parse_control_answer(std::string_view line);

}  // namespace tocsin
