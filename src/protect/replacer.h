// What stands for one value under an action of a policy. Of an account the domain before it and the "$" of a machine stay, of a host what stands behind its first dot: they tell an organisation, not a
// person, rules ask for them, and so `PC01`, `PC01$` and `PC01.example.org` are joined by one token. Values that say nothing ("-") stay. One thread at a time; warm, it allocates nothing but for new tokens.
//
//   std::string out;
//   if (replacer.append({Action::kTokenize, EntityType::kUser, "USER"}, R"(EXAMPLE\ada)", out)) …   // EXAMPLE\tok-…
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/path_table.h"
#include "event/tokens.h"
#include "protect/policy.h"
#include "protect/prefix_preserving.h"

namespace tocsin::protect {

struct Replacement {
  Action action = Action::kMask;
  EntityType entity = EntityType::kNone;
  std::string_view label;  // "USER", for masks
  const std::vector<std::string>* except = nullptr;
  std::uint32_t forget_after_days = 0;
};

class Replacer {
 public:
  /// `tokens` outlives it.
  explicit Replacer(Tokens& tokens) : tokens_(tokens), addresses_(tokens.address_key()) {}
  /// False, and nothing appended, if the value stays.
  bool append(const Replacement& how, std::string_view value, std::string& out);
  /// The part of the value that is replaced: what other texts of an event may mention.
  static std::string_view core_of(EntityType entity, std::string_view value);
  bool is_excepted(const Replacement& how, std::string_view value);
  PrefixPreserving& addresses() { return addresses_; }

 private:
  void append_hash(std::string_view value, std::string& out);
  bool append_address(std::string_view value, std::string& out);
  void append_core(const Replacement& how, std::string_view core, std::string& out);

  Tokens& tokens_;
  PrefixPreserving addresses_;
  std::string folded_;
};

}  // namespace tocsin::protect
