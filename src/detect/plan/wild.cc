#include "detect/plan/wild.h"

#include "base/text.h"

namespace tocsin::plan {

using sigma::WildPart;
using sigma::WildString;

namespace {

constexpr auto kLiteral = WildPart::Kind::kLiteral;
constexpr auto kAny = WildPart::Kind::kAny;

Shape shape_of(const WildString& parts) {
  const auto is = [&](std::initializer_list<WildPart::Kind> kinds) {
    if (parts.size() != kinds.size()) return false;
    std::size_t i = 0;
    for (const auto kind : kinds) {
      if (parts[i++].kind != kind) return false;
    }
    return true;
  };
  if (parts.empty() || is({kLiteral})) return Shape::kEquals;
  if (is({kAny})) return Shape::kEverything;
  if (is({kLiteral, kAny})) return Shape::kPrefix;
  if (is({kAny, kLiteral})) return Shape::kSuffix;
  if (is({kAny, kLiteral, kAny})) return Shape::kContains;
  return Shape::kGeneral;
}

/// Where matching resumes after a `*` if what follows it does not fit where it was tried.
struct Retry {
  std::size_t part = 0;
  std::size_t at = 0;
  bool set = false;
};

}  // namespace

Wild compile_wild(const WildString& string, bool cased) {
  Wild wild;
  wild.cased = cased;
  wild.parts = string;
  std::string longest;
  for (WildPart& part : wild.parts) {
    if (part.kind != kLiteral) continue;
    const std::string low = folded(part.literal);
    if (low.size() > longest.size()) longest = low;
    if (!cased) part.literal = low;
  }
  wild.shape = shape_of(wild.parts);
  wild.literal = longest;
  return wild;
}

Wild compile_keyword(const WildString& string, bool cased) {
  WildString wrapped;
  if (string.empty() || string.front().kind != kAny) wrapped.push_back({kAny, {}});
  wrapped.insert(wrapped.end(), string.begin(), string.end());
  if (wrapped.back().kind != kAny) wrapped.push_back({kAny, {}});
  return compile_wild(wrapped, cased);
}

bool wild_matches(const WildString& parts, std::string_view text) {
  std::size_t part = 0, at = 0;
  Retry retry;
  while (true) {
    if (part == parts.size()) {
      if (at == text.size()) return true;
    } else if (parts[part].kind == kAny) {
      retry = {++part, at, true};
      continue;
    } else if (parts[part].kind == WildPart::Kind::kOne) {
      if (at < text.size()) {
        at += char_at(text, at).size;
        ++part;
        continue;
      }
    } else if (text.substr(at).starts_with(parts[part].literal)) {
      at += parts[part].literal.size();
      ++part;
      continue;
    }
    if (!retry.set || retry.at >= text.size()) return false;
    retry.at += char_at(text, retry.at).size;
    part = retry.part;
    at = retry.at;
  }
}

}  // namespace tocsin::plan
