#include "normalize/mapping_files.h"

#include <fmt/format.h>

namespace tocsin {

Result<std::vector<MappingFile>> read_mapping_files(Env& env, const std::vector<std::string>& paths) {
  std::vector<MappingFile> files;
  for (const std::string& path : paths) {
    std::vector<Error> errors;
    const std::size_t before = files.size();
    for (const FoundFile& found : find_files(env, path, errors)) {
      const bool wanted = found.source == path || found.source.ends_with(".yml") || found.source.ends_with(".yaml");
      if (wanted) files.push_back({found.source, TRY(env.read_file(found.path, kMappingFileBytesMax))});
    }
    if (!errors.empty()) return std::move(errors.front());
    if (files.size() == before) return Error{Code::kNotFound, fmt::format("{} has no mapping: no file ends in .yml or .yaml", path)};
  }
  return files;
}

Result<std::unique_ptr<const Taxonomy>> load_taxonomy(const std::vector<MappingFile>& files, bool with_ocsf) {
  std::vector<MappingText> texts;
  for (const MappingFile& file : files) texts.push_back({file.name, file.text});
  for (const MappingText& shipped : Taxonomy::shipped(with_ocsf)) texts.push_back(shipped);
  return Taxonomy::load(texts);
}

Result<std::unique_ptr<const Taxonomy>> load_taxonomy(Env& env, const std::vector<std::string>& paths, bool with_ocsf) {
  return load_taxonomy(TRY(read_mapping_files(env, paths)), with_ocsf);
}

}  // namespace tocsin
