#include "analyze/link_keys.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/hash.h"
#include "base/text.h"

namespace tocsin::analyze {

namespace {

/// What a link over an entity of each kind is worth before rarity and time (docs/incidents.md).
constexpr double kSame = 1.0, kSessionWeight = 0.9, kHostWeight = 0.8, kAccountWeight = 0.7, kInsideWeight = 0.8, kOutsideSourceWeight = 0.5, kOutsideTargetWeight = 0.3,
                 kMailboxWeight = 0.3, kResourceWeight = 0.3, kRuleWeight = 0.6;
/// Who logs off, or lists accounts, does so all day: what such alerts say of an account counts less. By level.
constexpr std::array<double, 5> kAccountByLevel = {0.6, 0.8, 1, 1, 1};

struct Address {
  bool sound = false, inside = false;
};

/// Inside: RFC 1918, RFC 4193 and link-local; loopback and multicast are nobody's.
Address address_of(std::string_view text) {
  std::uint8_t a[16];
  bool v6 = false;
  if (!parse_address(text, a, v6)) return {};
  if (v6) {
    const bool loopback = std::all_of(a, a + 15, [](std::uint8_t byte) { return byte == 0; });
    return {!loopback && a[0] != 0xff, (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80)};
  }
  const bool inside = a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254);
  return {a[0] != 127 && a[0] != 0 && a[0] < 224, inside};
}

/// Its own logs speak of the machine that writes them; those of a network speak of others.
bool is_of_network(const IncidentAlert& alert) {
  const std::string& product = alert.log_source.product;
  if (product == "windows" || product == "linux" || product == "macos") return false;
  return alert.said(ContextRole::kProcessPath).empty() && !alert.said(ContextRole::kSourceIp).empty();
}

}  // namespace

void LinkKeys::add(LinkKind kind, double weight, std::string text) {
  if (keys_.size() >= kLinkKeysMax) return;
  const std::uint64_t fingerprint = hash_bytes(text, static_cast<std::uint64_t>(kind) + 1);
  if (std::ranges::find(keys_, fingerprint, &LinkKey::fingerprint) != keys_.end()) return;
  keys_.push_back({kind, fingerprint, weight, std::move(text)});
}

void LinkKeys::add_processes(const IncidentAlert& alert) {
  for (const ContextRole role : {ContextRole::kProcessGuid, ContextRole::kParentGuid, ContextRole::kOpenedGuid}) {
    // Recordings of one machine that was copied have the same ones.
    if (const std::string& guid = alert.said(role); !guid.empty()) add(LinkKind::kProcess, kSame, host_ + ' ' + folded(guid));
  }
}

/// The sessions of the system itself are the same on every machine (0x3e7, 0x3e4, 0x3e5).
void LinkKeys::add_sessions(const IncidentAlert& alert) {
  for (const ContextRole role : {ContextRole::kActorSession, ContextRole::kTargetSession}) {
    const std::string session = folded(alert.said(role));
    const bool own = session == "0x3e7" || session == "0x3e4" || session == "0x3e5" || session.find_first_not_of("0x{-}") == std::string::npos;
    if (!own) add(LinkKind::kSession, kSessionWeight, host_ + ' ' + session);
  }
}

void LinkKeys::add_account(const IncidentAlert& alert, ContextRole name, ContextRole domain, ContextRole id) {
  const AccountName account = account_name(alert.said(name), alert.said(domain), alert.said(id), host_);
  std::string known = names_.account(account, alert.said(id), host_);
  if (known.empty() || account.kind == AccountKind::kMachine || std::ranges::find(accounts_, known) != accounts_.end()) return;
  accounts_.push_back(known);
  const bool of_this_machine = !host_.empty() && known.starts_with(host_ + '\\');
  if (!of_this_machine) add(LinkKind::kAccount, kAccountWeight * level_, std::move(known));
}

void LinkKeys::add_address(const std::string& text, bool source) {
  const Address address = address_of(text);
  if (!address.sound) return;
  add(LinkKind::kAddress, address.inside ? kInsideWeight : source ? kOutsideSourceWeight : kOutsideTargetWeight, folded(text));
}

void LinkKeys::add_entities(const IncidentAlert& alert, bool of_network) {
  for (const AlertEntity& entity : alert.entities) {
    switch (entity.type) {
      case EntityType::kMailbox: add(LinkKind::kMailbox, kMailboxWeight, folded(entity.value)); break;
      case EntityType::kCloudResource: add(LinkKind::kResource, kResourceWeight, folded(entity.value)); break;
      case EntityType::kHash:
      case EntityType::kDomain:
      case EntityType::kUrl: add(LinkKind::kIndicator, 0, folded(entity.value)); break;
      case EntityType::kIp: {
        const Address address = address_of(entity.value);
        if (address.sound && !address.inside && !of_network) add(LinkKind::kIndicator, 0, folded(entity.value));
        break;
      }
      default: break;
    }
  }
}

/// So that what repeats itself stays together, however common the names in it are.
void LinkKeys::add_rule(const IncidentAlert& alert) {
  std::string about = alert.rule_id + '\n' + host_;
  const auto named = [](const LinkKey& key) { return key.kind == LinkKind::kAccount || key.kind == LinkKind::kAddress || key.kind == LinkKind::kMailbox || key.kind == LinkKind::kResource; };
  const auto first = std::ranges::find_if(keys_, named);
  if (first != keys_.end()) about += '\n' + first->text;
  if (host_.empty() && first == keys_.end() && !alert.events.empty()) about += '\n' + alert.events.front().first;
  add(LinkKind::kRule, kRuleWeight, std::move(about));
}

const std::vector<LinkKey>& LinkKeys::of(const IncidentAlert& alert) {
  keys_.clear();
  accounts_.clear();
  names_.forget_said();
  level_ = kAccountByLevel[std::min<std::size_t>(alert.level, kAccountByLevel.size() - 1)];
  for (const auto& [source, index] : alert.events) add(LinkKind::kEvent, kSame, source + '\n' + std::to_string(index));
  const bool of_network = is_of_network(alert);
  std::string_view host = alert.said(ContextRole::kHost);
  if (host.empty()) {  // a correlation has entities alone
    const auto is_host = [](const AlertEntity& entity) { return entity.type == EntityType::kHost; };
    const auto first = std::ranges::find_if(alert.entities, is_host);
    if (std::ranges::count_if(alert.entities, is_host) == 1) host = first->value;
  }
  host_ = of_network ? std::string() : names_.host(host);
  add_processes(alert);
  add_sessions(alert);
  if (!host_.empty()) add(LinkKind::kHost, kHostWeight, host_);
  // The target first: who logs on is often named twice, and once without the domain.
  add_account(alert, ContextRole::kTargetName, ContextRole::kTargetDomain, ContextRole::kTargetId);
  add_account(alert, ContextRole::kActorName, ContextRole::kActorDomain, ContextRole::kActorId);
  if (of_network || host_.empty()) {
    add_address(alert.said(ContextRole::kSourceIp), true);
    add_address(alert.said(ContextRole::kDestinationIp), false);
  }
  add_entities(alert, of_network);
  add_rule(alert);
  return keys_;
}

}  // namespace tocsin::analyze
