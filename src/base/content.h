// What ships as data (content/: rules, mappings, scenarios), linked into the binary by cmake/content.cmake.
// Immutable, valid for the life of the process, safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace tocsin {

struct ContentFile {
  std::string_view name;  // relative to content/, e.g. "mappings/windows.yml"
  std::string_view text;
};

/// Every file of content/, sorted by name. Defined by the generated content.cc.
const std::vector<ContentFile>& content_files();

}  // namespace tocsin
