// Cutting a file of rules into YAML documents, so that one bad document costs no other.
#pragma once

#include <string_view>
#include <vector>

#include "base/yaml.h"
#include "detect/sigma/diagnostics.h"

namespace tocsin::sigma {

struct Document {
  YamlNode root;
  std::string_view text;  // its part of the file, for an id where the rule gives none
};

/// Every document that can be read; each that cannot is a diagnostic and counts in `failed`.
std::vector<Document> read_documents(const Source& source, Diagnostics& diagnostics, std::size_t& failed);

/// Whether a line of the text begins with one of the keys that make a document a rule; for text that is not valid YAML.
bool looks_like_rule(std::string_view text);

}  // namespace tocsin::sigma
