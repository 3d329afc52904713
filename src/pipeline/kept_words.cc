#include "pipeline/kept_words.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/address.h"
#include "base/pattern.h"

namespace tocsin {

namespace {

using protect::Action;

/// "10.2.*" asks for a network, octet by octet, whose image begins with as many; nothing for any other pattern.
struct Octets {
  std::uint8_t bytes[16] = {};
  int count = 0;
};
std::optional<Octets> octets_of(const sigma::WildString& wild) {
  if (wild.size() != 2 || wild[0].kind != sigma::WildPart::Kind::kLiteral || wild[1].kind != sigma::WildPart::Kind::kAny) return std::nullopt;
  Octets octets;
  int value = -1;
  for (const char c : wild[0].literal) {
    if (c >= '0' && c <= '9') {
      value = std::max(value, 0) * 10 + (c - '0');
      if (value > 255) return std::nullopt;
    } else if (c == '.' && value >= 0 && octets.count < 3) {
      octets.bytes[octets.count++] = static_cast<std::uint8_t>(value);
      value = -1;
    } else {
      return std::nullopt;
    }
  }
  if (value >= 0 || octets.count == 0) return std::nullopt;
  return octets;
}

template <class Wild>
std::optional<std::string> whole_text(const Wild& wild) {
  if (wild.empty()) return std::string();
  if (wild.size() != 1 || wild[0].kind != Wild::value_type::Kind::kLiteral) return std::nullopt;
  return wild[0].literal;
}

template <class Wild>
Wild literal(std::string text) {
  Wild wild;
  if (!text.empty()) wild.push_back({Wild::value_type::Kind::kLiteral, std::move(text)});
  return wild;
}

/// The image of a network: that of its address, as far as it goes.
void replace_network(protect::PrefixPreserving& addresses, std::uint8_t (&network)[16], bool v6, int prefix_bits) {
  addresses.replace(network, v6);
  for (int bit = prefix_bits; bit < 128; ++bit) network[bit / 8] = static_cast<std::uint8_t>(network[bit / 8] & ~(0x80 >> bit % 8));
}

protect::Policy everywhere(protect::Policy policy) {
  for (protect::PolicyRule& rule : policy.rules) {
    rule.sources.clear();
    rule.log_source = {};
  }
  return policy;
}

/// What stays of an account's name when it is replaced: the domain before it, and the "$" of a machine.
bool asks_for_what_stays(EntityType entity, const sigma::WildString& wild) {
  if (wild.size() == 1 && wild[0].kind == sigma::WildPart::Kind::kAny) return true;
  if (entity != EntityType::kUser || wild.size() != 2) return false;
  const bool ends = wild[0].kind == sigma::WildPart::Kind::kAny && wild[1].literal == "$";
  const bool begins = wild[1].kind == sigma::WildPart::Kind::kAny && wild[0].literal.ends_with('\\');
  return ends || begins;
}

}  // namespace

/// Makes none.
class KeptWords::KnownTokens : public Tokens {
 public:
  KnownTokens(Tokens& tokens, TokenVault* vault) : tokens_(tokens), vault_(vault) {}
  bool append_token(std::string_view value, std::uint32_t, std::string& out) override {
    const std::optional<std::string> token = vault_ == nullptr ? std::nullopt : vault_->token_of(value);
    known_ = known_ && token.has_value();
    if (token) out += *token;
    return token.has_value();
  }
  const ProtectionKey& address_key() const override { return tokens_.address_key(); }
  const ProtectionKey& hash_key() const override { return tokens_.hash_key(); }
  /// Whether all that were asked for since the last call are known.
  bool take_known() { return std::exchange(known_, true); }

