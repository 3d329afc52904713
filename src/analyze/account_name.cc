#include "analyze/account_name.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/text.h"

namespace tocsin::analyze {

namespace {

/// Domains of accounts that Windows makes for itself; of a service, a pool, a virtual machine.
constexpr std::array<std::string_view, 7> kOwnDomains = {"nt authority", "nt service", "window manager", "font driver host", "iis apppool", "nt virtual machine", "builtin"};
/// The well-known identifiers of such accounts (MS-DTYP 2.4.2.4): LocalSystem, LocalService, NetworkService, Anonymous, …
constexpr std::array<std::string_view, 6> kOwnIds = {"s-1-5-18", "s-1-5-19", "s-1-5-20", "s-1-5-7", "s-1-5-80-", "s-1-5-90-"};
constexpr std::array<std::string_view, 12> kOwnNames = {"system",  "local service", "network service", "anonymous logon", "localsystem", "iusr",
                                                        "nobody", "daemon",        "www-data",        "s-1-5-18",        "s-1-5-19",    "s-1-5-20"};
/// There on every machine, and on each another.
constexpr std::array<std::string_view, 8> kOnEveryMachine = {"administrator", "guest", "defaultaccount", "wdagutilityaccount", "root", "ubuntu", "ec2-user", "admin"};

bool is_own_id(std::string_view id) {
  return std::ranges::any_of(kOwnIds, [&](std::string_view own) { return own.ends_with('-') ? id.starts_with(own) : id == own; });
}

/// UMFD-2, DWM-1: one for each session.
bool is_session_name(std::string_view name) {
  const bool known = name.starts_with("umfd-") || name.starts_with("dwm-");
  return known && name.find_first_not_of("0123456789", name.find('-') + 1) == std::string_view::npos;
}

template <class List>
bool is_in(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

AccountName with_domain(std::string_view name, std::string_view domain, std::string_view host) {
  const bool of_machine = domain == first_label(host) || domain == "." || domain == "workgroup" || domain == "localhost";
  if (of_machine) return {AccountKind::kLocal, std::string(name)};
  // A directory calls itself by its first label (NetBIOS) and by all of them.
  return {AccountKind::kDomain, std::string(first_label(domain)) + '\\' + std::string(name)};
}

}  // namespace

std::string_view first_label(std::string_view host) {
  std::uint8_t bytes[16];
  bool v6 = false;
  return parse_address(host, bytes, v6) ? host : host.substr(0, host.find('.'));
}

AccountName account_name(std::string_view name, std::string_view domain, std::string_view id, std::string_view host) {
  const std::string all = folded(name), in = folded(domain), sid = folded(id), on = folded(host);
  std::string_view who = all, where = in;
  if (const std::size_t slash = who.find('\\'); slash != std::string_view::npos) {
    where = who.substr(0, slash);
    who = who.substr(slash + 1);
  }
  if (who.empty()) return {};
  if (is_own_id(sid) || is_own_id(who) || is_in(kOwnDomains, where) || is_in(kOwnNames, who) || is_session_name(who)) {
    return {AccountKind::kService, std::string(who)};
  }
  if (who.ends_with('$') && who.size() > 1) return {AccountKind::kMachine, std::string(who.substr(0, who.size() - 1))};
  if (!where.empty()) return with_domain(who, where, on);
  if (is_in(kOnEveryMachine, who)) return {AccountKind::kLocal, std::string(who)};
  // A mailbox, an ARN, a path of a directory: whose it is stands in it.
  const bool whole = who.find_first_of("@:/=") != std::string_view::npos;
  return {whole ? AccountKind::kDomain : AccountKind::kBare, std::string(who)};
}

}  // namespace tocsin::analyze
