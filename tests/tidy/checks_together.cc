// The checks of what belongs together: targets and corpora, rules and tests, documents and what they name.
#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <set>

#include "checks.h"
#include "code.h"
#include "finding.h"

namespace tocsin::tidy {

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
  const TreeFile* verbs = tree.find("src/cli/main.cc");
  const bool is_example = line.starts_with("    ") || line.starts_with("```");
  for (std::size_t place = line.find("tocsin "); place != Text::npos; place = line.find("tocsin ", place + 1)) {
    const bool quoted = place > 0 && (line[place - 1] == '`' || line[place - 1] == '/');
    const Text verb = plain_word(line, place + 7);
    if (verb.empty() || !std::all_of(verb.begin(), verb.end(), [](char c) { return c >= 'a' && c <= 'z'; }) ||
        !(quoted || (is_example && line.find_first_not_of(' ') == place)))
      continue;
    if (verbs == nullptr || verbs->text.find("\", \"" + std::string(verb) + "\", \"") == std::string::npos) {
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

namespace {

struct Limit {
  std::string name, value, file, reason;
};

/// Adds the limits that one line declares: `constexpr int kDepthMax = 5, kNodesMax = 1'000;`
void read_declaration(Text line, const TreeFile& file, const std::string& reason, std::vector<Limit>& limits) {
  for (std::size_t equals = line.find(" = "); equals != Text::npos; equals = line.find(" = ", equals + 1)) {
    const std::size_t name_start = line.rfind(' ', equals - 1) + 1;
    const Text name = line.substr(name_start, equals - name_start);
    if (!name.starts_with('k') || !name.ends_with("Max")) continue;
    const Text rest = line.substr(equals + 3);
    limits.push_back({std::string(name), std::string(rest.substr(0, rest.find_first_of(",;"))), file.path, reason});
  }
}

std::vector<Limit> limits_of(const TreeFile& file) {
  std::vector<Limit> limits;
  std::string reason;
  bool in_comment = false;
  for (Text line : lines_of(file.text)) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.starts_with("///")) {
      if (!in_comment) reason.clear();
      reason += (reason.empty() ? "" : " ") + std::string(line.substr(std::min<std::size_t>(4, line.size())));
      in_comment = true;
      continue;
    }
    in_comment = false;
    if (line.find("constexpr ") == Text::npos) {
      reason.clear();  // a comment speaks for the declarations that follow it at once
    } else {
      read_declaration(line, file, reason, limits);
    }
  }
  return limits;
}

}  // namespace

std::string limits_page(const Tree& tree) {
  std::string page =
      "# Limits\n\n"
      "Every depth, size and count that input can choose, from the headers that define them. Made by\n"
      "`TOCSIN_UPDATE=1 ctest -R tidy:Limits`; a test compares this page with the headers.\n\n"
      "| limit | value | where | why |\n|---|---|---|---|\n";
  for (const TreeFile& file : tree.files) {
    if (!file.is_below("src") || !file.has_suffix(".h")) continue;
    for (const Limit& limit : limits_of(file)) {
      page += "| `" + limit.name + "` | " + limit.value + " | " + limit.file + " | " + limit.reason + " |\n";
    }
  }
  return page;
}

Findings check_limits(const Tree& tree) {
  std::set<std::string> in_code;
  for (const TreeFile& file : tree.files) {
    if (file.is_below("src") && file.is_code()) {
      for_each_limit(without_comments_and_literals(file.text), [&](const std::string& name) { in_code.insert(name); });
    }
  }
  Findings findings;
  const TreeFile* page = tree.find("THREATMODEL.md");
  if (page != nullptr) {
    for_each_limit(page->text, [&](const std::string& name) {
      if (!in_code.contains(name)) findings.push_back("THREATMODEL.md: there is no limit " + name);
    });
  }
  const TreeFile* list = tree.find("docs/limits.md");
  if (list == nullptr || list->text != limits_page(tree)) {
    findings.push_back("docs/limits.md: not what the headers say; TOCSIN_UPDATE=1 ctest -R tidy:Limits writes it");
  }
  return findings;
}

}  // namespace tocsin::tidy
