#include "pipeline/canary_rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/content.h"
#include "base/seal.h"

namespace tocsin {

namespace {

/// Facility 13 (log audit), severity 6; no time, no host, no process (RFC 5424, section 6).
constexpr std::string_view kHead = "<110>1 - - tocsin - canary - ";
constexpr std::string_view kRuleFile = "canary/canary.yml";

}  // namespace

Result<std::string> new_canary() {
  std::uint8_t nonce[kCanaryNonceBytes];
  TRY(random_bytes(nonce, sizeof nonce));
  std::string line(kHead);
  for (const std::uint8_t byte : nonce) line += fmt::format("{:02x}", byte);
  return line;
}

Status add_canary_rule(sigma::RuleSet& set) {
  const auto file = std::ranges::find(content_files(), kRuleFile, &ContentFile::name);
  TOCSIN_CHECK(file != content_files().end(), "the canary's rule is in the program");
  sigma::LoadResult loaded = sigma::load({{"builtin:" + std::string(kRuleFile), std::string(file->text), true}}, {});
  if (loaded.set.rules.size() != 1) return Error{Code::kInvalid, "the canary's rule cannot be loaded"};
  set.rules.push_back(std::move(loaded.set.rules.front()));
  return {};
}

std::optional<std::uint32_t> canary_card(const Engine& engine) {
  const std::size_t rules = engine.rules().rules.size();
  for (std::size_t i = rules; i-- > 0;) {
    if (engine.card(i).id == kCanaryRuleId) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

}  // namespace tocsin
