// What people may have done with tokens: see what one stands for, forget it for good, keep it from being forgotten. Each deed is written into the audit log before it is done, with its reason, and is not done
// if that fails; of the value the log says nothing. For the service, which is asked over its control socket, and for the command line where no service runs.
//
//   const Result<std::string> answer = do_with_tokens({vault, accounts}, {TokenDeed::kReveal, "tok-…", "who opened the attachment", "INC-12"}, actor);
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/accounts.h"
#include "store/token_vault.h"

namespace tocsin {

enum class TokenAction : std::uint8_t {
  kFind,     // the token of a value
  kReveal,   // what a token stands for
  kForget,   // a value
  kHold,     // a value
  kRelease,  // a value
};
/// As the command line has it.
std::string_view name_of(TokenAction action);
std::optional<TokenAction> token_action(std::string_view name);

struct TokenDeed {
  TokenAction action = TokenAction::kFind;
  std::string what;      // a token, or a value
  std::string reason;    // must be said, but for kFind
  std::string incident;  // "" if there is none
};

/// A sentence, or a number with it.
inline constexpr std::size_t kTokenReasonBytesMax = 1'000;

struct TokenPlace {
  TokenVault& vault;
  Accounts& accounts;
};
/// What is to be shown: a value, a token, or "". kInvalid without a reason, else as TokenVault has it.
Result<std::string> do_with_tokens(const TokenPlace& place, const TokenDeed& deed, const Actor& by);

/// A request that waits for a second person, or was approved by one.
struct RevealRequest {
  std::string token, who, reason, incident;
  TimeUs made = 0;
  std::string approved_by;  // "": by nobody yet
};

/// Requests that wait; more are refused until some are done or too old.
inline constexpr std::size_t kRevealRequestsMax = 100;
/// For a second person to look, and for the first to come back.
inline constexpr TimeUs kRevealRequestUs = 3'600'000'000;

/// The desk of a service: where `people` is 2, a token is revealed to whoever asked only after somebody else has approved it. Requests are forgotten with the service. Any thread.
class TokenDesk {
 public:
  /// The vault outlives it.
  TokenDesk(TokenVault& vault, int people) : vault_(vault), people_(people) {}
  /// As do_with_tokens; kDenied, with words, while a second person has to approve.
  Result<std::string> deal(Accounts& accounts, const TokenDeed& deed, const Actor& by);
  /// kNotFound if nobody asked, kDenied for whoever asked.
  Status approve(Accounts& accounts, const std::string& token, const Actor& by);
  std::vector<RevealRequest> requests(TimeUs now);

 private:
  void expire(TimeUs now);
  /// Whether it may be done now; if not it is written down.
  Status must_be_approved(Accounts& accounts, const TokenDeed& deed, const Actor& by);

  TokenVault& vault_;
  const int people_;
  std::mutex mutex_;
  std::vector<RevealRequest> requests_;  // guarded by mutex_
};

}  // namespace tocsin
