#include "oidc/id_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "oidc/strict_json.h"

namespace tocsin::oidc {

namespace {

namespace json = boost::json;

Error wrong(std::string message) { return {Code::kInvalid, "the ID token " + std::move(message)}; }

/// Seconds since 1970, perhaps with a fraction.
Result<TimeUs> time_claim(const json::object& claims, std::string_view name) {
  const json::value* const found = claims.if_contains(name);
  if (found == nullptr || !found->is_number()) return wrong(fmt::format("has no time '{}'", name));
  const double seconds = found->to_number<double>();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e11) return wrong(fmt::format("has an impossible time '{}'", name));
  return static_cast<TimeUs>(seconds * 1e6);
}

/// One audience, ours, or several with us as the one that it was made for.
Status check_audience(const json::object& claims, const std::string& client_id) {
  const json::value* const audience = claims.if_contains("aud");
  const bool one = audience != nullptr && audience->is_string();
  const bool list = audience != nullptr && audience->is_array();
  const bool ours = (one && *audience == json::value(client_id)) ||
                    (list && std::ranges::find(audience->get_array(), json::value(client_id)) != audience->get_array().end());
  if (!ours) return wrong("is for another client: 'aud' does not name us");
  const json::value* const party = claims.if_contains("azp");
  if (party != nullptr && *party != json::value(client_id)) return wrong("was made for another client: 'azp' is not us");
  if (party == nullptr && list && audience->get_array().size() > 1) return wrong("is for several clients, and 'azp' does not say for which it was made");
  return {};
}

Status check_times(const json::object& claims, const IdTokenWanted& wanted) {
  const TimeUs expires = TRY(time_claim(claims, "exp")), made = TRY(time_claim(claims, "iat"));
  if (wanted.now >= expires + kClockLeewayUs) return wrong("is no longer good; are both clocks right?");
  if (made > wanted.now + kClockLeewayUs) return wrong("is from the future; are both clocks right?");
  if (made < wanted.started - kClockLeewayUs) return wrong("is older than this log-in");
  if (!claims.contains("nbf")) return {};
  if (TRY(time_claim(claims, "nbf")) > wanted.now + kClockLeewayUs) return wrong("is not good yet; are both clocks right?");
  return {};
}

std::optional<std::vector<std::string>> texts_of(const json::value& value) {
  std::vector<std::string> texts;
  if (const json::string* const text = value.if_string()) {
    texts.emplace_back(text->data(), text->size());
    return texts;
  }
  if (!value.is_array()) return std::nullopt;
  for (const json::value& item : value.get_array()) {
    if (texts.size() == kClaimValuesMax) break;
    if (const json::string* const text = item.if_string()) texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

}  // namespace

Result<IdToken> read_id_token(std::string_view payload, const IdTokenWanted& wanted) {
  json::object claims = TRY(read_strict_object(payload, "the ID token"));
  const std::string issuer = TRY(text_member(claims, "iss")), nonce = TRY(text_member(claims, "nonce"));
  const std::string subject = TRY(text_member(claims, "sub"));
  if (issuer != wanted.issuer) return wrong(fmt::format("is by another issuer, '{}'", issuer.substr(0, 200)));
  TRY(check_audience(claims, wanted.client_id));
  TRY(check_times(claims, wanted));
  if (wanted.nonce.empty() || nonce != wanted.nonce) return wrong("belongs to another log-in: its nonce is not ours");
  if (subject.empty() || subject.size() > kSubjectBytesMax) return wrong("does not say about whom it is");
  return IdToken{subject, std::move(claims)};
}

std::optional<std::vector<std::string>> texts_of_claim(const json::object& claims, std::string_view name) {
  if (const json::value* const found = claims.if_contains(name)) return texts_of(*found);
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const json::value* const outer = claims.if_contains(name.substr(0, dot));
  if (outer == nullptr || !outer->is_object()) return std::nullopt;
  return texts_of_claim(outer->get_object(), name.substr(dot + 1));
}

}  // namespace tocsin::oidc
