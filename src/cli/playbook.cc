// tocsin playbook: CACAO 2.0 playbooks. What checks one is here; the other sub verbs have files of their own.
#include <fmt/format.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/playbook.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "respond/cacao/check_playbook.h"
#include "respond/cacao/drawing.h"
#include "respond/cacao/signature.h"
#include "respond/policy/playbook_bindings.h"

namespace tocsin::cli {

namespace {

using Keys = std::vector<cacao::SignatureKey>;

/// All keys of those files; what is wrong was said, if there are none.
std::optional<Keys> read_trusted(Env& env, const std::vector<std::string>& files) {
  Keys all;
  for (const std::string& file : files) {
    const Result<std::string> text = env.read_file(file, cacao::kKeyFileBytesMax);
    if (!text) return complain(text.error().message), std::nullopt;
    Result<Keys> keys = cacao::read_keys(*text);
    if (!keys) return complain(file + ": " + keys.error().message), std::nullopt;
    std::ranges::move(*keys, std::back_inserter(all));
  }
  return all;
}

/// Tells of each; false if one is wrong, or if keys are trusted and none of them signed.
bool check_signatures(Env& env, const std::string& file, std::string_view text, const Keys& trusted) {
  using Kind = cacao::SignatureVerdict::Kind;
  bool good = true, is_trusted = false;
  for (const cacao::SignatureVerdict& one : cacao::check_signatures(text, {.trusted = trusted, .now = env.now_us()})) {
    const char* const kind = one.kind == Kind::kFails ? "error: " : one.kind == Kind::kUnknown || !one.why.empty() ? "warning: " : "";
    fmt::print("{}: {}{}: {} signature of \"{}\" ", terminal_safe(file), kind, terminal_safe(one.pointer), terminal_safe(one.algorithm), terminal_safe(one.signee));
    if (one.kind == Kind::kHolds) {
      fmt::print("holds, {}, by the key {} ({}){}\n", cacao::form_name(one.form), one.key, one.is_trusted ? "trusted" : trusted.empty() ? "whose it is, --trust says" : "none of --trust", one.why.empty() ? "" : "; " + terminal_safe(one.why));
    } else {
      fmt::print("{}: {}\n", one.kind == Kind::kFails ? "fails" : "cannot be checked", terminal_safe(one.why));
    }
    good = good && one.kind != Kind::kFails;
    is_trusted = is_trusted || (one.kind == Kind::kHolds && one.is_trusted && one.why.empty());
  }
  if (trusted.empty() || is_trusted) return good;
  fmt::print("{}: error: has no valid signature by a key of --trust\n", terminal_safe(file));
  return false;
}

/// As much as bindings ask of it.
respond::BindablePlaybook bindable(const cacao::Playbook& playbook) {
  respond::BindablePlaybook made{.id = playbook.id, .externals = {}};
  for (const auto& [name, variable] : playbook.variables) {
    if (variable.external) made.externals[name] = {.type = std::string(cacao::type_name(variable.type)), .has_value = variable.value.has_value()};
  }
  return made;
}

/// False if something is wrong with the bindings, or with what they bind.
bool check_bindings(Env& env, const std::string& file, const std::vector<respond::BindablePlaybook>& playbooks) {
  const Result<std::string> text = env.read_file(file, cacao::kPlaybookBytesMax);
  if (!text) return complain(text.error().message), false;
  const Result<respond::PlaybookBindings> bindings = respond::read_playbook_bindings(file, *text);
  const Status sound = bindings ? respond::check_bindings(file, *bindings, playbooks) : Status(bindings.error());
  if (!sound) return complain_lines(sound.error().message), false;
  fmt::print("{}: good\n", terminal_safe(file));
  return true;
}

/// Of one file; false if there is an error in it.
bool check_file(Env& env, const std::string& file, const cacao::CheckOptions& options, const Keys& trusted, std::vector<respond::BindablePlaybook>& playbooks) {
  const Result<std::string> text = env.read_file(file, cacao::kPlaybookBytesMax);
  if (!text) return complain(text.error().message), false;
  cacao::Reading reading = cacao::read_playbook(*text);
  const bool is_playbook = !reading.playbook.workflow.empty();
  if (is_playbook) {
    playbooks.push_back(bindable(reading.playbook));
    for (cacao::Mistake& mistake : cacao::check_playbook(reading.playbook, options)) reading.mistakes.push_back(std::move(mistake));
  }
  for (const cacao::Mistake& mistake : reading.mistakes) {
    const char* const kind = mistake.kind == cacao::Mistake::Kind::kError ? "error" : "warning";
    fmt::print("{}: {}: {}: {}\n", terminal_safe(file), kind, mistake.pointer.empty() ? "the playbook" : terminal_safe(mistake.pointer), terminal_safe(mistake.message));
  }
  const bool is_signed_well = check_signatures(env, file, *text, trusted);
  if (!reading.is_good() || !is_signed_well) return false;
  const cacao::Playbook& playbook = reading.playbook;
  fmt::print("{}: \"{}\", {} steps: good\n", terminal_safe(file), terminal_safe(playbook.name), playbook.workflow.size());
  return true;
}

int check(Env& env, const std::vector<std::string>& arguments) {
  std::vector<std::string> files, types, trust;
  std::string bindings;
  cacao::CheckOptions options;
  CLI::App app("Checks CACAO 2.0 playbooks: every mistake, with its JSON pointer.", "tocsin playbook check");
  app.add_option("FILE", files, "a playbook, JSON")->required();
  app.add_option("--agent-type", types, "a type of agents of your own, which something here stands for")->type_name("TYPE");
  app.add_flag("--allow-inline-secrets", options.allow_inline_secrets, "let a password or token stand in the playbook");
  app.add_option("--bindings", bindings, "what starts them: whether all that they need is bound (docs/playbooks.md)")->type_name("FILE");
  app.add_option("--trust", trust, "keys of those whose playbooks are taken: PEM, certificate, JWK or a set of them")->type_name("FILE");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  options.agent_types.insert(types.begin(), types.end());
  const std::optional<Keys> trusted = read_trusted(env, trust);
  if (!trusted) return kUsage;
  bool good = true;
  std::vector<respond::BindablePlaybook> playbooks;
  for (const std::string& file : files) good = check_file(env, file, options, *trusted, playbooks) && good;
  if (!bindings.empty()) good = check_bindings(env, bindings, playbooks) && good;
  return good ? kDone : kUsage;
}

int show(Env& env, const std::vector<std::string>& arguments) {
  std::string file, format = "text";
  CLI::App app("Shows a playbook: as a tree for a terminal, or as a picture.", "tocsin playbook show");
  app.add_option("FILE", file, "a playbook, JSON")->required();
  app.add_option("--format", format, "text or svg")->check(CLI::IsMember({"text", "svg"}));
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::string> text = env.read_file(file, cacao::kPlaybookBytesMax);
  if (!text) return complain(text.error().message), kUsage;
  const cacao::Reading reading = cacao::read_playbook(*text);
  if (!reading.is_good()) return complain(file + ": is no playbook that can be shown; tocsin playbook check " + file + " says what is wrong"), kUsage;
  const std::string drawn = format == "svg" ? cacao::draw_svg(reading.playbook) : cacao::draw_text(reading.playbook, {.columns = terminal_width(STDOUT_FILENO)});
  if (const Status written = FdSink(STDOUT_FILENO).write(drawn); !written) return complain("standard output: " + written.error().message), kIncomplete;
  return kDone;
}

/// jss--UUID, version 4 (RFC 9562, 5.4).
std::string new_signature_id() {
  std::array<unsigned char, 16> bytes{};
  TOCSIN_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = fmt::format("{:02x}", fmt::join(bytes, ""));
  return fmt::format("jss--{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

int sign(Env& env, const std::vector<std::string>& arguments) {
  std::string file, key_file;
  cacao::NewSignature made;
  CLI::App app("Signs a playbook; what it is then is written to standard output.", "tocsin playbook sign");
  app.add_option("FILE", file, "a playbook, JSON")->required();
  app.add_option("--key", key_file, "your private key, PEM: RSA, EC (P-256, P-384, P-521), Ed25519 or Ed448")->required()->type_name("FILE");
  app.add_option("--signee", made.signee, "who signs, in words")->required()->type_name("NAME");
  app.add_option("--created-by", made.created_by, "who signs (identity--UUID); else who made the playbook")->type_name("ID");
  app.add_option("--valid-until", made.valid_until, "when it ends (2026-01-31T09:00:00.000Z)")->type_name("TIME");
  app.add_option("--countersign", made.countersigns, "sign that signature, too (jss--UUID)")->type_name("ID");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (!made.created_by.empty() && cacao::type_of_id(made.created_by) != "identity") return complain("--created-by: '" + made.created_by + "' is no identity--UUID"), kUsage;
  if (!made.valid_until.empty() && !(made.valid_until.ends_with('Z') && parse_time(made.valid_until))) return complain("--valid-until: '" + made.valid_until + "' is no time in UTC (2026-01-31T09:00:00.000Z)"), kUsage;
  const Result<std::string> text = env.read_file(file, cacao::kPlaybookBytesMax), pem = env.read_file(key_file, cacao::kKeyFileBytesMax);
  for (const Result<std::string>* const one : {&text, &pem}) {
    if (!*one) return complain(one->error().message), kUsage;
  }
  const Result<cacao::SignatureKey> key = cacao::read_private_key(*pem);
  if (!key) return complain(key_file + ": " + key.error().message), kUsage;
  made.id = new_signature_id();
  made.now = env.now_us();
  const Result<std::string> whole = cacao::add_signature(*text, *key, made);
  if (!whole) return complain(file + ": " + whole.error().message), kUsage;
  if (const Status written = FdSink(STDOUT_FILENO).write(*whole); !written) return complain("standard output: " + written.error().message), kIncomplete;
  return kDone;
}

constexpr const char* kHelp =
    "CACAO 2.0 playbooks (docs/playbooks.md).\n\n"
    "  tocsin playbook check FILE...            every mistake, with its JSON pointer\n"
    "  tocsin playbook show FILE                steps, branches, who does what; --format svg draws it\n"
    "  tocsin playbook simulate FILE            what would happen, with stated answers; nothing is done\n"
    "  tocsin playbook list                     those that the service knows, and what they want to be told\n"
    "  tocsin playbook run PLAYBOOK             start it in the service: a dry run, unless --real\n"
    "  tocsin playbook enable|disable PLAYBOOK  let it change something: a new or changed one runs dry\n"
    "  tocsin playbook sign FILE --key KEY      adds a signature; check says which ones hold\n"
    "\n`tocsin playbook check --help` says more.\n";

}  // namespace

int run_playbook(Env& env, const std::vector<std::string>& arguments) { return run_sub_verb(env, arguments, "playbook", {{"check", check}, {"show", show}, {"sign", sign}, {"simulate", simulate_playbook}, {"list", list_playbooks}, {"enable", enable_playbook}, {"disable", disable_playbook}, {"run", start_playbook}}, kHelp); }

}  // namespace tocsin::cli
