// An alert of any product in brief: what a group of alerts is made of. Readers of alert files and the stream make it, the room analyze takes it. It points into bytes that it does
// not own: good until whoever gave it reads on.
#pragma once

#include <cstdint>
#include <string_view>

#include "event/verdict.h"

namespace tocsin {

struct AlertBrief {
  std::string_view rule, host;    // the host may be "": none is named
  std::int64_t time_s = 0;        // Unix seconds
  Verdict verdict = Verdict::kNone;
  std::string_view verdict_word;  // the source's own word for it
};

}  // namespace tocsin
