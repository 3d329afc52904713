// Personal data that is known by the name of its field: people, in fields for their names, and dates of birth, next to a word that says so. Names of people in sentences are not looked for: nothing
// but a model of language finds those, and what it finds in logs is mostly wrong. Each function looks at one place and a little around it; nothing is allocated. Pure.
//
//   if (const auto person = person_behind(R"({"displayName":"Ada Example"})", 14)) …
#pragma once

#include <optional>
#include <string_view>

#include "protect/finding.h"

namespace tocsin::protect {

/// `at` is the '=', ':' or '>' behind a field's name: as key=value, in JSON, in XML. The value is what stands there up to its end.
std::optional<Finding> person_behind(std::string_view text, std::size_t at);
/// Whether the text begins with a heading of columns, divided by commas, semicolons or tabs, of which one is for dates of birth: each date that is all of a value in it is one, then.
bool has_birth_column(std::string_view text);
/// Whether a word for birth begins at `at`: each date behind one is looked at, and each column for such dates has one in its name.
bool birth_word_at(std::string_view text, std::size_t at);
/// A day from 1900 on begins at `at`, a digit where a word begins (a month in letters may stand before it).
std::optional<Finding> birth_date_at(std::string_view text, std::size_t at);

}  // namespace tocsin::protect
