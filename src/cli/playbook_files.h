// The playbook that a verb is about, and those that it calls, from files: read, checked and made ready.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "cli/parse.h"
#include "respond/cacao/check_playbook.h"
#include "respond/engine/run.h"

namespace tocsin::cli {

struct PlaybookFiles {
  std::string file;
  std::vector<std::string> others, agent_types;
  bool allow_inline_secrets = false;
  // Filled by read().
  std::string text;
  std::vector<std::string> other_texts;

  void add_to(CLI::App& app);
  cacao::CheckOptions check_options() const;
  /// The first is the playbook. kInvalid, with file and pointer, where one cannot be run.
  Result<std::vector<std::shared_ptr<const respond::Book>>> read(Env& env);
};

}  // namespace tocsin::cli
