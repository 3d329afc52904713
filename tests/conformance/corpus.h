// The data sets of others that conformance tests run over: where they lie, and an engine with the public rules. All of it may
// be absent; then the tests that need it say so and are skipped.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "detect/sigma/load.h"
#include "pipeline/engine.h"

namespace tocsin {

/// $TOCSIN_DATA, or the folder beside the source tree.
inline std::string data_folder() {
  const char* given = std::getenv("TOCSIN_DATA");
  return given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data";
}

/// Empty where the public rules are absent.
inline std::vector<sigma::RuleText> public_rules() {
  const std::string folder = data_folder() + "/sigma";
  std::vector<std::string> folders;
  const auto entries = Env::system().list_folder(folder);
  if (!entries) return {};
  for (const FolderEntry& entry : *entries) {
    if (entry.is_folder && entry.name.starts_with("rules")) folders.push_back(folder + "/" + entry.name);
  }
  std::vector<Error> errors;
  return sigma::read_rule_files(Env::system(), folders, errors);
}

/// Rules with placeholders that nobody fills stay out, as in a scan.
inline std::unique_ptr<Engine> engine_of(const std::vector<sigma::RuleText>& texts) {
  return std::make_unique<Engine>(sigma::load(texts, {}).set, std::move(*Taxonomy::load(Taxonomy::shipped())));
}

}  // namespace tocsin
