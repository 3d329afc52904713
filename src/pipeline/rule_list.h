// The rules in force, but for the service's own (canary_rule.h), as GET /api/v1/rules gives them. Pure.
#pragma once

#include <string>

#include "pipeline/engine.h"

namespace tocsin {

/// A JSON object: what each rule and correlation says of itself, and how many there are, were rejected, or filter others.
std::string rules_json(const Engine& engine);

}  // namespace tocsin
