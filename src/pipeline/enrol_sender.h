// Senders that wait for their host (collect/enrolment.h has the code): named by somebody at the service, with a code that is good for an hour and once, of which the
// state keeps a digest; then, when a host hands it in, senders of RELP with a certificate for the host's own key, which never leaves it. kInvalid: a name that cannot be or
// is taken, a key that is none; kDenied: a code that is not known, was used, or is too old.
//
//   const std::string code = TRY(add_enrolment(env, data, key_file, machine, "web-1"));
//   const std::string certificate = TRY(enrol_sender(state, authority, env.now_us(), request));
#pragma once

#include <string>
#include <string_view>

#include "base/certificate.h"
#include "base/env.h"
#include "collect/enrolment.h"
#include "store/data_folder.h"
#include "store/state.h"

namespace tocsin {

/// Time to walk to the host, and not to forget the code on a note.
inline constexpr TimeUs kEnrolmentGoodUs = 3'600'000'000;
/// The input of who was enrolled.
inline constexpr std::string_view kEnrolledInput = "relp";

/// Adds the sender and gives its code, which is kept nowhere. In place of one of the same name that still waits.
Result<std::string> add_enrolment(Env& env, const DataFolder& data, const std::string& key_file, std::string_view machine, std::string_view name);
/// Whether the sender waits for its host.
inline bool is_waiting(const SenderRecord& sender) { return sender.input == kEnrolmentInput; }
/// Whether its code is still good.
inline bool is_awaited(const SenderRecord& sender, TimeUs now) { return is_waiting(sender) && now < sender.added + kEnrolmentGoodUs; }
/// The host's certificate (PEM); it is a sender from then on, and the code is used.
Result<std::string> enrol_sender(State& state, const Identity& authority, TimeUs now, const EnrolmentRequest& request);

}  // namespace tocsin
