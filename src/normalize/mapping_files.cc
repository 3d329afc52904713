#include "normalize/mapping_files.h"

#include <fmt/format.h>

#include "base/time_zone.h"

namespace tocsin {

namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

/// The same as a mapping. Which zones there are is asked here, so that the message names the option.
Result<MappingFile> zones_mapping(const std::vector<std::string>& zones) {
  MappingFile file{"--timezone", "time_zones:\n"};
  for (auto zone = zones.rbegin(); zone != zones.rend(); ++zone) {
    const std::size_t equals = zone->rfind('=');
    const std::string source = equals == std::string::npos ? "*" : zone->substr(0, equals), name = equals == std::string::npos ? *zone : zone->substr(equals + 1);
    const Result<TimeZone> found = TimeZone::find(name);
    if (!found) return Error{found.error().code, fmt::format("--timezone {}: {}", *zone, found.error().message)};
    file.text += fmt::format("  - {{zone: {}, source: {}}}\n", quoted(name), quoted(source));
  }
  return file;
}

}  // namespace

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

Result<std::unique_ptr<const Taxonomy>> load_taxonomy(Env& env, const std::vector<std::string>& paths, bool with_ocsf, const std::vector<std::string>& zones) {
  std::vector<MappingFile> files = TRY(read_mapping_files(env, paths));
  if (!zones.empty()) files.insert(files.begin(), TRY(zones_mapping(zones)));
  return load_taxonomy(files, with_ocsf);
}

}  // namespace tocsin
