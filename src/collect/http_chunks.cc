#include "collect/http_chunks.h"

#include <algorithm>
#include <charconv>

#include "collect/http_lines.h"

namespace tocsin {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

}  // namespace

ChunkedBody::Step ChunkedBody::take_line(std::string_view& bytes, std::string_view& line) {
  const std::size_t end = bytes.find(kLineEnd);
  // A line whose end was cut in two is no longer for it.
  const std::size_t seen = end == std::string_view::npos ? bytes.size() - bytes.ends_with('\r') : end;
  if (trailer_bytes_ + seen > kHttpChunkHeadBytesMax) return Step::kMalformed;
  if (end == std::string_view::npos) return Step::kMore;
  line = bytes.substr(0, end);
  bytes.remove_prefix(end + kLineEnd.size());
  return has_control(line) ? Step::kMalformed : Step::kWhole;
}

ChunkedBody::Step ChunkedBody::begin_chunk(std::string_view line) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), chunk_, 16);
  if (error != std::errc()) return Step::kMalformed;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  const std::size_t extension = std::min(line.find_first_not_of(" \t"), line.size());
  if (!line.empty() && !line.substr(extension).starts_with(';')) return Step::kMalformed;
  if (chunk_ > left_) return Step::kTooLarge;
  left_ -= chunk_;
  part_ = chunk_ == 0 ? Part::kTrailers : Part::kData;
  return Step::kMore;
}

ChunkedBody::Step ChunkedBody::trailer(std::string_view line) {
  if (line.empty()) return Step::kWhole;
  trailer_bytes_ += line.size() + kLineEnd.size();
  const std::string_view name = http_header_name(line);
  const bool used = std::ranges::any_of(kUsedHeaderNames, [&](std::string_view one) { return same_http_word(name, one); });
  const bool odd = name.empty() || name.size() == line.size() || name.find_first_of(" \t") != std::string_view::npos;
  return used || odd ? Step::kMalformed : Step::kMore;
}

ChunkedBody::Step ChunkedBody::feed(std::string_view bytes, std::size_t& used, std::string& body) {
  const std::size_t size = bytes.size(), before = used;
  Step step = Step::kMore;
  while (step == Step::kMore) {
    used = before + size - bytes.size();
    if (part_ == Part::kData) {
      const std::size_t now = std::min<std::uint64_t>(chunk_, bytes.size());
      body.append(bytes.substr(0, now));
      bytes.remove_prefix(now);
      chunk_ -= now;
      if (chunk_ == 0) part_ = Part::kDataEnd;
      if (now == 0) return Step::kMore;
    } else if (part_ == Part::kDataEnd) {
      if (bytes.size() < kLineEnd.size()) return Step::kMore;
      if (!bytes.starts_with(kLineEnd)) return Step::kMalformed;
      bytes.remove_prefix(kLineEnd.size());
      part_ = Part::kHead;
    } else {
      std::string_view line;
      const Step taken = take_line(bytes, line);
      if (taken != Step::kWhole) return taken;
      step = part_ == Part::kHead ? begin_chunk(line) : trailer(line);
    }
  }
  used = before + size - bytes.size();
  return step;
}

}  // namespace tocsin
