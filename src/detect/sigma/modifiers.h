// The value modifiers: one table of names, and their application to a draft item in the order written. Which modifier
// fits after which, and on which kind of value, follows pySigma; docs/sigma-semantics.md says where we accept more.
#pragma once

#include <span>
#include <string_view>

#include "detect/sigma/draft.h"

namespace tocsin::sigma {

/// All names, sorted: for suggestions and the reference page.
std::span<const std::string_view> modifier_names();

/// Gives every value its first kind (a number, a string with wildcards …) from its YAML node.
DraftValue first_value(const YamlNode& node, bool is_regex);

/// Applies item.modifiers to item.values. False, with a diagnostic, if one is unknown or does not fit.
bool apply_modifiers(DraftItem& item, const Source& source, Diagnostics& diagnostics);

/// Makes the value a string of the text it is compared as, if it is a number or a boolean.
void to_string_value(DraftValue& value);

}  // namespace tocsin::sigma
