#include "protect/replacer.h"

#include <openssl/hmac.h>

#include <algorithm>

#include "base/address.h"
#include "base/check.h"
#include "base/text.h"
#include "protect/words.h"

namespace tocsin::protect {

namespace {

constexpr std::size_t kHashHexBytes = 8;

bool says_something(std::string_view value) {
  return std::ranges::any_of(value, [](char c) { return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80; });
}

bool is_address(std::string_view text) {
  std::uint8_t bytes[16];
  bool v6 = false;
  return parse_address(text, bytes, v6);
}

}  // namespace

std::string_view Replacer::core_of(EntityType entity, std::string_view value) {
  if (entity == EntityType::kUser) {
    if (const std::size_t domain = value.rfind('\\'); domain != std::string_view::npos) value.remove_prefix(domain + 1);
    if (value.ends_with('$')) value.remove_suffix(1);
  } else if (entity == EntityType::kHost && !is_address(value)) {
    value.remove_prefix(std::min(value.find_first_not_of('\\'), value.size()));
    value = value.substr(0, value.find('.'));
    if (value.ends_with('$')) value.remove_suffix(1);
  }
  return value;
}

bool Replacer::is_excepted(const Replacement& how, std::string_view value) {
  if (how.except == nullptr || how.except->empty()) return false;
  folded_.clear();
  append_folded(folded_, value);
  return std::ranges::find(*how.except, folded_) != how.except->end();
}

void Replacer::append_hash(std::string_view value, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  folded_.clear();
  append_folded(folded_, value);
  const ProtectionKey& key = tokens_.hash_key();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  TOCSIN_CHECK(::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(folded_.data()), folded_.size(), digest.data(), &size) != nullptr);
  out += "hash-";
  for (std::size_t i = 0; i < kHashHexBytes; ++i) {
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
}

/// IPv4 written as IPv6 stays that, and is the same address.
bool Replacer::append_address(std::string_view value, std::string& out) {
  constexpr std::string_view kMapped = "::ffff:";
  const std::size_t before = out.size();
  if (value.size() > kMapped.size() && fits_pattern(kMapped, value.substr(0, kMapped.size())) && value.find('.') != std::string_view::npos) {
    out += kMapped;
    value.remove_prefix(kMapped.size());
  }
  if (addresses_.append_replaced(value, out)) return true;
  out.resize(before);
  return false;
}

void Replacer::append_core(const Replacement& how, std::string_view core, std::string& out) {
  switch (how.action) {
    case Action::kKeep: out += core; return;
    case Action::kDelete: return;
    case Action::kHash: return append_hash(core, out);
    case Action::kPrefix:
      if (append_address(core, out)) return;
      break;
    case Action::kTokenize:
      if (how.entity == EntityType::kHost && append_address(core, out)) return;
      if (tokens_.append_token(core, how.forget_after_days, out)) return;
      break;
    case Action::kMask: break;
  }
  out += '[';
  out += how.label;
  out += ']';
}

bool Replacer::append(const Replacement& how, std::string_view value, std::string& out) {
  if (how.action == Action::kKeep || !says_something(value)) return false;
  const std::string_view core = core_of(how.entity, value);
  if (!says_something(core) || is_excepted(how, core) || (core.size() != value.size() && is_excepted(how, value))) return false;
  if (how.action == Action::kPrefix && !is_address(core)) return false;
  out += value.substr(0, static_cast<std::size_t>(core.data() - value.data()));
  append_core(how, core, out);
  out += value.substr(static_cast<std::size_t>(core.data() - value.data()) + core.size());
  return true;
}

}  // namespace tocsin::protect
