// Lines, cut from what comes in pieces: from a file that may be packed, or from whatever writes into a sink.
//
//   TRY(for_each_line(env, "verdicts.ndjson.gz", 64 << 10, [&](std::string_view line, std::uint64_t number) -> Status { … }));
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/env.h"
#include "pipeline/output.h"

namespace tocsin::cli {

/// Gets a line without its end, and its number from 1; an error ends it.
using TakeLine = std::function<Status(std::string_view line, std::uint64_t number)>;

/// Lines longer than `bytes_max` are an error (kLimit); empty ones are passed over.
class LineCutter : public ByteSink {
 public:
  LineCutter(std::size_t bytes_max, TakeLine take) : bytes_max_(bytes_max), take_(std::move(take)) {}
  Status write(std::string_view bytes) override;
  /// The last line may lack its end.
  Status end();

 private:
  Status line(std::string_view text);

  const std::size_t bytes_max_;
  const TakeLine take_;
  std::string rest_;
  std::uint64_t number_ = 0;
};

/// `-` is standard input. An error names the file and the line.
Status for_each_line(Env& env, const std::string& path, std::size_t bytes_max, const TakeLine& take);

}  // namespace tocsin::cli
