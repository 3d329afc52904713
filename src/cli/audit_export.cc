// tocsin audit export, prove, checkpoint, key: what is given to somebody else, who checks it without this program.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "cli/audit_options.h"
#include "cli/output.h"
#include "pipeline/control_socket.h"
#include "report/audit/checkpoints.h"
#include "report/audit/leaf_files.h"
#include "report/audit/proof.h"

namespace tocsin::cli {

void AuditOptions::add_to(CLI::App& app) {
  data.add_to(app, false);
  app.add_option("--folder", exported, "the files of a log that was exported, instead of those of the data")->type_name("DIR");
}

void AuditOptions::add_key_to(CLI::App& app) {
  app.add_option("--key", key, "the key to check signatures with, as `tocsin audit key` printed it when the log began (default: the one beside the log)")->type_name("VKEY");
}

std::string AuditOptions::folder() const { return exported.empty() ? data.folder().audit() : exported; }

Result<audit::VerifierKey> verifier_key(Env& env, const std::string& folder) {
  const Result<std::string> text = env.read_file(folder + "/" + std::string(audit::kVerifierKeyName), audit::kNoteBytesMax);
  if (!text && text.error().code == Code::kNotFound) return Error{Code::kNotFound, text.error().message + "; is this the data of a service that has run? --data says where that is"};
  if (!text) return text.error();
  return audit::VerifierKey::parse(std::string_view(*text).substr(0, text->find('\n')));
}

namespace {

Result<std::string> newest_checkpoint(Env& env, const std::string& folder) {
  const std::vector<std::string> notes = TRY(audit::read_checkpoints(env, folder));
  if (notes.empty()) return Error{Code::kNotFound, folder + ": no checkpoint was signed yet; the service signs one every audit.checkpoint_seconds, and when it stops"};
  return notes.back();
}

Status copy_file(Env& env, const std::string& from, const std::string& to) {
  const std::unique_ptr<File> source = TRY(env.open(from));
  const std::unique_ptr<DurableFile> copy = TRY(env.create_durable(to));
  std::string bytes(1 << 20, '\0');
  for (std::size_t got = TRY(source->read(bytes.data(), bytes.size())); got > 0; got = TRY(source->read(bytes.data(), bytes.size()))) TRY(copy->append(std::string_view(bytes).substr(0, got)));
  return copy->sync();
}

/// Checkpoints first: the leaves are then at least those that they are over.
Status export_log(Env& env, const std::string& folder, const std::string& to) {
  const std::vector<std::uint64_t> files = TRY(audit::leaf_files(env, folder));
  std::vector<std::string> names{std::string(audit::kVerifierKeyName), std::string(audit::kCheckpointsName)};
  TRY(env.make_folder(to));
  if (!TRY(env.list_folder(to)).empty()) return Error{Code::kInvalid, to + ": is not empty; name a folder that is not there yet"};
  for (const std::uint64_t first : files) names.push_back(audit::leaf_file_name(first));
  for (const std::string& name : names) {
    const Status copied = copy_file(env, folder + "/" + name, to + "/" + name);
    if (!copied && copied.error().code != Code::kNotFound) return copied;
  }
  return env.sync_folder(to);
}

Result<std::string> prove(Env& env, const std::string& folder, std::uint64_t number, const std::string& since) {
  const audit::VerifierKey key = TRY(verifier_key(env, folder));
  const std::string newest = TRY(newest_checkpoint(env, folder));
  const std::unique_ptr<audit::AuditLog> log = TRY(audit::AuditLog::open_to_read(env, folder));
  const std::string older = since.empty() ? std::string() : TRY(audit::read_note_file(env, since)).back();
  const audit::Proof proof = TRY(audit::make_proof(*log, number, newest, older));
  const Result<audit::Checkpoint> holds = audit::check_proof(proof, key);
  if (!holds) return Error{Code::kInvalid, "there is no such proof: " + holds.error().message + "; `tocsin audit verify` says more"};
  return audit::proof_json(proof);
}

}  // namespace

int run_audit_checkpoint(Env& env, const std::vector<std::string>& arguments) {
  AuditOptions audit;
  CLI::App app("Prints the newest checkpoint: a signed note over all leaves up to then. Kept where nobody who could change the log can change it, it shows any change of what is before.", "tocsin audit checkpoint");
  bool sign = false;
  audit.add_to(app);
  app.add_flag("--sign", sign, "let the service take what there is and sign it now");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (sign) {
    const Result<std::string> signed_now = ask_service(audit.data.folder().control(), {"sign-audit", {}});
    if (!signed_now) return complain(signed_now.error().message), kIncomplete;
  }
  const Result<std::string> note = newest_checkpoint(env, audit.folder());
  if (!note) return complain(note.error().message), kIncomplete;
  fmt::print("{}", *note);
  return kDone;
}

int run_audit_prove(Env& env, const std::vector<std::string>& arguments) {
  AuditOptions audit;
  std::uint64_t number = 0;
  std::string since;
  CLI::App app("Prints a proof that a leaf is in the log of the newest checkpoint, as JSON; `tocsin audit verify --proof` and tools/audit_verify.py check it without the log.", "tocsin audit prove");
  audit.add_to(app);
  app.add_option("N", number, "the number of the leaf, from 0, as `tocsin audit show` has it")->required();
  app.add_option("--since", since, "an older checkpoint: prove too that the log goes on from it")->type_name("FILE");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::string> proof = prove(env, audit.folder(), number, since);
  if (!proof) return complain(proof.error().message), kIncomplete;
  fmt::print("{}\n", *proof);
  return kDone;
}

int run_audit_export(Env& env, const std::vector<std::string>& arguments) {
  AuditOptions audit;
  std::string to;
  CLI::App app("Copies the leaves, the checkpoints and the public key, for who checks them elsewhere, with this program or with tools/audit_verify.py.", "tocsin audit export");
  audit.add_to(app);
  app.add_option("--output", to, "a folder that is not there yet, or empty")->type_name("FOLDER")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  ::umask(077);
  if (const Status done = export_log(env, audit.folder(), to); !done) return complain(done.error().message), kIncomplete;
  fmt::print("{}: the log is there; check it with `tocsin audit verify --folder {}`\n", terminal_safe(to), terminal_safe(to));
  return kDone;
}

int run_audit_key(Env& env, const std::vector<std::string>& arguments) {
  AuditOptions audit;
  CLI::App app("Prints the public key that checkpoints are checked with. Note it down elsewhere when the log begins.", "tocsin audit key");
  audit.add_to(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<audit::VerifierKey> key = verifier_key(env, audit.folder());
  if (!key) return complain(key.error().message), kIncomplete;
  fmt::print("{}\n", key->text());
  return kDone;
}

}  // namespace tocsin::cli
