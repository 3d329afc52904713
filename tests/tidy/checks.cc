#include "checks.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "code.h"
#include "finding.h"

namespace tocsin::tidy {

namespace {

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

Findings check_strays(const Tree& tree) {
  constexpr std::size_t kBytesMax = 256u << 10;  // twice the largest file there is
  Findings findings;
  for (const TreeFile& file : tree.files) {
    if (file.text.size() > kBytesMax) findings.push_back(file.path + ": larger than 256 KiB");
    const char first = file.name().front();
    if (std::isalnum(static_cast<unsigned char>(first)) == 0 && first != '.' && !file.is_below("fuzz/corpus")) {
      findings.push_back(file.path + ": no name for a file");
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
      if (line.find("std::ranges::unique") != Text::npos || line.find("std::views::") != Text::npos) {
        findings.push_back(at(file, number, "clang 14 cannot compile this with g++ 12's library"));
      }
      if (line.find("using namespace ") != Text::npos && line.find("literals") == Text::npos) {
        findings.push_back(at(file, number, "opens a whole namespace"));
      }
    }
  }
  return findings;
}

}  // namespace tocsin::tidy
