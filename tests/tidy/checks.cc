#include "checks.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include "code.h"

namespace tocsin::tidy {

namespace {

using Text = std::string_view;

std::string at(const TreeFile& file, std::size_t line, Text why) {
  return file.path + ":" + std::to_string(line) + ": " + std::string(why);
}

std::vector<std::string> words_of(Text text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// The lines of a table of ours: '#' begins a comment, empty lines do not count.
std::vector<std::vector<std::string>> rows_of(const TreeFile& table) {
  std::vector<std::vector<std::string>> rows;
  for (const Text line : lines_of(table.text)) {
    std::vector<std::string> words = words_of(line.substr(0, line.find('#')));
    if (!words.empty()) rows.push_back(std::move(words));
  }
  return rows;
}

bool is_ours(const TreeFile& file) {
  for (const Text folder : {"src", "tests", "fuzz", "bench", "tools"}) {
    if (file.is_below(folder)) return file.is_code() && !file.is_below("fuzz/corpus") && !file.is_below("tests/data");
  }
  return false;
}

std::string room_of(Text path_below_src) {
  const std::size_t slash = path_below_src.rfind('/');
  return slash == Text::npos ? "." : std::string(path_below_src.substr(0, slash));
}

/// The path between the quotes of an #include "…", or "".
Text quoted_include(Text line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (!line.starts_with("#include \"")) return {};
  line.remove_prefix(10);
  return line.substr(0, line.find('"'));
}

bool is_snake_case(Text name) {
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '_'; });
}

}  // namespace

// -- layers

namespace {

using Layers = std::map<std::string, std::set<std::string>>;

Layers read_layers(const TreeFile& table, Findings& findings) {
  Layers layers;
  for (const auto& row : rows_of(table)) {
    const std::set<std::string> below(row.begin() + 1, row.end());
    for (const std::string& room : below) {
      if (!layers.contains(room))
        findings.push_back(table.path + ": " + row[0] + " may not include " + room + ", which is not below it");
    }
    layers[row[0]] = below;
  }
  return layers;
}

}  // namespace

Findings check_layers(const Tree& tree) {
  const TreeFile* table = tree.find("tools/layers.txt");
  if (table == nullptr) return {"tools/layers.txt is not there"};
  Findings findings;
  const Layers layers = read_layers(*table, findings);
  for (const TreeFile& file : tree.files) {
    if (!file.is_below("src") || !file.is_code()) continue;
    const std::string room = room_of(Text(file.path).substr(4));
    const auto allowed = layers.find(room);
    if (allowed == layers.end()) {
      findings.push_back(file.path + ": the room " + room + " is not in tools/layers.txt");
      continue;
    }
    std::size_t number = 0;
    for (const Text line : lines_of(file.text)) {
      ++number;
      const Text include = quoted_include(line);
      if (include.empty()) continue;
      const std::string other = room_of(include);
      if (other != room && !allowed->second.contains(other)) {
        findings.push_back(at(file, number, room + " may not include " + std::string(include)));
      }
    }
  }
  return findings;
}

// -- sizes

namespace {

/// What is over the mark, by "path" or "path function".
std::map<std::string, std::size_t> measure(const Tree& tree) {
  std::map<std::string, std::size_t> over;
  for (const TreeFile& file : tree.files) {
    if (!is_ours(file) || file.text.starts_with("// Long by design: ")) continue;
    const std::vector<Text> lines = lines_of(file.text);
    if (lines.size() > kFileLinesMark) over[file.path] = lines.size();
    for (const Function& function : functions_of(file.text)) {
      if (function.lines <= kFunctionLinesMark) continue;
      const Text first = function.line < lines.size() ? lines[function.line] : Text();
      if (first.find("// Long by design: ") != Text::npos) continue;
      std::size_t& size = over[file.path + " " + function.name];
      size = std::max(size, function.lines);
    }
  }
  return over;
}

}  // namespace

