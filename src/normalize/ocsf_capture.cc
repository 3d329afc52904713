#include "normalize/ocsf_capture.h"

#include <fmt/format.h>

#include <algorithm>

namespace tocsin {

Result<CapturePattern> CapturePattern::parse(std::string_view text) {
  CapturePattern pattern;
  std::size_t at = text.find('<');
  pattern.start_ = text.substr(0, at);
  while (at != std::string_view::npos) {
    const std::size_t close = text.find('>', at);
    if (close == std::string_view::npos) return Error{Code::kInvalid, fmt::format("'{}': '<' without '>'", text)};
    const std::string_view name = text.substr(at + 1, close - at - 1);
    if (name.empty() || name.find('<') != std::string_view::npos) return Error{Code::kInvalid, fmt::format("'{}': a hole must have a name, or _", text)};
    at = text.find('<', close);
    Piece piece;
    piece.literal = text.substr(close + 1, at == std::string_view::npos ? at : at - close - 1);
    if (piece.literal.empty() && at != std::string_view::npos) {
      return Error{Code::kInvalid, fmt::format("'{}': nothing between two holes says where the first ends", text)};
    }
    piece.hole = kNothing;
    if (name != "_") {
      piece.hole = static_cast<int>(pattern.names_.size());
      pattern.names_.emplace_back(name);
    }
    pattern.pieces_.push_back(std::move(piece));
  }
  if (pattern.names_.size() > kCapturesMax) return Error{Code::kInvalid, fmt::format("'{}': more than {} holes", text, kCapturesMax)};
  return pattern;
}

bool CapturePattern::match(std::string_view text, Values& values) const {
  if (text.size() < start_.size() || (!start_.empty() && (text.front() != start_.front() || !text.starts_with(start_)))) return false;
  text.remove_prefix(start_.size());
  if (pieces_.empty()) return text.empty();
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    const bool last = i + 1 == pieces_.size();
    const std::size_t least = piece.hole == kNothing ? 0 : 1;
    if (text.size() < least) return false;
    std::size_t end = text.size();
    if (!piece.literal.empty() && last) {  // what ends the pattern ends the text
      if (!text.ends_with(piece.literal)) return false;
      end = text.size() - piece.literal.size();
      if (end < least) return false;
    } else if (!piece.literal.empty()) {
      end = text.find(piece.literal, least);
      if (end == std::string_view::npos) return false;
    }
    if (piece.hole >= 0) values[static_cast<std::size_t>(piece.hole)] = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + piece.literal.size()));
  }
  return true;
}

}  // namespace tocsin
