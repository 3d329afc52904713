#include "respond/connector/connector.h"

#include <openssl/crypto.h>

namespace tocsin::respond {

std::string ConnectorSettings::value(std::string_view key, std::string_view otherwise) const {
  const auto found = values.find(std::string(key));
  return found == values.end() ? std::string(otherwise) : found->second;
}

void Secret::wipe() {
  if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  other.wipe();
  return *this;
}

ActionResult Connector::probe(const Act&) { return unknown("it cannot be asked whether it was done"); }

ActionResult done(std::string detail, std::map<std::string, std::string> undo, std::map<std::string, std::string> outputs) {
  return {.outcome = ActionOutcome::kDone, .detail = std::move(detail), .outputs = std::move(outputs), .undo = std::move(undo)};
}
ActionResult failed(std::string detail, bool may_pass) { return {.outcome = ActionOutcome::kFailed, .detail = std::move(detail), .may_pass = may_pass}; }
ActionResult unknown(std::string detail) { return {.outcome = ActionOutcome::kUnknown, .detail = std::move(detail)}; }

}  // namespace tocsin::respond
