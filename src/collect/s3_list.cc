#include "collect/s3_list.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "collect/percent.h"

namespace tocsin {

namespace {

/// ListBucketResult, Contents, Owner, ID.
constexpr std::size_t kDepthMax = 8;

Error not_xml() { return {Code::kInvalid, "an answer is not what S3 gives: its list of objects is no XML, or was cut"}; }

/// The character of "#38", "#x26" or "amp"; keys beyond ASCII are percent-encoded, so no other is needed.
std::optional<char> entity(std::string_view name) {
  constexpr std::pair<std::string_view, char> kNamed[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, character] : kNamed) {
    if (name == known) return character;
  }
  if (!name.starts_with('#')) return std::nullopt;
  const bool hexadecimal = name.starts_with("#x");
  name.remove_prefix(hexadecimal ? 2 : 1);
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, hexadecimal ? 16 : 10);
  if (name.empty() || error != std::errc() || end != name.data() + name.size() || number < 1 || number > 127) return std::nullopt;
  return static_cast<char>(number);
}

std::optional<std::string> text_of(std::string_view xml) {
  std::string text;
  for (std::size_t at = 0; at < xml.size(); ++at) {
    if (xml[at] != '&') {
      text += xml[at];
      continue;
    }
    const std::size_t end = xml.find(';', at);
    const std::optional<char> character = end == std::string_view::npos ? std::nullopt : entity(xml.substr(at + 1, end - at - 1));
    if (!character) return std::nullopt;
    text += *character;
    at = end;
  }
  return text;
}

class Reader {
 public:
  explicit Reader(std::string_view xml) : rest_(xml) {}

  Result<S3List> run() {
    while (true) {
      const std::size_t open = rest_.find('<');
      const std::string_view text = rest_.substr(0, open);
      if (open == std::string_view::npos) break;
      const std::size_t close = rest_.find('>', open);
      if (close == std::string_view::npos) return not_xml();
      const std::string_view tag = rest_.substr(open + 1, close - open - 1);
      rest_.remove_prefix(close + 1);
      if (tag.starts_with('?')) continue;
      if (!(tag.starts_with('/') ? leave(tag.substr(1), text) : enter(tag))) return not_xml();
    }
    if (!path_.empty() || !is_list_) return not_xml();
    return std::move(list_);
  }

 private:
  bool enter(std::string_view tag) {
    const bool alone = tag.ends_with('/');
    if (alone) tag.remove_suffix(1);
    const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n"));
    if (name.empty() || name.starts_with('!') || path_.size() >= kDepthMax) return false;
    if (path_.empty() && (is_list_ || name != "ListBucketResult")) return false;
    is_list_ = true;
    if (!alone) path_.push_back(name);
    return true;
  }

  bool leave(std::string_view name, std::string_view text) {
    if (path_.empty() || path_.back() != name) return false;
    const bool is_key = path_.size() == 3 && path_[1] == "Contents" && name == "Key";
    const bool is_truncated = path_.size() == 2 && name == "IsTruncated";
    path_.pop_back();
    if (!is_key && !is_truncated) return true;
    const std::optional<std::string> value = text_of(text);
    if (!value) return false;
    if (is_truncated) return list_.truncated = *value == "true", true;
    std::string key;
    if (!percent_decode(*value, true, key) || key.empty() || key.size() > kS3KeyBytesMax || list_.keys.size() >= kS3KeysMax) return false;
    list_.keys.push_back(std::move(key));
    return true;
  }

  std::string_view rest_;
  std::vector<std::string_view> path_;
  bool is_list_ = false;
  S3List list_;
};

}  // namespace

Result<S3List> read_s3_list(std::string_view xml) { return Reader(xml).run(); }

}  // namespace tocsin
