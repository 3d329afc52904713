// Mapping files of a user beside the shipped ones: every verb that parses events takes them (--mappings PATH, docs/mappings.md). Read once per start.
//
//   const std::unique_ptr<const Taxonomy> taxonomy = TRY(load_taxonomy(env, {"/etc/tocsin/mappings"}));
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "normalize/taxonomy.h"

namespace tocsin {

/// The largest shipped file has 30 KB; a log that was named by mistake should not be read into memory.
inline constexpr std::size_t kMappingFileBytesMax = 4u << 20;

struct MappingFile {
  std::string name, text;
};

/// The files, and those below folders that end in .yml or .yaml, in bytewise order of each folder. Fails on what cannot be read, and on a path that
/// has none: nobody names a mapping in order to go without it.
Result<std::vector<MappingFile>> read_mapping_files(Env& env, const std::vector<std::string>& paths);
/// Theirs, whose formats go before the shipped ones, and the shipped ones. kInvalid with file:line:column.
Result<std::unique_ptr<const Taxonomy>> load_taxonomy(const std::vector<MappingFile>& files, bool with_ocsf = false);
/// `with_ocsf`: with what makes OCSF of events, which takes a moment more.
/// `zones`: what --timezone says, [SOURCE=]ZONE, before the zones that the files name; the last for a source counts.
Result<std::unique_ptr<const Taxonomy>> load_taxonomy(Env& env, const std::vector<std::string>& paths, bool with_ocsf = false, const std::vector<std::string>& zones = {});

}  // namespace tocsin
