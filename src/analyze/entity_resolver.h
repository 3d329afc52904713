// What two names have in common: the short name of a machine and its full one, an account with its domain and without, an account and its
// identifier. A name stands for another only while there is one that it can stand for: as soon as there are two it stands for itself again,
// and what was said before stays said. Everything is learnt from what alerts say, in their order; nothing is guessed from likeness.
//
//   EntityResolver resolver;
//   resolver.host("WS5.theshire.local");       // "ws5.theshire.local"
//   resolver.host("WS5");                      // "ws5.theshire.local", and resolver.said() has why
//
// Bounded: kResolvedNamesMax names; beyond it new ones are not learnt and stand for themselves. One thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyze/account_name.h"

namespace tocsin::analyze {

/// Of each kind; a fleet of a small team has some thousand. Entries are some 200 bytes.
inline constexpr std::size_t kResolvedNamesMax = 100'000;

class EntityResolver {
 public:
  /// The name in folded case by which links know the machine.
  std::string host(std::string_view name);
  /// The account in the words of links: "theshire\ann"; on one machine "ws5.theshire.local\root"; "" where it says nothing. Learns.
  /// `host`: as host() gives it.
  std::string account(const AccountName& account, std::string_view id, std::string_view host);

  /// What the last calls took for another: (as written, as known).
  struct Said {
    std::string name, stands_for;
  };
  const std::vector<Said>& said() const { return said_; }
  void forget_said() { said_.clear(); }

 private:
  /// What a name was found to stand for.
  struct Known {
    std::string only;       // "" and ambiguous: several
    bool ambiguous = false;
  };
  using Names = std::unordered_map<std::string, Known>;
  static void learn(Names& names, std::string_view name, std::string_view stands_for);
  static const std::string* find(const Names& names, std::string_view name);
  std::string as(std::string_view name, const std::string& stands_for);
  std::string bare_account(std::string_view name, std::string_view host);

  Names hosts_;     // by first label: the full name
  Names accounts_;  // by name without domain: with it
  Names ids_;       // by SID: the account
  std::unordered_map<std::string, char> known_accounts_;  // all with domain
  std::vector<Said> said_;
};

}  // namespace tocsin::analyze
