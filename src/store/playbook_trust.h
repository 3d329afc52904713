// Which playbooks may change something: a new one runs dry until a person has let it, and a changed one is new. Kept by the SHA-256 of their texts, each with its line in the audit log. Safe from any thread. Fails as State does.
#pragma once

#include <string>
#include <vector>

#include "store/accounts.h"
#include "store/state.h"

namespace tocsin {

class PlaybookTrust {
 public:
  explicit PlaybookTrust(State& state) : state_(state) {}

  struct Row {
    std::string sha256, playbook, who;  // playbook: its CACAO identifier
    TimeUs time = 0;
  };
  Status enable(const Row& row, const Actor& by);
  /// kNotFound if it was not enabled.
  Status disable(const Row& row, const Actor& by);
  Result<std::vector<Row>> enabled();
  Result<bool> is_enabled(const std::string& sha256);

 private:
  State& state_;
};

}  // namespace tocsin
