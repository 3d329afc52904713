#include "analyze/entity_resolver.h"

#include "base/text.h"

namespace tocsin::analyze {

void EntityResolver::learn(Names& names, std::string_view name, std::string_view stands_for) {
  if (names.size() >= kResolvedNamesMax && names.find(std::string(name)) == names.end()) return;
  Known& known = names[std::string(name)];
  if (known.ambiguous || known.only == stands_for) return;
  known.ambiguous = !known.only.empty();
  known.only = known.ambiguous ? std::string() : std::string(stands_for);
}

const std::string* EntityResolver::find(const Names& names, std::string_view name) {
  const auto found = names.find(std::string(name));
  return found == names.end() || found->second.ambiguous ? nullptr : &found->second.only;
}

std::string EntityResolver::as(std::string_view name, const std::string& stands_for) {
  if (name != stands_for) said_.push_back({std::string(name), stands_for});
  return stands_for;
}

std::string EntityResolver::host(std::string_view name) {
  std::string known = folded(name);
  while (known.ends_with('.')) known.pop_back();
  if (known.empty()) return known;
  const std::string_view label = first_label(known);
  if (label.size() < known.size()) {
    learn(hosts_, label, known);
    return known;
  }
  const std::string* const full = find(hosts_, label);
  return full == nullptr ? known : as(known, *full);
}

std::string EntityResolver::account(const AccountName& account, std::string_view id, std::string_view host) {
  switch (account.kind) {
    case AccountKind::kNone:
    case AccountKind::kService: return {};
    case AccountKind::kMachine: return this->host(account.name);
    case AccountKind::kLocal: return std::string(host) + '\\' + account.name;
    case AccountKind::kBare: return bare_account(account.name, host);
    case AccountKind::kDomain: break;
  }
  if (const std::size_t slash = account.name.find('\\'); slash != std::string::npos) {
    learn(accounts_, std::string_view(account.name).substr(slash + 1), account.name);
    if (known_accounts_.size() < kResolvedNamesMax) known_accounts_.try_emplace(account.name);
  }
  if (!id.empty()) learn(ids_, folded(id), account.name);
  return account.name;
}

/// The one account of this name; of several the one in the machine's own domain. An identifier that is all a log has is a name as well.
std::string EntityResolver::bare_account(std::string_view name, std::string_view host) {
  if (const std::string* const by_id = find(ids_, name)) return as(name, *by_id);
  if (const std::string* const only = find(accounts_, name)) return as(name, *only);
  const std::string_view label = first_label(host);
  if (label.size() < host.size()) {
    const std::string own = std::string(first_label(host.substr(label.size() + 1))) + '\\' + std::string(name);
    if (known_accounts_.contains(own)) return as(name, own);
  }
  // Nobody has said whose it is: the machine's, for all that is known.
  return host.empty() ? std::string(name) : std::string(host) + '\\' + std::string(name);
}

}  // namespace tocsin::analyze
