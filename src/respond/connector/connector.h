// What talks to one outside system: a firewall, a host, a directory. A connector lives in the executor process alone (respond/executor), which holds the credentials; engine and pages know only its table of actions (action.h).
//
// A connector is one file, connector/<name>.cc, with its row in connector_list.cc. It says what each of its actions takes and what a repeat means, does it, tells whether it was done (probed), and takes back what it did (its undo is
// an action of its own). It gets values, never text to be run, and it passes them on as such. act() and probe() may be called from several threads at once; they end by `deadline`, whatever the other side does.
//
//   const ActionResult result = connector.act({.call = call, .key = "17.3", .secret = secret, .deadline_ns = …});
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "respond/connector/action.h"
#include "respond/connector/secret.h"

namespace tocsin::respond {

/// How one connector is set up: what the settings say in the file of connectors (read_connectors.h); of a list, its items with line feeds between.
struct ConnectorSettings {
  std::string name;
  std::map<std::string, std::string> values;
  std::string value(std::string_view key, std::string_view otherwise = "") const;
};

struct Act {
  const ActionCall& call;
  std::string key;                   // "run.action": the same for every try
  const Secret* secret = nullptr;    // what the call, or the settings, name; nullptr: none
  std::int64_t deadline_ns = 0;      // by Env::monotonic_ns()
};

class Connector {
 public:
  virtual ~Connector() = default;
  virtual std::string_view name() const = 0;
  virtual ActionResult act(const Act& act) = 0;
  /// Whether the effect of such a call is there: kDone, with outputs and undo as act() would have; kFailed with may_pass, if it is not; kUnknown. For actions that are Repeat::kProbed.
  virtual ActionResult probe(const Act& act);
  /// The name in the vault of what it logs in with, if the call names none; "": nothing.
  virtual std::string credential() const { return ""; }
  /// What the process needs for it, beyond what all need (base/sandbox.h).
  struct Needs {
    std::vector<std::string> readable = {}, writable = {}, programs = {};
    bool network = false;
    std::vector<int> capabilities = {};  // of the kernel: CAP_NET_ADMIN …
  };
  virtual Needs needs() const = 0;
};

// For those who write one.
ActionResult done(std::string detail, std::map<std::string, std::string> undo = {}, std::map<std::string, std::string> outputs = {});
ActionResult failed(std::string detail, bool may_pass = false);
ActionResult unknown(std::string detail);

}  // namespace tocsin::respond
