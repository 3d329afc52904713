// Who may send records: named, and given what it shows from then on, which is kept nowhere. A service that runs sees it within five seconds. kInvalid: a name that
// cannot be or is taken, or an input that is none.
//
//   const std::string token = TRY(add_sender(env, data, "web-01", "bulk"));
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/certificate.h"
#include "base/env.h"
#include "store/data_folder.h"
#include "store/state.h"

namespace tocsin {

/// A sender's name: letters, digits, '-', '_' and '.', 1 to 64 of them.
bool is_sender_name(std::string_view name);
/// kInvalid with what a name may be.
Status check_sender_name(std::string_view name);
/// Of the folder, which need not be there yet.
Result<std::unique_ptr<State>> open_state(Env& env, const DataFolder& data);
/// Inputs whose senders have a token, and those whose senders have a certificate.
inline constexpr std::string_view kSenderInputs[] = {"bulk", "hec", "forward", "otlp"};
inline constexpr std::string_view kCertificateInputs[] = {"syslog", "relp", "lumberjack", "gelf", "journal"};

/// Adds the sender and gives its token, which is kept nowhere; one of "forward" gets a key, of which the state keeps all that it takes to check a proof of it.
Result<std::string> add_sender(State& state, TimeUs now, std::string_view name, std::string_view input);
Result<std::string> add_sender(Env& env, const DataFolder& data, std::string_view name, std::string_view input);
/// Adds a sender of one of kCertificateInputs and gives its certificate, signed by the service's authority (which is made if this is the first), and its key, which are kept nowhere.
Result<Identity> add_certificate_sender(Env& env, const DataFolder& data, const std::string& key_file, std::string_view machine, std::string_view name, std::string_view input);

}  // namespace tocsin
