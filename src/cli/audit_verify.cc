// tocsin audit verify: computes the log again from its lines and says what must not be, and what cannot be ruled out.
#include "report/audit/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/audit_options.h"
#include "cli/output.h"
#include "report/audit/checkpoints.h"
#include "report/audit/proof.h"
#include "store/segment.h"

namespace tocsin::cli {

namespace {

struct Asked {
  AuditOptions audit;
  std::vector<std::string> checkpoints;
  std::string proof;
  bool segments = false;
};

/// Segments that the log says are there: file and the hexadecimal digits of its SHA-256.
using Segments = std::map<std::string, std::string>;

void follow_segments(const audit::LeafFacts& leaf, Segments& segments) {
  if (leaf.what == "segment.store" || leaf.what == "segment.merge") segments[leaf.object] = leaf.to;
  if (leaf.what == "segment.remove") segments.erase(leaf.object);
}

void check_segments(Env& env, const std::string& folder, const Segments& segments, audit::VerifyReport& report) {
  for (const auto& [file, sha256] : segments) {
    const Result<store::FileDigest> digest = store::digest_of(env, folder + "/" + file);
    if (!digest) {
      report.find(fmt::format("segment {}: {}", file, digest.error().message));
      continue;
    }
    audit::Hash hash{};
    std::ranges::copy(digest->sha256, hash.begin());
    std::string there;
    append_hex(there, hash, hash.size());
    if (there != sha256) report.find(fmt::format("segment {}: is not the file that was stored: its SHA-256 is {}, the log has {}", file, there, sha256));
  }
}

int tell(const audit::VerifyReport& report, const std::string& folder) {
  for (const std::string& finding : report.findings) fmt::print("found: {}\n", terminal_safe(finding));
  if (report.more_findings > 0) fmt::print("found: and {} more\n", report.more_findings);
  const std::string_view root(reinterpret_cast<const char*>(report.root.data()), report.root.size());
  fmt::print("{}: {} leaves, {} of them signed; {} checkpoints beside them, {} kept elsewhere\n", terminal_safe(folder), report.leaves, report.signed_leaves, report.checkpoints, report.elsewhere);
  if (report.leaves > 0) fmt::print("from {} to {}\nroot {}\n", format_time(report.first_logged), format_time(report.last_logged), audit::base64_of(root));
  for (const std::string& one : report.unproven) fmt::print("note: {}\n", terminal_safe(one));
  fmt::print("{}\n", report.is_good() ? "Nothing was found: these are the leaves that were written, in their order." : "This is not the log that was written.");
  return report.is_good() ? kDone : kAlerts;
}

int verify_proof(Env& env, const Asked& asked, const std::optional<audit::VerifierKey>& given) {
  const Result<std::string> text = env.read_file(asked.proof, audit::kProofBytesMax);
  if (!text) return complain(text.error().message), kIncomplete;
  const Result<audit::VerifierKey> key = given ? *given : verifier_key(env, asked.audit.folder());
  if (!key) return complain(key.error().message), kUsage;
  const Result<audit::Proof> proof = audit::read_proof(*text);
  const Result<audit::Checkpoint> head = proof ? audit::check_proof(*proof, *key) : Result<audit::Checkpoint>(proof.error());
  if (!head) return fmt::print("found: {}\n", terminal_safe(head.error().message)), kAlerts;
  fmt::print("{}\nThis is leaf {} of the log of {} leaves that {} has signed.\n", terminal_safe(proof->leaf), proof->number, head->size, terminal_safe(key->name()));
  if (!given) fmt::print("note: the key was taken from beside the log; --key gives the one that you noted\n");
  return kDone;
}

int verify_all(Env& env, const Asked& asked, const std::optional<audit::VerifierKey>& key) {
  Segments segments;
  audit::VerifyOptions options{.folder = asked.audit.folder(), .key = key, .leaf = [&](const audit::LeafFacts& leaf) { follow_segments(leaf, segments); }};
  for (const std::string& path : asked.checkpoints) {
    const Result<std::vector<std::string>> notes = audit::read_note_file(env, path);
    if (!notes) return complain(notes.error().message), notes.error().code == Code::kInvalid ? kUsage : kIncomplete;
    options.elsewhere.insert(options.elsewhere.end(), notes->begin(), notes->end());
  }
  Result<audit::VerifyReport> report = audit::verify_log(env, options);
  if (!report) return complain(report.error().message), kIncomplete;
  if (asked.segments) check_segments(env, asked.audit.data.folder().segments(), segments, *report);
  return tell(*report, options.folder);
}

}  // namespace

int run_audit_verify(Env& env, const std::vector<std::string>& arguments) {
  Asked asked;
  CLI::App app("Whether the audit log is what was written: every leaf, the signatures of its checkpoints, the order of its sources and of its clock.", "tocsin audit verify");
  asked.audit.add_to(app);
  asked.audit.add_key_to(app);
  app.add_option("--checkpoint", asked.checkpoints, "a checkpoint, or several, that were kept elsewhere: only with one is it found that the end was cut off or that all was replaced")->type_name("FILE");
  CLI::Option* const segments = app.add_flag("--segments", asked.segments, "read the stored segments too, and compare their SHA-256 with what the log says");
  app.add_option("--proof", asked.proof, "check what `tocsin audit prove` printed instead")->type_name("FILE")->excludes(segments);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::optional<audit::VerifierKey> key;
  if (!asked.audit.key.empty()) {
    Result<audit::VerifierKey> given = audit::VerifierKey::parse(asked.audit.key);
    if (!given) return complain("--key: " + given.error().message), kUsage;
    key = std::move(*given);
  }
  return asked.proof.empty() ? verify_all(env, asked, key) : verify_proof(env, asked, key);
}

}  // namespace tocsin::cli
