// tocsin sender: who may send. `add` prints the token or the certificate once; only its digest is kept.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/machine.h"
#include "base/text.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "pipeline/add_sender.h"
#include "pipeline/control_socket.h"
#include "pipeline/enrol_sender.h"
#include "store/state.h"

namespace tocsin::cli {

namespace {

/// What is printed is a file that rsyslog, syslog-ng, curl and openssl take as certificate and as key.
int add_certificate(Env& env, const DataOptions& data, const std::string& name, const std::string& input) {
  ::umask(077);
  const Result<Identity> sender = add_certificate_sender(env, data.folder(), data.key_file(), machine_names().front(), name, input);
  if (!sender) return complain(sender.error().message), kUsage;
  fmt::print("{}{}", sender->certificate, sender->key);
  fmt::print(stderr,
             "tocsin: this is the certificate of '{}' and its private key, which are shown this once: keep them where {} alone reads them.\n"
             "tocsin: it believes the service by {}\n",
             name, name, data.folder().authority_pem());
  return kDone;
}

std::vector<std::string> all_inputs() {
  std::vector<std::string> inputs(std::begin(kSenderInputs), std::end(kSenderInputs));
  inputs.insert(inputs.end(), std::begin(kCertificateInputs), std::end(kCertificateInputs));
  return inputs;
}

/// What is printed is for `tocsin forward --enrol`.
int add_waiting(Env& env, const DataOptions& data, const std::string& name) {
  ::umask(077);
  const Result<std::string> code = add_enrolment(env, data.folder(), data.key_file(), machine_names().front(), name);
  if (!code) return complain(code.error().message), kUsage;
  fmt::print("{}\n", *code);
  fmt::print(stderr, "tocsin: good once, for an hour; on the host: tocsin forward --server HOST:PORT --enrol CODE, where the service takes RELP over TLS\n");
  return kDone;
}

int add(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string name, input;
  bool enrols = false;
  CLI::App app("Adds a sender and prints its token or, for syslog, RELP, Lumberjack, GELF and the journal over TLS, its certificate and private key (PEM); shown this once.", "tocsin sender add");
  data.add_to(app, true);
  app.add_option("NAME", name, "what status and alerts call it")->required();
  auto* const chosen = app.add_option("--input", input, "which input it sends to")->check(CLI::IsMember(all_inputs()));
  app.add_flag("--enrol", enrols, "print a code for `tocsin forward` on its host, which gets a certificate for it")->excludes(chosen);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (enrols) return add_waiting(env, data, name);
  if (input.empty()) return complain("tocsin sender add: --input or --enrol is required"), kUsage;
  if (std::ranges::find(kCertificateInputs, input) != std::end(kCertificateInputs)) return add_certificate(env, data, name, input);
  const Result<std::string> token = add_sender(env, data.folder(), name, input);
  if (!token) return complain(token.error().message), kUsage;
  fmt::print("{}\n", *token);
  return kDone;
}

int list(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  CLI::App app("Lists the senders.", "tocsin sender list");
  data.add_to(app, false);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::unique_ptr<State>> state = State::open(data.folder().state(), State::IfMissing::kFail);
  if (!state) return complain(state.error().message), kUsage;
  const Result<std::vector<SenderRecord>> senders = (*state)->senders();
  if (!senders) return complain(senders.error().message), kIncomplete;
  for (const SenderRecord& sender : *senders) {
    const char* const since = !is_waiting(sender) ? "since" : is_awaited(sender, env.now_us()) ? "waits for its host, since" : "has a code that is too old, since";
    fmt::print("{:<32} {:<10} {} {}\n", sender.name, sender.input, since, format_time(sender.added));
  }
  return kDone;
}

int remove(Env&, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string name;
  CLI::App app("Removes a sender; a service that runs lets it in for five seconds more at most.", "tocsin sender remove");
  data.add_to(app, false);
  app.add_option("NAME", name, "as `tocsin sender list` shows it")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::unique_ptr<State>> state = State::open(data.folder().state(), State::IfMissing::kFail);
  if (!state) return complain(state.error().message), kUsage;
  const Result<bool> removed = (*state)->remove_sender(name);
  if (!removed) return complain(removed.error().message), kIncomplete;
  if (!*removed) return complain(fmt::format("there is no sender named '{}'", name)), kUsage;
  return kDone;
}

int dismiss(Env&, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string source;
  CLI::App app("Says that a source may be silent: what was usual of it is forgotten, and learnt anew if it comes again.", "tocsin sender dismiss");
  data.add_to(app, false);
  app.add_option("SOURCE", source, "as `tocsin status` shows it: syslog/fw-1, file//var/log/app.log")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::string> done = ask_service(data.folder().control(), {"dismiss-silence", {{"source", source}}});
  if (!done) return complain(done.error().message), kUsage;
  return kDone;
}

constexpr const char* kHelp =
    "Who may send records to `tocsin serve`.\n\n"
    "  tocsin sender add NAME --input bulk|hec|forward|otlp                 prints the token, once\n"
    "  tocsin sender add NAME --input syslog|relp|lumberjack|gelf|journal   prints certificate and key, once\n"
    "  tocsin sender add NAME --enrol                                       prints a code for `tocsin forward`, once\n"
    "  tocsin sender list\n"
    "  tocsin sender remove NAME\n"
    "  tocsin sender dismiss SOURCE                                         it may be silent\n";

}  // namespace

int run_sender(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "sender", {{"add", add}, {"list", list}, {"remove", remove}, {"dismiss", dismiss}}, kHelp);
}

}  // namespace tocsin::cli
