#include "forward/host_identity.h"

#include <fmt/format.h>

#include <chrono>

#include "base/certificate.h"
#include "collect/enrolment.h"
#include "forward/private_file.h"
#include "forward/relp_client.h"

namespace tocsin::forward {

namespace {

constexpr const char kKeyFile[] = "key.pem", kCertificateFile[] = "certificate.pem", kAuthorityFile[] = "ca.pem", kServerFile[] = "server";
constexpr std::string_view kNamed = " named";

/// Sends `out` and takes answers until `done`.
template <class Done>
Status talk(TlsLink& link, RelpClient& relp, std::string& out, Done&& done) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kEnrolAnswerMs);
  std::string in;
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return Error{Code::kIo, "does not answer in time"};
    out.erase(0, out.empty() ? 0 : TRY(link.write(out)));
    char bytes[4096];
    const std::size_t size = TRY(link.read(bytes, sizeof bytes));
    in.append(bytes, size);
    in.erase(0, TRY(relp.take(in)));
    if (size == 0 && !done()) link.wait(!out.empty(), -1, 100);
  }
  return {};
}

Result<std::string> ask_for_certificate(TlsLink& link, const EnrolmentRequest& request) {
  RelpClient relp;
  std::string out;
  relp.open(out);
  TRY(talk(link, relp, out, [&] { return relp.is_open(); }));
  relp.command("enrol", enrolment_data(request), out);
  TRY(talk(link, relp, out, [&] { return relp.response().has_value(); }));
  const RelpClient::Response& response = *relp.response();
  const std::size_t line = response.text.find('\n');
  if (response.code != 200) return Error{Code::kDenied, "says no: " + response.text.substr(0, line)};
  if (line == std::string::npos || !read_certificate(response.text.substr(line + 1))) return Error{Code::kInvalid, "answered with something that is no certificate"};
  return response.text.substr(line + 1);
}

/// The one that is there, should an earlier try have been cut short; or a new one.
Result<std::string> host_key(Env& env, const std::string& folder) {
  const Result<std::string> there = env.read_file(folder + "/" + kKeyFile, kIdentityFileBytesMax);
  if (there && public_point(*there)) return there;
  std::string made = TRY(make_private_key());
  TRY(put_private_file(env, folder, kKeyFile, made));
  return made;
}

}  // namespace

LinkOptions HostIdentity::link() const { return {.server = server, .authority = authority, .named = named, .mark = {}, .certificate = certificate, .key = key}; }

Status enrol(Env& env, const EnrolOptions& options) {
  const auto mark = enrolment_mark(options.code);
  if (!mark) return Error{Code::kInvalid, "--enrol: this is no code; `tocsin sender add NAME --enrol`, at the service, prints one (tce_ and 64 digits)"};
  TRY(read_server_address(options.server));
  const bool own = !options.authority.empty();
  const std::string key = TRY(host_key(env, options.folder));
  LinkOptions to;
  to.server = options.server;
  to.authority = options.authority;
  to.named = own;
  if (!own) to.mark = *mark;
  const std::unique_ptr<TlsLink> link = TRY(TlsLink::connect(to));
  const Result<std::string> certificate = ask_for_certificate(*link, {options.code, TRY(public_point(key))});
  if (!certificate) return Error{certificate.error().code, options.server + ": " + certificate.error().message};
  TRY(put_private_file(env, options.folder, kAuthorityFile, own ? options.authority : link->authority()));
  TRY(put_private_file(env, options.folder, kServerFile, options.server + (own ? std::string(kNamed) : "") + "\n"));
  return put_private_file(env, options.folder, kCertificateFile, *certificate);  // the last: with it all is there
}

Result<HostIdentity> read_host_identity(Env& env, const std::string& folder) {
  HostIdentity identity;
  const auto read = [&](const char* name, std::string& text) -> Status {
    text = TRY(env.read_file(folder + "/" + name, kIdentityFileBytesMax));
    return {};
  };
  TRY(read(kCertificateFile, identity.certificate));
  TRY(read(kKeyFile, identity.key));
  TRY(read(kAuthorityFile, identity.authority));
  TRY(read(kServerFile, identity.server));
  while (identity.server.ends_with('\n')) identity.server.pop_back();
  identity.named = identity.server.ends_with(kNamed);
  if (identity.named) identity.server.resize(identity.server.size() - kNamed.size());
  return identity;
}

}  // namespace tocsin::forward
