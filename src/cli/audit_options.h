// What the verbs of `tocsin audit` share: where the log is, and the key that its checkpoints are checked with. One file each for verify, show, and the rest.
#pragma once

#include <string>
#include <vector>

#include "base/env.h"
#include "cli/data_options.h"
#include "report/audit/signed_note.h"

namespace tocsin::cli {

struct AuditOptions {
  DataOptions data;
  std::string exported, key;

  /// --data and --folder.
  void add_to(CLI::App& app);
  /// --key.
  void add_key_to(CLI::App& app);
  /// Where the files of the log are.
  std::string folder() const;
};

/// What stands beside the log; kNotFound with what to do where nothing does.
Result<audit::VerifierKey> verifier_key(Env& env, const std::string& folder);

int run_audit_show(Env& env, const std::vector<std::string>& arguments);
int run_audit_verify(Env& env, const std::vector<std::string>& arguments);
int run_audit_checkpoint(Env& env, const std::vector<std::string>& arguments);
int run_audit_prove(Env& env, const std::vector<std::string>& arguments);
int run_audit_export(Env& env, const std::vector<std::string>& arguments);
int run_audit_key(Env& env, const std::vector<std::string>& arguments);

}  // namespace tocsin::cli
