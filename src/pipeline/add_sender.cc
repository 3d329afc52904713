#include "pipeline/add_sender.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/forward_handshake.h"
#include "pipeline/state_senders.h"
#include "store/certificates.h"

namespace tocsin {

Status check_sender_name(std::string_view name) {
  if (is_sender_name(name)) return {};
  return Error{Code::kInvalid, "a sender's name has 1 to 64 letters, digits, '-', '_' or '.'"};
}

Result<std::unique_ptr<State>> open_state(Env& env, const DataFolder& data) {
  TRY(make_folders(env, data.path));
  return State::open(data.state(), State::IfMissing::kMake);
}

bool is_sender_name(std::string_view name) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<std::string> add_sender(State& state, TimeUs now, std::string_view name, std::string_view input) {
  if (std::ranges::find(kSenderInputs, input) == std::end(kSenderInputs)) {
    return Error{Code::kInvalid, fmt::format("no input named '{}' has senders; there are {}", input, fmt::join(kSenderInputs, ", "))};
  }
  TRY(check_sender_name(name));
  std::uint8_t bytes[32];
  TRY(random_bytes(bytes, sizeof bytes));
  std::string token = "tcs_";
  for (const std::uint8_t byte : bytes) token += fmt::format("{:02x}", byte);
  const std::string digest = token_digest(token);
  TRY(state.add_sender({std::string(name), std::string(input), digest, now}));
  return input == "forward" ? forward_key(digest) : token;
}

Result<std::string> add_sender(Env& env, const DataFolder& data, std::string_view name, std::string_view input) {
  const std::unique_ptr<State> state = TRY(open_state(env, data));
  return add_sender(*state, env.now_us(), name, input);
}

Result<Identity> add_certificate_sender(Env& env, const DataFolder& data, const std::string& key_file, std::string_view machine,
                                        std::string_view name, std::string_view input) {
  TRY(check_sender_name(name));
  const std::unique_ptr<State> state = TRY(open_state(env, data));
  Seal master(TRY(read_or_make_key(env, key_file)));
  const Identity authority = TRY(open_authority(env, data, master, machine));
  Identity sender = TRY(make_client_identity(authority, name, env.now_us()));
  const Certificate facts = TRY(read_certificate(sender.certificate));
  TRY(state->add_sender({std::string(name), std::string(input), facts.fingerprint, env.now_us()}));
  return sender;
}

}  // namespace tocsin
