// What `tocsin user` and `tocsin token` have in common: the accounts of a data folder, and who is taken to ask on the command line (the system's user, as
// whoever may write the state may do anything). A helper for those verbs alone; what fails is said, and gives nothing.
//
//   AccountsHere here;
//   if (!here.open(env, data)) return kUsage;
//   here.accounts->users();
#pragma once

#include <memory>

#include "base/env.h"
#include "cli/data_options.h"
#include "store/accounts.h"

namespace tocsin::cli {

struct AccountsHere {
  std::unique_ptr<State> state;
  std::unique_ptr<Accounts> accounts;
  Actor by;

  /// False, and said why, if there is no state that can be opened.
  bool open(Env& env, const DataOptions& data);
};

}  // namespace tocsin::cli
