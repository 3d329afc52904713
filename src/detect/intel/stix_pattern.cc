#include "detect/intel/stix_pattern.h"

#include <fmt/format.h>

#include <optional>

namespace tocsin::intel {

namespace {

constexpr std::size_t kShownBytesMax = 60;

struct Path {
  std::string_view name;  // hashes of a file are told by their size
  IndicatorKind kind;
};
constexpr Path kPaths[] = {
    {"ipv4-addr:value", IndicatorKind::kNetwork},
    {"ipv6-addr:value", IndicatorKind::kNetwork},
    {"network-traffic:dst_ref.value", IndicatorKind::kNetwork},
    {"network-traffic:src_ref.value", IndicatorKind::kNetwork},
    {"domain-name:value", IndicatorKind::kName},
    {"url:value", IndicatorKind::kUrl},
    {"email-addr:value", IndicatorKind::kMailbox},
    {"email-message:from_ref.value", IndicatorKind::kMailbox},
    {"email-message:sender_ref.value", IndicatorKind::kMailbox},
};

std::optional<IndicatorKind> kind_of_path(std::string_view path) {
  for (const Path& one : kPaths) {
    if (path == one.name) return one.kind;
  }
  const bool is_hash = path.starts_with("file:hashes.") || path.starts_with("file:hashes[") || path.starts_with("artifact:hashes.");
  return is_hash ? std::optional(IndicatorKind::kHash) : std::nullopt;
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  StixPattern read() {
    do {
      if (!observation()) return refused();
    } while (take_word("OR"));
    skip_blanks();
    if (at_ < text_.size()) return stop(fmt::format("has '{}' behind an observation, which a list cannot answer", beginning())), refused();
    return std::move(pattern_);
  }

 private:
  StixPattern refused() { return {{}, {why_}}; }
  bool stop(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return false;
  }
  std::string beginning() const {
    const std::string_view rest = text_.substr(at_, kShownBytesMax);
    return std::string(rest.substr(0, rest.find_first_of(" \t[]()")));
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view word() {
    skip_blanks();
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view wanted) {
    if (word() != wanted) return false;
    at_ += wanted.size();
    return true;
  }

  bool observation() {
    if (!take('[')) return stop("does not begin with an observation in brackets");
    do {
      if (!comparison()) return false;
    } while (take_word("OR"));
    if (take(']')) return true;
    if (word() == "AND") return stop("asks for several things together (AND)");
    return stop(fmt::format("has '{}' where OR or the end of the observation is expected", beginning()));
  }

  /// object:part.part, in which a part may be quoted or have an index in brackets.
  std::string path() {
    std::string path;
    skip_blanks();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\'') {
        const std::optional<std::string> quoted = text();
        if (!quoted) return {};
        path += *quoted;
      } else if (is_word(c) || c == ':' || c == '.' || c == '[' || c == ']' || c == '*') {
        path += c;
        ++at_;
      } else {
        break;
      }
    }
    return path;
  }

  /// 'it\'s'.
  std::optional<std::string> text() {
    if (!take('\'')) return std::nullopt;
    std::string out;
    for (; at_ < text_.size() && text_[at_] != '\''; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    if (at_++ >= text_.size()) return std::nullopt;
    return out;
  }

  bool comparison() {
    if (take('(')) return stop("has comparisons in brackets");
    const std::string path = this->path();
    if (path.empty()) return stop("has no object where one is expected");
    const std::string_view word = this->word();
    if (word == "NOT") return stop("asks for what is not (NOT)");
    std::string_view how = word;
    if (take('=')) {
      how = "=";
    } else if (how == "IN" || how == "ISSUBSET") {
      at_ += how.size();
    } else {
      return stop(fmt::format("compares {} in a way that no list can answer", path.substr(0, kShownBytesMax)));
    }
    if (how != "IN") return value(path);
    if (!take('(')) return stop("has no list behind IN");
    do {
      if (!value(path)) return false;
    } while (take(','));
    return take(')') || stop("has a list behind IN that does not end");
  }

  bool value(const std::string& path) {
    skip_blanks();
    const std::optional<std::string> value = at_ < text_.size() && text_[at_] == '\'' ? text() : std::nullopt;
    if (!value) return stop(fmt::format("compares {} with something that is no text", path.substr(0, kShownBytesMax)));
    if (pattern_.keys.size() >= kStixValuesMax) return stop(fmt::format("has more than {} values", kStixValuesMax));
    const std::optional<IndicatorKind> kind = kind_of_path(path);
    if (!kind) {
      unusable(fmt::format("asks for {}", path.substr(0, kShownBytesMax)));
    } else if (std::optional<std::string> key = key_of(*kind, *value)) {
      pattern_.keys.push_back({*kind, std::move(*key)});
    } else if (std::optional<std::string> name = path.starts_with("network-traffic:") ? key_of(IndicatorKind::kName, *value) : std::nullopt) {
      pattern_.keys.push_back({IndicatorKind::kName, std::move(*name)});
    } else {
      unusable(fmt::format("asks whether {} is '{}', which it cannot be", path.substr(0, kShownBytesMax), value->substr(0, kShownBytesMax)));
    }
    return true;
  }
  void unusable(std::string why) {
    if (pattern_.unusable.size() < kStixValuesMax) pattern_.unusable.push_back(std::move(why));
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  StixPattern pattern_;
  std::string why_;
};

}  // namespace

StixPattern read_stix_pattern(std::string_view text) {
  if (text.size() > kStixPatternBytesMax) return {{}, {fmt::format("has {} bytes; {} at most", text.size(), kStixPatternBytesMax)}};
  return Reader(text).read();
}

}  // namespace tocsin::intel
