#include "collect/http_request.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include "collect/http_lines.h"

namespace tocsin {

namespace {

namespace http = boost::beast::http;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

bool is_number(std::string_view text) {
  // 18 digits fit into 64 bits; a body of more would be refused anyway.
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<HttpProblem> check_used(const std::array<int, kUsedHeaders>& counts,
                                      const std::array<std::string_view, kUsedHeaders>& values, bool http10) {
  for (int i = 0; i < kUsedHeaders; ++i) {
    if (counts[i] > 1) return HttpProblem{400, "a header that may come once came twice"};
  }
  if (counts[kHost] == 0 && !http10) return HttpProblem{400, "there is no Host header"};
  if (counts[kLength] > 0 && !is_number(values[kLength])) return HttpProblem{400, "Content-Length is no number"};
  if (counts[kCoding] == 0) return std::nullopt;
  if (counts[kLength] > 0) return HttpProblem{400, "both Content-Length and Transfer-Encoding"};
  if (http10) return HttpProblem{400, "Transfer-Encoding in HTTP/1.0"};
  if (!same_http_word(values[kCoding], "chunked")) return HttpProblem{501, "Transfer-Encoding other than chunked"};
  return std::nullopt;
}

}  // namespace

std::optional<HttpProblem> check_http_head(std::string_view head) {
  std::array<int, kUsedHeaders> counts{};
  std::array<std::string_view, kUsedHeaders> values;
  bool http10 = false;
  std::size_t lines = 0;
  for (; !head.empty(); ++lines) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (has_control(line)) return HttpProblem{400, "a control character in the head of the request"};
    if (lines == 0) {
      http10 = line.ends_with(" HTTP/1.0");
      continue;
    }
    if (line.starts_with(' ') || line.starts_with('\t'))
      return HttpProblem{400, "a header that continues on a second line"};
    if (lines > kHttpHeadersMax) return HttpProblem{431, "too many headers"};
    const std::size_t colon = std::min(line.find(':'), line.size());
    for (int i = 0; i < kUsedHeaders; ++i) {
      if (!same_http_word(http_header_name(line), kUsedHeaderNames[i])) continue;
      ++counts[i];
      values[i] = trimmed(line.substr(std::min(colon + 1, line.size())));
    }
  }
  return check_used(counts, values, http10);
}

struct HttpRequestReader::Parser {
  http::request_parser<http::empty_body> beast;
};

HttpRequestReader::HttpRequestReader(std::uint64_t body_bytes_max) : body_bytes_max_(body_bytes_max) { next(); }
HttpRequestReader::~HttpRequestReader() = default;

void HttpRequestReader::next() {
  parser_ = std::make_unique<Parser>();
  parser_->beast.header_limit(kHttpHeadBytesMax + 1);
  parser_->beast.body_limit(body_bytes_max_);
  head_ = HttpHead();
  chunks_ = ChunkedBody(body_bytes_max_);
  body_.clear();
  left_ = 0;
  parts_ = false;
  head_done_ = false;
  blank_skipped_ = false;
  searched_ = 0;
}

HttpStep HttpRequestReader::bad(HttpProblem problem) {
  problem_ = problem;
  return HttpStep::kBad;
}

HttpStep HttpRequestReader::feed(std::string_view bytes) {
  if (problem_.status != 0) return HttpStep::kBad;
  if (!head_done_) {
    held_.append(bytes);
    return read_head();
  }
  std::size_t used = 0;
  const bool direct = held_.empty();
  if (!direct) held_.append(bytes);
  const HttpStep step = read_body(direct ? bytes : std::string_view(held_), used);
  if (direct) {
    held_.assign(bytes.substr(used));
  } else {
    held_.erase(0, used);
  }
  return step;
}

HttpStep HttpRequestReader::read_head() {
  // Some clients send an empty line behind the body of the request before.
  if (!blank_skipped_ && held_.starts_with("\r\n")) {
    held_.erase(0, 2);
    blank_skipped_ = true;
  }
  const std::size_t end = held_.find(kHeadEnd, searched_);
  // A part of the end may be there already.
  const bool too_large = end == std::string::npos ? held_.size() >= kHttpHeadBytesMax + kHeadEnd.size() : end > kHttpHeadBytesMax;
  if (too_large) return bad(431, "the head of the request is too large");
  if (end == std::string::npos) {
    searched_ = held_.size() < 3 ? 0 : held_.size() - 3;
    return HttpStep::kMore;
  }
  const std::string_view head = std::string_view(held_).substr(0, end + kHeadEnd.size());
  if (const auto problem = check_http_head(head.substr(0, end + 2))) return bad(*problem);
  boost::system::error_code error;
  const std::size_t used = parser_->beast.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error == http::error::body_limit) return bad(413, "the body is too large");
  if (error == http::error::bad_version) return bad(505, "only HTTP/1.0 and HTTP/1.1");
  if (error || !parser_->beast.is_header_done() || used != head.size()) {
    return bad(400, "the request is malformed");
  }
  held_.erase(0, head.size());
  head_done_ = true;
  return fill_head() ? HttpStep::kHead : HttpStep::kBad;
}

