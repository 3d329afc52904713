#include "enrich/enrich_settings.h"

#include <fmt/format.h>

#include <charconv>

namespace tocsin::enrich {

namespace {

constexpr std::string_view kKeys = "file, name, category, score, kind";

std::optional<int> read_score(std::string_view text) {
  int score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error != std::errc() || end != text.data() + text.size() || score < 0 || score > 100) return std::nullopt;
  return score;
}

Status take(ReputationSettings& list, std::string_view key, const std::string& value) {
  if (value.empty()) return Error{Code::kInvalid, fmt::format("'{}' of a reputation list is empty", key)};
  if (key == "file") {
    list.file = value;
  } else if (key == "name" || key == "category") {
    if (value.size() > kReputationWordBytesMax) return Error{Code::kInvalid, fmt::format("the {} of a reputation list has {} bytes; {} at most", key, value.size(), kReputationWordBytesMax)};
    (key == "name" ? list.name : list.category) = value;
  } else if (key == "score") {
    list.score = read_score(value);
    if (!list.score) return Error{Code::kInvalid, fmt::format("'{}' is no score of a reputation list: a number from 0 to 100", value)};
  } else if (key == "kind") {
    if (value != "malicious" && value != "benign") return Error{Code::kInvalid, fmt::format("'{}' is no kind of a reputation list: malicious or benign", value)};
    list.benign = value == "benign";
  } else {
    return Error{Code::kInvalid, fmt::format("a reputation list has no '{}'; it has {}", key, kKeys)};
  }
  return {};
}

/// Up to the next comma that has no backslash before it.
std::string next_pair(std::string_view& rest) {
  std::string pair;
  while (!rest.empty() && rest.front() != ',') {
    if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
    pair += rest.front();
    rest.remove_prefix(1);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  return pair;
}

}  // namespace

Result<ReputationSettings> read_reputation(std::string_view text) {
  ReputationSettings list;
  while (!text.empty()) {
    const std::string pair = next_pair(text);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) return Error{Code::kInvalid, fmt::format("'{}' of a reputation list is no KEY=VALUE; keys are {}", pair, kKeys)};
    TRY(take(list, pair.substr(0, equals), pair.substr(equals + 1)));
  }
  if (list.file.empty()) return Error{Code::kInvalid, "a reputation list needs its file: file=/etc/tocsin/blocklist.txt"};
  if (list.name.empty()) list.name = list.file.substr(list.file.rfind('/') + 1).substr(0, kReputationWordBytesMax);
  return list;
}

std::string reputation_text(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string text;
  for (const auto& [key, value] : values) {
    if (!text.empty()) text += ',';
    text += key + '=';
    for (const char c : value) {
      if (c == ',' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

}  // namespace tocsin::enrich
