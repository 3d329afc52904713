#include "oidc/http_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "collect/http_lines.h"

namespace tocsin::oidc {

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

Error malformed(std::string_view what) { return {Code::kInvalid, fmt::format("its answer is malformed: {}", what)}; }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// "HTTP/1.1 200 OK"; 0 if it is none.
int status_of(std::string_view line) {
  int status = 0;
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) return 0;
  const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status);
  return error == std::errc() && end == line.data() + 12 && status >= 100 ? status : 0;
}

}  // namespace

Result<HttpAnswerReader::Step> HttpAnswerReader::feed(std::string_view bytes) {
  held_ += bytes;
  while (!head_done_) {
    const std::size_t end = held_.find(kHeadEnd);
    // Of its end a part may be there already.
    const bool too_large = end == std::string::npos ? held_.size() >= kAnswerHeadBytesMax + kHeadEnd.size() : end > kAnswerHeadBytesMax;
    if (too_large) return Error{Code::kLimit, "the head of its answer is too large"};
    if (end == std::string::npos) return Step::kMore;
    TRY(read_head(std::string_view(held_).substr(0, end)));
    held_.erase(0, end + kHeadEnd.size());
    head_done_ = answer_.status >= 200;  // what came before is an interim answer (RFC 9110, section 15.2)
  }
  return read_body();
}

Status HttpAnswerReader::read_head(std::string_view head) {
  chunked_ = false;
  length_.reset();
  answer_.headers.clear();
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (has_control(line)) return malformed("a control character in its head");
    if (std::exchange(first, false)) {
      answer_.status = status_of(line);
      if (answer_.status == 0) return malformed("no status line of HTTP/1.1");
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || line.find_first_of(" \t") < colon) return malformed("a line in its head is no header");
    TRY(read_header(folded(line.substr(0, colon)), trimmed(line.substr(colon + 1))));
  }
  if (answer_.status == 0) return malformed("it has no head");
  if (chunked_ && length_) return malformed("two lengths of one body");
  if (answer_.status == 204 || answer_.status == 304) chunked_ = false, length_ = 0;
  return {};
}

Status HttpAnswerReader::read_header(std::string_view name, std::string_view value) {
  answer_.headers.emplace_back(name, value);
  if (name == "transfer-encoding") {
    if (chunked_ || folded(value) != "chunked") return malformed("its body is encoded in a way that is not known here");
    chunked_ = true;
  }
  if (name == "content-encoding" && !packed_ && folded(value) != "identity") return malformed("its body is packed, which was not asked for");
  if (name != "content-length") return {};
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (length_ || value.empty() || error != std::errc() || end != value.data() + value.size()) return malformed("its length is no number");
  length_ = length;
  return {};
}

Result<HttpAnswerReader::Step> HttpAnswerReader::read_body() {
  const Error too_large{Code::kLimit, fmt::format("its answer is larger than {} bytes", body_bytes_max_)};
  if (chunked_) {
    std::size_t used = 0;
    const ChunkedBody::Step step = chunks_.feed(held_, used, answer_.body);
    held_.erase(0, used);
    if (step == ChunkedBody::Step::kTooLarge) return too_large;
    if (step == ChunkedBody::Step::kMalformed) return malformed("a chunk of its body is none");
    return step == ChunkedBody::Step::kWhole ? Step::kWhole : Step::kMore;
  }
  answer_.body += held_;
  held_.clear();
  if (length_.value_or(answer_.body.size()) > body_bytes_max_) return too_large;
  if (!length_ || answer_.body.size() < *length_) return Step::kMore;
  answer_.body.resize(*length_);
  return Step::kWhole;
}

Status HttpAnswerReader::end() {
  if (head_done_ && !chunked_ && !length_) return {};
  return Error{Code::kIo, "its answer ended before it was whole"};
}

}  // namespace tocsin::oidc
