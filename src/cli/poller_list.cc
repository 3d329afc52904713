#include "cli/poller_list.h"

#include <fmt/format.h>

#include <set>

#include "collect/poller_settings.h"

namespace tocsin::cli {

bool pollers_of(const YamlNode& node, const std::function<std::string(Position)>& place, std::vector<std::string>& texts, std::vector<std::string>& mistakes) {
  const std::size_t before = mistakes.size();
  if (node.items.empty()) mistakes.push_back(fmt::format("{}: 'pollers' is a list of mappings, each with name, kind, secret and what its kind needs", place(node.at)));
  for (const YamlNode& item : node.items) {
    std::vector<std::pair<std::string, std::string>> values;
    for (const auto& [key, value] : item.entries) {
      if (!value.is_scalar()) mistakes.push_back(fmt::format("{}: '{}' of a poller is one value", place(key.at), key.scalar));
      values.emplace_back(key.scalar, value.scalar);
    }
    if (mistakes.size() > before && values.empty()) continue;
    std::string text = poller_text(values);
    if (const Result<PollerSettings> read = read_poller(text); !read) mistakes.push_back(fmt::format("{}: {}", place(item.at), read.error().message));
    texts.push_back(std::move(text));
  }
  return mistakes.size() == before;
}

std::string why_not_together(const std::vector<std::string>& texts) {
  if (texts.size() > kPollersMax) return fmt::format("{} pollers; {} at most", texts.size(), kPollersMax);
  std::set<std::string> names;
  for (const std::string& text : texts) {
    const Result<PollerSettings> read = read_poller(text);
    if (read && !names.insert(read->name).second) return fmt::format("two pollers are called '{}'; a name is how far it has come and its source", read->name);
  }
  return {};
}

}  // namespace tocsin::cli