 private:
  Tokens& tokens_;
  TokenVault* const vault_;
  bool known_ = true;
};

struct KeptWords::Treatment {
  Action action = Action::kKeep;
  EntityType entity = EntityType::kNone;
  const std::vector<std::string>* except = nullptr;
};

KeptWords::KeptWords(const protect::Policy& policy, Tokens& tokens, const Naming& naming) : KeptWords(policy, tokens, nullptr, naming) {}
KeptWords::KeptWords(Protection& protection, const Naming& naming) : KeptWords(protection.policy(), protection.tokens(), &protection.tokens(), naming) {}
KeptWords::KeptWords(const protect::Policy& policy, Tokens& tokens, TokenVault* vault, const Naming& naming)
    : policy_(everywhere(policy)),
      naming_(naming),
      tokens_(std::make_unique<KnownTokens>(tokens, vault)),
      paths_(naming),
      protector_(policy_, *tokens_, naming, paths_, log_sources_),
      addresses_(tokens.address_key()) {}

KeptWords::~KeptWords() = default;

KeptWords::Treatment KeptWords::treatment_of(std::string_view field) const {
  if (field.empty()) return {};
  const PathMeaning meaning = naming_.meaning(field);
  const int number = policy_.rule_of_field(field, meaning);
  if (number < 0) return {};
  const protect::PolicyRule& rule = policy_.rules[static_cast<std::size_t>(number)];
  return {rule.action, meaning.entity, &rule.except};
}

/// What stands for the value; nothing if it stands there itself, or is nowhere.
std::optional<std::string> KeptWords::kept(std::string_view field, EntityType column, std::string_view value) {
  std::string out;
  protector_.begin_texts();
  if (column == EntityType::kNone) {
    protector_.append_value(field, value, "", LogSourceTable::kUnknown, out);
  } else {
    protector_.append_entity(column, value, "", LogSourceTable::kUnknown, out);
  }
  if (!tokens_->take_known() || out == value) return std::nullopt;
  return out;
}

void KeptWords::translate(std::string_view field, const Treatment& how, sigma::Pattern& pattern) {
  if (pattern.kind == sigma::Pattern::Kind::kCidr && how.action == Action::kPrefix) {
    return replace_network(addresses_, pattern.network, pattern.network_v6, pattern.prefix_bits);
  }
  if (pattern.kind != sigma::Pattern::Kind::kString || pattern.cased) return;
  std::vector<sigma::WildString> also;
  for (sigma::WildString& wild : pattern.strings) {
    if (std::optional<Octets> octets = how.action == Action::kPrefix ? octets_of(wild) : std::nullopt) {
      replace_network(addresses_, octets->bytes, false, 8 * octets->count);
      wild[0].literal.clear();
      for (int i = 0; i < octets->count; ++i) wild[0].literal += std::to_string(octets->bytes[i]) + ".";
      continue;
    }
    const std::optional<std::string> text = whole_text(wild);
    std::optional<std::string> stands = text ? kept(field, EntityType::kNone, *text) : std::nullopt;
    if (!stands) continue;
    // An address is another address: what was asked for is not what has its name now.
    if (how.action == Action::kPrefix) {
      wild = literal<sigma::WildString>(std::move(*stands));
    } else {
      also.push_back(literal<sigma::WildString>(std::move(*stands)));
    }
  }
  pattern.strings.insert(pattern.strings.end(), also.begin(), also.end());
}

void KeptWords::translate(sigma::RuleSet& rules) {
  for (sigma::Rule& rule : rules.rules) {
    for (sigma::Selection& selection : rule.selections) {
      for (std::vector<sigma::Item>& alternative : selection.alternatives) {
        for (sigma::Item& item : alternative) {
          if (item.field.empty()) continue;
          const Treatment how = treatment_of(item.field);
          for (sigma::Pattern& pattern : item.patterns) translate(item.field, how, pattern);
        }
      }
    }
  }
}

namespace {

/// Where a term is true, or the one that was made of it.
void or_of(store::Expression& expression, std::uint32_t term, std::uint32_t other) {
  if (expression.kind == store::Expression::Kind::kTerm && expression.term == term) {
    store::Expression first, second;
    first.term = term;
    second.term = other;
    expression.kind = store::Expression::Kind::kOr;
    expression.operands = {first, second};
    return;
  }
  for (store::Expression& operand : expression.operands) or_of(operand, term, other);
}

EntityType entity_of(const store::QueryField& field) {
  if (field.column == nullptr) return EntityType::kNone;
  if (field.name == "host") return EntityType::kHost;
  if (field.name == "user") return EntityType::kUser;
  return field.name == "source_ip" || field.name == "destination_ip" ? EntityType::kIp : EntityType::kNone;
}

}  // namespace

void KeptWords::translate(store::Query& query) {
  const auto terms = static_cast<std::uint32_t>(query.terms.size());
  for (std::uint32_t i = 0; i < terms; ++i) {
    if (query.terms[i].anywhere || !query.where) continue;
    const EntityType of_column = entity_of(query.terms[i].field);
    Treatment how = treatment_of(query.terms[i].field.name);
    if (of_column != EntityType::kNone) {
      const int number = policy_.rule_of_field("", {.names = {}, .entity = of_column});
      how = number < 0 ? Treatment() : Treatment{policy_.rules[static_cast<std::size_t>(number)].action, of_column, &policy_.rules[static_cast<std::size_t>(number)].except};
    }
    store::Matcher matcher = query.terms[i].matcher;
    if (how.action == Action::kPrefix && matcher.kind == store::Matcher::Kind::kNetwork) {
      replace_network(addresses_, matcher.network, matcher.network_v6, matcher.prefix_bits);
      query.terms[i].matcher = matcher;
      continue;
    }
    if (matcher.kind != store::Matcher::Kind::kWild) continue;
    const std::optional<std::string> text = whole_text(matcher.wild);
    std::optional<std::string> stands = text ? kept(query.terms[i].field.name, of_column, *text) : std::nullopt;
    if (!stands) continue;
    matcher.wild = literal<store::WildString>(std::move(*stands));
    store::Term also = query.terms[i];
    also.matcher = std::move(matcher);
    query.terms.push_back(std::move(also));
    or_of(*query.where, i, static_cast<std::uint32_t>(query.terms.size() - 1));
  }
}

namespace {

/// In what entities the value of an indicator may stand.
std::vector<EntityType> entities_of(intel::IndicatorKind kind) {
  switch (kind) {
    case intel::IndicatorKind::kNetwork: return {EntityType::kIp, EntityType::kHost, EntityType::kDomain};
    case intel::IndicatorKind::kDomain:
    case intel::IndicatorKind::kName: return {EntityType::kDomain, EntityType::kHost};
    case intel::IndicatorKind::kUrl: return {EntityType::kUrl};
    case intel::IndicatorKind::kHash: return {EntityType::kHash};
    case intel::IndicatorKind::kMailbox: return {EntityType::kMailbox, EntityType::kUser};
    case intel::IndicatorKind::kKept: break;
  }
  return {};
}

/// The key of the network that stands for this one.
std::optional<std::string> image_of(protect::PrefixPreserving& addresses, const std::string& network) {
  const std::size_t slash = network.find('/');
  std::uint8_t bytes[16] = {};
  bool v6 = false;
  if (!parse_address(std::string_view(network).substr(0, slash), bytes, v6)) return std::nullopt;
  const int bits = slash == std::string::npos ? (v6 ? 128 : 32) : std::stoi(network.substr(slash + 1));
  replace_network(addresses, bytes, v6, bits);
  IpNetwork image{{0, v6 ? 0u : 0xFFFFu}, static_cast<unsigned>(bits) + (v6 ? 0 : 96)};
  for (std::size_t i = 0; i < (v6 ? 16u : 4u); ++i) {
    std::uint64_t& half = v6 && i < 8 ? image.base.high : image.base.low;
    half = half << 8 | bytes[i];
  }
  return intel::network_key(image);
}

}  // namespace

Status KeptWords::translate(const intel::Indicator& indicator, const intel::TakeIndicator& take) {
  const std::string value = intel::shown(indicator.kind, indicator.key);
  const auto treated = [&](EntityType entity) {
    const int number = policy_.rule_of_field("", {.names = {}, .entity = entity});
    return number < 0 ? Action::kKeep : policy_.rules[static_cast<std::size_t>(number)].action;
  };
  intel::Indicator form = indicator;
  form.reference = indicator.reference.empty() ? value : value + " " + indicator.reference;
  const bool other_address = indicator.kind == intel::IndicatorKind::kNetwork && treated(EntityType::kIp) == Action::kPrefix;
  if (!other_address) {
    TRY(take(indicator));
  } else if (std::optional<std::string> image = image_of(addresses_, value)) {
    form.key = std::move(*image);
    TRY(take(form));
  }
  form.kind = intel::IndicatorKind::kKept;
  std::vector<std::string> told;
  for (const EntityType entity : entities_of(indicator.kind)) {
    const Action action = treated(entity);
    if (action == Action::kKeep || action == Action::kPrefix) continue;
    const std::optional<std::string> stands = kept("", entity, value);
    if (!stands || std::ranges::find(told, *stands) != told.end() || stands->starts_with('[')) continue;  // a mask stands for everything
    if (read_ip(*stands)) continue;  // in fields of hosts too an address becomes another one, which is asked for already
    told.push_back(*stands);
    form.key = *intel::key_of(intel::IndicatorKind::kKept, *stands);
    TRY(take(form));
  }
  return {};
}

std::vector<BlindItem> KeptWords::blind_items(const sigma::RuleSet& rules) const {
  std::vector<BlindItem> blind;
  const auto why_blind = [](const Treatment& how, const sigma::Pattern& pattern) -> std::string {
    using Kind = sigma::Pattern::Kind;
    const std::string stands = how.action == Action::kPrefix ? "another address of the same network" : how.action == Action::kTokenize ? "a token" : how.action == Action::kHash ? "a hash" : "nothing of the value";
    if (pattern.kind == Kind::kNull || pattern.kind == Kind::kExists) return "";
    if (pattern.kind == Kind::kCidr) return how.action == Action::kPrefix ? "" : "asks for a network, where " + stands + " stands";
    if (how.action == Action::kMask || how.action == Action::kDelete) return stands + " is kept";
    if (pattern.kind == Kind::kFieldRef) return pattern.ref_contains || pattern.ref_startswith || pattern.ref_endswith || pattern.cased ? "compares parts, where " + stands + " stands" : "";
    if (pattern.kind == Kind::kRegex) return "asks for a regular expression, where " + stands + " stands";
    if (pattern.kind != Kind::kString) return "compares a number or a time, where " + stands + " stands";
    if (pattern.cased) return "compares with case, where " + stands + " stands";
    for (const sigma::WildString& wild : pattern.strings) {
      if (whole_text(wild) || asks_for_what_stays(how.entity, wild) || (how.action == Action::kPrefix && octets_of(wild))) continue;
      const bool excepted = how.except != nullptr && std::ranges::any_of(wild, [&](const sigma::WildPart& part) {
                              return std::ranges::any_of(*how.except, [&](const std::string& one) { return part.literal.size() > 2 && fits_pattern("*\\" + one, "\\" + part.literal.substr(part.literal.rfind('\\') + 1)); });
                            });
      if (!excepted) return "asks for a part, where " + stands + " stands";
    }
    return "";
  };
  for (std::uint32_t number = 0; number < rules.rules.size(); ++number) {
    for (const sigma::Selection& selection : rules.rules[number].selections) {
      for (const std::vector<sigma::Item>& alternative : selection.alternatives) {
        for (const sigma::Item& item : alternative) {
          const Treatment how = treatment_of(item.field);
          if (how.action == Action::kKeep) continue;
          for (const sigma::Pattern& pattern : item.patterns) {
            std::string why = why_blind(how, pattern);
            if (!why.empty()) blind.push_back({number, item.field, pattern.text, std::move(why)});
          }
        }
      }
    }
  }
  return blind;
}

}  // namespace tocsin
