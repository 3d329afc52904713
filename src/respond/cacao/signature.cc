#include "respond/cacao/signature.h"

#include <fmt/format.h>

#include "base/canonical_json.h"
#include "base/text.h"
#include "respond/cacao/canonical_parts.h"
#include "respond/cacao/member_reader.h"
#include "respond/cacao/value.h"

namespace tocsin::cacao {

namespace {

constexpr std::string_view kSignatures = "signatures", kValue = "value", kInner = "signature";

/// What a member that is a text says; "" if it is none.
std::string text_in(std::string_view object, std::string_view name) {
  const std::string_view value = canonical_member(object, name);
  std::string text;
  if (value.size() < 2 || value.front() != '"' || !append_json_unescaped(text, value.substr(1, value.size() - 2))) return "";
  return text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + "\"";
}

/// What a chain of signatures over each other signs, as it stands in `signatures`: the last one without its value and what signs it.
std::string signed_part(std::span<const std::string_view> chain) {
  if (chain.size() == 1) return with_member(with_member(chain.front(), kValue, ""), kInner, "");
  return with_member(chain.front(), kInner, signed_part(chain.subspan(1)));
}

std::string signed_text(std::string_view document, std::span<const std::string_view> chain) { return with_member(document, kSignatures, "[" + signed_part(chain) + "]"); }

/// The text that the form signs.
Result<std::string> in_form(SignatureForm form, std::string_view hash_algorithm, const std::string& text) {
  if (form == SignatureForm::kText) return text;
  std::string hash = TRY(hash_named(hash_algorithm, text));
  if (form == SignatureForm::kHash) return hash;
  std::string digits;
  for (const char c : hash) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return digits;
}

class Checker {
 public:
  Checker(std::string_view document, const SignatureOptions& options) : document_(document), options_(options) {}

  std::vector<SignatureVerdict> all() {
    const std::vector<std::string_view> items = canonical_items(canonical_member(document_, kSignatures));
    for (std::size_t i = 0; i < items.size(); ++i) check(items[i], under("/signatures", std::to_string(i)));
    return std::move(verdicts_);
  }

 private:
  void check(std::string_view outer, std::string pointer) {
    std::vector<std::string_view> chain;
    for (std::string_view one = outer; one.starts_with('{'); one = canonical_member(one, kInner)) {
      chain.push_back(one);
      SignatureVerdict& verdict = verdicts_.emplace_back();
      verdict.pointer = pointer;
      if (verdicts_.size() > kSignaturesMax || chain.size() > kCountersignaturesMax) {
        verdict.why = fmt::format("is not looked at: {} signatures, {} over each other are the most", kSignaturesMax, kCountersignaturesMax);
        return;
      }
      check(chain, verdict);
      pointer = under(pointer, kInner);
    }
  }

  void check(std::span<const std::string_view> chain, SignatureVerdict& verdict) const {
    const std::string_view one = chain.back();
    verdict.id = text_in(one, "id");
    verdict.signee = text_in(one, "signee");
    verdict.algorithm = text_in(one, "algorithm");
    const auto fails = [&](std::string why) { verdict.kind = SignatureVerdict::Kind::kFails, verdict.why = std::move(why); };
    const auto unknown = [&](std::string why) { verdict.kind = SignatureVerdict::Kind::kUnknown, verdict.why = std::move(why); };
    if (text_in(one, "related_to") != text_in(document_, "id")) return fails("is that of another playbook ('related_to')");
    if (text_in(one, "related_version") != text_in(document_, "modified")) return fails("is that of another version of the playbook ('related_version')");
    const SignatureAlgorithm* const algorithm = algorithm_named(verdict.algorithm == "EdDSA" ? "Ed25519" : verdict.algorithm);
    if (algorithm == nullptr) return unknown(verdict.algorithm.starts_with("HS") ? "its algorithm has a key that all who check share, which proves nothing" : "its algorithm is not known here");
    const std::optional<std::string> value = from_base64(text_in(one, kValue), Base64::kUrl);
    if (!value || value->empty()) return fails("its 'value' is no base64url");

    SignatureKey own;
    std::string why_no_key = "its key is not in it: give the key by --trust";
    if (Result<SignatureKey> given = own_key(one)) {
      own = std::move(*given);
    } else if (!given.error().message.empty()) {
      why_no_key = given.error().message;
      if (!canonical_member(one, "public_key").empty()) return fails(why_no_key);
    }
    const std::string text = signed_text(document_, chain);
    for (const SignatureForm form : {SignatureForm::kHash, SignatureForm::kHexDigits, SignatureForm::kText}) {
      const Result<std::string> bytes = in_form(form, text_in(one, "hash_algorithm"), text);
      if (!bytes) return unknown(bytes.error().message);
      if (const SignatureKey* const key = holding(*algorithm, own, one, *bytes, *value)) return holds(one, form, *key, verdict);
    }
    if (own.key == nullptr) return unknown(why_no_key);
    fails("is not that of this playbook: it, the signature or the key was changed");
  }

  void holds(std::string_view one, SignatureForm form, const SignatureKey& key, SignatureVerdict& verdict) const {
    verdict.kind = SignatureVerdict::Kind::kHolds;
    verdict.form = form;
    verdict.key = key.fingerprint;
    for (const SignatureKey& trusted : options_.trusted) verdict.is_trusted = verdict.is_trusted || trusted.fingerprint == key.fingerprint;
    const std::string from = text_in(one, "valid_from"), until = text_in(one, "valid_until");
    if (canonical_member(one, "revoked") == "true") {
      verdict.why = "it is revoked";
    } else if (options_.now != kNoTime && !from.empty() && parse_time(from).value_or(options_.now + 1) > options_.now) {
      verdict.why = "it is valid only from " + from;
    } else if (options_.now != kNoTime && !until.empty() && parse_time(until).value_or(options_.now) <= options_.now) {
      verdict.why = "it was valid until " + until;
    }
  }

