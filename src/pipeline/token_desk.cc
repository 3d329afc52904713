#include "pipeline/token_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tocsin {

namespace {

constexpr std::array<std::string_view, 5> kNames = {"token", "reveal", "forget", "hold", "release"};

/// The token that the deed is about, for the log.
Result<std::string> token_of(TokenVault& vault, const TokenDeed& deed) {
  if (deed.action == TokenAction::kReveal) return deed.what;
  TRY(vault.flush());
  std::optional<std::string> token = vault.token_of(deed.what);
  if (token) return std::move(*token);
  return Error{Code::kNotFound, "it has no token, so nothing of it is kept under one"};
}

}  // namespace

std::string_view name_of(TokenAction action) { return kNames[static_cast<std::size_t>(action)]; }

std::optional<TokenAction> token_action(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<TokenAction>(found - kNames.begin());
}

Result<std::string> do_with_tokens(const TokenPlace& place, const TokenDeed& deed, const Actor& by) {
  const std::string token = TRY(token_of(place.vault, deed));
  if (deed.action == TokenAction::kFind) return token;
  if (deed.reason.empty()) return Error{Code::kInvalid, "say why, with --reason: it is kept in the audit log"};
  if (deed.reason.size() + deed.incident.size() > kTokenReasonBytesMax) return Error{Code::kInvalid, fmt::format("the reason is longer than {} bytes", kTokenReasonBytesMax)};
  const std::string detail = deed.incident.empty() ? deed.reason : fmt::format("{} (incident {})", deed.reason, deed.incident);
  TRY(place.accounts.note(by, fmt::format("token.{}", name_of(deed.action)), token, detail));
  switch (deed.action) {
    case TokenAction::kReveal: return place.vault.reveal(deed.what);
    case TokenAction::kForget: TRY(place.vault.forget(deed.what, by.time)); break;
    case TokenAction::kHold: TRY(place.vault.hold(deed.what, detail)); break;
    case TokenAction::kRelease: TRY(place.vault.hold(deed.what, "")); break;
    case TokenAction::kFind: break;
  }
  return token;
}

void TokenDesk::expire(TimeUs now) {
  std::erase_if(requests_, [&](const RevealRequest& request) { return now - request.made > kRevealRequestUs; });
}

std::vector<RevealRequest> TokenDesk::requests(TimeUs now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  expire(now);
  return requests_;
}

Status TokenDesk::must_be_approved(Accounts& accounts, const TokenDeed& deed, const Actor& by) {
  const std::lock_guard<std::mutex> lock(mutex_);
  expire(by.time);
  const auto asked = std::ranges::find_if(requests_, [&](const RevealRequest& request) { return request.token == deed.what && request.who == by.who; });
  if (asked != requests_.end() && !asked->approved_by.empty()) {
    requests_.erase(asked);
    return {};
  }
  if (asked == requests_.end()) {
    if (deed.reason.empty()) return Error{Code::kInvalid, "say why: it is what the second person decides by"};
    if (requests_.size() >= kRevealRequestsMax) return Error{Code::kLimit, fmt::format("{} requests wait already", kRevealRequestsMax)};
    TRY(accounts.note(by, "token.request", deed.what, deed.reason));
    requests_.push_back({deed.what, by.who, deed.reason, deed.incident, by.time, ""});
  }
  return Error{Code::kDenied, fmt::format("a second person has to approve it: {} waits for that, for an hour; ask again then", deed.what)};
}

Result<std::string> TokenDesk::deal(Accounts& accounts, const TokenDeed& deed, const Actor& by) {
  if (deed.action == TokenAction::kReveal && people_ > 1) TRY(must_be_approved(accounts, deed, by));
  return do_with_tokens({vault_, accounts}, deed, by);
}

Status TokenDesk::approve(Accounts& accounts, const std::string& token, const Actor& by) {
  const std::lock_guard<std::mutex> lock(mutex_);
  expire(by.time);
  const auto waits = [&](const RevealRequest& request) { return request.token == token && request.approved_by.empty(); };
  if (std::ranges::none_of(requests_, waits)) return Error{Code::kNotFound, "nobody waits for that token"};
  const auto of_another = std::ranges::find_if(requests_, [&](const RevealRequest& request) { return waits(request) && request.who != by.who; });
  if (of_another == requests_.end()) return Error{Code::kDenied, "whoever asks cannot approve it"};
  TRY(accounts.note(by, "token.approve", token, fmt::format("asked for by {}: {}", of_another->who, of_another->reason)));
  of_another->approved_by = by.who;
  return {};
}

}  // namespace tocsin
