#include "respond/connector/noop.h"

namespace tocsin::respond {

namespace {

constexpr ArgumentSpec kArguments[] = {{.name = "text", .type = ArgumentType::kText, .needed = false}};
constexpr ArgumentSpec kAddress[] = {{.name = "address", .type = ArgumentType::kNetwork, .needed = true, .target = EntityType::kIp}};
constexpr ActionSpec kActions[] = {
    {.connector = "noop", .action = "pass", .policy_class = "", .repeat = Repeat::kIdempotent, .undo = "unpass", .arguments = kArguments, .output = "text"},
    {.connector = "noop", .action = "unpass", .policy_class = "", .repeat = Repeat::kIdempotent, .undo = "", .arguments = kArguments, .output = ""},
    {.connector = "noop", .action = "pass_once", .policy_class = "", .repeat = Repeat::kOnce, .undo = "", .arguments = kArguments, .output = "text"},
    {.connector = "noop", .action = "block", .policy_class = "block_address", .repeat = Repeat::kIdempotent, .undo = "unblock", .arguments = kAddress, .output = ""},
    {.connector = "noop", .action = "unblock", .policy_class = "", .repeat = Repeat::kIdempotent, .undo = "", .arguments = kAddress, .output = ""},
    {.connector = "noop", .action = "fail", .policy_class = "", .repeat = Repeat::kIdempotent, .undo = "", .arguments = kArguments, .output = ""},
};

class Noop : public Connector {
 public:
  std::string_view name() const override { return "noop"; }
  ActionResult act(const Act& act) override {
    if (act.call.action == "fail") return failed("it is there to fail");
    if (act.call.action == "block") return done("nothing was done", act.call.arguments);
    const auto text = act.call.arguments.find("text");
    const std::string value = text == act.call.arguments.end() ? "" : text->second;
    return done("nothing was done", act.call.action == "pass" ? std::map<std::string, std::string>{{"text", value}} : std::map<std::string, std::string>{}, {{"text", value}});
  }
  Needs needs() const override { return {}; }
};

}  // namespace

std::span<const ActionSpec> noop_actions() { return kActions; }
Result<std::unique_ptr<Connector>> make_noop(const ConnectorPlace&, const ConnectorSettings&) { return std::unique_ptr<Connector>(std::make_unique<Noop>()); }

}  // namespace tocsin::respond
