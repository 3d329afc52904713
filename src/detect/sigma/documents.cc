#include "detect/sigma/documents.h"

namespace tocsin::sigma {
namespace {

/// "---" at the start of a line ends a document wherever it stands, even within a block scalar (YAML 1.2.2, 9.1.2).
bool is_marker(std::string_view line) {
  return line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
}

template <class Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  std::uint32_t number = 1;
  for (std::size_t start = 0; start <= text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    visit(text.substr(start, end - start), start, number);
    start = end + 1;
  }
}

struct Chunk {
  std::string_view text;
  std::uint32_t lines_before = 0;
};

std::vector<Chunk> cut_at_markers(std::string_view text) {
  std::vector<Chunk> chunks;
  std::size_t begin = 0;
  std::uint32_t lines_before = 0;
  for_each_line(text, [&](std::string_view line, std::size_t start, std::uint32_t number) {
    if (start == 0 || !is_marker(line)) return;
    chunks.push_back({text.substr(begin, start - begin), lines_before});
    begin = start;
    lines_before = number - 1;
  });
  chunks.push_back({text.substr(begin), lines_before});
  return chunks;
}

void shift_lines(YamlNode& node, std::uint32_t by) {
  node.at.line += by;
  for (YamlNode& item : node.items) shift_lines(item, by);
  for (auto& [key, value] : node.entries) {
    shift_lines(key, by);
    shift_lines(value, by);
  }
}

/// Without markers and white space around it, so that a document is the same text wherever in a file it stands.
std::string_view trimmed(std::string_view text) {
  while (!text.empty()) {
    const std::size_t line = text.find_last_of('\n') == std::string_view::npos ? 0 : text.find_last_of('\n') + 1;
    const std::string_view last = text.substr(line);
    if (last.find_first_not_of(" \t\r") != std::string_view::npos && !is_marker(last) && !last.starts_with("..."))
      break;
    text = text.substr(0, line == 0 ? 0 : line - 1);
  }
  return text;
}

/// Gives each document the text from its first line to the next one's.
void add_documents(std::vector<YamlNode>&& roots, Chunk chunk, std::vector<Document>& documents) {
  std::vector<std::size_t> starts;
  for (const YamlNode& root : roots) {
    const std::string_view line = yaml_line(chunk.text, root.at.line);
    starts.push_back(line.data() == nullptr ? 0 : static_cast<std::size_t>(line.data() - chunk.text.data()));
  }
  starts.push_back(chunk.text.size());
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const std::string_view text = trimmed(chunk.text.substr(starts[i], starts[i + 1] - starts[i]));
    if (chunk.lines_before != 0) shift_lines(roots[i], chunk.lines_before);
    documents.push_back({std::move(roots[i]), text});
  }
}

}  // namespace

std::vector<Document> read_documents(const Source& source, Diagnostics& diagnostics, std::size_t& failed) {
  std::vector<Document> documents;
  auto whole = parse_yaml(source.text);
  if (whole) {
    add_documents(std::move(*whole), {source.text, 0}, documents);
    return documents;
  }
  for (const Chunk& chunk : cut_at_markers(source.text)) {
    auto roots = parse_yaml(chunk.text);
    if (roots) {
      add_documents(std::move(*roots), chunk, documents);
      continue;
    }
    ++failed;
    Position at = roots.error().at;
    at.line += chunk.lines_before;
    diagnostics.add(Issue::kYaml, source, at, roots.error().message);
  }
  return documents;
}

bool looks_like_rule(std::string_view text) {
  bool found = false;
  for_each_line(text, [&](std::string_view line, std::size_t, std::uint32_t) {
    for (const std::string_view key : {"detection:", "correlation:", "filter:"}) found = found || line.starts_with(key);
  });
  return found;
}

}  // namespace tocsin::sigma
