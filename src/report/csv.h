// Cells of CSV (RFC 4180). Appends; cannot fail.
#pragma once

#include <string>
#include <string_view>

namespace tocsin {

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front: log text is data everywhere it is shown.
void append_csv_cell(std::string& out, std::string_view text);

}  // namespace tocsin
