#include "enrich/enrich_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tocsin::enrich {

namespace {

/// What one of a list is called, and its keys.
struct Words {
  std::string_view what, keys, score, example;
};
constexpr Words kListWords = {"a reputation list", "file, name, category, score, kind", "score", "file=/etc/tocsin/blocklist.txt"};
constexpr Words kIndicatorWords = {"a file of indicators", "file, name, category, confidence", "confidence", "file=/etc/tocsin/indicators.csv"};

std::optional<int> read_score(std::string_view text) {
  int score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error != std::errc() || end != text.data() + text.size() || score < 0 || score > 100) return std::nullopt;
  return score;
}

Status take(const Words& words, ReputationSettings& list, std::string_view key, const std::string& value) {
  if (value.empty()) return Error{Code::kInvalid, fmt::format("'{}' of {} is empty", key, words.what)};
  if (key == "file") {
    list.file = value;
  } else if (key == "name" || key == "category") {
    if (value.size() > kReputationWordBytesMax) return Error{Code::kInvalid, fmt::format("the {} of {} has {} bytes; {} at most", key, words.what, value.size(), kReputationWordBytesMax)};
    (key == "name" ? list.name : list.category) = value;
  } else if (key == words.score) {
    list.score = read_score(value);
    if (!list.score) return Error{Code::kInvalid, fmt::format("'{}' is no {} of {}: a number from 0 to 100", value, words.score, words.what)};
  } else if (key == "kind" && !list.alerts) {
    if (value != "malicious" && value != "benign") return Error{Code::kInvalid, fmt::format("'{}' is no kind of a reputation list: malicious or benign", value)};
    list.benign = value == "benign";
  } else {
    return Error{Code::kInvalid, fmt::format("{} has no '{}'; it has {}", words.what, key, words.keys)};
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

Result<ReputationSettings> read_pairs(const Words& words, std::string_view text, bool alerts) {
  ReputationSettings list;
  list.alerts = alerts;
  while (!text.empty()) {
    const std::string pair = next_pair(text);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) return Error{Code::kInvalid, fmt::format("'{}' of {} is no KEY=VALUE; keys are {}", pair, words.what, words.keys)};
    TRY(take(words, list, pair.substr(0, equals), pair.substr(equals + 1)));
  }
  if (list.file.empty()) return Error{Code::kInvalid, fmt::format("{} needs its file: {}", words.what, words.example)};
  if (list.name.empty()) list.name = list.file.substr(list.file.rfind('/') + 1).substr(0, kReputationWordBytesMax);
  return list;
}

}  // namespace

Result<ReputationSettings> read_reputation(std::string_view text) { return read_pairs(kListWords, text, false); }

Result<ReputationSettings> read_indicators(std::string_view text) {
  constexpr std::string_view kFirst[] = {"file=", "name=", "category=", "confidence="};
  const bool pairs = std::ranges::any_of(kFirst, [&](std::string_view key) { return text.starts_with(key); });
  return read_pairs(kIndicatorWords, pairs ? std::string(text) : reputation_text({{"file", std::string(text)}}), true);
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
