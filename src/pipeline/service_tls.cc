#include "pipeline/service_tls.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "collect/net_stream.h"
#include "collect/tls_context.h"
#include "store/certificates.h"

namespace tocsin {

namespace {

constexpr TimeUs kWarnBeforeUs = kServerCertificateLeftDays * TimeUs{86'400'000'000};

/// The machine's own first; each once.
std::vector<std::string> names_of(const TlsOptions& options, std::span<const std::string> listening) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  add(options.machine.front());
  for (const char* const name : {"localhost", "127.0.0.1", "::1"}) add(name);
  for (const std::string& address : listening) {
    std::string host;
    std::uint16_t port = 0;
    if (!parse_net_address(address, host, port)) continue;  // said by who listens
    if (host == "0.0.0.0" || host == "::") std::ranges::for_each(options.machine, add);
    else add(host);
  }
  std::ranges::for_each(options.names, add);
  return names;
}

std::string end_warning(const std::string& whose, const std::string& pem, TimeUs now, const std::string& what_to_do) {
  const Result<Certificate> facts = read_certificate(pem);
  if (!facts || facts->until - now > kWarnBeforeUs) return {};
  return fmt::format("{} {} on {}; clients refuse it then: {}", whose, facts->until <= now ? "ended" : "ends", format_time(facts->until), what_to_do);
}

Status read_own(Env& env, const TlsOptions& options, ServerTls& tls) {
  if (options.certificate.empty() || options.key.empty()) {
    return Error{Code::kInvalid, "a certificate of your own takes both tls.certificate and tls.key"};
  }
  tls.certificates = TRY(env.read_file(options.certificate, kPemFileBytesMax));
  tls.key = TRY(env.read_file(options.key, kPemFileBytesMax));
  TlsSettings settings;
  settings.certificates = tls.certificates;
  settings.key = tls.key;
  const Result<TlsContext> good = open_tls_context(settings);
  if (!good) return Error{good.error().code, options.certificate + " with the key " + options.key + ": " + good.error().message};
  return {};
}

}  // namespace

Result<PreparedTls> prepare_tls(Env& env, const DataFolder& data, Seal& master, const TlsOptions& options, std::span<const std::string> listening) {
  PreparedTls prepared;
  const Identity authority = TRY(open_authority(env, data, master, options.machine.front()));
  prepared.tls.client_authority = authority.certificate;
  prepared.warning = end_warning("the authority in " + data.authority_pem(), authority.certificate, env.now_us(),
                                 "stop the service, remove " + data.tls() + ", start it, and give clients the new ca.pem");
  if (!options.certificate.empty() || !options.key.empty()) {
    TRY(read_own(env, options, prepared.tls));
    if (prepared.warning.empty()) prepared.warning = end_warning(options.certificate, prepared.tls.certificates, env.now_us(), "put a new one there, and restart");
    return prepared;
  }
  const std::vector<std::string> names = names_of(options, listening);
  Identity server = TRY(open_server_identity(env, data, master, authority, names));
  prepared.tls.certificates = server.certificate + authority.certificate;  // who enrols knows the authority by its mark alone, so it is shown as well
  prepared.tls.key = std::move(server.key);
  return prepared;
}

}  // namespace tocsin