Findings check_sizes(const Tree& tree) {
  std::map<std::string, std::size_t> listed;
  const TreeFile* list = tree.find("tests/tidy/offenders.txt");
  if (list == nullptr) return {"tests/tidy/offenders.txt is not there"};
  for (const auto& row : rows_of(*list)) {
    const std::string key = row.size() > 2 ? row[0] + " " + row[1] : row[0];
    listed[key] = std::stoul("0" + row.back());
  }
  Findings findings;
  const auto over = measure(tree);
  for (const auto& [what, size] : over) {
    const auto known = listed.find(what);
    if (known == listed.end()) {
      findings.push_back(what + ": " + std::to_string(size) +
                         " lines; make it shorter, or let its first line say why it is long");
    } else if (known->second != size) {
      findings.push_back(what + ": " + std::to_string(size) + " lines, listed with " + std::to_string(known->second) +
                         (size < known->second ? "; lower it in the list" : "; it may not grow"));
    }
  }
  for (const auto& [what, size] : listed) {
    if (!over.contains(what)) findings.push_back(what + ": no longer over the mark; take it out of the list");
  }
  return findings;
}

// -- headers, rooms, names

namespace {

std::size_t words_of_opening_comment(Text header) {
  std::size_t words = 0;
  for (const Text line : lines_of(header)) {
    if (!line.starts_with("//")) break;
    words += words_of(line.substr(2)).size();
  }
  return words;
}

}  // namespace

Findings check_headers(const Tree& tree) {
  Findings findings;
  for (const TreeFile& file : tree.files) {
    if (!is_ours(file) || !file.has_suffix(".h")) continue;
    if (words_of_opening_comment(file.text) < kHeaderWordsMin) {
      findings.push_back(at(file, 1, "opens without a paragraph that says what it is"));
    }
    if (file.text.find("\n#pragma once\n") == std::string::npos) findings.push_back(at(file, 1, "has no #pragma once"));
  }
  return findings;
}

Findings check_rooms(const Tree& tree) {
  std::set<std::string> rooms;
  for (const TreeFile& file : tree.files) {
    if (file.is_below("src") && file.is_code() && file.folder() != "src") rooms.insert(std::string(file.folder()));
  }
  Findings findings;
  for (const std::string& room : rooms) {
    const TreeFile* readme = tree.find(room + "/README.md");
    if (readme == nullptr) {
      findings.push_back(room + ": has no README.md");
    } else if (words_of(readme->text).size() < kReadmeWordsMin) {
      findings.push_back(readme->path + ": too short to say what it is, its flow, its invariants and its tests");
    }
  }
  return findings;
}

Findings check_names(const Tree& tree) {
  Findings findings;
  for (const TreeFile& file : tree.files) {
    if (!file.is_below("src") || file.name() == "README.md") continue;
    Text rest = Text(file.path).substr(4);
    if (!file.is_code() && !file.has_suffix(".inc")) {  // .inc: a generated table
      findings.push_back(file.path + ": neither .h nor .cc nor .inc nor README.md");
    }
    rest = rest.substr(0, rest.rfind('.'));
    while (!rest.empty()) {
      const std::size_t slash = rest.find('/');
      if (!is_snake_case(rest.substr(0, slash))) {
        findings.push_back(file.path + ": " + std::string(rest.substr(0, slash)) + " is not snake_case");
      }
      rest = slash == Text::npos ? Text() : rest.substr(slash + 1);
    }
  }
  return findings;
}

// -- words, throws

namespace {

/// Built from halves, so that this file does not break its own rule.
const std::vector<std::string>& unwanted_words() {
  static const std::vector<std::string> words = {
      std::string("TO") + "DO",           std::string("FIX") + "ME",          std::string("/wo") + "rk/",
      std::string("deb.deb") + "ian.org", std::string("registry.np") + "mjs", std::string("pypi") + ".org",
      std::string("crates") + ".io",      std::string("proxy.gol") + "ang",   std::string("repo1.ma") + "ven",
  };
  return words;
}

/// Whether `word` stands in `line`, not as part of a longer word.
bool stands_alone(Text line, Text word) {
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (std::size_t place = line.find(word); place != Text::npos; place = line.find(word, place + 1)) {
    const std::size_t end = place + word.size();
    const bool starts = place == 0 || !is_letter(line[place - 1]) || !is_letter(word.front());
    if (starts && (end >= line.size() || !is_letter(line[end]) || !is_letter(word.back()))) return true;
  }
  return false;
}

}  // namespace

Findings check_words(const Tree& tree) {
  Findings findings;
  for (const TreeFile& file : tree.files) {
    if (file.is_binary() || file.is_below("fuzz/corpus")) continue;
    std::size_t number = 0;
    for (const Text line : lines_of(file.text)) {
      ++number;
      for (const std::string& word : unwanted_words()) {
        if (stands_alone(line, word)) findings.push_back(at(file, number, "contains " + word));
      }
    }
  }
  return findings;
}

