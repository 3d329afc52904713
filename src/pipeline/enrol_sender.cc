#include "pipeline/enrol_sender.h"

#include <algorithm>

#include "base/seal.h"
#include "pipeline/add_sender.h"
#include "pipeline/state_senders.h"
#include "store/certificates.h"

namespace tocsin {

Result<std::string> add_enrolment(Env& env, const DataFolder& data, const std::string& key_file, std::string_view machine, std::string_view name) {
  TRY(check_sender_name(name));
  const std::unique_ptr<State> state = TRY(open_state(env, data));
  Seal master(TRY(read_or_make_key(env, key_file)));
  const Identity authority = TRY(open_authority(env, data, master, machine));
  const Certificate facts = TRY(read_certificate(authority.certificate));
  std::string secret(kEnrolmentSecretBytes, '\0');
  TRY(random_bytes(reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()));
  const std::string code = enrolment_code(secret, facts.fingerprint);
  const SenderRecord wanted{std::string(name), std::string(kEnrolmentInput), token_digest(code), env.now_us()};
  const std::vector<SenderRecord> senders = TRY(state->senders());
  const auto waits = std::ranges::find_if(senders, [&](const SenderRecord& sender) { return is_waiting(sender) && sender.name == name; });
  if (waits != senders.end()) TRY(state->remove_sender(name));
  TRY(state->add_sender(wanted));
  return code;
}

Result<std::string> enrol_sender(State& state, const Identity& authority, TimeUs now, const EnrolmentRequest& request) {
  const std::vector<SenderRecord> senders = TRY(state.senders());
  const std::string digest = token_digest(request.code);
  const auto awaited = std::ranges::find_if(senders, [&](const SenderRecord& sender) { return is_awaited(sender, now) && sender.token_digest == digest; });
  const Error no{Code::kDenied, "this code is not known, was used, or is too old; `tocsin sender add NAME --enrol` makes a new one"};
  if (awaited == senders.end()) return no;
  std::string certificate = TRY(sign_client_key(authority, awaited->name, request.key, now));
  const Certificate facts = TRY(read_certificate(certificate));
  // Of two who come with the same code one takes it away. Should the service end between these two, the host is told nothing and takes a new code.
  if (!TRY(state.remove_sender(awaited->name))) return no;
  TRY(state.add_sender({awaited->name, std::string(kEnrolledInput), facts.fingerprint, now}));
  return certificate;
}

}  // namespace tocsin
