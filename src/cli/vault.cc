// tocsin vault: the sealed file of secrets that connectors log in with (docs/connectors.md). Secrets go in and never come out: nothing shows one.
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "base/text.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "respond/executor/vault.h"
#include "respond/executor/vault_key.h"

namespace tocsin::cli {

namespace {

struct VaultOptions {
  std::string file, key_file;

  void add_to(CLI::App& app) {
    app.add_option("--vault", file, "the vault (respond.vault of the settings)")->type_name("FILE")->required();
    app.add_option("--vault-key", key_file, "the file of its key (respond.vault_key)")->type_name("FILE")->required();
  }
  Result<std::unique_ptr<respond::Vault>> open(Env& env) const { return std::make_unique<respond::Vault>(env, file, TRY(respond::read_vault_key(env, key_file))); }
};

/// What a person types is not shown.
class Unseen {
 public:
  Unseen() : is_terminal_(::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios without = before_;
    without.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &without);
  }
  ~Unseen() {
    if (!is_terminal_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    fmt::print(stderr, "\n");
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  bool is_terminal() const { return is_terminal_; }

 private:
  termios before_{};
  const bool is_terminal_;
};

/// A line of a terminal; all of anything else but a line feed at its end.
respond::Secret read_secret(const std::string& name) {
  const Unseen unseen;
  std::string bytes;
  if (unseen.is_terminal()) {
    fmt::print(stderr, "the secret '{}': ", terminal_safe(name));
    std::getline(std::cin, bytes);
  } else {
    char buffer[4'096];
    while (std::cin.read(buffer, sizeof buffer) || std::cin.gcount() > 0) {
      bytes.append(buffer, static_cast<std::size_t>(std::cin.gcount()));
      if (bytes.size() > respond::kVaultSecretBytesMax) break;  // which put() says
    }
    if (bytes.ends_with('\n')) bytes.pop_back();
  }
  return respond::Secret(std::move(bytes));
}

int init(Env& env, const std::vector<std::string>& arguments) {
  VaultOptions options;
  CLI::App app("Makes the key of a vault, if there is none: keep a copy of it elsewhere.", "tocsin vault init");
  options.add_to(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (env.exists(options.key_file)) return complain(options.key_file + ": is there already"), kUsage;
  if (const Status made = respond::make_vault_key(env, options.key_file); !made) return complain(made.error().message), kUsage;
  fmt::print("{}: a new key; without it nothing in the vault opens\n", terminal_safe(options.key_file));
  return kDone;
}

int put(Env& env, const std::vector<std::string>& arguments) {
  VaultOptions options;
  std::string name;
  CLI::App app("Puts a secret into the vault, in place of what is there under its name. It is read from standard input.", "tocsin vault put");
  options.add_to(app);
  app.add_option("NAME", name, "its name: letters, digits, - _ . and /")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  Result<std::unique_ptr<respond::Vault>> vault = options.open(env);
  if (!vault) return complain(vault.error().message), kUsage;
  if (const Status stored = (*vault)->put(name, read_secret(name)); !stored) return complain(stored.error().message), kUsage;
  fmt::print("{} is in the vault\n", terminal_safe(name));
  return kDone;
}

int list(Env& env, const std::vector<std::string>& arguments) {
  VaultOptions options;
  CLI::App app("The names of what is in the vault.", "tocsin vault list");
  options.add_to(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::unique_ptr<respond::Vault>> vault = options.open(env);
  if (!vault) return complain(vault.error().message), kUsage;
  const Result<std::vector<std::string>> names = (*vault)->names();
  if (!names) return complain(names.error().message), kUsage;
  for (const std::string& name : *names) fmt::print("{}\n", terminal_safe(name));
  return kDone;
}

int remove(Env& env, const std::vector<std::string>& arguments) {
  VaultOptions options;
  std::string name;
  CLI::App app("Takes a secret out of the vault.", "tocsin vault remove");
  options.add_to(app);
  app.add_option("NAME", name, "its name")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  Result<std::unique_ptr<respond::Vault>> vault = options.open(env);
  if (!vault) return complain(vault.error().message), kUsage;
  if (const Status removed = (*vault)->remove(name); !removed) return complain(removed.error().message), kUsage;
  fmt::print("{} is no longer in the vault\n", terminal_safe(name));
  return kDone;
}

constexpr const char* kHelp =
    "The secrets that connectors log in with (docs/connectors.md).\n\n"
    "  tocsin vault init                        makes the key\n"
    "  tocsin vault put NAME                    a secret, read from standard input\n"
    "  tocsin vault list                        names alone: nothing shows a secret\n"
    "  tocsin vault remove NAME\n"
    "\nEach takes --vault FILE and --vault-key FILE.\n";

}  // namespace

int run_vault(Env& env, const std::vector<std::string>& arguments) { return run_sub_verb(env, arguments, "vault", {{"init", init}, {"put", put}, {"list", list}, {"remove", remove}}, kHelp); }

}  // namespace tocsin::cli