Findings check_throws(const Tree& tree) {
  Findings findings;
  for (const TreeFile& file : tree.files) {
    if (!file.is_below("src") || !file.is_code()) continue;
    const std::string code = without_comments_and_literals(file.text);
    std::size_t number = 0;
    for (const Text line : lines_of(code)) {
      ++number;
      if (stands_alone(line, "throw")) findings.push_back(at(file, number, "throws; return a Result"));
      if (line.find("using namespace ") != Text::npos && line.find("literals") == Text::npos) {
        findings.push_back(at(file, number, "opens a whole namespace"));
      }
    }
  }
  return findings;
}

// -- what belongs together

Findings check_fuzz(const Tree& tree) {
  Findings findings;
  std::set<std::string> targets;
  for (const TreeFile& file : tree.files) {
    if (file.folder() != "fuzz" || !file.has_suffix("_fuzz.cc")) continue;
    std::string target(file.name());
    target.resize(target.size() - 8);
    if (!tree.has_folder("fuzz/corpus/" + target))
      findings.push_back(file.path + ": has no corpus in fuzz/corpus/" + target);
    targets.insert(target);
  }
  std::set<std::string> corpora;
  for (const TreeFile& file : tree.files) {
    if (!file.is_below("fuzz/corpus")) continue;
    const Text rest = Text(file.path).substr(12);
    corpora.insert(std::string(rest.substr(0, rest.find('/'))));
  }
  for (const std::string& corpus : corpora) {
    if (!targets.contains(corpus)) findings.push_back("fuzz/corpus/" + corpus + ": has no fuzz/" + corpus + "_fuzz.cc");
  }
  return findings;
}

Findings check_rules(const Tree& tree) {
  Findings findings;
  for (const TreeFile& file : tree.files) {
    if (!file.is_below("content/rules") || !file.has_suffix(".yml")) continue;
    const std::string stem = file.path.substr(0, file.path.size() - (file.has_suffix(".test.yml") ? 9 : 4));
    const std::string partner = stem + (file.has_suffix(".test.yml") ? ".yml" : ".test.yml");
    if (tree.find(partner) == nullptr) findings.push_back(file.path + ": has no " + partner);
  }
  return findings;
}

// -- documents

