// tocsin protect: what a policy does, and what people may have done with tokens. A service that runs is asked over its control socket; where none runs the data folder is held meanwhile.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/account_options.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/rule_set.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "pipeline/control_socket.h"
#include "pipeline/kept_words.h"
#include "pipeline/protection.h"
#include "pipeline/token_desk.h"

namespace tocsin::cli {

namespace {

/// The policy's text, so that it can be taken for a beginning.
int policy(Env& env, const std::vector<std::string>& arguments) {
  std::string name;
  CLI::App app("Shows a policy; without a name those that are in the program.", "tocsin protect policy");
  app.add_option("POLICY", name, "none, default, strict, or a file");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (name.empty()) {
    for (const std::string_view shipped : protect::shipped_policy_names()) fmt::print("{:<10} {}\n", shipped, protect::read_policy(std::string(shipped), protect::shipped_policy(shipped))->description);
    return kDone;
  }
  const Result<std::string> text = read_policy_text(env, name);
  if (!text) return complain(text.error().message), kUsage;
  const Result<protect::Policy> read = protect::read_policy(name, *text);
  if (!read) return complain(read.error().message), kUsage;
  fmt::print("{}", *text);
  return kDone;
}

/// In the service, or in its place.
Result<std::string> deal_with_tokens(Env& env, const DataOptions& data, const TokenDeed& deed) {
  const DataFolder folder = data.folder();
  const Result<std::unique_ptr<FileLock>> lock = env.lock_file(folder.lock());
  if (!lock && lock.error().code == Code::kDenied) {
    const std::string json = TRY(ask_service(folder.control(), {"tokens", {{"action", std::string(name_of(deed.action))}, {"what", deed.what}, {"reason", deed.reason}, {"incident", deed.incident}}}));
    std::string text;
    append_json_unescaped(text, json.size() < 2 ? std::string_view() : std::string_view(json).substr(1, json.size() - 2));
    return text;
  }
  if (!lock) return lock.error();
  if (!env.exists(folder.tokens())) return Error{Code::kNotFound, folder.tokens() + ": there is none: no service has kept anything here under a policy"};
  const SealKeys keys = TRY(read_key(env, data.key_file()));
  Seal master(keys);
  const std::unique_ptr<State> state = TRY(State::open(folder.state(), State::IfMissing::kFail));
  const std::unique_ptr<TokenVault> vault = TRY(TokenVault::open(env, folder, master, TokenVault::Use::kWrite));
  Accounts accounts(*state);
  return do_with_tokens({*vault, accounts}, deed, {.who = "command line", .time = env.now_us()});
}

int deal(Env& env, const std::vector<std::string>& arguments, TokenAction action, const char* what, const char* meaning, const char* about) {
  DataOptions data;
  TokenDeed deed;
  deed.action = action;
  CLI::App app(about, "tocsin protect " + std::string(name_of(action)));
  data.add_to(app, true);
  app.add_option(what, deed.what, meaning)->required();
  if (action != TokenAction::kFind) {
    app.add_option("--reason", deed.reason, "why; it is kept in the audit log")->type_name("TEXT")->required();
    app.add_option("--incident", deed.incident, "the incident that it is for")->type_name("ID");
  }
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::string> answer = deal_with_tokens(env, data, deed);
  if (!answer) return complain(answer.error().message), answer.error().code == Code::kInvalid || answer.error().code == Code::kNotFound ? kUsage : kIncomplete;
  switch (action) {
    case TokenAction::kForget: fmt::print("forgotten: {} says nothing to anybody any more, wherever it stands\n", *answer); break;
    case TokenAction::kHold: fmt::print("{} is held: it cannot be forgotten until `tocsin protect release`\n", *answer); break;
    case TokenAction::kRelease: fmt::print("{} is held no more\n", *answer); break;
    default: fmt::print("{}\n", terminal_safe(*answer));
  }
  return kDone;
}

int token(Env& env, const std::vector<std::string>& arguments) {
  return deal(env, arguments, TokenAction::kFind, "VALUE", "an account, a host, …, in any case", "Prints the token that stands for a value, for searches in other programs.");
}
int reveal(Env& env, const std::vector<std::string>& arguments) {
  return deal(env, arguments, TokenAction::kReveal, "TOKEN", "as events and alerts show it", "Prints what a token stands for. Who did it and why is in the audit log.");
}
int forget(Env& env, const std::vector<std::string>& arguments) {
  return deal(env, arguments, TokenAction::kForget, "VALUE", "an account, a host, …, in any case", "Destroys the key of a value's token, for good: nothing leads from the token to the value any more.");
}
int hold(Env& env, const std::vector<std::string>& arguments) {
  return deal(env, arguments, TokenAction::kHold, "VALUE", "an account, a host, …, in any case", "Keeps a value from being forgotten (a legal hold).");
}
int release(Env& env, const std::vector<std::string>& arguments) {
  return deal(env, arguments, TokenAction::kRelease, "VALUE", "an account, a host, …, in any case", "Ends a hold.");
}

/// Nothing is looked up: what a rule cannot ask for does not depend on what is kept.
class NoTokens : public Tokens {
 public:
  bool append_token(std::string_view, std::uint32_t, std::string&) override { return false; }
  const ProtectionKey& address_key() const override { return key_; }
  const ProtectionKey& hash_key() const override { return key_; }

