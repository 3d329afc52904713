// Parts of a JSON text in its canonical form (base/canonical_json.h), as they stand there: so a member can be left out or replaced and the rest stays the same bytes, which is what a signature is over. Whoever calls has canonical text:
// no space outside of texts, and brackets that fit. Pure functions.
//
//   std::string unsigned_text = with_member(document, "signatures", "[]");
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::cacao {

/// Of an object: the names between their quotes, and the values. Of anything else none.
std::vector<std::pair<std::string_view, std::string_view>> canonical_members(std::string_view object);
/// Of a list.
std::vector<std::string_view> canonical_items(std::string_view list);

/// "" if there is none. `name` is ASCII without quotes.
std::string_view canonical_member(std::string_view object, std::string_view name);
/// The object with that member, in its place; without it, if `value` is "".
std::string with_member(std::string_view object, std::string_view name, std::string_view value);

/// For people: a line for each member and item, set in.
std::string indented(std::string_view text);

}  // namespace tocsin::cacao
