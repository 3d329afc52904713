#include "cli/mapping_options.h"

#include "cli/output.h"

namespace tocsin::cli {

void add_mappings_option(CLI::App& app, std::vector<std::string>& mappings) {
  app.add_option("--mappings", mappings, "mappings of your own (YAML; docs/mappings.md): a file or a folder, beside the built-in ones")->type_name("PATH")->allow_extra_args(false);
}

void add_timezone_option(CLI::App& app, std::vector<std::string>& zones) {
  app.add_option("--timezone", zones, "times without a zone are of this one (Europe/Berlin, +01:00), in inputs whose names fit SOURCE or in all; else they are UTC")
      ->type_name("[SOURCE=]ZONE")
      ->allow_extra_args(false);
}

void add_source_option(CLI::App& app, std::vector<std::string>& sources) {
  app.add_option("--source", sources, "inputs whose names fit GLOB are of this format, whatever they look like")->type_name("GLOB=FORMAT")->allow_extra_args(false);
}

void add_authserv_option(CLI::App& app, std::vector<std::string>& authserv_ids) {
  app.add_option("--authserv-id", authserv_ids, "mail servers whose Authentication-Results are believed (docs/mail.md)")->type_name("NAME")->allow_extra_args(false);
}

std::optional<std::vector<ForcedFormat>> forced_formats(const std::vector<std::string>& sources, const Taxonomy& taxonomy) {
  std::vector<ForcedFormat> forced;
  for (const std::string& source : sources) {
    Result<ForcedFormat> one = read_forced_format(source);
    if (!one) return complain(one.error().message), std::nullopt;
    forced.push_back(std::move(*one));
  }
  if (const Status known = check_forced_formats(taxonomy, forced); !known) return complain(known.error().message), std::nullopt;
  return forced;
}

}  // namespace tocsin::cli
