#include "protect/redactor.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "protect/json_places.h"
#include "protect/words.h"

namespace tocsin::protect {

namespace {

/// What is deeper is text like any other.
constexpr std::size_t kJsonDepthMax = 512;

constexpr std::string_view kKeyWord = "PRIVATE KEY", kKeyEnd = "-----END ";

/// Five in a row stand on each fifth place somewhere.
bool has_five_hyphens(std::string_view line) {
  constexpr std::string_view kFive = "-----";
  for (std::size_t at = kFive.size() - 1; at < line.size(); at += kFive.size()) {
    if (line[at] == '-' && line.substr(at - (kFive.size() - 1), 2 * kFive.size() - 1).find(kFive) != std::string_view::npos) return true;
  }
  return false;
}

/// Much that is none begins with a bracket, too: [Sun Nov 29 08:00:00] …
bool may_be_json(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && (line[first] == '{' || line[first] == '[');
}

bool is_json(std::string_view line) {
  boost::json::stream_parser parser({}, {.max_depth = kJsonDepthMax});
  boost::system::error_code failed;
  parser.write(line.data(), line.size(), failed);
  if (!failed) parser.finish(failed);
  return !failed;
}

void append_placeholder(std::string& out, Kind kind, bool quoted) {
  if (quoted) out += '"';
  out += '[';
  out += name_of(kind);
  out += ']';
  if (quoted) out += '"';
}

/// Code points up to `at`, from where it was asked last.
class CodePoints {
 public:
  explicit CodePoints(std::string_view line) : line_(line) {}
  std::size_t before(std::size_t at) {
    for (; next_ < at; ++next_) count_ += (static_cast<unsigned char>(line_[next_]) & 0xC0) != 0x80 || !follows(next_) ? 1 : 0;
    return count_;
  }

 private:
  /// Whether a byte 10xxxxxx belongs to a character that begins before it.
  bool follows(std::size_t at) const {
    for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
      const auto byte = static_cast<unsigned char>(line_[at - back]);
      if ((byte & 0xC0) != 0x80) return byte >= (back == 1 ? 0xC2 : back == 2 ? 0xE0 : 0xF0) && byte <= 0xF4;
    }
    return false;
  }
  const std::string_view line_;
  std::size_t next_ = 0, count_ = 0;
};

}  // namespace

bool Redactor::is_of_key(std::string_view line) {
  if (!has_five_hyphens(line)) return key_lines_left_ > 0 && key_lines_left_-- > 0;
  const bool is_end = line.find(kKeyEnd) != std::string_view::npos;
  if (key_lines_left_ > 0) {
    key_lines_left_ = is_end ? 0 : key_lines_left_ - 1;
    return true;
  }
  const std::size_t begin = line.find("-----BEGIN ");
  if (begin == std::string_view::npos || line.find(kKeyWord, begin) == std::string_view::npos || is_end) return false;
  key_lines_left_ = kKeyLinesMax;
  return false;  // this line's part is found as every other secret
}

const std::vector<Finding>& Redactor::look_at(std::string_view line) {
  if (is_of_key(line)) {
    found_.assign(line.empty() || keeps_secrets_ ? 0 : 1, Finding{0, line.size(), Kind::kSecret, {}});
  } else {
    finder_.find(line, found_);
  }
  return found_;
}

void Redactor::append_redacted(std::string_view line, std::string& out) {
  look_at(line);
  if (found_.empty()) {
    out += line;
    return;
  }
  const bool may_be = may_be_json(line);
  std::optional<bool> json;  // whether it is, which takes long to tell, and is of no matter within strings
  JsonStrings strings(line);
  std::size_t done = 0;
  for (Finding one : found_) {
    const bool outside = may_be && !strings.has(one.from);
    if (outside && !json) json = is_json(line);
    const bool quoted = outside && *json;
    if (quoted) widen_to_value(line, one.from, one.to);
    if (one.from < done) continue;  // in a value that is gone already
    out += line.substr(done, one.from - done);
    append_placeholder(out, one.kind, quoted);
    done = one.to;
  }
  out += line.substr(done);
}

void Redactor::append_spans(std::string_view line, std::string& out) {
  look_at(line);
  CodePoints points(line);
  out += R"({"spans":[)";
  for (const Finding& one : found_) {
    if (&one != found_.data()) out += ',';
    const std::size_t start = points.before(one.from), end = points.before(one.to);
    out += R"({"start":)" + std::to_string(start) + R"(,"end":)" + std::to_string(end) + R"(,"type":")";
    out += name_of(one.kind);
    out += '"';
    if (one.country[0] != '\0') out += std::string(R"(,"country":")") + one.country[0] + one.country[1] + '"';
    out += '}';
  }
  out += "]}";
}

}  // namespace tocsin::protect
