// Puts values of variables into texts of a playbook, so that a value stays a value: whatever it holds, it begins no command, ends no quote, adds no header and no member. Where that cannot be told for sure, it is refused. Pure.
//
//   splice("touch __path__:value", Splice::kPosix, values)        // touch '/tmp/it'\''s here'
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "respond/cacao/playbook.h"

namespace tocsin::respond {

/// The variable of a name, "__x__"; nullptr: there is none.
using VariableLookup = std::function<const cacao::Variable*(std::string_view)>;

enum class Splice : std::uint8_t {
  kPosix,       // a command of sh: one argument, in single quotes
  kPowershell,  // the same for PowerShell
  kUrl,         // percent-encoded (RFC 3986: unreserved stay)
  kXml,         // the five entities
  kLine,        // no control characters: a header of HTTP, an address
  kPlain,       // for people
};

/// kInvalid, in words: a variable has no value; one of a shell stands within quotes, a comment or a document, or where a command begins; a value begins like an option, or has control characters where a shell, a header or a path takes none.
/// A command of a shell that is nothing but a variable is its value, if that is constant and stands in the playbook.
Result<std::string> splice(std::string_view text, Splice how, const VariableLookup& values);
/// A document of JSON: variables are (parts of) strings, never names. kInvalid as above, and if it is no JSON.
Result<std::string> splice_json(std::string_view text, const VariableLookup& values);

/// "__name__" of "__name__" or "__name__:value".
std::string_view name_of(std::string_view argument);

}  // namespace tocsin::respond
