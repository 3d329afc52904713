// What was done by runs of playbooks, out of the audit log: what a report says of it stands in the record that can be checked. Dry runs are none of it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/env.h"
#include "event/action_taken.h"
#include "store/data_folder.h"

namespace tocsin::cli {

/// In the order in which they were begun; none where there is no audit log. A line that is no leaf is passed over: `tocsin audit verify` tells of it.
Result<std::vector<ActionTaken>> actions_taken(Env& env, const DataFolder& data);

/// Adds those about one incident.
Status add_actions(Env& env, const DataFolder& data, std::string_view incident, std::vector<ActionTaken>& actions);

/// The same of leaves, one after the other.
class ActionRecord {
 public:
  /// One leaf's line.
  void add(std::string_view line);
  std::vector<ActionTaken> actions() &&;

 private:
  struct Run {
    std::string incident, who, steered_by;
    bool is_real = false;
  };
  void add_deed(const std::string& run, const std::string& action, const std::string& what, const ActionTaken& deed, const std::string& detail);

  std::vector<ActionTaken> actions_;
  std::vector<std::pair<std::string, std::size_t>> places_;  // "run/action", sorted
  std::vector<std::pair<std::string, Run>> runs_;            // sorted
};

}  // namespace tocsin::cli
