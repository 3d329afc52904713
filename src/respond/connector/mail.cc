#include "respond/connector/mail.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "respond/connector/mail_text.h"
#include "respond/connector/setting_check.h"
#include "respond/connector/smtp.h"

namespace tocsin::respond {

namespace {

constexpr ArgumentSpec kArguments[] = {
    {.name = "to", .type = ArgumentType::kText},
    {.name = "subject", .type = ArgumentType::kText},
    {.name = "text", .type = ArgumentType::kText},
    {.name = "user", .type = ArgumentType::kUser, .needed = false},
};
constexpr ActionSpec kActions[] = {
    {.connector = "mail", .action = "send", .policy_class = "send_message", .repeat = Repeat::kOnce, .undo = "", .arguments = kArguments, .output = "message_id"},
};

/// What this machine calls itself, if that is a name that a server takes.
std::string own_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "localhost";
  const std::string_view text(name);
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
  return plain ? std::string(text) : "localhost";
}

class Mail : public Connector {
 public:
  struct Options {
    std::string host, name, from, user, credential;
    std::uint16_t port = 0;
    SmtpTls tls = SmtpTls::kStart;
    std::vector<std::string> recipients;  // "soc@example.org", or a domain: "@example.org"
  };
  Mail(Env& env, Options options, std::unique_ptr<TlsTrust> trust) : env_(env), options_(std::move(options)), trust_(std::move(trust)) {}

  std::string_view name() const override { return "mail"; }
  std::string credential() const override { return options_.credential; }
  Needs needs() const override { return {.network = true}; }

  ActionResult act(const Act& act) override {
    const auto& arguments = act.call.arguments;
    const Result<std::vector<std::string>> to = read_mail_addresses(arguments.at("to"));
    if (!to) return failed(to.error().message);
    for (const std::string& one : *to) {
      if (!may_go_to(one)) return {.outcome = ActionOutcome::kRefused, .detail = fmt::format("the settings of mail let nothing be sent to {} (recipients)", one)};
    }
    const std::string id = message_id(act);
    const Result<std::string> text = mail_text({.from = options_.from, .to = *to, .subject = arguments.at("subject"), .text = arguments.at("text"), .id = id, .now = env_.now_us()});
    if (!text) return failed(text.error().message);
    return deliver(act, *to, *text, id);
  }

 private:
  bool may_go_to(std::string_view address) const {
    const std::string one = folded(address);
    return std::ranges::any_of(options_.recipients, [&](const std::string& allowed) { return allowed.starts_with('@') ? one.ends_with(allowed) && one.find('@') == one.size() - allowed.size() : one == allowed; });
  }

  /// The same for every try of the same action, so that whoever gets two mails can tell.
  std::string message_id(const Act& act) const {
    std::string hex;
    const Sha256 hash = hash_of(act.call);
    for (std::size_t i = 0; i < 8; ++i) hex += fmt::format("{:02x}", hash[i]);
    return fmt::format("{}.{}{}", act.key, hex, options_.from.substr(options_.from.find('@')));
  }

  ActionResult deliver(const Act& act, const std::vector<std::string>& to, const std::string& text, const std::string& id) {
    WireStream wire(wire_deadline(env_.monotonic_ns(), act.deadline_ns));
    SmtpSession session(wire, options_.name);
    const auto user = act.call.arguments.find("user");
    const SmtpLogin login{.tls = options_.tls, .user = user == act.call.arguments.end() ? options_.user : user->second, .secret = act.secret};
    const Status ready = prepare(wire, session, login, to);
    if (!ready) return trouble(ready.error(), "nothing was sent");
    if (act.call.dry_run) {
      session.quit();
      return done(fmt::format("{} would take it, from {} for {}", where(), options_.from, fmt::join(to, ", ")));
    }
    const Result<std::string> reply = session.send(text);
    if (!reply && session.in_doubt()) return unknown(fmt::format("{} has the mail <{}> and did not say whether it takes it: {}; look for it there, or ask {}", where(), id, reply.error().message, fmt::join(to, ", ")));
    if (!reply) return trouble(reply.error(), "nothing was sent");
    session.quit();
    return done(fmt::format("{} took <{}> for {}: {}", where(), id, fmt::join(to, ", "), *reply), {}, {{"message_id", id}, {"reply", *reply}});
  }

  Status prepare(WireStream& wire, SmtpSession& session, const SmtpLogin& login, const std::vector<std::string>& to) {
    TRY(wire.connect(options_.host, options_.port, {.networks = {IpNetwork{{}, 0}}}));  // the settings name it, no playbook
    TRY(session.begin(login, *trust_));
    return session.address(options_.from, to);
  }

  std::string where() const { return fmt::format("{}:{}", options_.host, options_.port); }
  ActionResult trouble(const Error& error, std::string_view what) const { return failed(fmt::format("{} {}; {}", where(), error.message, what), error.code == Code::kIo); }

  Env& env_;
  const Options options_;
  const std::unique_ptr<TlsTrust> trust_;
};

}  // namespace

std::span<const ActionSpec> mail_actions() { return kActions; }

Result<std::unique_ptr<Connector>> make_mail(const ConnectorPlace& place, const ConnectorSettings& settings) {
  TRY(only_settings(settings, {"host", "port", "tls", "ca_file", "from", "recipients", "name", "user", "credential"}));
  Mail::Options options;
  options.host = TRY(needed_setting(settings, "host"));
  options.from = TRY(needed_setting(settings, "from"));
  if (!is_mail_address(options.from)) return wrong_setting(settings, "from", fmt::format("'{}' is no address of a mailbox", options.from));
  (void)TRY(needed_setting(settings, "recipients"));
  for (const std::string& one : list_setting(settings, "recipients")) {
    if (!is_mail_address(one.starts_with('@') ? "x" + one : one)) return wrong_setting(settings, "recipients", fmt::format("'{}' is no address and no domain (@example.org)", one));
    options.recipients.push_back(folded(one));
  }
  const std::string tls = TRY(word_setting(settings, "tls", {"starttls", "tls", "none"}));
  options.tls = tls == "tls" ? SmtpTls::kFirst : tls == "none" ? SmtpTls::kNone : SmtpTls::kStart;
  options.port = TRY(port_setting(settings, tls == "tls" ? 465 : tls == "none" ? 25 : 587));
  options.user = settings.value("user");
  options.credential = settings.value("credential");
  if (options.tls == SmtpTls::kNone && !options.credential.empty()) return wrong_setting(settings, "tls", "nobody logs in without TLS: leave credential out, or say starttls or tls");
  options.name = settings.value("name", own_name());
  const std::string authorities = TRY(authorities_setting(place.env, settings));
  Result<std::unique_ptr<TlsTrust>> trust = TlsTrust::open(authorities);
  if (!trust) return wrong_setting(settings, "ca_file", trust.error().message);
  return std::unique_ptr<Connector>(std::make_unique<Mail>(place.env, std::move(options), std::move(*trust)));
}

}  // namespace tocsin::respond
