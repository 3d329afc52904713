#include "detect/intel/stix_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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

/// Of what a key tells: how few others have it.
int how_much(IndicatorKind kind) {
  switch (kind) {
    case IndicatorKind::kHash: return 4;
    case IndicatorKind::kUrl: return 3;
    case IndicatorKind::kMailbox: return 2;
    case IndicatorKind::kDomain:
    case IndicatorKind::kName: return 1;
    case IndicatorKind::kNetwork:
    case IndicatorKind::kKept: return 0;
  }
  return 0;
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
  struct Comparison {
    std::vector<TypedKey> keys;
    std::vector<std::string> unusable;
    std::string shown;
    std::string refused;  // why it cannot be asked for by itself; "" if it can
  };

  StixPattern refused() { return {{}, {why_}, {}}; }
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
      if (!group()) return false;
    } while (take_word("OR"));
    if (take(']')) return true;
    return stop(fmt::format("has '{}' where OR or the end of the observation is expected", beginning()));
  }

  /// Comparisons that are all meant.
  bool group() {
    std::vector<Comparison> all;
    do {
      if (all.size() >= kStixJoinedMax) return stop(fmt::format("joins more than {} comparisons", kStixJoinedMax));
      if (!comparison(all.emplace_back())) return false;
    } while (take_word("AND"));
    if (all.size() == 1) return all.front().refused.empty() ? take_whole(all.front()) : stop(all.front().refused);
    return take_best(all);
  }

  bool take_whole(Comparison& one) {
    values_ += one.keys.size() + one.unusable.size();
    std::ranges::move(one.keys, std::back_inserter(pattern_.keys));
    std::ranges::move(one.unusable, std::back_inserter(pattern_.unusable));
    return true;
  }

  bool take_best(std::vector<Comparison>& all) {
    int best = -1;
    std::size_t count = 0;
    for (const Comparison& one : all) {
      const int says = one.keys.empty() ? -1 : how_much(one.keys.front().kind);
      count = says == best ? count + 1 : says > best ? 1 : count;
      best = std::max(best, says);
    }
    if (best < 0) return unusable(fmt::format("asks for {} together with {}", all[0].shown, all[1].shown)), true;
    if (count > 1 && best < how_much(IndicatorKind::kHash)) return unusable("asks for several things of one kind together (AND)"), true;
    for (Comparison& one : all) {
      if (!one.keys.empty() && how_much(one.keys.front().kind) == best) {
        take_whole(one);
      } else {
        pattern_.left_out.push_back(std::move(one.shown));
      }
    }
    return true;
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

  /// False: it cannot be read. What is read and is of no use says so in `into.refused`.
  bool comparison(Comparison& into) {
    if (take('(')) return stop("has comparisons in brackets");
    skip_blanks();
    const std::size_t begin = at_;
    const std::string path = this->path();
    if (path.empty()) return stop("has no object where one is expected");
    if (take_word("NOT")) into.refused = "asks for what is not (NOT)";
    const std::string how = comparator();
    if (how.empty()) return stop(fmt::format("compares {} in a way that no list can answer", path.substr(0, kShownBytesMax)));
    const bool askable = how == "=" || how == "IN" || how == "ISSUBSET";
    if (into.refused.empty() && !askable) into.refused = fmt::format("compares {} in a way that no list can answer", path.substr(0, kShownBytesMax));
    if (how != "IN") {
      if (!value(path, into)) return false;
    } else {
      if (!take('(')) return stop("has no list behind IN");
      do {
        if (!value(path, into)) return false;
      } while (take(','));
      if (!take(')')) return stop("has a list behind IN that does not end");
    }
    into.shown = text_.substr(begin, std::min(at_ - begin, kShownBytesMax));
    if (!into.refused.empty()) into.keys.clear();
    return true;
  }

  /// "" if there is none.
  std::string comparator() {
    skip_blanks();
    std::string how;
    while (at_ < text_.size() && (text_[at_] == '=' || text_[at_] == '!' || text_[at_] == '<' || text_[at_] == '>') && how.size() < 2) how += text_[at_++];
    if (!how.empty()) return how == "==" ? "=" : how;
    for (const std::string_view name : {"IN", "ISSUBSET", "ISSUPERSET", "LIKE", "MATCHES"}) {
      if (take_word(name)) return std::string(name);
    }
    return {};
  }

  bool value(const std::string& path, Comparison& into) {
    skip_blanks();
    const std::string shown = path.substr(0, kShownBytesMax);
    if (at_ >= text_.size() || text_[at_] != '\'') {
      // A number, true, false; t'…', h'…' and b'…' are a time and bytes.
      const std::size_t begin = at_;
      while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.' || text_[at_] == '+')) ++at_;
      if (at_ < text_.size() && at_ == begin + 1 && text_[at_] == '\'' && !text()) return stop(fmt::format("compares {} with a text that does not end", shown));
      if (at_ == begin) return stop(fmt::format("compares {} with nothing", shown));
      if (into.refused.empty()) into.refused = fmt::format("compares {} with something that is no text", shown);
      return true;
    }
    const std::optional<std::string> value = text();
    if (!value) return stop(fmt::format("compares {} with a text that does not end", shown));
    if (values_ + into.keys.size() + into.unusable.size() >= kStixValuesMax) return stop(fmt::format("has more than {} values", kStixValuesMax));
    const std::optional<IndicatorKind> kind = kind_of_path(path);
    if (!kind) {
      into.unusable.push_back(fmt::format("asks for {}", shown));
    } else if (std::optional<std::string> key = key_of(*kind, *value)) {
      into.keys.push_back({*kind, std::move(*key)});
    } else if (std::optional<std::string> name = path.starts_with("network-traffic:") ? key_of(IndicatorKind::kName, *value) : std::nullopt) {
      into.keys.push_back({IndicatorKind::kName, std::move(*name)});
    } else {
      into.unusable.push_back(fmt::format("asks whether {} is '{}', which it cannot be", shown, value->substr(0, kShownBytesMax)));
    }
    return true;
  }
  void unusable(std::string why) {
    ++values_;
    pattern_.unusable.push_back(std::move(why));
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  StixPattern pattern_;
  std::size_t values_ = 0;
  std::string why_;
};

}  // namespace

StixPattern read_stix_pattern(std::string_view text) {
  if (text.size() > kStixPatternBytesMax) return {{}, {fmt::format("has {} bytes; {} at most", text.size(), kStixPatternBytesMax)}, {}};
  return Reader(text).read();
}

}  // namespace tocsin::intel
