// Finds what lets somebody in: passwords beside the words that name them, what command lines and HTTP headers carry, tokens that are known by their shape, private keys, and
// user:password in URLs. Used wherever text leaves the machine or is shown. Plain scanning: one pass looks for some pieces of four bytes that nearly everything of that kind has
// near it (protect/secret_scan.h), and only around those is looked closer. The text may be a line, a document or a whole file; what cannot be understood is passed over.
//
// Linear in the text: whatever is read behind a piece has a limit. No memory but that of `found`. A pure function, any thread; nothing fails.
//
// What is left out: secrets that nothing names and whose shape nobody knows, words such as "the password is x", encoded text (base64, UTF-16). A finding is a guess about text.
//
//   std::vector<Finding> found;
//   find_secrets("PGPASSWORD=hunter2 psql", found);     // found[0] is "hunter2"
#pragma once

#include <string_view>
#include <vector>

#include "protect/finding.h"

namespace tocsin::protect {

/// Appends what lets somebody in, in the order of the text; findings do not overlap. Of a key and its value only the value is found.
void find_secrets(std::string_view text, std::vector<Finding>& found);

/// The same by looking for every piece at every place: the slow, obvious twin, for tests.
void find_secrets_slowly(std::string_view text, std::vector<Finding>& found);

}  // namespace tocsin::protect
