// The tree's own order, one function per rule of the house. Each takes the whole tree and says what breaks
// the rule, a line for each place ("src/x.cc:12: why"); nothing said means the rule holds. Pure functions.
// tidy_test.cc runs each over the checkout and over a made-up tree that must be refused.
#pragma once

#include <string>
#include <vector>

#include "tree.h"

namespace tocsin::tidy {

using Findings = std::vector<std::string>;

/// Over the mark, a function or file is listed in tests/tidy/offenders.txt with its size, or says why in its
/// first line.
inline constexpr std::size_t kFunctionLinesMark = 70;
inline constexpr std::size_t kFileLinesMark = 600;
/// An opening paragraph shorter than this says nothing.
inline constexpr std::size_t kHeaderWordsMin = 8;
inline constexpr std::size_t kReadmeWordsMin = 40;

Findings check_layers(const Tree& tree);     // includes against tools/layers.txt
Findings check_sizes(const Tree& tree);      // against tests/tidy/offenders.txt, which may only shrink
Findings check_headers(const Tree& tree);    // opening paragraph, #pragma once
Findings check_rooms(const Tree& tree);      // every room has a README.md that says something
Findings check_names(const Tree& tree);      // snake_case files and folders
Findings check_words(const Tree& tree);      // what must not stand in the tree
Findings check_strays(const Tree& tree);     // no output of a program left lying about
Findings check_throws(const Tree& tree);     // no throw, no using namespace
Findings check_fuzz(const Tree& tree);       // every target has a corpus, every corpus a target
Findings check_rules(const Tree& tree);      // every rule shipped has its test file
Findings check_documents(const Tree& tree);  // links lead somewhere; decisions and changes have their form
Findings check_commands(const Tree& tree);   // verbs and scripts that documents name are there
Findings check_limits(const Tree& tree);     // docs/limits.md is what the headers define; THREATMODEL.md names no other

/// docs/limits.md as it should be.
std::string limits_page(const Tree& tree);

}  // namespace tocsin::tidy
