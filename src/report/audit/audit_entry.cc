#include "report/audit/audit_entry.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/canonical_json.h"
#include "base/sha256.h"
#include "base/text.h"

namespace tocsin::audit {

namespace json = boost::json;

namespace {

/// Bytes that are no UTF-8 stand as U+FFFD: a text in a leaf is for people.
std::string valid_text(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string valid;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = char_at(text, at).size;
    const std::string_view one = text.substr(at, size);
    valid += is_valid_utf8(one) ? one : std::string_view("\xEF\xBF\xBD");
    at += size;
  }
  return valid;
}

std::string shortened(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return valid_text(text);
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  std::string out = valid_text(text.substr(0, end));
  out += fmt::format("… ({} bytes, SHA-256 ", text.size());
  append_hex(out, sha256(text), sizeof(Sha256));
  return out + ")";
}

void add_text(json::object& to, std::string_view name, std::string_view text) {
  if (!text.empty()) to.emplace(name, shortened(text, kLeafTextBytesMax));
}

json::object why_of(const AuditReason& why) {
  json::object object;
  if (why.confidence) object.emplace("confidence", std::round(*why.confidence * 1e4) / 1e4);  // no exponent, so that every writer of numbers writes the same
  if (!why.evidence.empty()) {
    json::array& evidence = object.emplace("evidence", json::array()).first->value().as_array();
    for (const std::string& one : why.evidence) {
      if (evidence.size() == kLeafEvidenceMax) break;
      evidence.emplace_back(shortened(one, kLeafEvidenceBytesMax));
    }
    if (why.evidence.size() > kLeafEvidenceMax) object.emplace("evidence_count", why.evidence.size());
  }
  add_text(object, "policy", why.policy);
  add_text(object, "reason", why.reason);
  return object;
}

Error invalid(std::string_view what) { return {Code::kInvalid, std::string(what)}; }

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<std::uint64_t> number_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return invalid(fmt::format("the leaf has no number '{}'", name));
  return static_cast<std::uint64_t>(value->get_int64());
}

}  // namespace

Result<std::string> leaf_of(const AuditEntry& entry, std::uint64_t number, TimeUs logged) {
  if (number > kLeafNumberMax || entry.position > kLeafNumberMax) return Error{Code::kLimit, "the audit log has as many leaves as it can"};
  if (entry.what.empty() || entry.source.empty() || entry.position == 0) return invalid("a leaf says what was done and from which list it comes");
  json::object leaf;
  leaf.emplace("schema", kLeafSchema);
  leaf.emplace("n", number);
  leaf.emplace("logged", format_time(logged));
  if (entry.time != kNoTime) leaf.emplace("time", format_time(entry.time));
  leaf.emplace("position", entry.position);
  for (const auto& [name, text] : {std::pair<std::string_view, const std::string*>("who", &entry.who), {"auth", &entry.auth}, {"address", &entry.address}, {"what", &entry.what},
                                   {"object", &entry.object}, {"detail", &entry.detail}, {"from", &entry.from}, {"to", &entry.to}, {"command", &entry.command},
                                   {"result", &entry.result}, {"undo", &entry.undo}, {"source", &entry.source}}) {
    add_text(leaf, name, *text);
  }
  json::object why = why_of(entry.why);
  if (!why.empty()) leaf.emplace("why", std::move(why));
  return canonical_json(json::serialize(leaf));
}

Result<LeafFacts> read_leaf(std::string_view line) {
  if (line.size() > kLeafBytesMax) return Error{Code::kLimit, fmt::format("a leaf has more than {} bytes", kLeafBytesMax)};
  if (TRY(canonical_json(line)) != line) return invalid("the leaf is not canonical JSON (RFC 8785)");
  unsigned char room[4096];
  json::monotonic_resource memory(room);
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kCanonicalDepthMax;
  const json::value value = json::parse(line, error, &memory, options);
  if (error || !value.is_object()) return invalid("the leaf is not an object");
  const json::object& leaf = value.get_object();
  if (text_of(leaf, "schema") != kLeafSchema) return invalid(fmt::format("the leaf is not of the schema {}", kLeafSchema));
  LeafFacts facts;
  facts.number = TRY(number_of(leaf, "n"));
  facts.logged = parse_time(text_of(leaf, "logged")).value_or(kNoTime);
  if (facts.logged == kNoTime) return invalid("the leaf does not say when it was written");
  facts.time = parse_time(text_of(leaf, "time")).value_or(kNoTime);
  facts.position = TRY(number_of(leaf, "position"));
  for (const auto& [name, text] : {std::pair<std::string_view, std::string*>("source", &facts.source), {"who", &facts.who}, {"address", &facts.address}, {"what", &facts.what},
                                   {"object", &facts.object}, {"detail", &facts.detail}, {"from", &facts.from}, {"to", &facts.to}, {"command", &facts.command}, {"result", &facts.result}}) {
    *text = text_of(leaf, name);
  }
  if (const json::value* const why = leaf.if_contains("why"); why != nullptr && why->is_object()) {
    facts.reason = text_of(why->get_object(), "reason");
    const json::value* const evidence = why->get_object().if_contains("evidence");
    for (const json::value& one : evidence != nullptr && evidence->is_array() ? evidence->get_array() : json::array()) {
      if (one.is_string()) facts.evidence.emplace_back(one.get_string());
    }
  }
  if (facts.source.empty() || facts.what.empty() || facts.position == 0) return invalid("the leaf does not say what was done, or where it comes from");
  return facts;
}

}  // namespace tocsin::audit
