#include "pipeline/protection.h"

#include <fmt/format.h>

#include "store/sealed_file.h"

namespace tocsin {

Result<std::string> read_policy_text(Env& env, const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".yml") || name.ends_with(".yaml")) return env.read_file(name, kPolicyBytesMax);
  const std::string_view shipped = protect::shipped_policy(name);
  if (!shipped.empty()) return std::string(shipped);
  std::string known;
  for (const std::string_view one : protect::shipped_policy_names()) known += fmt::format("{}{}", known.empty() ? "" : ", ", one);
  return Error{Code::kInvalid, fmt::format("there is no policy '{}' (there are {}); a file's name needs a slash or .yml", name, known)};
}

Result<std::unique_ptr<Protection>> Protection::open(Env& env, const DataFolder& data, Seal& master, const std::string& policy) {
  const std::string text = TRY(read_policy_text(env, policy));
  protect::Policy read = TRY(protect::read_policy(policy, text));
  std::unique_ptr<TokenVault> tokens = TRY(TokenVault::open(env, data, master, TokenVault::Use::kWrite));
  tokens->end_all(read.forgets_all_tokens());
  TRY(put_sealed(env, policy_place(data), master, text));
  return std::unique_ptr<Protection>(new Protection(std::move(read), std::move(tokens)));
}

Result<std::unique_ptr<Protection>> Protection::open_to_read(Env& env, const DataFolder& data, Seal& master) {
  protect::Policy policy;
  const SealedPlace place = policy_place(data);
  const Result<std::string> text = get_sealed(env, place, master);
  if (!text && text.error().code != Code::kNotFound) return text.error();
  if (text) policy = TRY(protect::read_policy(place.path(), *text));
  std::unique_ptr<TokenVault> tokens = TRY(TokenVault::open(env, data, master, TokenVault::Use::kRead));
  return std::unique_ptr<Protection>(new Protection(std::move(policy), std::move(tokens)));
}

}  // namespace tocsin
