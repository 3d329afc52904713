// One name for one account, whatever the log calls it: THESHIRE\ann, ann with a domain beside it, ann@example.org. Pure.
//
//   account_name("ANN", "THESHIRE", "", "ws5.theshire.local");     // {kDomain, "theshire\\ann"}
//   account_name("WS5$", "THESHIRE", "", "dc.theshire.local");     // {kMachine, "ws5"}: a machine's account is the machine
//   account_name("SYSTEM", "NT AUTHORITY", "", "ws5…");            // {kService, …}: says nothing of who it was
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::analyze {

enum class AccountKind : std::uint8_t {
  kNone,
  kService,  // of the system itself, the same on every machine
  kMachine,  // the account of a machine; `name` is the machine's
  kLocal,    // known to one machine alone
  kBare,     // without a domain: whose it is must be found out
  kDomain,   // of a domain, a directory, a provider
};

struct AccountName {
  AccountKind kind = AccountKind::kNone;
  std::string name;  // in folded case; of kDomain with its domain, of kLocal and kService alone
};

/// `domain` and `id` (a SID or the like) may be "". `host` is the machine that says so: a domain of its name is itself.
AccountName account_name(std::string_view name, std::string_view domain, std::string_view id, std::string_view host);

/// "ws5" of "WS5.theshire.local"; an address is whole.
std::string_view first_label(std::string_view host);

}  // namespace tocsin::analyze
