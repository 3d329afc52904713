#include "collect/http_log.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace tocsin {

namespace {

constexpr std::string_view kMethods[] = {"GET",  "POST",     "HEAD",      "PUT",  "DELETE", "OPTIONS", "CONNECT", "PATCH",  "TRACE",
                                         "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",  "LOCK",    "UNLOCK",  "SEARCH", "REPORT"};

bool is_name(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         std::ranges::equal(line.substr(0, name.size()), name, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; });
}

std::string_view value_of(std::string_view line) {
  line.remove_prefix(line.find(':') + 1);
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

/// Takes the first line of `head`, without its end.
std::string_view take_line(std::string_view& head) {
  const std::size_t end = head.find('\n');
  std::string_view line = head.substr(0, end);
  head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// What the lines of a head say of the body.
struct Body {
  std::uint64_t bytes = 0;
  bool sized = false, chunked = false;
  void line(std::string_view line) {
    if (is_name(line, "content-length")) {
      const auto said = whole_number<std::uint64_t>(value_of(line));
      sized = said.has_value();
      bytes = said.value_or(0);
    } else if (is_name(line, "transfer-encoding")) {
      chunked = true;
    }
  }
};

/// Where the head ends, behind its empty line; npos if that is not there yet.
std::size_t head_end(std::string_view text) {
  const std::size_t strict = text.find("\r\n\r\n"), lenient = text.find("\n\n");
  if (strict == std::string_view::npos && lenient == std::string_view::npos) return std::string_view::npos;
  return strict < lenient ? strict + 4 : lenient + 2;
}

}  // namespace

struct HttpLog::Answer {
  unsigned code = 0;
  std::string_view message;
  Body body;
};

bool may_be_http(std::string_view text) {
  return std::ranges::any_of(kMethods, [text](std::string_view method) {
    if (text.size() <= method.size()) return method.starts_with(text);
    return text.starts_with(method) && text[method.size()] == ' ';
  });
}

void HttpLog::read(Flow& flow, int side, TcpText& text, std::int64_t time_ns, HttpTalk& talk) {
  for (;;) {
    const std::string_view bytes = text.bytes();
    const std::size_t size = head_end(bytes.substr(0, kHttpLogHeadBytesMax));
    if (size == std::string_view::npos) {
      if (bytes.size() >= kHttpLogHeadBytesMax) text.stop();
      return;
    }
    const bool goes_on = side == 0 ? request(flow, bytes.substr(0, size), time_ns, talk, text) : answer(flow, bytes.substr(0, size), talk, text);
    if (!goes_on) return text.stop();
    if (text.bytes().empty()) return;
  }
}

/// Takes the head, and its body, from `text`; false if nothing more can be read.
bool HttpLog::request(Flow& flow, std::string_view head, std::int64_t time_ns, HttpTalk& talk, TcpText& text) {
  const std::size_t size = head.size();
  const std::string_view line = take_line(head);
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || last == first || !line.substr(last).starts_with(" HTTP/1.")) return false;
  HttpRequestSeen seen{.time_ns = time_ns, .depth = ++talk.depth};
  seen.method = line.substr(0, first);
  seen.uri = line.substr(first + 1, last - first - 1);
  seen.version = line.substr(last + 6);
  Body body;
  while (!head.empty()) {
    const std::string_view field = take_line(head);
    if (is_name(field, "host")) seen.host = value_of(field);
    if (is_name(field, "user-agent")) seen.user_agent = value_of(field);
    if (is_name(field, "referer")) seen.referrer = value_of(field);
    body.line(field);
  }
  seen.body_bytes = body.bytes;
  flow.service = "http";
  if (talk.waiting.size() == kHttpLogWaitingMax) {
    write(flow, talk.waiting.front(), nullptr);
    talk.waiting.erase(talk.waiting.begin());
  }
  talk.waiting.push_back(std::move(seen));
  text.use(size);
  if (body.chunked) return false;
  text.use(body.bytes);
  return true;
}

bool HttpLog::answer(const Flow& flow, std::string_view head, HttpTalk& talk, TcpText& text) {
  const std::size_t size = head.size();
  std::string_view line = take_line(head);
  const std::size_t space = line.find(' ');
  if (!line.starts_with("HTTP/1.") || space == std::string_view::npos) return false;
  line.remove_prefix(space + 1);
  const auto code = whole_number<unsigned>(line.substr(0, 3));
  if (!code || *code < 100) return false;
  Answer answer{.code = *code, .message = line.substr(std::min<std::size_t>(4, line.size())), .body = {}};
  while (!head.empty()) answer.body.line(take_line(head));
  if (answer.code >= 100 && answer.code < 200 && answer.code != 101) {  // the answer comes behind it
    text.use(size);
    return true;
  }
  bool has_body = answer.code != 204 && answer.code != 304, tunnel = answer.code == 101;
  if (!talk.waiting.empty()) {
    const std::string& method = talk.waiting.front().method;
    if (method == "HEAD") has_body = false;
    tunnel |= method == "CONNECT" && answer.code < 300;
    if (!has_body) answer.body.bytes = 0;
    write(flow, talk.waiting.front(), &answer);
    talk.waiting.erase(talk.waiting.begin());
  }
  text.use(size);
  if (tunnel || (has_body && (answer.body.chunked || !answer.body.sized))) return false;
  if (has_body) text.use(answer.body.bytes);
  return true;
}

void HttpLog::ended(const Flow& flow, HttpTalk& talk) {
  for (const HttpRequestSeen& seen : talk.waiting) write(flow, seen, nullptr);
  talk.waiting.clear();
}

void HttpLog::write(const Flow& flow, const HttpRequestSeen& seen, const Answer* answer) {
  append_zeek_head(out_, "http", seen.time_ns, flow);
  append_member(out_, "trans_depth", seen.depth);
  append_member_text(out_, "method", seen.method);
  if (!seen.host.empty()) append_member_text(out_, "host", seen.host);
  append_member_text(out_, "uri", seen.uri);
  if (!seen.referrer.empty()) append_member_text(out_, "referrer", seen.referrer);
  append_member_text(out_, "version", seen.version);
  if (!seen.user_agent.empty()) append_member_text(out_, "user_agent", seen.user_agent);
  append_member(out_, "request_body_len", seen.body_bytes);
  if (answer != nullptr) {
    if (answer->body.sized) append_member(out_, "response_body_len", answer->body.bytes);
    append_member(out_, "status_code", answer->code);
    append_member_text(out_, "status_msg", answer->message);
  }
  out_ += "}\n";
}

}  // namespace tocsin