  /// The key that the signature brings along; an error without words, if none.
  static Result<SignatureKey> own_key(std::string_view one) {
    const auto said = [](std::string_view name, const Error& error) { return Error{error.code, fmt::format("its '{}' {}", name, error.message)}; };
    if (!canonical_member(one, "public_key").empty()) {
      Result<SignatureKey> key = key_from_base64(text_in(one, "public_key"));
      if (!key) return said("public_key", key.error());
      return key;
    }
    const std::vector<std::string_view> chain = canonical_items(canonical_member(one, "public_cert_chain"));
    if (chain.empty() || chain.front().size() < 2) return Error{Code::kNotFound, ""};
    Result<SignatureKey> key = key_from_certificate(chain.front().substr(1, chain.front().size() - 2));
    if (!key) return said("public_cert_chain", key.error());
    return key;
  }

  /// The key by which it holds: the signature's own, else one that is trusted (the one that is meant, if a thumbprint says which).
  const SignatureKey* holding(const SignatureAlgorithm& algorithm, const SignatureKey& own, std::string_view one, std::string_view bytes, std::string_view value) const {
    if (own.key != nullptr) return is_signed(algorithm, own, bytes, value) ? &own : nullptr;
    const std::string thumbprint = text_in(one, "thumbprint");
    for (const SignatureKey& key : options_.trusted) {
      if (!thumbprint.empty() && thumbprint != key.fingerprint && thumbprint != key.certificate) continue;
      if (is_signed(algorithm, key, bytes, value)) return &key;
    }
    return nullptr;
  }

  std::string_view document_;
  const SignatureOptions& options_;
  std::vector<SignatureVerdict> verdicts_;
};

/// With three digits behind the point (10.16).
std::string time_text(TimeUs time) { return format_time(time).substr(0, 23) + "Z"; }

std::string object_of_signature(std::string_view document, const SignatureKey& key, const NewSignature& from, std::string_view algorithm) {
  std::string text = "{}";
  const auto set = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) text = with_member(text, name, quoted(value));
  };
  const std::string now = time_text(from.now);
  set("type", "jss");
  set("id", from.id);
  set("created_by", from.created_by.empty() ? text_in(document, "created_by") : from.created_by);
  set("created", now);
  set("modified", now);
  set("signee", from.signee);
  set("valid_from", now);
  set("valid_until", from.valid_until);
  set("related_to", text_in(document, "id"));
  set("related_version", text_in(document, "modified"));
  set("hash_algorithm", "sha-256");
  set("algorithm", algorithm);
  set("public_key", public_key_text(key));
  return text;
}

/// With `made` in the innermost `signature` of the chain.
std::string nested(std::span<const std::string_view> chain, std::string_view made) {
  return with_member(chain.front(), kInner, chain.size() == 1 ? std::string(made) : nested(chain.subspan(1), made));
}

}  // namespace

std::string_view form_name(SignatureForm form) {
  constexpr std::string_view kNames[] = {"over the hash", "over the hash as hexadecimal digits", "over the canonical text"};
  return kNames[static_cast<std::size_t>(form)];
}

std::vector<SignatureVerdict> check_signatures(std::string_view playbook, const SignatureOptions& options) {
  const Result<std::string> document = canonical_json(playbook);
  if (!document) return {};
  return Checker(*document, options).all();
}

Result<std::string> add_signature(std::string_view playbook, const SignatureKey& key, const NewSignature& signature) {
  const std::string document = TRY(canonical_json(playbook));
  if (text_in(document, "id").empty() || text_in(document, "modified").empty()) return Error{Code::kInvalid, "is no playbook: it has no 'id' or no 'modified'"};
  const SignatureAlgorithm& algorithm = *algorithm_for(key);
  const std::string made = object_of_signature(document, key, signature, algorithm.name);
  const std::vector<std::string_view> items = canonical_items(canonical_member(document, kSignatures));
  std::vector<std::string> all(items.begin(), items.end());
  std::vector<std::string_view> chain;  // what is signed over, from the outermost
  std::size_t place = items.size();
  for (std::size_t i = 0; i < items.size() && !signature.countersigns.empty() && place == items.size(); ++i) {
    chain.clear();
    for (std::string_view one = items[i]; one.starts_with('{'); one = canonical_member(one, kInner)) {
      chain.push_back(one);
      if (text_in(one, "id") == signature.countersigns) place = i;
    }
  }
  if (signature.countersigns.empty()) chain.clear();
  if (!signature.countersigns.empty() && place == items.size()) return Error{Code::kNotFound, fmt::format("has no signature '{}'", signature.countersigns)};
  if (all.size() >= kSignaturesMax || chain.size() >= kCountersignaturesMax) return Error{Code::kLimit, fmt::format("has so many signatures already: {}, {} over each other are the most", kSignaturesMax, kCountersignaturesMax)};
  std::vector<std::string_view> with_made = chain;
  with_made.push_back(made);
  const std::string signed_whole = TRY(canonical_json(signed_text(document, with_made)));
  const std::string bytes = TRY(in_form(SignatureForm::kHash, "sha-256", signed_whole));
  const std::string value = TRY(sign(algorithm, key, bytes));
  const std::string whole = with_member(made, kValue, quoted(to_base64(value, Base64::kUrl)));
  if (chain.empty()) {
    all.push_back(whole);
  } else {
    all[place] = nested(chain, whole);
  }
  return indented(with_member(document, kSignatures, fmt::format("[{}]", fmt::join(all, ","))));
}

}  // namespace tocsin::cacao