bool HttpRequestReader::fill_head() {
  const auto& fields = parser_->beast.get();
  const auto text = [&fields](http::field name) {
    const auto value = fields[name];
    return std::string(value.data(), value.size());
  };
  const auto target = fields.target(), method = fields.method_string();
  head_.method.assign(method.data(), method.size());
  head_.path.assign(target.data(), target.size());
  if (!head_.path.starts_with('/')) {
    bad(400, "the target is no path");
    return false;
  }
  if (const std::size_t mark = head_.path.find('?'); mark != std::string::npos) {
    head_.query = head_.path.substr(mark + 1);
    head_.path.resize(mark);
  }
  head_.host = text(http::field::host);
  head_.authorization = text(http::field::authorization);
  head_.content_encoding = text(http::field::content_encoding);
  head_.cookie = text(http::field::cookie);
  head_.origin = text(http::field::origin);
  head_.content_type = text(http::field::content_type);
  const auto other = [&fields](const char* name) {
    const auto value = fields[name];
    return std::string(value.data(), value.size());
  };
  head_.channel = other("X-Splunk-Request-Channel");
  head_.accept = text(http::field::accept);
  head_.last_event_id = other("Last-Event-ID");
  head_.mcp_version = other("MCP-Protocol-Version");
  head_.guard = other("X-Tocsin-Request");
  head_.http10 = fields.version() == 10;
  head_.keep_alive = parser_->beast.keep_alive();
  head_.chunked = parser_->beast.chunked();
  if (const auto length = parser_->beast.content_length()) head_.length = *length;
  left_ = head_.length.value_or(0);
  const std::string expect = text(http::field::expect);
  head_.expects_continue = same_http_word(expect, "100-continue") && fields.version() == 11;
  if (expect.empty() || head_.expects_continue || fields.version() == 10) return true;
  bad(417, "Expect asks for something that is unknown");
  return false;
}

HttpStep HttpRequestReader::read_body(std::string_view bytes, std::size_t& used) {
  if (!head_.chunked) {
    if (!parts_ && body_.empty()) body_.reserve(left_);
    used = std::min<std::uint64_t>(bytes.size(), left_);
    body_.append(bytes.substr(0, used));
    left_ -= used;
    return left_ == 0 ? HttpStep::kWhole : HttpStep::kMore;
  }
  switch (chunks_.feed(bytes, used, body_)) {
    case ChunkedBody::Step::kMore: return HttpStep::kMore;
    case ChunkedBody::Step::kWhole: return HttpStep::kWhole;
    case ChunkedBody::Step::kTooLarge: return bad(413, "the body is too large");
    case ChunkedBody::Step::kMalformed: break;
  }
  return bad(400, "a chunk of the body is malformed");
}

}  // namespace tocsin
