#include <algorithm>
#include <array>

#include "detect/sigma/parse.h"
#include "event/level.h"

namespace tocsin::sigma {
namespace {

constexpr std::string_view kStatuses[] = {"stable", "test", "experimental", "deprecated", "unsupported"};
constexpr std::size_t kTitleCharactersMax = 256;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

/// namespace.name: lower case, digits, '_', '-'; dots may go on.
bool is_tag(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

class HeadReader {
 public:
  HeadReader(const YamlNode& document, const Source& source, Diagnostics& diagnostics)
      : document_(document), source_(source), diagnostics_(diagnostics) {}

  void text(std::string_view key, std::string& out) {
    const YamlNode* node = document_.find(key);
    if (node == nullptr || node->is_null()) return;
    if (node->is_scalar()) {
      out = node->scalar;
    } else {
      wrong_type(key, *node, "a text");
    }
  }

  void texts(std::string_view key, std::vector<std::string>& out) {
    const YamlNode* node = document_.find(key);
    if (node == nullptr || node->is_null()) return;
    if (!parse_texts(*node, out)) wrong_type(key, *node, "a list of texts");
  }

  /// The author must not get lost (the licence of public rules asks for it), so a list is joined.
  void author(std::string& out) {
    std::vector<std::string> names;
    texts("author", names);
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  }

  void advise(Issue issue, std::string_view key, std::string message) {
    const YamlNode* node = document_.find(key);
    diagnostics_.add(issue, source_, node != nullptr ? node->at : document_.at, std::move(message));
  }

 private:
  void wrong_type(std::string_view key, const YamlNode& node, std::string_view wanted) {
    diagnostics_.add(Issue::kWrongType, source_, node.at,
                     "'" + std::string(key) + "' should be " + std::string(wanted));
  }

  const YamlNode& document_;
  const Source& source_;
  Diagnostics& diagnostics_;
};

void advise_on_head(HeadReader& reader, const Head& head, bool is_filter) {
  if (head.id.empty()) {
    reader.advise(Issue::kMissingId, "id", "no id");
  } else if (!is_uuid(head.id)) {
    reader.advise(Issue::kOddId, "id", "'" + head.id + "' is not a UUID");
  }
  for (const auto& [key, date] : {std::pair("date", &head.date), std::pair("modified", &head.modified)}) {
    if (!date->empty() && !is_date(*date)) reader.advise(Issue::kOddDate, key, "'" + *date + "' is not YYYY-MM-DD");
  }
  if (head.date.empty()) reader.advise(Issue::kMissingDate, "date", "no date");
  for (const std::string& tag : head.tags) {
    if (!is_tag(tag)) reader.advise(Issue::kOddTag, "tags", "the tag '" + tag + "' is not of the form namespace.name");
  }
  if (!head.taxonomy.empty() && head.taxonomy != "sigma") {
    reader.advise(Issue::kTaxonomy, "taxonomy", "the taxonomy is '" + head.taxonomy + "', not 'sigma'");
  }
  if (is_filter) return;
  if (head.status == "deprecated" || head.status == "unsupported") {
    reader.advise(Issue::kStatusAdvice, "status", "the status is '" + head.status + "'");
  }
}

}  // namespace

bool is_date(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : (text[i] < '0' || text[i] > '9')) return false;
  }
  const int month = (text[5] - '0') * 10 + text[6] - '0';
  const int day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view level_name(Level level) { return kLevelWords[static_cast<std::size_t>(level)]; }

std::optional<Level> parse_level(std::string_view word) {
  const std::optional<std::uint8_t> rank = level_rank_of(lower_ascii(word));
  if (!rank) return std::nullopt;
  return static_cast<Level>(*rank);
}

bool parse_texts(const YamlNode& node, std::vector<std::string>& texts) {
  if (node.is_scalar()) {
    texts.push_back(node.scalar);
    return true;
  }
  if (!node.is_sequence()) return false;
  for (const YamlNode& item : node.items) {
    if (!item.is_scalar()) return false;
    texts.push_back(item.scalar);
  }
  return true;
}

bool parse_head(const YamlNode& document, const Source& source, Diagnostics& diagnostics, bool is_filter, Head& head) {
  HeadReader reader(document, source, diagnostics);
  reader.text("title", head.title);
  reader.text("id", head.id);
  reader.text("name", head.name);
  reader.text("description", head.description);
  reader.text("status", head.status);
  reader.text("date", head.date);
  reader.text("modified", head.modified);
  reader.text("license", head.license);
  reader.text("taxonomy", head.taxonomy);
  reader.author(head.author);
  reader.texts("tags", head.tags);
  reader.texts("references", head.references);
  reader.texts("falsepositives", head.falsepositives);
  reader.texts("fields", head.fields);
  std::string level;
  reader.text("level", level);
  if (diagnostics.lint()) {
    advise_on_head(reader, head, is_filter);
    if (level.empty() && !is_filter) reader.advise(Issue::kMissingLevel, "level", "no level");
  }
  if (head.title.empty() || head.title.size() > 4 * kTitleCharactersMax) {
    diagnostics.add(Issue::kMissingTitle, source, document.at,
                    head.title.empty() ? "no title" : "the title is too long");
    return false;
  }
  if (!head.status.empty() &&
      std::find(std::begin(kStatuses), std::end(kStatuses), lower_ascii(head.status)) == std::end(kStatuses)) {
    reader.advise(Issue::kUnknownStatus, "status", "there is no status '" + head.status + "'");
  }
  if (level.empty()) return true;
  const auto known = parse_level(level);
  if (!known) {
    diagnostics.add(Issue::kUnknownLevel, source, document.find("level")->at, "there is no level '" + level + "'",
                    suggestion(lower_ascii(level), kLevelWords));
    return false;
  }
  head.level = *known;
  return true;
}

bool parse_log_source(const YamlNode& document, const Source& source, Diagnostics& diagnostics, LogSource& log_source) {
  const YamlNode* node = document.find("logsource");
  if (node == nullptr || !node->is_mapping()) {
    diagnostics.add(Issue::kMissingLogSource, source, node != nullptr ? node->at : document.at, "no log source");
    return false;
  }
  const std::pair<std::string_view, std::string*> parts[] = {
      {"product", &log_source.product}, {"category", &log_source.category}, {"service", &log_source.service}};
  for (const auto& [key, into] : parts) {
    const YamlNode* value = node->find(key);
    if (value == nullptr || value->is_null()) continue;
    if (!value->is_scalar()) {
      diagnostics.add(Issue::kMissingLogSource, source, value->at, "'" + std::string(key) + "' should be a text");
      return false;
    }
    *into = lower_ascii(value->scalar);
  }
  if (log_source == LogSource()) {
    diagnostics.add(Issue::kEmptyLogSource, source, node->at, "the log source names no product, category or service");
    return false;
  }
  return true;
}

}  // namespace tocsin::sigma