 private:
  const ProtectionKey key_{};
};

int rules(Env& env, const std::vector<std::string>& arguments) {
  RuleArguments args;
  std::string name = "default";
  CLI::App app("Names every rule that does not see what it asks for in stored events under a policy, and why. Detection as records come in sees all of it.", "tocsin protect rules");
  app.add_option("--rules", args.rules, "Sigma rules: a file, a folder, or 'builtin'")->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", args.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  app.add_option("POLICY", name, "none, default, strict, or a file")->capture_default_str();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::string> text = read_policy_text(env, name);
  const Result<protect::Policy> policy = text ? protect::read_policy(name, *text) : text.error();
  if (!policy) return complain(policy.error().message), kUsage;
  const std::unique_ptr<Engine> engine = make_engine(env, args);
  if (engine == nullptr) return kUsage;
  NoTokens tokens;
  const std::vector<BlindItem> blind = KeptWords(*policy, tokens, engine->taxonomy()).blind_items(engine->rules());
  std::size_t named = 0;
  for (std::size_t i = 0; i < blind.size(); ++i) {
    if (i == 0 || blind[i - 1].rule != blind[i].rule) {
      ++named;
      fmt::print("{}  {}\n", terminal_safe(engine->card(blind[i].rule).id), terminal_safe(engine->card(blind[i].rule).title));
    }
    fmt::print("    {}: {}: {}\n", terminal_safe(blind[i].field), terminal_safe(blind[i].pattern), blind[i].why);
  }
  fmt::print("{} of {} rules do not see all that they ask for in events kept under '{}'\n", named, engine->rules().rules.size(), terminal_safe(policy->name));
  return kDone;
}

constexpr const char* kHelp =
    "What becomes of personal data before an event is kept (docs/protection.md).\n\n"
    "  tocsin protect policy [POLICY]                    those in the program; the text of one\n"
    "  tocsin protect rules [POLICY]                     the rules that a policy blinds on stored events\n"
    "  tocsin protect token VALUE                        the token that stands for a value\n"
    "  tocsin protect reveal TOKEN --reason TEXT         what a token stands for\n"
    "  tocsin protect forget VALUE --reason TEXT         destroys the key of a value's token\n"
    "  tocsin protect hold|release VALUE --reason TEXT   keeps it from being forgotten, or no longer\n";

}  // namespace

int run_protect(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "protect",
                      {{"policy", policy}, {"rules", rules}, {"token", token}, {"reveal", reveal}, {"forget", forget}, {"hold", hold}, {"release", release}}, kHelp);
}

}  // namespace tocsin::cli
