#include "cli/line_file.h"

#include <fmt/format.h>

#include "collect/byte_stream.h"

namespace tocsin::cli {

Status LineCutter::line(std::string_view text) {
  ++number_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.find_first_not_of(" \t") == std::string_view::npos) return {};
  const Status taken = take_(text, number_);
  return taken ? taken : Error{taken.error().code, fmt::format("{}: {}", number_, taken.error().message)};
}

Status LineCutter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    rest_.append(bytes.substr(0, end));
    if (rest_.size() > bytes_max_) return Error{Code::kLimit, fmt::format("{}: the line is longer than {} KB", number_ + 1, bytes_max_ >> 10)};
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    const std::string text = std::exchange(rest_, {});
    TRY(line(text));
  }
  return {};
}

Status LineCutter::end() {
  const std::string text = std::exchange(rest_, {});
  return text.empty() ? Status() : line(text);
}

Status for_each_line(Env& env, const std::string& path, std::size_t bytes_max, const TakeLine& take) {
  const std::unique_ptr<ByteStream> stream = TRY(ByteStream::open(env, path == "-" ? "/dev/stdin" : path));
  LineCutter lines(bytes_max, take);
  std::string room(1 << 16, '\0');
  Status status;
  while (status) {
    const Result<std::size_t> got = stream->read(room.data(), room.size());
    if (!got) return got.error();
    if (*got == 0) break;
    status = lines.write(std::string_view(room.data(), *got));
  }
  if (status) status = lines.end();
  return status ? status : Error{status.error().code, fmt::format("{}:{}", path, status.error().message)};
}

}  // namespace tocsin::cli
