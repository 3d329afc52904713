// How a data folder's events are protected: the policy in force and its tokens. The service opens it to write, and leaves the policy's text in <data>/policy, by which
// searches give what is in no segment yet in the same words; they open it to read.
//
//   auto protection = TRY(Protection::open(env, data, master, "default"));      // a name, or a file
//   reader.protect_with(protection->policy(), protection->tokens());
#pragma once

#include <memory>
#include <string>

#include "base/env.h"
#include "base/seal.h"
#include "protect/policy.h"
#include "store/data_folder.h"
#include "store/token_vault.h"

namespace tocsin {

/// Some hundred rules; it is kept in a sealed file.
inline constexpr std::size_t kPolicyBytesMax = 60 << 10;

/// The policy of that name, or in that file (a path has a slash or ends in .yml); an error that names those that there are.
Result<std::string> read_policy_text(Env& env, const std::string& name);

class Protection {
 public:
  /// For the service; `policy` is a name or a file.
  static Result<std::unique_ptr<Protection>> open(Env& env, const DataFolder& data, Seal& master, const std::string& policy);
  /// For others, by what the service has left; nothing is protected where it left nothing.
  static Result<std::unique_ptr<Protection>> open_to_read(Env& env, const DataFolder& data, Seal& master);

  const protect::Policy& policy() const { return policy_; }
  TokenVault& tokens() { return *tokens_; }

 private:
  Protection(protect::Policy policy, std::unique_ptr<TokenVault> tokens) : policy_(std::move(policy)), tokens_(std::move(tokens)) {}
  const protect::Policy policy_;
  const std::unique_ptr<TokenVault> tokens_;
};

}  // namespace tocsin