namespace {

/// Resolves "a/b/../c" below `folder`; "" for a path that leads out of the tree.
std::string resolved(Text folder, Text target) {
  std::vector<Text> parts;
  const std::string joined = std::string(folder) + "/" + std::string(target);
  for (Text rest = joined; !rest.empty();) {
    const std::size_t slash = rest.find('/');
    const Text part = rest.substr(0, slash);
    if (part == "..") {
      if (parts.empty()) return "";
      parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    rest = slash == Text::npos ? Text() : rest.substr(slash + 1);
  }
  std::string path;
  for (const Text part : parts) path += (path.empty() ? "" : "/") + std::string(part);
  return path;
}

void check_links(const Tree& tree, const TreeFile& page, Findings& findings) {
  std::size_t number = 0;
  for (const Text line : lines_of(page.text)) {
    ++number;
    for (std::size_t open = line.find("]("); open != Text::npos; open = line.find("](", open + 2)) {
      Text target = line.substr(open + 2);
      target = target.substr(0, target.find(')'));
      target = target.substr(0, target.find('#'));
      if (target.empty() || target.find("://") != Text::npos || target.starts_with("mailto:")) continue;
      const std::string path = resolved(page.folder(), target);
      if (tree.find(path) == nullptr && !tree.has_folder(path)) {
        findings.push_back(at(page, number, "links to " + std::string(target) + ", which is not there"));
      }
    }
  }
}

void check_decision(const TreeFile& page, Findings& findings) {
  const Text name = page.name();
  if (name == "README.md") return;
  const bool numbered = name.size() > 5 && name[4] == '-' &&
                        std::all_of(name.begin(), name.begin() + 4, [](unsigned char c) { return std::isdigit(c); });
  if (!numbered) findings.push_back(page.path + ": is not named NNNN-what.md");
  for (const Text heading : {"\n## Context\n", "\n## Options\n", "\n## Decision\n", "\n## Consequence\n"}) {
    if (page.text.find(heading) == std::string::npos)
      findings.push_back(page.path + ": has no part" + std::string(heading.substr(3, heading.size() - 4)));
  }
}

void check_change(const TreeFile& page, Findings& findings) {
  const Text name = page.name();
  if (name == "README.md") return;
  const Text kind = name.substr(0, name.find('-'));
  static const std::set<Text> kinds = {"added", "changed", "fixed", "removed", "security"};
  if (!kinds.contains(kind))
    findings.push_back(page.path + ": is not named added-, changed-, fixed-, removed- or security-what.md");
}

}  // namespace

Findings check_documents(const Tree& tree) {
  Findings findings;
  for (const TreeFile& file : tree.files) {
    if (!file.has_suffix(".md")) continue;
    check_links(tree, file, findings);
    if (file.folder() == "docs/decisions") check_decision(file, findings);
    if (file.folder() == "changes/unreleased") check_change(file, findings);
  }
  return findings;
}

// -- commands

namespace {

/// The run of lower-case letters, digits and "/_.-" that begins at `from`.
Text plain_word(Text line, std::size_t from) {
  std::size_t end = from;
  while (end < line.size() && (std::islower(static_cast<unsigned char>(line[end])) ||
                               std::isdigit(static_cast<unsigned char>(line[end])) || std::strchr("/_-.", line[end]))) {
    ++end;
  }
  return line.substr(from, end - from);
}

void check_command_line(const Tree& tree, const TreeFile& page, std::size_t number, Text line, Findings& findings) {
  const TreeFile* verbs = tree.find("src/cli/verbs.cc");
  const bool is_example = line.starts_with("    ") || line.starts_with("```");
  for (std::size_t place = line.find("tocsin "); place != Text::npos; place = line.find("tocsin ", place + 1)) {
    const bool quoted = place > 0 && (line[place - 1] == '`' || line[place - 1] == '/');
    const Text verb = plain_word(line, place + 7);
    if (verb.empty() || verb[0] == '-' || !(quoted || (is_example && line.find_first_not_of(' ') == place))) continue;
    if (verbs == nullptr || verbs->text.find("{\"" + std::string(verb) + "\"") == std::string::npos) {
      findings.push_back(at(page, number, "there is no verb " + std::string(verb)));
    }
  }
  for (const Text folder : {"scripts/", "tools/"}) {
    for (std::size_t place = line.find(folder); place != Text::npos; place = line.find(folder, place + 1)) {
      if (place > 0 && line[place - 1] == '/' && !line.substr(0, place).ends_with("./")) continue;  // another folder's
      Text path = plain_word(line, place);
      while (path.ends_with('.') || path.ends_with('/')) path.remove_suffix(1);
      if (tree.find(path) == nullptr && !tree.has_folder(path)) {
        findings.push_back(at(page, number, "there is no " + std::string(path)));
      }
    }
  }
}

}  // namespace

Findings check_commands(const Tree& tree) {
  Findings findings;
  for (const TreeFile& file : tree.files) {
    if (!file.has_suffix(".md") || file.is_below("changes")) continue;
    std::size_t number = 0;
    for (const Text line : lines_of(file.text)) check_command_line(tree, file, ++number, line, findings);
  }
  return findings;
}

// -- limits

namespace {

/// Calls `found` with every word of `text` that begins with k and ends with "Max", such as kYamlDepthMax.
template <class Found>
void for_each_limit(Text text, Found found) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = start;
    while (end < text.size() && is_word(text[end])) ++end;
    const Text word = text.substr(start, end - start);
    if (word.size() > 4 && word[0] == 'k' && word.ends_with("Max")) found(std::string(word));
    start = std::max(end, start + 1);
  }
}

}  // namespace

Findings check_limits(const Tree& tree) {
  std::map<std::string, std::string> in_code;  // name, file
  for (const TreeFile& file : tree.files) {
    if (!file.is_below("src") || !file.has_suffix(".h")) continue;
    for_each_limit(without_comments_and_literals(file.text),
                   [&](const std::string& name) { in_code.emplace(name, file.path); });
  }
  std::set<std::string> in_table;
  const TreeFile* page = tree.find("THREATMODEL.md");
  if (page != nullptr) for_each_limit(page->text, [&](const std::string& name) { in_table.insert(name); });
  Findings findings;
  for (const auto& [name, file] : in_code) {
    if (!in_table.contains(name))
      findings.push_back(file + ": " + name + " is not in the table of limits in THREATMODEL.md");
  }
  for (const std::string& name : in_table) {
    if (!in_code.contains(name)) findings.push_back("THREATMODEL.md: " + name + " is not a limit of any header");
  }
  return findings;
}

}  // namespace tocsin::tidy
